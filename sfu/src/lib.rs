//! The media plane of a selective forwarding unit, as pure state machines: no sockets, no threads, no clock.
//!
//! # The contract
//!
//! A [`Shard`] is what one worker thread owns: transports, and its part of each room. Whoever owns it hands in datagrams, commands and the time, and takes
//! out sealed batches and outputs:
//!
//! ```text
//! loop {
//!     for packet in socket.receive_batch() {
//!         shard.receive(now, path, packet);
//!         while shard.wants_flush() { socket.send(shard.flush(now)); }
//!     }
//!     for command in mailbox { shard.command(now, command); }
//!     if shard.next_timeout() <= now { shard.timeout(now); }
//!     if shard.hold() is some and later than the time: may wait until then, and receive again
//!     loop { socket.send(shard.flush(now)); if !shard.wants_flush() { break } }
//!     while let Some(output) = shard.poll() { deliver(output); }
//! }
//! ```
//!
//! The packet path takes no lock and allocates nothing; DTLS handshakes and SDP stay off it ([`dtls`], [`sdp`]).

#![forbid(unsafe_code)]

pub mod cache;
pub mod codec;
pub mod command;
pub mod counters;
pub mod dtls;
mod egress;
pub mod event;
pub mod framing;
pub mod ice;
pub mod id;
pub mod level;
pub mod nack;
mod packet;
pub mod path;
pub mod relay;
pub mod report;
mod resends;
pub mod rewrite;
mod room;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod sequence;
mod shard;
mod slot;
pub mod spec;
pub mod srtp;
mod staging;
mod track;
mod transport;
pub mod twcc;

pub use shard::{Shard, ShardConfig};
