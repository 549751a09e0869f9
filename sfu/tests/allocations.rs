//! The packet path allocates nothing, counted.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

#[path = "world/peer.rs"]
mod peer;

#[path = "fanout/mod.rs"]
mod fanout;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system allocator as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn forwarding_allocates_nothing() {
    let mut fanout = fanout::Fanout::new(50);
    fanout.frames(60);
    let packets: Vec<_> = (0..30).map(|_| fanout.next_frame()).collect();
    let before = (COUNT.get(), fanout.shard.counters().forwarded);
    for frame in packets {
        fanout.forward(frame);
    }
    let (allocations, forwarded) = (COUNT.get() - before.0, fanout.shard.counters().forwarded - before.1);
    assert!(forwarded >= 30 * 50, "{forwarded} packets were forwarded");
    assert_eq!(allocations, 0, "{allocations} allocations for {forwarded} packets");
}
