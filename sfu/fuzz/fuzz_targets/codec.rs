//! Payload descriptors: a run of packets of one encoding, each with or without a dependency descriptor; rewriting a picture's numbers with its own must change nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu::codec::{DescriptorState, inspect, red_primary, rewrite_picture};
use sfu::spec::Codec;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, mut rest)) = data.split_first() else { return };
    let codec = [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1, Codec::Opus, Codec::Red][usize::from(choice % 6)];
    let mut state = DescriptorState::default();
    while let [payload_len, descriptor_len, tail @ ..] = rest {
        let (payload, tail) = tail.split_at(tail.len().min(usize::from(*payload_len)));
        let (descriptor, tail) = tail.split_at(tail.len().min(usize::from(*descriptor_len)));
        rest = tail;
        let info = inspect(codec, payload, (!descriptor.is_empty()).then_some(descriptor), &mut state);
        assert!(info.spatial < 8 && info.temporal < 8);
        assert!(info.frame_start || !info.keyframe && !info.switch_up);
        let mut rewritten = payload.to_vec();
        rewrite_picture(codec, &mut rewritten, info.picture);
        assert_eq!(rewritten, payload);
        if let Some((_, primary)) = red_primary(payload) {
            assert!(payload.ends_with(primary));
        }
    }
});
