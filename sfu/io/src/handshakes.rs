//! The thread that runs DTLS handshakes: half a millisecond each, kept off the packet path.

use crate::plane::{Handshakes, Plane};
use crate::post::HandshakePost;
use crossbeam_channel::RecvTimeoutError;
use std::time::Instant;

/// Inputs taken before timeouts and outputs are looked at again.
const BATCH: usize = 64;

/// Runs one handshaker a worker until the last worker has ended. A transport's outputs go to the worker its inputs came from, because each worker has its own.
pub(crate) fn run<P: Plane>(mut handshakers: Vec<P::Handshaker>, post: &HandshakePost<P>) {
    loop {
        let deadline = handshakers.iter().filter_map(Handshakes::next_timeout).min();
        let first = match deadline {
            Some(deadline) => post.inputs.recv_deadline(deadline),
            None => post.inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let now = Instant::now();
        match first {
            Ok(first) => {
                for (worker, input) in std::iter::once(first).chain(post.inputs.try_iter().take(BATCH - 1)) {
                    handshakers[usize::from(worker.0)].receive(now, input);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        for (worker, handshaker) in handshakers.iter_mut().enumerate() {
            if handshaker.next_timeout().is_some_and(|deadline| deadline <= now) {
                handshaker.timeout(now);
            }
            while let Some(output) = handshaker.poll() {
                post.output(worker, output);
            }
        }
    }
}
