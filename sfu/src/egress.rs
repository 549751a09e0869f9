//! The send arena of a shard: packets are written once, wait for the end of the tick, and are sealed in place in runs fit for `UDP_SEGMENT`.

use crate::counters::{Counters, DropReason};
use crate::path::{Batch, Link, Path, Run, Span};
use crate::srtp::SrtpSender;

/// RTP padding that may be added to a packet to make it as long as its neighbours, in bytes. Encoders that split a frame evenly differ by one byte; more
/// padding than this costs thin lines more than the saved system call is worth.
const MAX_PADDING: usize = 24;

/// Room behind each packet for padding and the SRTP tag.
const SLACK: usize = MAX_PADDING + 16;

/// The largest `UDP_SEGMENT` message: 65,535 less IPv4 and UDP headers, with some reserve for IPv6.
const MAX_RUN_BYTES: usize = 65_000;

/// The largest packet that may be queued, in bytes before sealing.
pub(crate) const MAX_PACKET: usize = 2_000;

const NONE: u32 = u32::MAX;

/// Packets waiting in the arena for one transport.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    head: u32,
    tail: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Queue { head: NONE, tail: NONE }
    }
}

#[derive(Clone, Copy, Debug)]
struct Queued {
    start: u32,
    header_len: u16,
    len: u16,
    index: u64,
    next: u32,
    may_pad: bool,
}

/// What was written into the arena.
pub(crate) struct Written {
    /// Bytes of header and extensions.
    pub(crate) header_len: usize,
    /// Bytes of header and payload.
    pub(crate) len: usize,
    /// The 48-bit SRTP index.
    pub(crate) index: u64,
    /// Whether padding may be added: only where the packet will never be sealed again under the same index.
    pub(crate) may_pad: bool,
}

/// The arena and what waits in it.
pub(crate) struct Egress {
    arena: Vec<u8>,
    used: usize,
    queued: Vec<Queued>,
    touched: Vec<u32>,
    spans: Vec<Span>,
    runs: Vec<Run>,
    max_segments: usize,
    /// The spans and runs were handed out and are void.
    handed_out: bool,
}

impl Egress {
    pub(crate) fn new(arena_bytes: usize, max_segments: u16) -> Self {
        let packets = arena_bytes / 256;
        Egress {
            arena: vec![0; arena_bytes.max(64 * MAX_PACKET)],
            used: 0,
            queued: Vec::with_capacity(packets),
            touched: Vec::with_capacity(1024),
            spans: Vec::with_capacity(packets),
            runs: Vec::with_capacity(packets),
            max_segments: usize::from(max_segments.max(1)),
            handed_out: false,
        }
    }

    pub(crate) fn set_max_segments(&mut self, max_segments: u16) {
        self.max_segments = usize::from(max_segments.max(1));
    }

    /// Whether another fan-out might not fit.
    pub(crate) fn is_nearly_full(&self) -> bool {
        self.used > self.arena.len() / 2
    }

    /// Queues an RTP packet for a transport; `write` fills the buffer it is given.
    pub(crate) fn push(&mut self, queue: &mut Queue, transport: u32, capacity: usize, write: impl FnOnce(&mut [u8]) -> Written) -> Result<usize, DropReason> {
        if capacity > MAX_PACKET || self.used + capacity + SLACK > self.arena.len() {
            return Err(DropReason::ArenaFull);
        }
        let start = self.used;
        let written = write(&mut self.arena[start..start + capacity]);
        let at = self.queued.len() as u32;
        self.queued.push(Queued {
            start: start as u32,
            header_len: written.header_len as u16,
            len: written.len as u16,
            index: written.index,
            next: NONE,
            may_pad: written.may_pad,
        });
        self.used = start + written.len + SLACK;
        if queue.head == NONE {
            queue.head = at;
            self.touched.push(transport);
        } else {
            self.queued[queue.tail as usize].next = at;
        }
        queue.tail = at;
        Ok(written.len)
    }

    /// Queues bytes that need no sealing (STUN, DTLS, SRTCP) to a path.
    pub(crate) fn push_raw(&mut self, path: Path, bytes: &[u8]) -> Result<(), DropReason> {
        self.begin();
        let end = self.used + bytes.len();
        if bytes.len() > MAX_PACKET || end > self.arena.len() {
            return Err(DropReason::ArenaFull);
        }
        self.arena[self.used..end].copy_from_slice(bytes);
        self.runs.push(Run { path, first: self.spans.len() as u32, count: 1, segment: bytes.len() as u16 });
        self.spans.push(Span { start: self.used as u32, len: bytes.len() as u32 });
        self.used = end;
        Ok(())
    }

    /// Transports with something queued, taken out for sealing; give the vector back with [`Egress::finish`].
    pub(crate) fn take_touched(&mut self) -> Vec<u32> {
        self.begin();
        std::mem::take(&mut self.touched)
    }

    /// Throws a transport's queue away.
    pub(crate) fn discard(&mut self, queue: &mut Queue, counters: &mut Counters) {
        let mut at = std::mem::take(queue).head;
        while at != NONE {
            counters.drop(DropReason::NoPath);
            at = self.queued[at as usize].next;
        }
    }

    /// Seals a transport's queue into runs towards `path`.
    pub(crate) fn seal(&mut self, queue: &mut Queue, path: Path, srtp: &SrtpSender, counters: &mut Counters) {
        let mut at = std::mem::take(queue).head;
        while at != NONE {
            let (segment, count) = self.plan_run(at, matches!(path.link, Link::Udp(_)), srtp.rtp_overhead());
            let first = self.spans.len() as u32;
            for nth in 0..count {
                let packet = self.queued[at as usize];
                let pad = if nth + 1 < count { segment - usize::from(packet.len) } else { 0 };
                let len = self.seal_one(&packet, pad, srtp);
                counters.padding_out += pad as u64;
                self.spans.push(Span { start: packet.start, len: len as u32 });
                at = packet.next;
            }
            self.runs.push(Run { path, first, count: count as u16, segment: (segment + srtp.rtp_overhead()) as u16 });
        }
    }

    /// How many packets from `at` on form one run, and the length each but the last is padded to (before sealing).
    fn plan_run(&self, at: u32, may_run: bool, overhead: usize) -> (usize, usize) {
        let first = &self.queued[at as usize];
        let (mut longest, mut shortest, mut all_pad) = (usize::from(first.len), usize::from(first.len), first.may_pad);
        let mut count = 1;
        let mut next = first.next;
        while may_run && next != NONE && count < self.max_segments {
            let packet = &self.queued[next as usize];
            let len = usize::from(packet.len);
            let (high, low) = (longest.max(len), shortest.min(len));
            if (count + 1) * (high + overhead) > MAX_RUN_BYTES {
                break;
            }
            let equal = high == low;
            let padded = all_pad && packet.may_pad && high - low <= MAX_PADDING;
            if equal || padded {
                (longest, shortest, all_pad) = (high, low, all_pad && packet.may_pad);
                count += 1;
                next = packet.next;
                continue;
            }
            // A shorter packet may close the run as it is.
            if len < longest {
                count += 1;
            }
            break;
        }
        (longest, count)
    }

    fn seal_one(&mut self, packet: &Queued, pad: usize, srtp: &SrtpSender) -> usize {
        let start = packet.start as usize;
        let mut len = usize::from(packet.len);
        let buffer = &mut self.arena[start..start + len + SLACK];
        if pad > 0 {
            buffer[len..len + pad].fill(0);
            len += pad;
            buffer[len - 1] = pad as u8;
            buffer[0] |= 0x20;
        }
        srtp.seal_rtp(buffer, usize::from(packet.header_len), len, packet.index)
    }

    /// Everything that is ready, and an empty arena for what comes next.
    pub(crate) fn finish(&mut self, mut touched: Vec<u32>, counters: &mut Counters) -> Batch<'_> {
        touched.clear();
        self.touched = touched;
        self.queued.clear();
        self.used = 0;
        self.handed_out = true;
        counters.packets_out += self.spans.len() as u64;
        counters.bytes_out += self.spans.iter().map(|span| u64::from(span.len)).sum::<u64>();
        Batch { arena: &self.arena, packets: &self.spans, runs: &self.runs }
    }

    /// Forgets the batch handed out last.
    fn begin(&mut self) {
        if self.handed_out {
            self.spans.clear();
            self.runs.clear();
            self.handed_out = false;
        }
    }
}
