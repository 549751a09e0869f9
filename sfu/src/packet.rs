//! One received RTP packet, authenticated and read, on its way through a room.

use crate::codec::FrameInfo;
use crate::rtp::{Extensions, RtpHeader};
use crate::spec::Codec;
use std::time::Instant;

/// Immutable from here on: every subscriber takes its own copy of the payload, once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RtpIn<'a> {
    /// When it came.
    pub(crate) now: Instant,
    /// Key of its encoding in histories.
    pub(crate) encoding: u32,
    /// Extended sequence number.
    pub(crate) seq: u64,
    /// The highest one of its encoding when it came, its own included.
    pub(crate) highest: u64,
    /// The fixed header.
    pub(crate) header: RtpHeader,
    /// The header extensions that were negotiated.
    pub(crate) extensions: Extensions<'a>,
    /// Without padding; empty for a padding-only packet.
    pub(crate) payload: &'a [u8],
    /// What the payload is.
    pub(crate) codec: Codec,
    /// What its payload descriptor says.
    pub(crate) frame: FrameInfo,
}
