//! What workers are started with, and why they may not.

use crate::tcp::TcpLimits;
use crate::udp::Offload;
use std::io;
use std::net::{IpAddr, SocketAddr};

/// Most workers of a process: shards name their siblings by the bits of a word.
pub const MAX_WORKERS: usize = 64;

/// Sockets and threads of the workers.
#[derive(Clone, Debug)]
pub struct IoConfig {
    /// The local addresses: each worker has a UDP socket and a TCP listener on each. Concrete ones: browsers ignore an answer from another address than the
    /// candidate's, which is what a socket on `0.0.0.0` may give.
    pub addresses: Vec<IpAddr>,
    /// Worker `i` uses port `first_port + i` on all addresses, for UDP and for TCP. 0: any free ones.
    pub first_port: u16,
    /// How many; 0: one for each core this process may use.
    pub workers: usize,
    /// What to use of the kernel's segmentation offload where it is there.
    pub offload: Offload,
    /// Packets of one run, where the kernel segments: 1 to 64. More are cheaper and burstier; peers behind slow links suffer from more than 8.
    pub max_segments: u16,
    /// Bounds of ICE-TCP.
    pub tcp: TcpLimits,
}

impl IoConfig {
    /// The usual: all offloads, one worker a core.
    pub fn new(addresses: Vec<IpAddr>, first_port: u16) -> IoConfig {
        IoConfig { addresses, first_port, workers: 0, offload: Offload::default(), max_segments: 8, tcp: TcpLimits::default() }
    }
}

/// Why workers could not be started. The text names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No address was given.
    #[error("no media address is given; name one of this machine's with --media-ip")]
    NoAddress,
    /// `0.0.0.0` or `::`.
    #[error("media address {0} stands for all addresses, but a browser needs a certain one; name one of this machine's with --media-ip")]
    Unspecified(IpAddr),
    /// More than the 255 a path can tell apart.
    #[error("{0} media addresses are given; at most 255 can be served")]
    TooManyAddresses(usize),
    /// More than [`MAX_WORKERS`].
    #[error("{0} workers are asked for; at most {MAX_WORKERS} can run")]
    TooManyWorkers(usize),
    /// Past port 65535.
    #[error("{workers} workers from media port {first_port} on need ports past 65535; choose a --media-port of at most {}", 65_536 - workers)]
    Ports {
        /// The first.
        first_port: u16,
        /// How many are needed.
        workers: usize,
    },
    /// A socket could not be bound.
    #[error("cannot bind {protocol} {address}: {source}; {}", remedy(source))]
    Bind {
        /// `UDP` or `TCP`.
        protocol: &'static str,
        /// Whereto.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// No epoll instance, or a socket could not be added to it.
    #[error("cannot watch the media sockets: {0}; raise the limit of open files (ulimit -n)")]
    Poll(io::Error),
    /// A thread could not be started.
    #[error("cannot start a media thread: {0}; raise the limit of processes (ulimit -u)")]
    Thread(io::Error),
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program holds the port: stop it, or choose another --media-port",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address: name one of its own with --media-ip (`ip address` shows them)",
        io::ErrorKind::PermissionDenied => "ports below 1024 need the capability CAP_NET_BIND_SERVICE: choose a --media-port above",
        _ => "choose another --media-ip or --media-port",
    }
}

/// The command was not taken: the worker is far behind, or there is no such worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mailbox of media worker {0} is full; try again in a second")]
pub struct MailboxFull(pub u8);
