//! One direction of a line: loss, delay and jitter (which reorders), from a seeded generator.

use rand::Rng;
use rand::rngs::SmallRng;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    pub loss: f64,
    pub delay: Duration,
    pub jitter: Duration,
}

/// Things under way, earliest first; ties in order of sending.
pub struct Network<T> {
    under_way: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    held: Vec<Option<T>>,
    sent: u64,
}

impl<T> Default for Network<T> {
    fn default() -> Self {
        Network { under_way: BinaryHeap::new(), held: Vec::new(), sent: 0 }
    }
}

impl<T> Network<T> {
    pub fn send(&mut self, now: Instant, line: &Line, rng: &mut SmallRng, thing: T) {
        if rng.random_bool(line.loss) {
            return;
        }
        let jitter = line.jitter.mul_f64(rng.random::<f64>());
        self.sent += 1;
        self.held.push(Some(thing));
        self.under_way.push(Reverse((now + line.delay + jitter, self.sent, self.held.len() - 1)));
    }

    /// What has arrived by now.
    pub fn receive(&mut self, now: Instant) -> Option<T> {
        let Reverse((at, _, index)) = *self.under_way.peek()?;
        if at > now {
            return None;
        }
        self.under_way.pop();
        let thing = self.held[index].take();
        if self.under_way.is_empty() {
            self.held.clear();
        }
        thing
    }
}
