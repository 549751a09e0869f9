//! Every message between a page (or a simulated participant) and the signaling service.
//!
//! The WebSocket carries one JSON object a text frame: a [`ClientMessage`] upwards, a [`ServerMessage`] downwards. Unknown fields are ignored; an
//! unknown `type` is answered with [`ErrorCode::UnknownType`]. `docs/protocol.md` says the same in prose, with the order of messages. The TypeScript
//! types of the web client are generated from this crate (`make types`).

#![forbid(unsafe_code)]

mod client;
mod rest;
mod safety;
mod server;
mod view;

pub use client::*;
pub use rest::*;
pub use safety::*;
pub use server::*;
pub use view::*;

/// The version of the protocol this crate describes; a `join` with another major version is refused by name.
pub const VERSION: u32 = 1;

/// The longest text frame the service reads, in bytes; an SDP offer with 40 m-lines takes about 60 kB.
pub const MAX_FRAME_BYTES: usize = 256 * 1024;
