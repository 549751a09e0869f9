//! What was received of each SSRC: replay windows (RFC 3711 §3.3.2), and the index estimate of §3.3.1.

use super::SrtpDrop;
use std::cmp::Ordering;

/// Packets that a window looks back: at 1,000 packets a second, one second of reordering.
const SPAN: u64 = 1024;
/// SSRCs remembered of one peer.
pub(super) const MAX_SSRCS: usize = 64;
/// The greatest packet index.
const MAX_INDEX: u64 = (1 << 48) - 1;

/// The packets received of one SSRC.
#[derive(Clone, Debug)]
pub(super) struct Window {
    highest: u64,
    /// Bit `i % SPAN` belongs to index `i`, of the last `SPAN` indices.
    seen: [u64; (SPAN / 64) as usize],
}

impl Window {
    /// A window that has seen one index.
    fn starting(index: u64) -> Window {
        let mut window = Window { highest: index, seen: [0; (SPAN / 64) as usize] };
        window.set(index);
        window
    }

    /// The packet index that a sequence number most likely stands for (RFC 3711 §3.3.1). A rollover counter below zero does not exist: what would need one
    /// is taken as a jump ahead, which only an authentic packet gets away with. `None` past the last index.
    fn estimate(&self, sequence: u16) -> Option<u64> {
        let newest = self.highest as u16;
        let roc = self.highest >> 16;
        let ahead = sequence.wrapping_sub(newest);
        let roc = match (ahead < 0x8000, sequence.cmp(&newest)) {
            (true, Ordering::Less) => roc + 1,
            (false, Ordering::Greater) => roc.saturating_sub(1),
            _ => roc,
        };
        let index = roc << 16 | u64::from(sequence);
        (index <= MAX_INDEX).then_some(index)
    }

    fn check(&self, index: u64) -> Result<(), SrtpDrop> {
        if index > self.highest {
            Ok(())
        } else if self.highest - index >= SPAN {
            Err(SrtpDrop::TooOld)
        } else if self.seen[word(index)] & bit(index) != 0 {
            Err(SrtpDrop::Replay)
        } else {
            Ok(())
        }
    }

    /// Marks an index that passed [`Window::check`].
    fn mark(&mut self, index: u64) {
        if index > self.highest {
            if index - self.highest >= SPAN {
                self.seen = [0; (SPAN / 64) as usize];
            } else {
                for skipped in self.highest + 1..index {
                    self.seen[word(skipped)] &= !bit(skipped);
                }
            }
            self.highest = index;
        }
        self.set(index);
    }

    fn set(&mut self, index: u64) {
        self.seen[word(index)] |= bit(index);
    }
}

fn word(index: u64) -> usize {
    (index % SPAN / 64) as usize
}

fn bit(index: u64) -> u64 {
    1 << (index % 64)
}

/// The windows of a peer's SSRCs, at most [`MAX_SSRCS`]; a new one takes the place of the least recently used.
#[derive(Default)]
pub(super) struct Windows {
    ssrcs: Vec<u32>,
    windows: Vec<Window>,
    /// When each was last used, on a clock that ticks with every packet.
    used: Vec<u64>,
    clock: u64,
    /// Where the last packet's was: most packets come in runs.
    last: usize,
}

/// The answer to [`Windows::find`]: where the SSRC is, if it is known.
pub(super) struct Slot(Option<usize>);

impl Windows {
    pub(super) fn find(&self, ssrc: u32) -> Slot {
        if self.ssrcs.get(self.last) == Some(&ssrc) {
            return Slot(Some(self.last));
        }
        Slot(self.ssrcs.iter().position(|&known| known == ssrc))
    }

    /// The index of a packet with this sequence number, if it is one to be opened. An unknown SSRC starts with a rollover counter of zero.
    pub(super) fn estimate(&self, slot: &Slot, sequence: u16) -> Result<u64, SrtpDrop> {
        let Some(at) = slot.0 else { return Ok(sequence.into()) };
        let index = self.windows[at].estimate(sequence).ok_or(SrtpDrop::KeyExhausted)?;
        self.windows[at].check(index).map(|()| index)
    }

    /// Whether an index that was sent along is one to be opened.
    pub(super) fn check(&self, slot: &Slot, index: u64) -> Result<(), SrtpDrop> {
        slot.0.map_or(Ok(()), |at| self.windows[at].check(index))
    }

    /// Remembers an authenticated packet.
    pub(super) fn accept(&mut self, slot: Slot, ssrc: u32, index: u64) {
        self.clock += 1;
        let at = match slot.0 {
            Some(at) => {
                self.windows[at].mark(index);
                at
            }
            None => self.insert(ssrc, index),
        };
        self.used[at] = self.clock;
        self.last = at;
    }

    fn insert(&mut self, ssrc: u32, index: u64) -> usize {
        if self.ssrcs.len() < MAX_SSRCS {
            self.ssrcs.push(ssrc);
            self.windows.push(Window::starting(index));
            self.used.push(0);
            return self.ssrcs.len() - 1;
        }
        let at = self.used.iter().enumerate().min_by_key(|&(_, &used)| used).map_or(0, |(at, _)| at);
        self.ssrcs[at] = ssrc;
        self.windows[at] = Window::starting(index);
        at
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.ssrcs.len()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn estimates_follow_the_rollover_both_ways() {
        let window = Window::starting(5 << 16 | 10);
        assert_eq!(window.estimate(11), Some(5 << 16 | 11));
        assert_eq!(window.estimate(10), Some(5 << 16 | 10));
        assert_eq!(window.estimate(9), Some(5 << 16 | 9));
        assert_eq!(window.estimate(0xffff), Some(4 << 16 | 0xffff));
        let window = Window::starting(5 << 16 | 0xfff0);
        assert_eq!(window.estimate(3), Some(6 << 16 | 3));
        assert_eq!(window.estimate(0xffef), Some(5 << 16 | 0xffef));
        assert_eq!(window.estimate(0xffff), Some(5 << 16 | 0xffff));
    }

    #[test]
    fn no_estimate_is_below_zero_or_past_the_end() {
        assert_eq!(Window::starting(10).estimate(0xffff), Some(0xffff));
        assert_eq!(Window::starting(MAX_INDEX).estimate(3), None);
        assert_eq!(Window::starting(MAX_INDEX).estimate(0xfffe), Some(MAX_INDEX - 1));
    }

    #[test]
    fn a_window_accepts_each_index_once_in_any_order() {
        let mut window = Window::starting(5000);
        for index in [5003, 5001, 5002, 4500, 5000 + SPAN - 10] {
            assert_eq!(window.check(index), Ok(()), "{index}");
            window.mark(index);
            assert_eq!(window.check(index), Err(SrtpDrop::Replay), "{index}");
        }
        assert_eq!(window.check(5000), Err(SrtpDrop::Replay));
        assert_eq!(window.check(4500), Err(SrtpDrop::TooOld));
        assert_eq!(window.check(5004), Ok(()));
    }

    #[test]
    fn a_jump_past_the_window_forgets_all_of_it() {
        let mut window = Window::starting(100);
        window.mark(100 + 3 * SPAN);
        for back in 1..SPAN {
            assert_eq!(window.check(100 + 3 * SPAN - back), Ok(()));
        }
        assert_eq!(window.check(100 + 2 * SPAN), Err(SrtpDrop::TooOld));
    }

    /// Against the plainest model there is: a set of everything seen.
    #[test]
    fn a_window_agrees_with_a_set() {
        use rand::{Rng, SeedableRng};
        let mut random = rand::rngs::SmallRng::seed_from_u64(1);
        let mut window = Window::starting(20_000);
        let mut seen = std::collections::BTreeSet::from([20_000_u64]);
        for _ in 0..50_000 {
            let highest: u64 = *seen.last().unwrap();
            let index = (highest + random.random_range(0..8)).saturating_sub(if random.random_bool(0.3) { random.random_range(0..1500) } else { 0 });
            let expected = match index {
                _ if index + SPAN <= highest => Err(SrtpDrop::TooOld),
                _ if seen.contains(&index) => Err(SrtpDrop::Replay),
                _ => Ok(()),
            };
            assert_eq!(window.check(index), expected, "{index} after {highest}");
            if expected.is_ok() {
                window.mark(index);
                seen.insert(index);
            }
        }
    }

    #[test]
    fn the_least_recently_used_makes_room() {
        let mut windows = Windows::default();
        for ssrc in 0..MAX_SSRCS as u32 {
            windows.accept(windows.find(ssrc), ssrc, 7);
        }
        windows.accept(windows.find(0), 0, 8);
        windows.accept(windows.find(1000), 1000, 9);
        assert_eq!(windows.len(), MAX_SSRCS);
        assert_eq!(windows.check(&windows.find(0), 8), Err(SrtpDrop::Replay), "0 was used since");
        assert_eq!(windows.check(&windows.find(1), 7), Ok(()), "1 was forgotten");
        assert_eq!(windows.check(&windows.find(1000), 9), Err(SrtpDrop::Replay));
    }
}
