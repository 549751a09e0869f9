//! UDP sockets that take and give batches: `recvmmsg` with GRO, `sendmmsg` with GSO, each falling back by itself where the kernel refuses.

use crate::counters::{ReceiveCounters, SendCounters};
pub use crate::sender::Sender;
use crate::sender::{Segmentation, Wire};
pub use crate::sys::Inbound;
use crate::sys::{self, Filling, Received};
use sfu::path::Batch;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Bytes asked of the kernel for each direction of a socket.
const KERNEL_BUFFER: usize = 8 << 20;

/// What may be used where the kernel has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offload {
    /// `UDP_SEGMENT`: one message for several datagrams to one peer.
    pub gso: bool,
    /// `UDP_GRO`: several datagrams of one peer as one message.
    pub gro: bool,
}

impl Default for Offload {
    fn default() -> Self {
        Offload { gso: true, gro: true }
    }
}

/// A bound, non-blocking UDP socket.
#[derive(Debug)]
pub struct UdpSocket {
    pub(crate) socket: mio::net::UdpSocket,
    local: SocketAddr,
    segmentation: Segmentation,
    gro: bool,
}

impl UdpSocket {
    /// Binds to the address and asks for large kernel buffers.
    ///
    /// # Errors
    /// Those of `bind`; a refused option is none.
    pub fn bind(address: SocketAddr, offload: Offload) -> io::Result<UdpSocket> {
        let socket = std::net::UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        let (sending, receiving) = sys::enlarge_buffers(socket.as_fd(), KERNEL_BUFFER);
        if sending.min(receiving) < KERNEL_BUFFER {
            tracing::info!(%local, sending, receiving, "kernel buffers are smaller than asked; raise net.core.wmem_max and net.core.rmem_max to 8388608");
        }
        let allowed = |name, wish, result: &dyn Fn() -> io::Result<()>| {
            wish && result().inspect_err(|error| tracing::warn!(%local, %error, "the kernel refuses {name}; going on without")).is_ok()
        };
        let gso = allowed("UDP_SEGMENT", offload.gso, &|| sys::gso_supported(socket.as_fd()));
        let gro = allowed("UDP_GRO", offload.gro, &|| sys::enable_gro(socket.as_fd()));
        Ok(UdpSocket { socket: mio::net::UdpSocket::from_std(socket), local, segmentation: Segmentation::new(gso), gro })
    }

    /// The address it is bound to.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Whether several datagrams go out in one message now.
    pub fn gso(&self) -> bool {
        self.segmentation.on()
    }

    /// Whether the kernel joins datagrams.
    pub fn gro(&self) -> bool {
        self.gro
    }

    /// As if the kernel had refused.
    #[cfg(test)]
    pub(crate) fn forget_gso(&mut self) {
        self.segmentation = Segmentation::new(false);
    }

    /// Sends the runs of the batch whose link is `Udp(index)`, in order. Waits for room up to 1 ms in all; what does not go is counted, not returned.
    pub fn send(&mut self, index: u8, batch: &Batch<'_>, sender: &mut Sender, counters: &mut SendCounters) {
        sender.send(&mut Socket(self.socket.as_fd()), &mut self.segmentation, index, batch, counters);
    }

    /// Takes one batch of what waits into `inbound`, whose [`Inbound::each`] then gives the datagrams. Returns whether more may wait.
    pub fn receive(&self, inbound: &mut Inbound, counters: &mut ReceiveCounters) -> bool {
        match inbound.receive(self.socket.as_fd()) {
            Ok(messages) => {
                counters.calls += 1;
                counters.messages += messages as u64;
                messages == inbound.capacity()
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(_) => {
                counters.errors += 1;
                false
            }
        }
    }
}

impl Inbound {
    /// Gives each datagram of the last [`UdpSocket::receive`], with its sender.
    pub fn each(&mut self, counters: &mut ReceiveCounters, mut datagram: impl FnMut(SocketAddr, &mut [u8])) {
        for index in 0..self.filled() {
            match self.message(index) {
                Received::Datagrams { bytes: [], .. } | Received::Unaddressed => counters.malformed += 1,
                Received::Truncated => counters.truncated += 1,
                Received::Datagrams { remote, bytes, segment } => {
                    counters.bytes += bytes.len() as u64;
                    for bytes in bytes.chunks_mut(segment) {
                        counters.packets += 1;
                        datagram(remote, bytes);
                    }
                }
            }
        }
    }
}

struct Socket<'a>(BorrowedFd<'a>);

impl Wire for Socket<'_> {
    fn transmit(&mut self, filling: &mut Filling<'_, '_>, from: usize) -> io::Result<usize> {
        filling.transmit(self.0, from)
    }

    fn wait_writable(&mut self, limit: Duration) -> bool {
        sys::wait_writable(self.0, limit)
    }
}
