//! IVF, the plain container of VP8 frames: a 32-byte head, then each frame behind its size and time.

/// A clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// Width and height in pixels.
    pub size: (u16, u16),
    /// Frames a second.
    pub fps: u32,
    /// Frames in order.
    pub frames: Vec<Vec<u8>>,
}

/// Why a file is not a clip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IvfError {
    /// The head is not that of IVF.
    #[error("not an IVF file: it must start with DKIF and a 32-byte head")]
    Head,
    /// Another codec.
    #[error("the codec is {0}; only VP80 is read")]
    Codec(String),
    /// The frame rate is none or not whole.
    #[error("the frame rate {0}/{1} is not a whole number from 1 to 120")]
    Rate(u32, u32),
    /// A frame goes beyond the end of the file.
    #[error("frame {0} goes beyond the end of the file")]
    Frame(usize),
    /// No frames.
    #[error("the file has no frames")]
    Empty,
}

impl Clip {
    /// Reads a file.
    pub fn parse(file: &[u8]) -> Result<Clip, IvfError> {
        let head: &[u8; 32] = file.first_chunk().ok_or(IvfError::Head)?;
        let head_len = usize::from(u16::from_le_bytes([head[6], head[7]]));
        if &head[..4] != b"DKIF" || head_len < 32 {
            return Err(IvfError::Head);
        }
        if &head[8..12] != b"VP80" {
            return Err(IvfError::Codec(String::from_utf8_lossy(&head[8..12]).into_owned()));
        }
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (rate, scale) = (word(16), word(20));
        let fps = rate.checked_div(scale).filter(|fps| (1..=120).contains(fps) && fps * scale == rate).ok_or(IvfError::Rate(rate, scale))?;
        let size = (u16::from_le_bytes([head[12], head[13]]), u16::from_le_bytes([head[14], head[15]]));
        let mut rest = file.get(head_len..).ok_or(IvfError::Head)?;
        let mut frames = Vec::new();
        while !rest.is_empty() {
            let frame = rest.first_chunk::<4>().and_then(|len| rest.get(12..)?.get(..u32::from_le_bytes(*len) as usize));
            let frame = frame.ok_or(IvfError::Frame(frames.len()))?;
            rest = &rest[12 + frame.len()..];
            frames.push(frame.to_vec());
        }
        if frames.is_empty() { Err(IvfError::Empty) } else { Ok(Clip { size, fps, frames }) }
    }

    /// Whether a frame can be decoded without those before it (RFC 6386, section 9.1).
    pub fn is_key(&self, frame: usize) -> bool {
        self.frames.get(frame).and_then(|frame| frame.first()).is_some_and(|tag| tag & 1 == 0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn file(frames: &[&[u8]]) -> Vec<u8> {
        let mut out = b"DKIF\0\0\x20\0VP80".to_vec();
        out.extend_from_slice(&[0x40, 1, 0xB4, 0]);
        out.extend_from_slice(&15u32.to_le_bytes());
        out.extend_from_slice(&1u32.to_le_bytes());
        out.resize(32, 0);
        for frame in frames {
            out.extend_from_slice(&(frame.len() as u32).to_le_bytes());
            out.extend_from_slice(&[0; 8]);
            out.extend_from_slice(frame);
        }
        out
    }

    #[test]
    fn reads_frames_and_tells_key_frames() {
        let clip = Clip::parse(&file(&[&[0x10, 1], &[0x11]])).unwrap();
        assert_eq!((clip.size, clip.fps), ((320, 180), 15));
        assert_eq!(clip.frames, [vec![0x10, 1], vec![0x11]]);
        assert!(clip.is_key(0) && !clip.is_key(1) && !clip.is_key(2));
    }

    #[test]
    fn refuses_every_truncation_by_name() {
        let whole = file(&[&[1, 2, 3]]);
        for len in 0..whole.len() {
            let error = Clip::parse(&whole[..len]).unwrap_err();
            let expected = match len {
                0..32 => IvfError::Head,
                32 => IvfError::Empty,
                _ => IvfError::Frame(0),
            };
            assert_eq!(error, expected, "{len} bytes");
        }
        let mut other = whole.clone();
        other[11] = b'9';
        assert_eq!(Clip::parse(&other), Err(IvfError::Codec("VP89".into())));
        let mut still = whole;
        still[20] = 0;
        assert_eq!(Clip::parse(&still), Err(IvfError::Rate(15, 0)));
    }
}
