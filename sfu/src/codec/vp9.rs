//! VP9's payload descriptor (RFC 9628 §4.2).

use super::{DescriptorState, FrameInfo, Picture, PictureFields};

struct Descriptor {
    inter_picture: bool,
    frame_start: bool,
    fields: PictureFields,
    temporal: u8,
    spatial: u8,
    switching_up: bool,
}

fn parse(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let mut descriptor = Descriptor {
        inter_picture: first & 0x40 != 0,
        frame_start: first & 0x08 != 0,
        fields: PictureFields::default(),
        temporal: 0,
        spatial: 0,
        switching_up: false,
    };
    let mut at = 1;
    if first & 0x80 != 0 {
        descriptor.fields.id_at = Some(at);
        descriptor.fields.long = payload.get(at)? & 0x80 != 0;
        at += if descriptor.fields.long { 2 } else { 1 };
    }
    if first & 0x20 != 0 {
        let layers = *payload.get(at)?;
        descriptor.temporal = layers >> 5;
        descriptor.switching_up = layers & 0x10 != 0;
        descriptor.spatial = layers >> 1 & 0x07;
        at += 1;
        // Flexible mode (F) has no TL0PICIDX.
        if first & 0x10 == 0 {
            descriptor.fields.tl0_at = Some(at);
            at += 1;
        }
    }
    (at <= payload.len()).then_some(descriptor)
}

pub(super) fn inspect(payload: &[u8], state: &mut DescriptorState) -> Option<FrameInfo> {
    let descriptor = parse(payload)?;
    let Descriptor { frame_start, fields, temporal, spatial, .. } = descriptor;
    let picture_id = fields.picture_id(payload);
    let keyframe = frame_start && spatial == 0 && !descriptor.inter_picture;
    let mut switch_up = false;
    if frame_start {
        let new_picture = if picture_id.is_some() { picture_id != state.picture } else { spatial == 0 };
        if new_picture {
            state.picture = picture_id;
            // U frees every layer above this picture's.
            switch_up = state.ready.picture(temporal, keyframe, if descriptor.switching_up { 0xFF } else { 0 });
        }
    }
    Some(FrameInfo { keyframe, frame_start, spatial, temporal, switch_up, picture: Picture::Vp9 { picture_id, long: fields.long, tl0: fields.tl0(payload) } })
}

pub(super) fn rewrite(payload: &mut [u8], picture_id: Option<u16>, tl0: Option<u8>) {
    if let Some(descriptor) = parse(payload) {
        descriptor.fields.write(payload, picture_id, tl0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn layers(temporal: u8, switching_up: bool, spatial: u8) -> u8 {
        temporal << 5 | u8::from(switching_up) << 4 | spatial << 1
    }

    fn one(payload: &[u8]) -> FrameInfo {
        inspect(payload, &mut DescriptorState::default()).unwrap()
    }

    #[test]
    fn the_start_of_a_key_frame() {
        // I, L, B, V; 15-bit id; T0 S0; TL0PICIDX.
        let info = one(&[0xAA, 0x81, 0x02, layers(0, true, 0), 9, 0x18, 0]);
        assert!(info.keyframe && info.frame_start && info.switch_up);
        assert_eq!(info.picture, Picture::Vp9 { picture_id: Some(0x102), long: true, tl0: Some(9) });
        assert!(!one(&[0xA2, 0x81, 0x02, layers(0, true, 0), 9, 0]).keyframe, "not its first packet");
        assert!(!one(&[0xEA, 0x81, 0x02, layers(0, true, 0), 9, 0]).keyframe, "predicted from another picture");
    }

    #[test]
    fn upper_spatial_layers_of_a_key_picture_are_no_start() {
        let info = one(&[0xA8, 5, layers(0, false, 2) | 1, 9, 0]);
        assert_eq!((info.spatial, info.frame_start, info.keyframe), (2, true, false));
    }

    #[test]
    fn flexible_mode_has_no_tl0() {
        let info = one(&[0xB8, 5, layers(1, false, 0), 0x44]);
        assert_eq!(info.picture, Picture::Vp9 { picture_id: Some(5), long: false, tl0: None });
    }

    #[test]
    fn a_layer_may_be_begun_at_its_first_picture_after_a_switching_point() {
        let mut state = DescriptorState::default();
        let mut picture = |id: u8, temporal, up, spatial| inspect(&[0xE8, id, layers(temporal, up, spatial), 0, 0], &mut state).unwrap().switch_up;
        assert!(!picture(1, 1, false, 0), "nothing known yet");
        assert!(!picture(2, 0, true, 0));
        assert!(picture(3, 1, false, 0));
        assert!(!picture(3, 1, false, 1), "told once a picture, at its lowest layer");
        assert!(!picture(4, 1, false, 0), "leans on picture 3");
    }

    #[test]
    fn a_truncated_descriptor_is_none() {
        for payload in [&[0x80][..], &[0x80, 0x80], &[0x20], &[0x20, 0]] {
            assert!(inspect(payload, &mut DescriptorState::default()).is_none(), "{payload:x?}");
        }
    }

    #[test]
    fn numbers_are_rewritten_in_their_size() {
        let mut payload = [0xAA, 0x81, 0x02, 0, 9, 0x18];
        rewrite(&mut payload, Some(0x7F01), Some(10));
        assert_eq!(payload, [0xAA, 0xFF, 0x01, 0, 10, 0x18]);
        let mut flexible = [0xB8, 5, 0, 0x44];
        rewrite(&mut flexible, Some(6), Some(1));
        assert_eq!(flexible, [0xB8, 6, 0, 0x44]);
    }
}
