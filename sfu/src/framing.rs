//! Packets in a stream (RFC 4571), as ICE-TCP carries them: each preceded by its length in two bytes.

use std::ops::Range;

/// The longest packet a peer may send. Browsers stay below 1,500 bytes on TCP as well.
pub const MAX_FRAME: usize = 2_048;
/// Bytes of the length.
pub const HEADER: usize = 2;

/// A frame longer than [`MAX_FRAME`] was announced: not a peer of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTooLong(
    /// The announced length, in bytes.
    pub usize,
);

/// Where the packet of the frame that begins at `cursor` lies; none while it is not whole. The next frame begins where it ends.
///
/// # Errors
/// [`FrameTooLong`], as soon as the length is there; the stream cannot be read any further.
pub fn frame_at(bytes: &[u8], cursor: usize) -> Result<Option<Range<usize>>, FrameTooLong> {
    let Some(&[high, low]) = bytes.get(cursor..cursor + HEADER) else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > MAX_FRAME {
        return Err(FrameTooLong(length));
    }
    let start = cursor + HEADER;
    Ok((bytes.len() - start >= length).then_some(start..start + length))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn framed(packets: &[&[u8]]) -> Vec<u8> {
        packets.iter().flat_map(|packet| [&(packet.len() as u16).to_be_bytes()[..], packet].concat()).collect()
    }

    /// Feeds the pieces as reads would come, keeping the rest of each for the next.
    fn reassemble(pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, FrameTooLong> {
        let (mut kept, mut out) = (Vec::new(), Vec::new());
        for piece in pieces {
            kept.extend_from_slice(piece);
            let mut cursor = 0;
            while let Some(range) = frame_at(&kept, cursor)? {
                cursor = range.end;
                out.push(kept[range].to_vec());
            }
            kept.drain(..cursor);
        }
        Ok(out)
    }

    #[test]
    fn frames_come_out_whole_wherever_the_stream_is_cut() {
        let packets: [&[u8]; 4] = [&[1; 20], &[], &[2; MAX_FRAME], &[3]];
        let bytes = framed(&packets);
        for cut in 0..=bytes.len() {
            assert_eq!(reassemble(&[&bytes[..cut], &bytes[cut..]]).unwrap(), packets, "cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(reassemble(&single).unwrap(), packets);
    }

    #[test]
    fn a_longer_frame_is_refused_before_its_bytes_arrive() {
        assert_eq!(frame_at(&[0x08, 0x01], 0), Err(FrameTooLong(2_049)));
        assert_eq!(frame_at(&[0xff, 0xff, 0], 0), Err(FrameTooLong(65_535)));
        assert_eq!(frame_at(&[0x08, 0x00], 0), Ok(None));
        assert_eq!(frame_at(&[], 0), Ok(None));
    }
}
