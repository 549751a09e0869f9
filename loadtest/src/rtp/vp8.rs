//! The RTP payload format of VP8 (RFC 7741): cutting frames into payloads, and finding the way through a descriptor.

/// Bytes of the descriptor written by [`Packetiser`]: X, I+L+T, a 15-bit picture id, TL0PICIDX, TID.
pub const DESCRIPTOR_LEN: usize = 6;

/// The running numbers of one flow; they go on across loops of a clip and key frames.
#[derive(Clone, Copy, Debug, Default)]
pub struct Packetiser {
    picture_id: u16,
    tl0_pic_idx: u8,
}

impl Packetiser {
    /// Starts at a picture id; only its low 15 bits count.
    pub fn new(picture_id: u16) -> Packetiser {
        Packetiser { picture_id: picture_id & 0x7FFF, tl0_pic_idx: 0 }
    }

    /// Cuts one frame into payloads of at most `max` bytes, descriptor included, of near-equal size (as browsers do, so that no tiny last packet
    /// follows). A frame without bytes makes none.
    pub fn packetise(&mut self, frame: &[u8], max: usize) -> Vec<Vec<u8>> {
        let room = max.saturating_sub(DESCRIPTOR_LEN).max(1);
        let count = frame.len().div_ceil(room);
        let mut payloads = Vec::with_capacity(count);
        let mut at = 0;
        for index in 0..count {
            let len = (frame.len() - at).div_ceil(count - index);
            let mut payload = Vec::with_capacity(DESCRIPTOR_LEN + len);
            payload.extend_from_slice(&self.descriptor(index == 0));
            payload.extend_from_slice(&frame[at..at + len]);
            payloads.push(payload);
            at += len;
        }
        if count > 0 {
            self.picture_id = (self.picture_id + 1) & 0x7FFF;
            self.tl0_pic_idx = self.tl0_pic_idx.wrapping_add(1);
        }
        payloads
    }

    fn descriptor(&self, start: bool) -> [u8; DESCRIPTOR_LEN] {
        let [high, low] = (self.picture_id | 0x8000).to_be_bytes();
        [0x80 | (u8::from(start) << 4), 0xE0, high, low, self.tl0_pic_idx, 0]
    }
}

/// A payload seen through its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// This is the first packet of a frame.
    pub start: bool,
    /// The picture id, of 7 or 15 bits.
    pub picture_id: Option<u16>,
    /// The counter of frames of the base temporal layer.
    pub tl0_pic_idx: Option<u8>,
    /// What follows the descriptor.
    pub data: &'a [u8],
}

impl<'a> Payload<'a> {
    /// Reads a descriptor; `None` when it does not fit.
    pub fn parse(payload: &'a [u8]) -> Option<Payload<'a>> {
        let (&first, mut rest) = payload.split_first()?;
        let start = first & 0x10 != 0 && first & 0x07 == 0;
        let (mut picture_id, mut tl0_pic_idx) = (None, None);
        if first & 0x80 != 0 {
            let (&flags, tail) = rest.split_first()?;
            rest = tail;
            if flags & 0x80 != 0 {
                let (&byte, tail) = rest.split_first()?;
                rest = tail;
                picture_id = Some(u16::from(byte & 0x7F));
                if byte & 0x80 != 0 {
                    let (&low, tail) = rest.split_first()?;
                    rest = tail;
                    picture_id = Some((u16::from(byte & 0x7F) << 8) | u16::from(low));
                }
            }
            if flags & 0x40 != 0 {
                let (&byte, tail) = rest.split_first()?;
                rest = tail;
                tl0_pic_idx = Some(byte);
            }
            if flags & 0x30 != 0 {
                rest = rest.get(1..)?;
            }
        }
        Some(Payload { start, picture_id, tl0_pic_idx, data: rest })
    }

    /// Whether this packet starts a key frame: the frame tag's lowest bit is 0 (RFC 6386, section 9.1).
    pub fn starts_key_frame(&self) -> bool {
        self.start && self.data.first().is_some_and(|tag| tag & 1 == 0)
    }

    /// Bytes of the frame header at the start of [`Payload::data`]: 10 in a key frame, 3 in another, none within a frame.
    pub fn frame_header_len(&self) -> usize {
        match (self.start, self.starts_key_frame()) {
            (true, true) => 10,
            (true, false) => 3,
            (false, _) => 0,
        }
    }
}

/// The uncompressed data chunk of a frame of `partition` bytes in its first partition (RFC 6386, section 9.1): what tells a key frame and its size.
pub fn frame_header(key: Option<(u16, u16)>, partition: usize) -> Vec<u8> {
    let size = (partition as u32).min(0x7_FFFF);
    let tag = u32::from(key.is_none()) | (1 << 4) | (size << 5);
    let mut out = tag.to_le_bytes()[..3].to_vec();
    if let Some((width, height)) = key {
        out.extend_from_slice(&[0x9D, 0x01, 0x2A]);
        out.extend_from_slice(&(width & 0x3FFF).to_le_bytes());
        out.extend_from_slice(&(height & 0x3FFF).to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cuts_into_near_equal_payloads_that_join_again() {
        let frame: Vec<u8> = (0..=255u8).cycle().take(2_501).collect();
        let payloads = Packetiser::new(0).packetise(&frame, 1_000);
        assert_eq!(payloads.len(), 3);
        let sizes: Vec<usize> = payloads.iter().map(Vec::len).collect();
        assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        let joined: Vec<u8> = payloads.iter().flat_map(|payload| Payload::parse(payload).unwrap().data.to_vec()).collect();
        assert_eq!(joined, frame);
        let starts: Vec<bool> = payloads.iter().map(|payload| Payload::parse(payload).unwrap().start).collect();
        assert_eq!(starts, [true, false, false]);
    }

    #[test]
    fn picture_ids_go_on_across_the_wrap() {
        let mut packetiser = Packetiser::new(0x7FFF);
        let ids: Vec<_> = (0..3).map(|_| Payload::parse(&packetiser.packetise(&[0; 4], 100)[0]).unwrap().picture_id.unwrap()).collect();
        assert_eq!(ids, [0x7FFF, 0, 1]);
        assert!(packetiser.packetise(&[], 100).is_empty());
        assert_eq!(Payload::parse(&packetiser.packetise(&[0; 4], 100)[0]).unwrap().picture_id, Some(2), "an empty frame takes no number");
    }

    #[test]
    fn tells_key_frames_by_their_header() {
        let key = frame_header(Some((1280, 720)), 5_000);
        assert_eq!(key.len(), 10);
        let payload = Packetiser::new(9).packetise(&key, 100).remove(0);
        let parsed = Payload::parse(&payload).unwrap();
        assert!(parsed.starts_key_frame());
        assert_eq!(parsed.frame_header_len(), key.len());
        let delta = frame_header(None, 5_000);
        let payload = Packetiser::new(9).packetise(&delta, 100).remove(0);
        let parsed = Payload::parse(&payload).unwrap();
        assert!(!parsed.starts_key_frame());
        assert_eq!(parsed.frame_header_len(), delta.len());
    }

    #[test]
    fn refuses_every_truncated_descriptor() {
        let payload = Packetiser::new(9).packetise(&[1; 1], 100).remove(0);
        for len in 0..DESCRIPTOR_LEN {
            assert!(Payload::parse(&payload[..len]).is_none(), "{len} bytes");
        }
        assert!(Payload::parse(&payload).is_some());
    }
}
