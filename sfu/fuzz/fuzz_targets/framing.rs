//! A TCP stream cut into reads in any way: the same packets come out as of the whole stream, whatever is in it, and what is kept between reads stays small.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu::framing::{FrameTooLong, HEADER, MAX_FRAME, frame_at};

fuzz_target!(|data: &[u8]| {
    // The lengths of the reads, over and over, before the stream; for half of all inputs so long that a read may hold many frames, or only a part of one.
    let Some((reads, stream)) = data.split_at_checked(4) else { return };
    let scale = if reads[0] & 1 == 0 { 1 } else { 40 };
    let mut lengths = reads.iter().map(|read| usize::from(*read).max(1) * scale).cycle();
    let (mut reader, mut rest, mut outcome) = (Reader::default(), stream, Ok(()));
    while !rest.is_empty() && outcome.is_ok() {
        let length = lengths.next().unwrap_or(1).min(rest.len());
        outcome = reader.take(&rest[..length]);
        rest = &rest[length..];
        assert!(outcome.is_err() || reader.partial.len() < HEADER + MAX_FRAME);
    }
    assert_eq!((reader.packets, outcome), whole(stream));
});

/// As a worker reads.
#[derive(Default)]
struct Reader {
    partial: Vec<u8>,
    packets: Vec<Vec<u8>>,
}

impl Reader {
    fn take(&mut self, read: &[u8]) -> Result<(), FrameTooLong> {
        self.partial.extend_from_slice(read);
        let mut cursor = 0;
        while let Some(range) = frame_at(&self.partial, cursor)? {
            assert!(range.start == cursor + HEADER && range.len() <= MAX_FRAME);
            cursor = range.end;
            self.packets.push(self.partial[range].to_vec());
        }
        self.partial.drain(..cursor);
        Ok(())
    }
}

/// The same, said in the simplest way.
fn whole(mut stream: &[u8]) -> (Vec<Vec<u8>>, Result<(), FrameTooLong>) {
    let mut packets = Vec::new();
    while let [high, low, after @ ..] = stream {
        let length = usize::from(*high) << 8 | usize::from(*low);
        if length > MAX_FRAME {
            return (packets, Err(FrameTooLong(length)));
        }
        let Some((packet, after)) = after.split_at_checked(length) else { break };
        packets.push(packet.to_vec());
        stream = after;
    }
    (packets, Ok(()))
}
