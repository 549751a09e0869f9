//! The system calls that no safe library offers: many datagrams a call, and the socket options of segmentation offload, a
//! thread's priority. The only `unsafe` of the crate.

mod address;
mod options;
mod priority;
mod recv;
mod send;

pub(crate) use options::{enable_gro, enlarge_buffers, gso_supported, limit_unsent, wait_writable};
pub(crate) use priority::prefer_this_thread;
pub use recv::Inbound;
pub(crate) use recv::Received;
pub(crate) use send::{Filling, MAX_SEGMENTS, Outbox};
