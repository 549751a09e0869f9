//! The mark a simulated publisher puts into every payload, from which delivery and latency are told without trusting a rewritten header.

/// Bytes of a stamp.
pub const LEN: usize = 24;

const MAGIC: [u8; 4] = *b"TkLt";

/// Which packet this is, and when it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The publisher's number in the run; 0 is the host.
    pub publisher: u16,
    /// Which of its flows: see [`Flow`].
    pub flow: Flow,
    /// Counts the packets of the flow from 0.
    pub counter: u64,
    /// `CLOCK_MONOTONIC` when it was first sent, in nanoseconds.
    pub sent_ns: u64,
}

/// A flow of a publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flow {
    /// Sound.
    Audio,
    /// A simulcast layer of the camera, 0 the smallest.
    Video(u8),
}

impl Flow {
    fn code(self) -> u8 {
        match self {
            Flow::Audio => 0,
            Flow::Video(layer) => 1 + layer,
        }
    }
}

impl Stamp {
    /// As bytes.
    pub fn encode(&self) -> [u8; LEN] {
        let mut out = [0; LEN];
        out[..4].copy_from_slice(&MAGIC);
        out[4..6].copy_from_slice(&self.publisher.to_be_bytes());
        out[6] = self.flow.code();
        out[8..16].copy_from_slice(&self.counter.to_be_bytes());
        out[16..24].copy_from_slice(&self.sent_ns.to_be_bytes());
        out
    }

    /// Reads a stamp at the start of `bytes`; `None` when there is none.
    pub fn decode(bytes: &[u8]) -> Option<Stamp> {
        let bytes: &[u8; LEN] = bytes.first_chunk()?;
        if bytes[..4] != MAGIC {
            return None;
        }
        let word = |at: usize| bytes[at..].first_chunk().map(|word| u64::from_be_bytes(*word));
        let flow = match bytes[6] {
            0 => Flow::Audio,
            layer => Flow::Video(layer - 1),
        };
        Some(Stamp { publisher: u16::from_be_bytes([bytes[4], bytes[5]]), flow, counter: word(8)?, sent_ns: word(16)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let stamp = Stamp { publisher: 513, flow: Flow::Video(2), counter: 1 << 33, sent_ns: u64::MAX - 1 };
        let bytes = stamp.encode();
        assert_eq!(Stamp::decode(&bytes), Some(stamp));
        assert_eq!(Stamp::decode(&bytes[..LEN - 1]), None);
        assert_eq!(Stamp::decode(&[0; LEN]), None);
    }
}
