//! `sendmmsg` with `UDP_SEGMENT`, from arrays allocated once.

use super::address::Name;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Messages of one call.
const MESSAGES: usize = 128;
/// Pieces of memory of one call.
const VECTORS: usize = 512;
/// Datagrams of one `UDP_SEGMENT` message (`UDP_MAX_SEGMENTS` of Linux before 6.9; later ones take more).
pub(crate) const MAX_SEGMENTS: usize = 64;

/// The control message that tells the kernel where to cut.
#[derive(Clone, Copy)]
#[repr(C)]
struct SegmentControl {
    header: libc::cmsghdr,
    segment: u16,
}

// SAFETY: the macro only computes.
const _: () = assert!(size_of::<SegmentControl>() == unsafe { libc::CMSG_SPACE(2) } as usize);

/// What one message holds besides its pointers.
#[derive(Clone, Copy, Default)]
struct Entry {
    tag: u32,
    packets: u16,
    vector: u16,
    vectors: u16,
    bytes: u32,
    segmented: bool,
    name_length: libc::socklen_t,
}

/// The arrays of one call of `sendmmsg`.
pub(crate) struct Outbox {
    names: Box<[Name]>,
    controls: Box<[SegmentControl]>,
    vectors: Box<[libc::iovec]>,
    headers: Box<[libc::mmsghdr]>,
    entries: Box<[Entry]>,
    one_a_call: bool,
}

// SAFETY: the raw pointers in `vectors` and `headers` are followed only by the kernel within `Filling::transmit`, whose lifetimes keep what they point at
// alive; between two `Filling`s they are dead values.
unsafe impl Send for Outbox {}

impl Outbox {
    pub(crate) fn new() -> Outbox {
        // SAFETY: the types hold integers and raw pointers only; all zeroes is a valid value of each.
        let (mut control, vector, header): (SegmentControl, libc::iovec, libc::mmsghdr) = unsafe { std::mem::zeroed() };
        control.header.cmsg_level = libc::SOL_UDP;
        control.header.cmsg_type = libc::UDP_SEGMENT;
        // SAFETY: the macro only computes.
        control.header.cmsg_len = unsafe { libc::CMSG_LEN(2) } as _;
        Outbox {
            names: vec![Name::EMPTY; MESSAGES].into(),
            controls: vec![control; MESSAGES].into(),
            vectors: vec![vector; VECTORS].into(),
            headers: vec![header; MESSAGES].into(),
            entries: vec![Entry::default(); MESSAGES].into(),
            one_a_call: false,
        }
    }

    /// Begins a set of messages whose bytes live for `'d`.
    pub(crate) fn fill<'d>(&mut self) -> Filling<'_, 'd> {
        Filling { outbox: self, messages: 0, used: 0, bytes: PhantomData }
    }
}

/// Messages being gathered for one call, pointing at bytes that live for `'d`.
pub(crate) struct Filling<'s, 'd> {
    outbox: &'s mut Outbox,
    messages: usize,
    used: usize,
    bytes: PhantomData<&'d [u8]>,
}

impl<'d> Filling<'_, 'd> {
    /// Whether a message of that many packets has room.
    pub(crate) fn fits(&self, packets: usize) -> bool {
        self.messages < MESSAGES && self.used + packets <= VECTORS
    }

    /// Adds a message; with more than one packet, they are to be cut apart every `segment` bytes. Packets that touch in memory share a piece. `tag` is the
    /// caller's, to find the packets again.
    pub(crate) fn push(&mut self, remote: SocketAddr, segment: u16, tag: u32, packets: impl Iterator<Item = &'d [u8]>) {
        let index = self.messages;
        let mut entry = Entry { tag, vector: self.used as u16, ..Entry::default() };
        let mut end: *const u8 = std::ptr::null();
        for packet in packets {
            let range = packet.as_ptr_range();
            if range.start == end && entry.vectors > 0 {
                self.outbox.vectors[self.used - 1].iov_len += packet.len();
            } else {
                self.outbox.vectors[self.used] = libc::iovec { iov_base: range.start.cast_mut().cast(), iov_len: packet.len() };
                self.used += 1;
                entry.vectors += 1;
            }
            end = range.end;
            entry.packets += 1;
            entry.bytes += packet.len() as u32;
        }
        entry.segmented = entry.packets > 1;
        (self.outbox.names[index], entry.name_length) = Name::new(remote);
        self.outbox.controls[index].segment = segment;
        self.outbox.entries[index] = entry;
        self.messages += 1;
    }

    /// Messages gathered.
    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    /// A message's tag, packets and bytes.
    pub(crate) fn entry(&self, index: usize) -> (u32, usize, u64) {
        let entry = &self.outbox.entries[..self.messages][index];
        (entry.tag, usize::from(entry.packets), u64::from(entry.bytes))
    }

    /// Forgets the messages, to gather others.
    pub(crate) fn clear(&mut self) {
        (self.messages, self.used) = (0, 0);
    }

    /// Hands the messages from that one on to the socket, without waiting, and returns how many it took: at least one.
    ///
    /// # Errors
    /// The socket's error for the first of them. A kernel without `sendmmsg` is served by `sendmsg`, one message a call.
    pub(crate) fn transmit(&mut self, socket: BorrowedFd<'_>, from: usize) -> io::Result<usize> {
        assert!(from < self.messages, "message {from} of {}", self.messages);
        self.link(from);
        const FLAGS: libc::c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        let headers = &mut self.outbox.headers[from..self.messages];
        let sent = if self.outbox.one_a_call {
            // SAFETY: `link` made the header name live arrays of ours and bytes that live for `'d`, with their true lengths; the kernel only reads them.
            if unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const headers[0].msg_hdr, FLAGS) } < 0 { -1 } else { 1 }
        } else {
            // SAFETY: as above, for each of the slice's headers; the kernel writes their `msg_len` only.
            unsafe { libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), headers.len() as libc::c_uint, FLAGS as _) }
        };
        if let Ok(sent) = usize::try_from(sent) {
            return Ok(sent);
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() == Some(libc::ENOSYS) && !self.outbox.one_a_call {
            tracing::warn!("the kernel refuses sendmmsg; sending one message a call");
            self.outbox.one_a_call = true;
            return self.transmit(socket, from);
        }
        Err(error)
    }

    /// Points the headers from that one on at their arrays.
    fn link(&mut self, from: usize) {
        let outbox = &mut *self.outbox;
        let names = outbox.names.as_mut_ptr();
        let controls = outbox.controls.as_mut_ptr();
        let vectors = outbox.vectors.as_mut_ptr();
        for index in from..self.messages {
            let entry = outbox.entries[index];
            let header = &mut outbox.headers[index].msg_hdr;
            // SAFETY: `index` is below the length of the boxes, and `push` checked by indexing that the entry's vectors lie within theirs.
            unsafe {
                header.msg_name = names.add(index).cast();
                header.msg_iov = vectors.add(usize::from(entry.vector));
                header.msg_control = if entry.segmented { controls.add(index).cast() } else { std::ptr::null_mut() };
            }
            header.msg_namelen = entry.name_length;
            header.msg_iovlen = entry.vectors as _;
            header.msg_controllen = if entry.segmented { size_of::<SegmentControl>() as _ } else { 0 };
        }
    }
}
