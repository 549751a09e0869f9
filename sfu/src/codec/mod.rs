//! What a forwarder must know of a payload: where a decoder may start, the layers, and the picture numbers to rewrite. Nothing is decoded, nothing allocated.

mod av1;
mod bits;
mod dependency;
mod h264;
mod red;
mod vp8;
mod vp9;

pub use dependency::{frame_number, set_frame_number};
pub use red::red_primary;

use crate::spec::Codec;

/// What one packet's payload descriptor says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameInfo {
    /// A decoder may start with this packet: the first of a key frame. False on the rest of that frame. Always true of sound.
    pub keyframe: bool,
    /// The first packet of a frame (of a spatial layer's frame, where there are several).
    pub frame_start: bool,
    /// Spatial layer, 0 the smallest; 0 where the payload does not say.
    pub spatial: u8,
    /// Temporal layer, 0 the base; 0 where the payload does not say.
    pub temporal: u8,
    /// One may begin to forward the temporal layer [`FrameInfo::temporal`] here; only with [`FrameInfo::frame_start`]. Of the base layer: only with
    /// [`FrameInfo::keyframe`].
    pub switch_up: bool,
    /// Numbers a forwarder has to rewrite.
    pub picture: Picture,
}

/// The numbers of a payload descriptor that must run on without a gap when the source changes or layers are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Picture {
    /// The payload has none.
    #[default]
    None,
    /// RFC 7741 §4.2.
    Vp8 {
        /// 7 or 15 bits.
        picture_id: Option<u16>,
        /// Whether it has 15 bits.
        long: bool,
        /// `TL0PICIDX`: counts frames of the base layer.
        tl0: Option<u8>,
    },
    /// RFC 9628 §4.2.
    Vp9 {
        /// 7 or 15 bits.
        picture_id: Option<u16>,
        /// Whether it has 15 bits.
        long: bool,
        /// `TL0PICIDX`: counts pictures of the base layer.
        tl0: Option<u8>,
    },
    /// Of the dependency descriptor (AV1 RTP payload format, appendix A): a header extension, so that [`set_frame_number`] writes it.
    Av1 {
        /// Counts frames, modulo 2^16.
        frame_number: u16,
    },
}

/// What must be remembered from packet to packet of one encoding to read its descriptors: AV1's template structure, and which temporal layers may be
/// begun. Give each encoding (SSRC) its own, and its packets as they come.
#[derive(Clone, Debug, Default)]
pub struct DescriptorState {
    templates: dependency::Templates,
    ready: ReadyLayers,
    /// Of the picture that `ready` took last.
    picture: Option<u16>,
    spatial: u8,
    /// H264: the packets before this one were parameter sets of the frame to come.
    parameters_before: bool,
}

/// Reads a packet's payload descriptor. `dependency_descriptor` is its header extension, used for AV1. What cannot be read gives
/// [`FrameInfo::default`]: no start of anything.
pub fn inspect(codec: Codec, payload: &[u8], dependency_descriptor: Option<&[u8]>, state: &mut DescriptorState) -> FrameInfo {
    let info = match codec {
        Codec::Opus | Codec::Red => (!payload.is_empty()).then_some(FrameInfo { keyframe: true, frame_start: true, switch_up: true, ..FrameInfo::default() }),
        Codec::Vp8 => vp8::inspect(payload),
        Codec::Vp9 => vp9::inspect(payload, state),
        Codec::H264 => h264::inspect(payload, state),
        Codec::Av1 => av1::inspect(payload, dependency_descriptor, state),
    };
    info.unwrap_or_default()
}

/// Overwrites picture id and `TL0PICIDX` in place, in the field sizes they have. Fields that `picture` or the payload lacks stay as they are.
pub fn rewrite_picture(codec: Codec, payload: &mut [u8], picture: Picture) {
    match (codec, picture) {
        (Codec::Vp8, Picture::Vp8 { picture_id, tl0, .. }) => vp8::rewrite(payload, picture_id, tl0),
        (Codec::Vp9, Picture::Vp9 { picture_id, tl0, .. }) => vp9::rewrite(payload, picture_id, tl0),
        _ => {}
    }
}

/// Which temporal layers may be begun at the next picture that is of them: VP9 and AV1 tell at one picture which layers *after* it are free of what came
/// before it.
#[derive(Clone, Copy, Debug, Default)]
struct ReadyLayers(u8);

impl ReadyLayers {
    /// Takes a picture of layer `temporal` (0 to 7) after which the layers in the mask `frees` are free; tells whether `temporal` itself may be begun at it.
    fn picture(&mut self, temporal: u8, keyframe: bool, frees: u8) -> bool {
        let layer = 1u8 << temporal;
        let above = !(layer | (layer - 1));
        let begin = keyframe || self.0 & layer != 0;
        if keyframe {
            self.0 = above;
        } else {
            if temporal > 0 {
                // Whoever did not get this picture may not begin its layer, or one that leans on it, at a later one.
                self.0 &= layer - 1;
            }
            self.0 |= frees & above;
        }
        begin
    }
}

/// Where a 7- or 15-bit picture id and `TL0PICIDX` are, and what they say. VP8 and VP9 write them alike.
#[derive(Clone, Copy, Debug, Default)]
struct PictureFields {
    id_at: Option<usize>,
    long: bool,
    tl0_at: Option<usize>,
}

impl PictureFields {
    fn picture_id(&self, payload: &[u8]) -> Option<u16> {
        let at = self.id_at?;
        let high = u16::from(payload[at] & 0x7F);
        Some(if self.long { high << 8 | u16::from(payload[at + 1]) } else { high })
    }

    fn tl0(&self, payload: &[u8]) -> Option<u8> {
        Some(payload[self.tl0_at?])
    }

    fn write(&self, payload: &mut [u8], picture_id: Option<u16>, tl0: Option<u8>) {
        if let (Some(at), Some(id)) = (self.id_at, picture_id) {
            if self.long {
                payload[at..at + 2].copy_from_slice(&(id | 0x8000).to_be_bytes());
            } else {
                payload[at] = (id & 0x7F) as u8;
            }
        }
        if let (Some(at), Some(tl0)) = (self.tl0_at, tl0) {
            payload[at] = tl0;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const ALL: [Codec; 6] = [Codec::Opus, Codec::Red, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];

    #[test]
    fn nothing_starts_with_an_empty_payload() {
        for codec in ALL {
            assert_eq!(inspect(codec, &[], None, &mut DescriptorState::default()), FrameInfo::default(), "{codec:?}");
        }
    }

    #[test]
    fn sound_may_start_anywhere() {
        let info = inspect(Codec::Opus, &[0x78, 1], None, &mut DescriptorState::default());
        assert!(info.keyframe && info.frame_start && info.switch_up);
    }

    #[test]
    fn layers_become_ready_after_a_picture_that_frees_them() {
        let mut ready = ReadyLayers::default();
        assert!(!ready.picture(0, false, 0), "in the middle");
        assert!(!ready.picture(1, false, 0));
        assert!(ready.picture(0, true, 0), "a key frame");
        assert!(ready.picture(2, false, 0) && !ready.picture(2, false, 0), "the second leans on the first");
        assert!(ready.picture(1, false, 0), "a lower layer never leans on a higher one");
        ready.picture(0, false, 0b110);
        ready.picture(0, false, 0);
        assert!(ready.picture(1, false, 0b100), "the base layer is always there");
        assert!(ready.picture(2, false, 0));
    }

    proptest! {
        #[test]
        fn any_run_of_payloads_is_harmless_and_rewriting_is_exact(
            packets in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), prop::option::of(prop::collection::vec(any::<u8>(), 0..60))), 1..8),
            id in 0u16..0x8000, index in any::<u8>(),
        ) {
            for codec in ALL {
                let mut state = DescriptorState::default();
                for (payload, descriptor) in &packets {
                    let info = inspect(codec, payload, descriptor.as_deref(), &mut state);
                    prop_assert!(info.spatial < 8 && info.temporal < 8);
                    prop_assert!(info.frame_start || !(info.keyframe || info.switch_up));
                    let wanted = match info.picture {
                        Picture::None | Picture::Av1 { .. } => Picture::None,
                        Picture::Vp8 { picture_id, long, tl0 } => Picture::Vp8 { picture_id: picture_id.map(|_| if long { id } else { id & 0x7F }), long, tl0: tl0.map(|_| index) },
                        Picture::Vp9 { picture_id, long, tl0 } => Picture::Vp9 { picture_id: picture_id.map(|_| if long { id } else { id & 0x7F }), long, tl0: tl0.map(|_| index) },
                    };
                    let mut rewritten = payload.clone();
                    rewrite_picture(codec, &mut rewritten, wanted);
                    prop_assert_eq!(inspect(codec, &rewritten, None, &mut DescriptorState::default()).picture, wanted);
                    rewrite_picture(codec, &mut rewritten, info.picture);
                    prop_assert_eq!(&rewritten, payload);
                }
            }
        }
    }
}
