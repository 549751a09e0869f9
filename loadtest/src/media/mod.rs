//! What a participant sends and receives, above an association: feeds, flows, retransmission, reports, and the account of what arrived.

pub mod clip;
pub mod flow;
pub mod publisher;
mod stream;
pub mod subscriber;
pub mod synthetic;
pub mod tally;

use crate::clock::Clock;
use std::time::Instant;

/// Largest RTP payload sent, in bytes, descriptor included: with headers and tag it stays under 1,200.
pub const MAX_PAYLOAD: usize = 1_100;

/// One frame, cut into payloads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// In units of the codec's clock.
    pub rtp_time: u32,
    /// In order of sending.
    pub payloads: Vec<Payload>,
}

/// One RTP payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where a [`crate::rtp::stamp::Stamp`] is written at the moment of sending; none: not stamped.
    pub stamp_at: Option<usize>,
}

/// A flow's frames by schedule. Open loop: a frame is due when it is due, however late the one before it left.
pub trait Feed: Send {
    /// Starts the schedule.
    fn start(&mut self, now: Instant, clock: &Clock);

    /// When the next frame is due; none before [`Feed::start`] and for a feed that has ended.
    fn due(&self) -> Option<Instant>;

    /// Takes the frame that is due and moves the schedule on. `now` is when it leaves: not before [`Feed::due`].
    fn next_frame(&mut self, now: Instant) -> Frame;

    /// A receiver needs a key frame.
    fn want_key_frame(&mut self) {}

    /// For the audio-level extension (RFC 6464): dBov below full scale, 0–127; none for video.
    fn audio_level(&self) -> Option<u8> {
        None
    }

    /// Ticks of the RTP clock a second.
    fn clock_rate(&self) -> u32 {
        90_000
    }
}
