//! `recvmmsg` with `UDP_GRO` into buffers allocated once.

use super::address::Name;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Messages a call takes when the kernel joins datagrams, each up to 64 KiB.
const JOINED_MESSAGES: usize = 32;
/// Messages a call takes when it does not.
const PLAIN_MESSAGES: usize = 64;
/// Bytes of a buffer for joined datagrams: the largest there can be.
const JOINED_BYTES: usize = 65_536;
/// Bytes of a buffer for one datagram; more than any path of a browser carries. A longer one is truncated by the kernel and dropped by us.
const PLAIN_BYTES: usize = 2_048;
/// Added to each buffer's distance from the last, so that the first bytes of all buffers do not fall into the same cache set.
const SKEW: usize = 1_280;

/// Room for the one control message we ask for, with its alignment.
type Control = [u64; 4];

/// Buffers for one call of `recvmmsg`, and what the last call put there.
pub struct Inbound {
    bytes: Box<[u8]>,
    stride: usize,
    capacity: usize,
    names: Box<[Name]>,
    controls: Box<[Control]>,
    vectors: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
    filled: usize,
    one_a_call: bool,
}

// SAFETY: the raw pointers in `vectors` and `headers` point into the other boxes of the same value, are written anew before each system call and are never
// followed outside of `receive` and `segment_size`, both with exclusive access.
unsafe impl Send for Inbound {}

/// One message as received: one datagram, or several joined by the kernel.
pub(crate) enum Received<'a> {
    /// Datagrams of one sender, all of `segment` bytes but the last, which may be shorter.
    Datagrams {
        /// The sender.
        remote: SocketAddr,
        /// Their bytes, one after the other.
        bytes: &'a mut [u8],
        /// Bytes of each but the last; at least 1.
        segment: usize,
    },
    /// Longer than the buffer: the rest is lost, so all of it is.
    Truncated,
    /// From an address of no family we know.
    Unaddressed,
}

impl Inbound {
    /// Buffers for sockets with (`joined`) or without `UDP_GRO`.
    pub fn new(joined: bool) -> Inbound {
        let (messages, capacity) = if joined { (JOINED_MESSAGES, JOINED_BYTES) } else { (PLAIN_MESSAGES, PLAIN_BYTES) };
        let stride = capacity + SKEW;
        // SAFETY: `iovec` and `mmsghdr` hold integers and raw pointers only; all zeroes is a valid value of both.
        let (vector, header) = unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
        Inbound {
            bytes: vec![0; messages * stride].into(),
            stride,
            capacity,
            names: vec![Name::EMPTY; messages].into(),
            controls: vec![[0; 4]; messages].into(),
            vectors: vec![vector; messages].into(),
            headers: vec![header; messages].into(),
            filled: 0,
            one_a_call: false,
        }
    }

    /// Messages a call may bring.
    pub(crate) fn capacity(&self) -> usize {
        self.headers.len()
    }

    /// Takes what waits on the socket, without waiting, and returns how many messages that is.
    ///
    /// # Errors
    /// `WouldBlock` when nothing waits, else the error of the socket. A kernel without `recvmmsg` is served by `recvmsg`, one message a call.
    pub(crate) fn receive(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        self.filled = 0;
        let asked = if self.one_a_call { 1 } else { self.headers.len() };
        self.link(asked);
        let received = if self.one_a_call {
            // SAFETY: `link` made the first header name buffers of ours with their true lengths; they live as long as `self`, borrowed exclusively.
            let length = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut self.headers[0].msg_hdr, libc::MSG_DONTWAIT) };
            self.headers[0].msg_len = u32::try_from(length).unwrap_or(0);
            if length < 0 { -1 } else { 1 }
        } else {
            // SAFETY: as above for the first `asked` headers, all within the box; no timeout.
            unsafe { libc::recvmmsg(socket.as_raw_fd(), self.headers.as_mut_ptr(), asked as libc::c_uint, libc::MSG_DONTWAIT as _, std::ptr::null_mut()) }
        };
        if let Ok(received) = usize::try_from(received) {
            self.filled = received.min(asked);
            return Ok(self.filled);
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() == Some(libc::ENOSYS) && !self.one_a_call {
            tracing::warn!("the kernel refuses recvmmsg; receiving one message a call");
            self.one_a_call = true;
            return self.receive(socket);
        }
        Err(error)
    }

    /// Messages of the last call.
    pub(crate) fn filled(&self) -> usize {
        self.filled
    }

    /// The message of that index of the last call.
    pub(crate) fn message(&mut self, index: usize) -> Received<'_> {
        assert!(index < self.filled, "message {index} of {} received", self.filled);
        let header = &self.headers[index];
        if header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0 {
            return Received::Truncated;
        }
        let Some(remote) = self.names[index].get() else { return Received::Unaddressed };
        let length = (header.msg_len as usize).min(self.capacity);
        let segment = self.segment_size(index).filter(|size| (1..length).contains(size)).unwrap_or(length.max(1));
        let start = index * self.stride;
        Received::Datagrams { remote, bytes: &mut self.bytes[start..start + length], segment }
    }

    /// Points the first `count` headers at their buffers and undoes what the last call wrote into them.
    fn link(&mut self, count: usize) {
        let bytes = self.bytes.as_mut_ptr();
        let names = self.names.as_mut_ptr();
        let controls = self.controls.as_mut_ptr();
        let vectors = self.vectors.as_mut_ptr();
        for (index, header) in self.headers[..count].iter_mut().enumerate() {
            // SAFETY: `index` is below the length of every one of the boxes (they were made with one length), and buffer `index` ends within `bytes`.
            unsafe {
                *vectors.add(index) = libc::iovec { iov_base: bytes.add(index * self.stride).cast(), iov_len: self.capacity };
                header.msg_hdr.msg_name = names.add(index).cast();
                header.msg_hdr.msg_iov = vectors.add(index);
                header.msg_hdr.msg_control = controls.add(index).cast();
            }
            header.msg_hdr.msg_namelen = Name::CAPACITY;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_controllen = size_of::<Control>() as _;
            header.msg_hdr.msg_flags = 0;
            header.msg_len = 0;
        }
    }

    /// The size of the datagrams joined in a message, if the kernel joined any.
    fn segment_size(&self, index: usize) -> Option<usize> {
        let header = &self.headers[index].msg_hdr;
        // SAFETY: the kernel wrote `msg_controllen` bytes of control messages where `msg_control` points, which is `controls[index]`, and nothing has moved
        // since: the boxes are never reallocated. The macros stay within that length; a `UDP_GRO` message carries a `c_int`, read unaligned.
        unsafe {
            let mut control = libc::CMSG_FIRSTHDR(header);
            while !control.is_null() {
                if (*control).cmsg_level == libc::SOL_UDP && (*control).cmsg_type == libc::UDP_GRO {
                    return usize::try_from(libc::CMSG_DATA(control).cast::<libc::c_int>().read_unaligned()).ok();
                }
                control = libc::CMSG_NXTHDR(header, control);
            }
        }
        None
    }
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Inbound({} messages of {} bytes)", self.headers.len(), self.capacity)
    }
}
