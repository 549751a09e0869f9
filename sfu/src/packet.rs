//! One received RTP packet, authenticated, on its way through a room: before and after it is read.

use crate::codec::FrameInfo;
use crate::rtp::{ExtensionMap, Extensions, RtpHeader};
use crate::spec::Codec;
use std::time::Instant;

/// Which encoding a packet is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    /// Index of the track.
    pub(crate) track: usize,
    pub(crate) encoding: u8,
}

/// A packet of an encoding, from the publisher or by way of a sibling.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passing<'a> {
    pub(crate) stream: Stream,
    /// Counts the SSRCs that the encoding had, wrapping.
    pub(crate) generation: u8,
    /// Extended sequence number, in the sequence of that SSRC.
    pub(crate) seq: u64,
    /// Header and payload.
    pub(crate) bytes: &'a [u8],
    /// Ids of its header extensions.
    pub(crate) map: &'a ExtensionMap,
}

/// Immutable from here on: every subscriber takes its own copy of the payload, once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RtpIn<'a> {
    /// When it came.
    pub(crate) now: Instant,
    /// Key of its encoding.
    pub(crate) encoding: u32,
    /// Extended sequence number.
    pub(crate) seq: u64,
    /// The highest one of its encoding when it came, at least its own.
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
