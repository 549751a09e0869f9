//! AV1 payloads: the aggregation header (RTP Payload Format for AV1 §4.4), and the dependency descriptor where there is one.

use super::{DescriptorState, FrameInfo, Picture, frame_number};

pub(super) fn inspect(payload: &[u8], dependency_descriptor: Option<&[u8]>, state: &mut DescriptorState) -> Option<FrameInfo> {
    let aggregation = *payload.first()?;
    // Z: the first element continues one of the packet before. N: the first packet of a coded video sequence.
    let (continues, sequence_start) = (aggregation & 0x80 != 0, aggregation & 0x08 != 0 && aggregation & 0x80 == 0);
    let picture = dependency_descriptor.and_then(frame_number).map_or(Picture::None, |frame_number| Picture::Av1 { frame_number });
    let Some(frame) = dependency_descriptor.and_then(|bytes| state.templates.read(bytes)) else {
        // Without a descriptor one cannot tell tile groups from frames: whatever does not continue an element counts as a start.
        return Some(FrameInfo { keyframe: sequence_start, frame_start: !continues, switch_up: sequence_start, picture, ..FrameInfo::default() });
    };
    let keyframe = frame.start && frame.spatial == 0 && (frame.structure || sequence_start);
    let mut switch_up = false;
    if frame.start {
        // Frames of one picture come in ascending spatial layers.
        if keyframe || frame.spatial <= state.spatial {
            switch_up = state.ready.picture(frame.temporal, keyframe, frame.frees);
        }
        state.spatial = frame.spatial;
    }
    Some(FrameInfo { keyframe, frame_start: frame.start, spatial: frame.spatial, temporal: frame.temporal, switch_up, picture })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::dependency::tests::{l1t3, later};
    use super::*;

    #[test]
    fn without_a_descriptor_the_aggregation_header_tells() {
        let mut state = DescriptorState::default();
        let told = [0x18, 0x10, 0x90, 0x98].map(|byte| {
            let info = inspect(&[byte, 0], None, &mut state).unwrap();
            (info.keyframe, info.frame_start)
        });
        assert_eq!(told, [(true, true), (false, true), (false, false), (false, false)]);
    }

    #[test]
    fn layers_come_from_the_template_structure() {
        let mut state = DescriptorState::default();
        let mut packet = |descriptor: &[u8]| {
            let info = inspect(&[0x10, 0], Some(descriptor), &mut state).unwrap();
            (info.keyframe, info.temporal, info.switch_up)
        };
        assert_eq!(packet(&later(3, 1)), (false, 0, false), "no structure yet");
        assert_eq!(packet(&l1t3()), (true, 0, true));
        assert_eq!(packet(&later(3, 2)), (false, 2, true));
        assert_eq!(packet(&later(2, 3)), (false, 1, true));
        assert_eq!(packet(&later(4, 4)), (false, 2, true), "the picture of layer 1 freed it");
        assert_eq!(packet(&later(4, 5)), (false, 2, false));
        assert_eq!(packet(&later(1, 6)), (false, 0, false), "the base layer begins with key frames only");
    }

    #[test]
    fn the_frame_number_is_the_descriptors() {
        let mut state = DescriptorState::default();
        assert_eq!(inspect(&[0x10], Some(&later(3, 0x1234)), &mut state).unwrap().picture, Picture::Av1 { frame_number: 0x1234 });
        assert_eq!(inspect(&[0x10], Some(&[0x80, 1]), &mut state).unwrap().picture, Picture::None, "cut off");
        assert_eq!(inspect(&[0x10], None, &mut state).unwrap().picture, Picture::None);
    }

    #[test]
    fn the_rest_of_a_frame_is_no_start() {
        let mut state = DescriptorState::default();
        inspect(&[0x10], Some(&l1t3()), &mut state).unwrap();
        let info = inspect(&[0x90], Some(&[0x40 | 2, 0, 9]), &mut state).unwrap();
        assert_eq!((info.frame_start, info.temporal, info.switch_up), (false, 1, false));
    }
}
