//! Socket options and the wait for writability.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// Asks for kernel buffers of `bytes` in both directions: past the system's limit where the process may, else up to it. Returns what was granted
/// (send, receive) as the kernel counts, which is twice what it took.
pub(crate) fn enlarge_buffers(socket: BorrowedFd<'_>, bytes: usize) -> (usize, usize) {
    let wanted = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
    for (forced, plain) in [(libc::SO_SNDBUFFORCE, libc::SO_SNDBUF), (libc::SO_RCVBUFFORCE, libc::SO_RCVBUF)] {
        if set(socket, libc::SOL_SOCKET, forced, wanted).is_err() {
            // What a refusal means is told by the granted figure.
            let _ = set(socket, libc::SOL_SOCKET, plain, wanted);
        }
    }
    let granted = |name| get(socket, libc::SOL_SOCKET, name).map_or(0, |value| usize::try_from(value).unwrap_or(0));
    (granted(libc::SO_SNDBUF), granted(libc::SO_RCVBUF))
}

/// Lets the kernel hand over several datagrams of one sender as one (`UDP_GRO`, Linux 5.0).
pub(crate) fn enable_gro(socket: BorrowedFd<'_>) -> io::Result<()> {
    set(socket, libc::SOL_UDP, libc::UDP_GRO, 1)
}

/// Whether the kernel knows `UDP_SEGMENT` (Linux 4.18). A device may still refuse at the first send.
pub(crate) fn gso_supported(socket: BorrowedFd<'_>) -> io::Result<()> {
    get(socket, libc::SOL_UDP, libc::UDP_SEGMENT).map(drop)
}

/// Lets at most about `bytes` wait unsent in the kernel for a TCP connection (`TCP_NOTSENT_LOWAT`): media kept there grows old.
pub(crate) fn limit_unsent(socket: BorrowedFd<'_>, bytes: u16) -> io::Result<()> {
    set(socket, libc::IPPROTO_TCP, libc::TCP_NOTSENT_LOWAT, libc::c_int::from(bytes))
}

/// Waits until the socket takes bytes again, at most `limit`. Returns whether it does.
pub(crate) fn wait_writable(socket: BorrowedFd<'_>, limit: Duration) -> bool {
    let mut entry = libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: `timespec` holds integers only; all zeroes is a valid value.
    let mut timeout: libc::timespec = unsafe { std::mem::zeroed() };
    timeout.tv_sec = libc::time_t::try_from(limit.as_secs()).unwrap_or(0);
    timeout.tv_nsec = limit.subsec_nanos() as _;
    // SAFETY: one valid `pollfd` and one valid `timespec`, both outliving the call; no signal mask.
    let ready = unsafe { libc::ppoll(&raw mut entry, 1, &raw const timeout, std::ptr::null()) };
    ready > 0
}

fn set(socket: BorrowedFd<'_>, level: libc::c_int, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
    let size = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the descriptor is open for the borrow's life; the pointer and length name one `c_int` on the stack.
    let result = unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const value).cast(), size) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn get(socket: BorrowedFd<'_>, level: libc::c_int, name: libc::c_int) -> io::Result<libc::c_int> {
    let mut value: libc::c_int = 0;
    let mut size = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the descriptor is open for the borrow's life; the pointers name one `c_int` and its length, both on the stack.
    let result = unsafe { libc::getsockopt(socket.as_raw_fd(), level, name, (&raw mut value).cast(), &raw mut size) };
    if result == 0 { Ok(value) } else { Err(io::Error::last_os_error()) }
}
