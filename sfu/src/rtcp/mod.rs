//! RTCP: reading what peers report and ask for, writing ours.
//!
//! Reading borrows from the datagram and allocates nothing; what a packet can make a caller do is bounded by its size: at most 17 sequence numbers for each
//! 4 bytes of NACK.

mod read;
mod write;

pub use read::{Blocks, Lost, RtcpError, Ssrcs, parse};
pub use write::{write_bye, write_fir, write_nack, write_pli, write_receiver_report, write_sdes_cname, write_sender_report};

/// Packet types (RFC 3550 section 12.1, RFC 4585 section 6.1).
mod packet_type {
    pub(super) const SENDER_REPORT: u8 = 200;
    pub(super) const RECEIVER_REPORT: u8 = 201;
    pub(super) const SOURCE_DESCRIPTION: u8 = 202;
    pub(super) const BYE: u8 = 203;
    pub(super) const TRANSPORT_FEEDBACK: u8 = 205;
    pub(super) const PAYLOAD_FEEDBACK: u8 = 206;
}

/// Feedback message types (RFC 4585 section 6, RFC 5104 section 4.3.1, draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1,
/// draft-alvestrand-rmcat-remb-03 section 2.2).
mod format {
    pub(super) const NACK: u8 = 1;
    pub(super) const TRANSPORT_CC: u8 = 15;
    pub(super) const PLI: u8 = 1;
    pub(super) const FIR: u8 = 4;
    pub(super) const REMB: u8 = 15;
}

/// One packet of a compound, or what it says of one SSRC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rtcp<'a> {
    /// RFC 3550 section 6.4.1.
    SenderReport {
        /// Of the sender.
        ssrc: u32,
        /// When it was sent, by the sender's clock: 64-bit NTP; 0 when it has none.
        ntp: u64,
        /// The same instant as an RTP timestamp of the stream.
        rtp: u32,
        /// What the sender receives.
        blocks: Blocks<'a>,
    },
    /// RFC 3550 section 6.4.2.
    ReceiverReport {
        /// Of the reporter.
        ssrc: u32,
        /// What it receives.
        blocks: Blocks<'a>,
    },
    /// Packets missed (RFC 4585 section 6.2.1).
    Nack {
        /// The stream.
        media_ssrc: u32,
        /// Their sequence numbers.
        seqs: Lost<'a>,
    },
    /// A key frame is needed, something was lost (RFC 4585 section 6.3.1).
    Pli {
        /// The stream.
        media_ssrc: u32,
    },
    /// A key frame is needed (RFC 5104 section 4.3.1).
    Fir {
        /// The stream.
        media_ssrc: u32,
        /// Counts requests; a repeated one has the same number.
        seq: u8,
    },
    /// Transport-wide congestion control feedback, the whole packet with its header.
    TransportCc(&'a [u8]),
    /// The receiver's estimate of the bandwidth (goog-remb).
    Remb {
        /// In bit/s.
        bitrate: u64,
    },
    /// The streams end (RFC 3550 section 6.6).
    Bye {
        /// Which.
        ssrcs: Ssrcs<'a>,
    },
    /// Of another type.
    Other,
}

/// What a receiver reports of one stream (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost since the beginning; negative with duplicates. 24 bits on the wire.
    pub cumulative_lost: i32,
    /// Highest sequence number received, and above it the count of cycles.
    pub highest_seq: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time in the last sender report; 0: none yet.
    pub last_sr: u32,
    /// Since it was received, in 1/65,536 s.
    pub delay_since_sr: u32,
}

/// The sender's part of a sender report (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// Now, as 64-bit NTP.
    pub ntp: u64,
    /// Now, as an RTP timestamp of the stream.
    pub rtp: u32,
    /// Packets sent, wrapping.
    pub packets: u32,
    /// Payload bytes sent, wrapping.
    pub octets: u32,
}
