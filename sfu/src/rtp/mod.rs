//! RTP packets: headers and header extensions, read and written without allocation (RFC 3550, RFC 8285).

mod extension;
mod header;
mod write;

pub use extension::{AudioLevel, ExtensionKind, ExtensionMap, Extensions};
pub use header::{RtpError, RtpHeader, is_rtcp, is_rtp_or_rtcp};
pub use write::{OutHeader, header_len, write_header};

/// The `profile` field of one-byte header extensions (RFC 8285 §4.2).
const ONE_BYTE_PROFILE: u16 = 0xBEDE;
/// The `profile` field of two-byte header extensions without its four `appbits` (RFC 8285 §4.3).
const TWO_BYTE_PROFILE: u16 = 0x1000;
