//! VP8's payload descriptor (RFC 7741 §4.2).

use super::{FrameInfo, Picture, PictureFields};

struct Descriptor {
    /// The first packet of the first partition: of the frame.
    start: bool,
    fields: PictureFields,
    temporal: u8,
    layer_sync: bool,
    len: usize,
}

fn parse(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let mut descriptor = Descriptor { start: first & 0x10 != 0 && first & 0x07 == 0, fields: PictureFields::default(), temporal: 0, layer_sync: false, len: 1 };
    if first & 0x80 == 0 {
        return Some(descriptor);
    }
    let present = *payload.get(1)?;
    let mut at = 2;
    if present & 0x80 != 0 {
        descriptor.fields.id_at = Some(at);
        descriptor.fields.long = payload.get(at)? & 0x80 != 0;
        at += if descriptor.fields.long { 2 } else { 1 };
    }
    if present & 0x40 != 0 {
        descriptor.fields.tl0_at = Some(at);
        at += 1;
    }
    if present & 0x30 != 0 {
        let byte = *payload.get(at)?;
        if present & 0x20 != 0 {
            descriptor.temporal = byte >> 6;
            descriptor.layer_sync = byte & 0x20 != 0;
        }
        at += 1;
    }
    descriptor.len = at;
    (at <= payload.len()).then_some(descriptor)
}

pub(super) fn inspect(payload: &[u8]) -> Option<FrameInfo> {
    let descriptor = parse(payload)?;
    let Descriptor { start, fields, temporal, .. } = descriptor;
    // The P bit of the frame header that follows (RFC 6386 §9.1): 0 in a key frame.
    let keyframe = start && payload.get(descriptor.len).is_some_and(|byte| byte & 1 == 0);
    Some(FrameInfo {
        keyframe,
        frame_start: start,
        spatial: 0,
        temporal,
        switch_up: keyframe || start && temporal > 0 && descriptor.layer_sync,
        picture: Picture::Vp8 { picture_id: fields.picture_id(payload), long: fields.long, tl0: fields.tl0(payload) },
    })
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

    #[test]
    fn the_start_of_a_key_frame() {
        // As Chromium writes it: X, S; I, L, T; 15-bit id; TL0PICIDX; TID 0 with Y.
        let info = inspect(&[0x90, 0xE0, 0x92, 0x34, 0x07, 0x20, 0x50, 0xAB]).unwrap();
        assert!(info.keyframe && info.frame_start && info.switch_up);
        assert_eq!(info.picture, Picture::Vp8 { picture_id: Some(0x1234), long: true, tl0: Some(7) });
    }

    #[test]
    fn the_rest_of_it_and_other_partitions_are_no_start() {
        for first in [0x80, 0x91] {
            let info = inspect(&[first, 0xE0, 0x92, 0x34, 0x07, 0x20, 0x50]).unwrap();
            assert!(!info.keyframe && !info.frame_start && !info.switch_up, "{first:x}");
        }
        assert!(!inspect(&[0x10]).unwrap().keyframe, "no frame header");
    }

    #[test]
    fn an_upper_temporal_layer_begins_where_it_syncs() {
        let sync = inspect(&[0x90, 0x20, 0xA0, 0x01]).unwrap();
        assert_eq!((sync.temporal, sync.switch_up, sync.keyframe), (2, true, false));
        let leaning = inspect(&[0x90, 0x20, 0x80, 0x01]).unwrap();
        assert_eq!((leaning.temporal, leaning.switch_up), (2, false));
        let base = inspect(&[0x90, 0x20, 0x20, 0x01]).unwrap();
        assert!(!base.switch_up, "Y says nothing of the base layer");
    }

    #[test]
    fn a_short_descriptor_has_no_numbers() {
        let info = inspect(&[0x10, 0x01]).unwrap();
        assert_eq!((info.frame_start, info.keyframe), (true, false));
        assert_eq!(info.picture, Picture::Vp8 { picture_id: None, long: false, tl0: None });
    }

    #[test]
    fn a_truncated_descriptor_is_none() {
        for payload in [&[0x90][..], &[0x90, 0x80], &[0x90, 0x80, 0x92], &[0x90, 0x40], &[0x90, 0x20]] {
            assert!(inspect(payload).is_none(), "{payload:x?}");
        }
    }

    #[test]
    fn numbers_are_rewritten_in_their_size() {
        let mut long = [0x90, 0xE0, 0x92, 0x34, 0x07, 0x20, 0x50];
        rewrite(&mut long, Some(0x7FFF), Some(255));
        assert_eq!(long, [0x90, 0xE0, 0xFF, 0xFF, 0xFF, 0x20, 0x50]);
        let mut short = [0x90, 0x80, 0x12, 0x01];
        rewrite(&mut short, Some(0x1FF), Some(9));
        assert_eq!(short, [0x90, 0x80, 0x7F, 0x01], "7 bits, and no TL0PICIDX to write");
    }
}
