//! Frames waiting for one connection.

use sfu::framing::HEADER;
use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};

/// Memory a queue keeps when it is empty.
const KEPT: usize = 32 << 10;

/// Whole frames, at most so many bytes of them, of which the first may be written in part.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    bytes: VecDeque<u8>,
}

impl Outgoing {
    /// Takes a packet, framed, or refuses it whole when the queue would pass `limit`.
    pub(crate) fn push(&mut self, packet: &[u8], limit: usize) -> bool {
        let Ok(length) = u16::try_from(packet.len()) else { return false };
        if self.bytes.len() + HEADER + packet.len() > limit {
            return false;
        }
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(packet);
        true
    }

    /// Writes until all is out (`Ok(true)`) or the socket is full (`Ok(false)`), counting bytes and calls.
    pub(crate) fn write(&mut self, socket: &mut impl Write, bytes: &mut u64, calls: &mut u64) -> io::Result<bool> {
        while !self.bytes.is_empty() {
            let (front, back) = self.bytes.as_slices();
            match socket.write_vectored(&[IoSlice::new(front), IoSlice::new(back)]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    *bytes += written as u64;
                    *calls += 1;
                    self.bytes.drain(..written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Bytes waiting.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Gives back what a slow spell took.
    pub(crate) fn shrink(&mut self) {
        if self.bytes.is_empty() && self.bytes.capacity() > KEPT {
            self.bytes.shrink_to(KEPT);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Takes `room` bytes, then would block.
    struct Slow {
        room: usize,
        taken: Vec<u8>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(self.room);
            self.room -= taken;
            self.taken.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_peer_loses_whole_packets_and_never_part_of_one() {
        let (mut queue, mut socket) = (Outgoing::default(), Slow { room: 5, taken: Vec::new() });
        let (mut bytes, mut calls) = (0, 0);
        assert!(queue.push(&[1; 6], 16));
        assert!(queue.push(&[2; 6], 16));
        assert!(!queue.push(&[3; 1], 16), "18 bytes would wait");
        assert!(!queue.write(&mut socket, &mut bytes, &mut calls).unwrap());
        assert_eq!((queue.len(), bytes), (11, 5));
        assert!(queue.push(&[4; 3], 16));
        socket.room = 100;
        assert!(queue.write(&mut socket, &mut bytes, &mut calls).unwrap());
        assert_eq!(socket.taken, [&[0, 6][..], &[1; 6], &[0, 6], &[2; 6], &[0, 3], &[4; 3]].concat());
        assert_eq!(bytes, 21);
    }

    #[test]
    fn memory_of_a_slow_spell_is_given_back() {
        let mut queue = Outgoing::default();
        while queue.push(&[0; 1_200], 256 << 10) {}
        assert!(queue.len() > (256 << 10) - 1_202 && queue.len() <= 256 << 10);
        queue.write(&mut io::sink(), &mut 0, &mut 0).unwrap();
        queue.shrink();
        assert!(queue.bytes.capacity() <= KEPT);
    }

    #[test]
    fn a_packet_too_long_for_its_length_is_refused() {
        assert!(!Outgoing::default().push(&[0; 65_536], usize::MAX));
    }
}
