//! What sender and receiver reports are made of (RFC 3550 section 6.4), and the clocks they tie together.
//!
//! Lip-sync runs through here: a publisher's sender reports tie the RTP timestamps of its sound and of its picture to its own clock ([`Reception::ntp_of`]);
//! one [`ClockMap`] for all of its streams carries that clock over to ours; and our sender reports ([`Sending`]) tie outgoing timestamps to our clock.

mod clock;
mod reception;
mod sending;

pub use clock::{ClockMap, NtpClock, rtp_at};
pub use reception::Reception;
pub use sending::Sending;
