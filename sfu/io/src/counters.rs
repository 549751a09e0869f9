//! What the threads and sockets count. Every figure is a total since the start unless it says otherwise.

use std::time::Duration;

/// Figures of one worker's sockets and loop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IoCounters {
    /// Datagrams received.
    pub receive: ReceiveCounters,
    /// Datagrams sent.
    pub send: SendCounters,
    /// ICE-TCP.
    pub tcp: TcpCounters,
    /// How long turns of the loop took.
    pub turns: TurnTimes,
    /// Between threads.
    pub queues: QueueCounters,
}

/// Datagrams received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiveCounters {
    /// System calls that brought something.
    pub calls: u64,
    /// Messages they brought: datagrams, or several joined by the kernel.
    pub messages: u64,
    /// Datagrams.
    pub packets: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Dropped: longer than the buffer.
    pub truncated: u64,
    /// Dropped: empty, or from an address of an unknown family.
    pub malformed: u64,
    /// Errors of the sockets.
    pub errors: u64,
    /// Sockets now with `UDP_GRO`.
    pub gro_sockets: u64,
}

/// Datagrams sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendCounters {
    /// System calls that sent something.
    pub calls: u64,
    /// Messages: datagrams, or several to be cut apart by kernel or device.
    pub messages: u64,
    /// Of these with several datagrams.
    pub segmented: u64,
    /// Datagrams.
    pub packets: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Segmented messages refused by kernel or device and sent again one by one.
    pub segmentation_refused: u64,
    /// Times the loop waited for a full socket.
    pub waits: u64,
    /// Datagrams dropped, by reason.
    pub drops: SendDrops,
    /// Sockets now with `UDP_SEGMENT`.
    pub gso_sockets: u64,
}

/// Why datagrams were not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendDrops {
    /// The socket stayed full past the time a flush may wait (`EAGAIN`).
    pub would_block: u64,
    /// `ECONNREFUSED`.
    pub refused: u64,
    /// `EHOSTUNREACH`, `ENETUNREACH`, `ENETDOWN`, `EADDRNOTAVAIL`: no way there.
    pub unreachable: u64,
    /// `EPERM`, `EACCES`: a firewall of this machine.
    pub not_permitted: u64,
    /// `ENOBUFS`, `ENOMEM`.
    pub no_buffers: u64,
    /// `EMSGSIZE`.
    pub too_large: u64,
    /// `EINVAL`, `EAFNOSUPPORT`: not an address this socket can reach.
    pub invalid: u64,
    /// Anything else.
    pub other: u64,
    /// For a socket the worker does not have.
    pub no_socket: u64,
}

impl SendDrops {
    /// Every reason with its name, for a metric's label.
    pub fn by_reason(&self) -> [(&'static str, u64); 9] {
        [
            ("would_block", self.would_block),
            ("refused", self.refused),
            ("unreachable", self.unreachable),
            ("not_permitted", self.not_permitted),
            ("no_buffers", self.no_buffers),
            ("too_large", self.too_large),
            ("invalid", self.invalid),
            ("other", self.other),
            ("no_socket", self.no_socket),
        ]
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.by_reason().iter().map(|(_, count)| count).sum()
    }

    pub(crate) fn count(&mut self, error: &std::io::Error, packets: u64) {
        let counter = match error.raw_os_error().unwrap_or(0) {
            libc::EAGAIN => &mut self.would_block,
            libc::ECONNREFUSED => &mut self.refused,
            libc::EHOSTUNREACH | libc::ENETUNREACH | libc::ENETDOWN | libc::EADDRNOTAVAIL => &mut self.unreachable,
            libc::EPERM | libc::EACCES => &mut self.not_permitted,
            libc::ENOBUFS | libc::ENOMEM => &mut self.no_buffers,
            libc::EMSGSIZE => &mut self.too_large,
            libc::EINVAL | libc::EAFNOSUPPORT => &mut self.invalid,
            _ => &mut self.other,
        };
        *counter += packets;
    }
}

/// ICE-TCP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcpCounters {
    /// Connections open now.
    pub open: u64,
    /// Bytes waiting now to be written to them.
    pub queued_bytes: u64,
    /// Connections accepted.
    pub accepted: u64,
    /// Connections closed at once, and accepts that failed, by reason.
    pub refused: TcpRefusals,
    /// Connections closed, by reason.
    pub closed: TcpCloses,
    /// Frames received.
    pub frames_received: u64,
    /// Bytes received, framing and all.
    pub bytes_received: u64,
    /// Frames taken for sending.
    pub frames_sent: u64,
    /// Bytes written, framing and all.
    pub bytes_sent: u64,
    /// System calls that wrote.
    pub write_calls: u64,
    /// Packets dropped: the peer reads too slowly and its queue is full.
    pub queue_full: u64,
    /// Packets dropped: their connection is gone.
    pub no_connection: u64,
    /// Packets dropped: longer than a frame may be.
    pub too_large: u64,
}

/// Why connections were not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcpRefusals {
    /// The worker has as many as it may.
    pub full: u64,
    /// The remote address has as many as it may.
    pub address_full: u64,
    /// `accept` or the registration failed; out of descriptors, most likely.
    pub error: u64,
}

/// Why connections ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcpCloses {
    /// The peer closed.
    pub peer: u64,
    /// The first frame was not STUN.
    pub not_stun: u64,
    /// No whole first frame in time.
    pub no_stun: u64,
    /// A frame longer than allowed was announced.
    pub frame_too_long: u64,
    /// Nothing heard for too long.
    pub idle: u64,
    /// An error of the connection.
    pub error: u64,
    /// The media plane asked for it.
    pub ours: u64,
}

/// Between threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueCounters {
    /// Commands waiting now.
    pub commands: u64,
    /// Handshake inputs of all workers waiting now.
    pub handshakes: u64,
    /// Handshake datagrams dropped: the handshake thread is behind.
    pub handshakes_dropped: u64,
    /// Media packets handed to sibling workers.
    pub relayed: u64,
    /// Media packets dropped: the sibling's ring was full.
    pub relays_dropped: u64,
    /// Media packets waiting now from siblings.
    pub relays_waiting: u64,
    /// Wake-ups of other threads that were asleep.
    pub wakes: u64,
}

/// How long turns of the loop took, without the wait for events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TurnTimes {
    /// Turns up to [`TurnTimes::BOUNDS`] each, and longer ones last. Not cumulative.
    pub buckets: [u64; TurnTimes::BOUNDS.len() + 1],
    /// Their sum in nanoseconds.
    pub total_ns: u64,
    /// The longest, in nanoseconds.
    pub longest_ns: u64,
}

impl TurnTimes {
    /// Upper bounds of the buckets in microseconds, inclusive.
    pub const BOUNDS: [u64; 10] = [20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000];

    pub(crate) fn record(&mut self, turn: Duration) {
        let ns = u64::try_from(turn.as_nanos()).unwrap_or(u64::MAX);
        let bucket = Self::BOUNDS.iter().position(|bound| ns <= bound * 1_000).unwrap_or(Self::BOUNDS.len());
        self.buckets[bucket] += 1;
        self.total_ns = self.total_ns.saturating_add(ns);
        self.longest_ns = self.longest_ns.max(ns);
    }

    /// Turns in all.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turn_times_fall_into_their_buckets() {
        let mut times = TurnTimes::default();
        for us in [20, 21, 1_000, 50_001] {
            times.record(Duration::from_micros(us));
        }
        assert_eq!((times.buckets[0], times.buckets[1], times.buckets[5], times.buckets[10]), (1, 1, 1, 1));
        assert_eq!((times.count(), times.longest_ns, times.total_ns), (4, 50_001_000, 51_042_000));
    }

    #[test]
    fn errors_are_counted_by_name() {
        let mut drops = SendDrops::default();
        for code in [libc::EAGAIN, libc::ECONNREFUSED, libc::EHOSTUNREACH, libc::EPERM, libc::ENOBUFS, libc::EMSGSIZE, libc::EINVAL, libc::EIO] {
            drops.count(&std::io::Error::from_raw_os_error(code), 3);
        }
        drops.no_socket += 3;
        assert!(drops.by_reason().iter().all(|(_, count)| *count == 3), "{drops:?}");
        assert_eq!(drops.total(), 27);
    }
}
