//! SRTP and SRTCP (RFC 3711, RFC 7714): sealing and opening in place, without allocation, on aws-lc-rs.
//!
//! The sender leaves the 48-bit packet index to its caller, who rewrites sequence numbers anyway; the receiver estimates it, and keeps a replay window for
//! each SSRC. No state is made for an SSRC before one of its packets has been authenticated.

mod cipher;
mod cm;
mod gcm;
mod kdf;
mod keys;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;
mod window;

pub use keys::{KeySalt, SrtpError, SrtpKeys, SrtpProfile};
pub use receiver::{Opened, SrtpDrop, SrtpReceiver};
pub use sender::SrtpSender;

/// Bytes of a GCM tag (RFC 7714 §5.2).
const GCM_TAG: usize = 16;
/// Bytes of a truncated HMAC-SHA1 tag (RFC 3711 §5.2).
const CM_TAG: usize = 10;
/// Bytes of the word behind an SRTCP packet: the E flag and the 31-bit index (RFC 3711 §3.4).
const RTCP_INDEX: usize = 4;
/// The E flag in that word: the packet is encrypted.
const RTCP_ENCRYPTED: u32 = 1 << 31;
/// Bytes of the RTCP header that stay in the clear: the first word and the sender's SSRC.
const RTCP_HEADER: usize = 8;
