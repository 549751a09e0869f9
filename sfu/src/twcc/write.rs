//! Writing one feedback packet: status chunks and receive deltas.

use std::time::Duration;

/// The most bytes of one packet.
pub(super) const MAX_LEN: usize = 1_100;
/// Header, SSRCs, base sequence number, status count, reference time, feedback count.
const FIXED: usize = 20;
/// The run of a run-length chunk has 13 bits.
const MAX_RUN: usize = 0x1fff;
/// Ticks of 250 µs in a unit of the reference time, 64 ms.
const REFERENCE: u32 = 256;

/// A span of time in ticks of 250 µs.
pub(super) fn ticks(elapsed: Duration) -> u32 {
    u32::try_from(elapsed.as_micros() / 250).unwrap_or(u32::MAX)
}

/// Arrival times of a run of sequence numbers, the last of which arrived.
#[derive(Clone, Copy)]
pub(super) struct Arrivals<'a> {
    /// By sequence number modulo their count: ticks, plus one; 0: did not arrive.
    pub(super) ticks: &'a [u32],
    pub(super) next: u64,
    pub(super) end: u64,
}

impl Arrivals<'_> {
    fn at(&self, seq: u64) -> Option<u32> {
        self.ticks[(seq % self.ticks.len() as u64) as usize].checked_sub(1)
    }
}

/// How a packet is told of (section 3.1.1 of the draft).
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
enum Status {
    Missing = 0,
    /// With a delta of one byte.
    Small = 1,
    /// With a signed delta of two bytes.
    Large = 2,
}

/// Appends one packet about as many of the arrivals as fit in it; gives the sequence number to go on with.
pub(super) fn write_feedback(out: &mut Vec<u8>, sender_ssrc: u32, media_ssrc: u32, count: u8, arrivals: Arrivals) -> u64 {
    let Report { reference, statuses, deltas } = gather(arrivals);
    let start = out.len();
    out.extend([0x8f, 205, 0, 0]);
    out.extend(sender_ssrc.to_be_bytes());
    out.extend(media_ssrc.to_be_bytes());
    out.extend((arrivals.next as u16).to_be_bytes());
    out.extend((statuses.len() as u16).to_be_bytes());
    out.extend(((reference & 0xff_ffff) << 8 | u32::from(count)).to_be_bytes());
    write_chunks(out, &statuses);
    out.extend(deltas);
    let padding = (4 - (out.len() - start) % 4) % 4;
    if padding > 0 {
        out[start] |= 0x20;
        out.resize(out.len() + padding, 0);
        out[start..].last_mut().into_iter().for_each(|last| *last = padding as u8);
    }
    let words = ((out.len() - start) / 4 - 1) as u16;
    out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
    arrivals.next + statuses.len() as u64
}

struct Report {
    /// In units of 64 ms.
    reference: u32,
    statuses: Vec<Status>,
    deltas: Vec<u8>,
}

/// Takes arrivals as long as their deltas can be written and the packet does not grow too long. Ends with one that arrived.
fn gather(arrivals: Arrivals) -> Report {
    let mut report = Report { reference: 0, statuses: Vec::new(), deltas: Vec::new() };
    // An upper bound of the chunks' bytes, in sevenths: a vector holds at least 7 statuses, a longer gap takes a run of its own.
    let mut chunks = 2 * 7;
    let mut time = None;
    let mut gap = 0_usize;
    for seq in arrivals.next..arrivals.end {
        let Some(arrival) = arrivals.at(seq) else {
            gap += 1;
            continue;
        };
        let before = *time.get_or_insert_with(|| {
            report.reference = arrival / REFERENCE;
            i64::from(report.reference * REFERENCE)
        });
        let Ok(delta) = i16::try_from(i64::from(arrival) - before) else {
            break;
        };
        let chunk = 2 * (1 + gap.min(14)) + if gap >= 14 { 7 * (4 + 2 * (gap / MAX_RUN)) } else { 0 };
        if FIXED + (chunks + chunk).div_ceil(7) + report.deltas.len() + 2 + 3 > MAX_LEN {
            break;
        }
        chunks += chunk;
        report.statuses.extend(std::iter::repeat_n(Status::Missing, gap));
        gap = 0;
        match u8::try_from(delta) {
            Ok(small) => {
                report.statuses.push(Status::Small);
                report.deltas.push(small);
            }
            Err(_) => {
                report.statuses.push(Status::Large);
                report.deltas.extend(delta.to_be_bytes());
            }
        }
        time = Some(i64::from(arrival));
    }
    report
}

/// Sections 3.1.3 and 3.1.4 of the draft: a run where it takes the place of at least one vector, else 14 statuses of one bit, or 7 of two.
fn write_chunks(out: &mut Vec<u8>, statuses: &[Status]) {
    let mut rest = statuses;
    while let Some(&first) = rest.first() {
        let run = rest.iter().take(MAX_RUN).take_while(|status| **status == first).count();
        let one_bit = rest.iter().take(14).all(|status| *status != Status::Large);
        let capacity = if one_bit { 14 } else { 7 };
        let (chunk, taken) = if run >= capacity.min(rest.len()) {
            ((first as u16) << 13 | run as u16, run)
        } else if one_bit {
            (0x8000 | pack(&rest[..rest.len().min(14)], 1, 14), 14)
        } else {
            (0xc000 | pack(&rest[..rest.len().min(7)], 2, 14), 7)
        };
        out.extend(chunk.to_be_bytes());
        rest = &rest[taken.min(rest.len())..];
    }
}

/// Statuses of so many bits each, from the highest of the low `width` bits downwards.
fn pack(statuses: &[Status], bits: usize, width: usize) -> u16 {
    statuses.iter().enumerate().fold(0, |packed, (n, status)| packed | (*status as u16) << (width - bits * (n + 1)))
}
