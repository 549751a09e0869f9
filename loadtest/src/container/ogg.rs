//! Ogg (RFC 3533) as far as Opus files need it (RFC 7845): the packets of the first logical stream.

/// Why a file is not readable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OggError {
    /// A page does not start with its mark, or ends beyond the file.
    #[error("the Ogg page at byte {0} is damaged")]
    Page(usize),
    /// The first packet is not an Opus head.
    #[error("not Opus in Ogg: the first packet must be OpusHead")]
    NotOpus,
    /// No sound after the two heads.
    #[error("the file has no sound")]
    Empty,
}

/// The Opus packets of a file, without its two heads.
pub fn opus_packets(file: &[u8]) -> Result<Vec<Vec<u8>>, OggError> {
    let mut packets = Vec::new();
    let mut partial = Vec::new();
    let mut at = 0;
    while at < file.len() {
        let page = &file[at..];
        let head: &[u8; 27] = page.first_chunk().ok_or(OggError::Page(at))?;
        if &head[..4] != b"OggS" || head[4] != 0 {
            return Err(OggError::Page(at));
        }
        let lacing = page.get(27..27 + usize::from(head[26])).ok_or(OggError::Page(at))?;
        let mut body = 27 + lacing.len();
        for &len in lacing {
            partial.extend_from_slice(page.get(body..body + usize::from(len)).ok_or(OggError::Page(at))?);
            body += usize::from(len);
            if len < 255 {
                packets.push(std::mem::take(&mut partial));
            }
        }
        at += body;
    }
    if !packets.first().is_some_and(|head| head.starts_with(b"OpusHead")) {
        return Err(OggError::NotOpus);
    }
    packets.drain(..2.min(packets.len()));
    if packets.is_empty() { Err(OggError::Empty) } else { Ok(packets) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn page(segments: &[&[u8]], last_continues: bool) -> Vec<u8> {
        let mut lacing = Vec::new();
        for (index, segment) in segments.iter().enumerate() {
            lacing.extend(std::iter::repeat_n(255, segment.len() / 255));
            if !(last_continues && index + 1 == segments.len()) {
                lacing.push((segment.len() % 255) as u8);
            }
        }
        let mut out = b"OggS\0".to_vec();
        out.resize(26, 0);
        out.push(lacing.len() as u8);
        out.extend_from_slice(&lacing);
        out.extend(segments.iter().flat_map(|segment| segment.iter()));
        out
    }

    #[test]
    fn joins_packets_across_segments_and_pages() {
        let long = [7; 510];
        let mut file = page(&[b"OpusHead"], false);
        file.extend(page(&[b"OpusTags"], false));
        file.extend(page(&[b"a", &long], true));
        file.extend(page(&[b"end", b""], false));
        let packets = opus_packets(&file).unwrap();
        assert_eq!(packets.len(), 3);
        assert_eq!(packets[0], b"a");
        assert_eq!(packets[1], [&long[..], b"end"].concat());
        assert_eq!(packets[2], b"");
    }

    #[test]
    fn refuses_damage_by_name() {
        let mut file = page(&[b"OpusHead"], false);
        file.extend(page(&[b"OpusTags"], false));
        assert_eq!(opus_packets(&file), Err(OggError::Empty));
        assert_eq!(opus_packets(&page(&[b"vorbis"], false)), Err(OggError::NotOpus));
        let second = page(&[b"OpusHead"], false).len();
        assert_eq!(opus_packets(&file[..file.len() - 1]), Err(OggError::Page(second)));
        assert_eq!(opus_packets(b"nonsense"), Err(OggError::Page(0)));
    }
}
