//! Decrypted packets of one encoding, kept for retransmission.

/// A ring of packet bytes, allocated once; the oldest are overwritten.
///
/// Bounded twice: by bytes, and by the number of sequence numbers it reaches back.
#[derive(Debug)]
pub struct PacketCache {
    bytes: Box<[u8]>,
    /// By sequence number modulo their count, a power of two.
    places: Box<[Place]>,
    /// Bytes written in all, with what was left unused at the end of each round.
    written: u64,
}

/// Where a packet was written. It is still there as long as less than one round has been written since its start.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    seq: u64,
    /// In terms of [`PacketCache::written`].
    start: u64,
    /// 0: never used.
    len: u32,
}

impl PacketCache {
    /// Room for `bytes` bytes in at most `packets` (rounded up to a power of two) packets.
    pub fn new(bytes: usize, packets: usize) -> Self {
        let places = packets.max(1).next_power_of_two();
        Self { bytes: vec![0; bytes].into(), places: vec![Place::default(); places].into(), written: 0 }
    }

    /// Keeps a copy of a packet, by its unwrapped sequence number. One that is empty, larger than the cache, there already, or older than what the cache
    /// reaches back to, is not kept.
    pub fn insert(&mut self, seq: u64, packet: &[u8]) {
        let room = self.bytes.len() as u64;
        let len = packet.len() as u64;
        let index = self.index(seq);
        let place = self.places[index];
        let (Ok(stored), false) = (u32::try_from(len), len == 0 || len > room || (place.len > 0 && place.seq >= seq)) else {
            return;
        };
        let used = self.written % room;
        let start = if used + len > room { self.written + (room - used) } else { self.written };
        let at = (start % room) as usize;
        self.bytes[at..at + packet.len()].copy_from_slice(packet);
        self.written = start + len;
        self.places[index] = Place { seq, start, len: stored };
    }

    /// The packet of that sequence number, if it is still there.
    pub fn get(&self, seq: u64) -> Option<&[u8]> {
        let place = self.places[self.index(seq)];
        let room = self.bytes.len() as u64;
        if place.len == 0 || place.seq != seq || self.written - place.start > room {
            return None;
        }
        let at = (place.start % room) as usize;
        self.bytes.get(at..at + place.len as usize)
    }

    /// Forgets all packets.
    pub fn clear(&mut self) {
        self.places.fill(Place::default());
    }

    fn index(&self, seq: u64) -> usize {
        seq as usize & (self.places.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn gives_back_what_was_put_in() {
        let mut cache = PacketCache::new(100, 4);
        cache.insert(10, b"ten");
        cache.insert(12, b"twelve");
        assert_eq!(cache.get(10), Some(&b"ten"[..]));
        assert_eq!(cache.get(11), None);
        assert_eq!(cache.get(12), Some(&b"twelve"[..]));
        assert_eq!(cache.get(0), None, "an unused place is nobody's");
    }

    #[test]
    fn cleared_it_takes_lower_numbers_again() {
        let mut cache = PacketCache::new(100, 4);
        cache.insert(12, b"twelve");
        cache.clear();
        assert_eq!(cache.get(12), None);
        cache.insert(8, b"eight");
        assert_eq!(cache.get(8), Some(&b"eight"[..]));
    }

    #[test]
    fn the_oldest_go_first_by_bytes_and_by_count() {
        let mut cache = PacketCache::new(10, 4);
        cache.insert(1, &[1; 4]);
        cache.insert(2, &[2; 4]);
        cache.insert(3, &[3; 4]);
        assert_eq!(cache.get(1), None, "overwritten by the third");
        assert_eq!(cache.get(2), Some(&[2; 4][..]));
        assert_eq!(cache.get(3), Some(&[3; 4][..]));
        let mut cache = PacketCache::new(1_000, 4);
        (1..=5).for_each(|seq| cache.insert(seq, &[seq as u8]));
        assert_eq!(cache.get(1), None);
        assert_eq!(cache.get(2), Some(&[2][..]));
    }

    #[test]
    fn a_late_packet_does_not_push_out_a_newer_one() {
        let mut cache = PacketCache::new(100, 4);
        cache.insert(9, b"new");
        cache.insert(5, b"late");
        cache.insert(9, b"twice");
        assert_eq!(cache.get(5), None);
        assert_eq!(cache.get(9), Some(&b"new"[..]));
    }

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let mut cache = PacketCache::new(4, 4);
        cache.insert(1, &[0; 5]);
        cache.insert(2, &[]);
        assert_eq!((cache.get(1), cache.get(2)), (None, None));
        let mut none = PacketCache::new(0, 0);
        none.insert(1, &[1]);
        assert_eq!(none.get(1), None);
    }

    proptest! {
        /// Whatever comes out is what went in, and the last packets that fit together are there.
        #[test]
        fn never_returns_other_bytes(packets in prop::collection::vec((1_u64..60, 1_usize..40), 1..200)) {
            let mut cache = PacketCache::new(128, 32);
            let mut inserted: HashMap<u64, Vec<u8>> = HashMap::new();
            for (n, &(step, len)) in packets.iter().enumerate() {
                let seq = n as u64 * 2 + step;
                let packet = vec![n as u8; len];
                let before = cache.get(seq).map(<[u8]>::to_vec);
                cache.insert(seq, &packet);
                if let (None, Some(now)) = (before, cache.get(seq)) {
                    prop_assert_eq!(now, &packet[..]);
                    inserted.insert(seq, packet);
                }
                for other in 0..400 {
                    if let Some(found) = cache.get(other) {
                        prop_assert_eq!(found, &inserted[&other][..]);
                    }
                }
            }
        }

        /// In order, everything within half the ring's bytes is still there.
        #[test]
        fn reaches_back_far_enough(lens in prop::collection::vec(1_usize..40, 1..200)) {
            let mut cache = PacketCache::new(200, 256);
            for (seq, &len) in lens.iter().enumerate() {
                cache.insert(seq as u64, &vec![seq as u8; len]);
                let mut sum = 0;
                for back in (0..=seq).rev() {
                    sum += lens[back];
                    if sum > 160 { break; }
                    prop_assert_eq!(cache.get(back as u64).unwrap(), &vec![back as u8; lens[back]][..]);
                }
            }
        }
    }
}
