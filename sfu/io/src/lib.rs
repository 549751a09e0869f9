//! Worker threads, sockets and batches under the media plane ([`sfu`]).
//!
//! One pinned thread per core owns a [`sfu::Shard`], its own UDP port and ICE-TCP port on each address, and nothing that another thread could make it wait for:
//!
//! ```text
//!  handle ──commands, bounded──▶ worker 0 ◀──one ring and one channel per ordered pair──▶ worker 1 …
//!                                 │   ▲
//!                 handshake input ▼   │ keys, datagrams
//!                               handshake thread
//! ```
//!
//! A turn of the loop: ask epoll (unless sockets are known to hold more), take the mail, read a batch of each socket that has one
//! (`recvmmsg`, GRO), run timers, flush once (`sendmmsg`, one `UDP_SEGMENT` message a run), deliver outputs. One clock reading a turn, no lock, and no
//! allocation once the loop has warmed up. Where kernel or device refuses a batch call or an offload, the socket goes on without it.
//!
//! All `unsafe` code is in the module `sys`.

#![deny(unsafe_code)]

#[cfg(not(target_os = "linux"))]
compile_error!("sfu-io needs Linux: its sockets are built on recvmmsg, sendmmsg and epoll. On another system, build in a Linux container.");

mod config;
pub mod counters;
mod fleet;
mod handshakes;
mod plane;
mod post;
mod sender;
mod shard;
#[allow(unsafe_code)]
mod sys;
mod tcp;
#[cfg(test)]
mod testing;
pub mod udp;
mod worker;
mod workers;

pub use config::{IoConfig, MAX_WORKERS, MailboxFull, StartError};
pub use tcp::TcpLimits;
pub use workers::{WorkerCounters, Workers};
