//! H264 payloads (RFC 6184 §5), packetization modes 0 and 1.

use super::{DescriptorState, FrameInfo};

const IDR: u8 = 5;
const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// What the NAL units that start in a packet are.
#[derive(Default)]
struct Contents {
    /// An SPS or the start of an IDR slice.
    keyframe: bool,
    /// The first slice of a picture (`first_mb_in_slice` is 0).
    picture: bool,
    /// A unit that comes before a picture's first slice: parameter set, SEI, delimiter.
    prefix: bool,
}

impl Contents {
    /// Takes a NAL unit, of which `body` is what follows its header.
    fn unit(&mut self, kind: u8, body: &[u8]) {
        self.keyframe |= matches!(kind, IDR | SPS);
        match kind {
            // `first_mb_in_slice` is the first number of a slice header, in Exp-Golomb code: 0 is a single 1 bit.
            1..=5 => self.picture |= body.first().is_some_and(|byte| byte & 0x80 != 0),
            6..=9 => self.prefix = true,
            _ => {}
        }
    }
}

fn contents(payload: &[u8]) -> Option<Contents> {
    let mut found = Contents::default();
    match payload {
        [first, units @ ..] if first & 0x1F == STAP_A => {
            let mut rest = units;
            while let [high, low, after @ ..] = rest {
                let (unit, after) = after.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
                let (header, body) = unit.split_first()?;
                found.unit(header & 0x1F, body);
                rest = after;
            }
        }
        [first, header, body @ ..] if first & 0x1F == FU_A => {
            if header & 0x80 != 0 {
                found.unit(header & 0x1F, body);
            }
        }
        [first, body @ ..] => found.unit(first & 0x1F, body),
        [] => return None,
    }
    Some(found)
}

pub(super) fn inspect(payload: &[u8], state: &mut DescriptorState) -> Option<FrameInfo> {
    let found = contents(payload)?;
    // A picture starts with the first unit of its prefix, or with its first slice where it has none.
    let starts = (found.prefix || found.picture) && !state.parameters_before;
    if found.prefix || found.picture {
        state.parameters_before = found.prefix && !found.picture;
    }
    Some(FrameInfo { keyframe: found.keyframe, frame_start: starts || found.keyframe, switch_up: found.keyframe, ..FrameInfo::default() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn run(packets: &[&[u8]]) -> Vec<(bool, bool)> {
        let mut state = DescriptorState::default();
        packets
            .iter()
            .map(|payload| {
                let info = inspect(payload, &mut state).unwrap();
                (info.keyframe, info.frame_start)
            })
            .collect()
    }

    #[test]
    fn an_aggregate_with_parameter_sets_then_a_fragmented_idr() {
        let sets = [0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xCE];
        let told = run(&[&sets, &[0x7C, 0x85, 0x88], &[0x7C, 0x05, 0x88], &[0x7C, 0x45, 0x88], &[0x41, 0x9A]]);
        assert_eq!(told, [(true, true), (true, true), (false, false), (false, false), (false, true)]);
    }

    #[test]
    fn single_units() {
        assert_eq!(run(&[&[0x67, 0x42], &[0x68, 0xCE], &[0x65, 0x88]]), [(true, true), (false, false), (true, true)]);
        assert_eq!(run(&[&[0x09, 0x10], &[0x06, 1], &[0x41, 0x9A], &[0x41, 0x9A]]), [(false, true), (false, false), (false, false), (false, true)]);
    }

    #[test]
    fn later_slices_of_a_picture_do_not_start_it() {
        assert_eq!(run(&[&[0x41, 0x9A], &[0x41, 0x40]]), [(false, true), (false, false)]);
    }

    #[test]
    fn an_idr_inside_an_aggregate() {
        assert_eq!(run(&[&[0x78, 0, 2, 0x06, 1, 0, 2, 0x65, 0x88]]), [(true, true)]);
    }

    #[test]
    fn malformed_aggregates_are_none() {
        for payload in [&[0x78, 0, 9, 0x67][..], &[0x78, 0, 0], &[]] {
            assert!(inspect(payload, &mut DescriptorState::default()).is_none(), "{payload:x?}");
        }
        assert_eq!(run(&[&[0x7C]]), [(false, false)], "a fragment without its header");
    }
}
