//! Simulated hosts and classrooms: the independent other side of the server, and the feed of the demo.
//!
//! A [`peer::Peer`] is one association as a browser has it; a [`participant::Participant`] is a peer with what it publishes and what it receives. Both
//! are pure: they are told the time. [`reactor::Reactor`] gives them sockets and a thread; [`signaling`] speaks the WebSocket protocol. Above them,
//! [`run`] is the load test and [`demo`] the simulated lesson.

#![forbid(unsafe_code)]

pub mod clock;
pub mod container;
pub mod cpu;
pub mod demo;
pub mod fullstack;
pub mod ice;
pub mod media;
pub mod participant;
pub mod peer;
pub mod reactor;
pub mod report;
pub mod rtp;
pub mod run;
pub mod sdp;
pub mod seat;
pub mod signaling;
pub mod srtp;
pub mod tokens;
