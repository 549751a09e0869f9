//! Redundant audio (RFC 2198).

/// The primary block of a RED payload, for subscribers without RED: its payload type and its bytes. None when the block headers do not fit the payload, or the
/// primary block is empty.
pub fn red_primary(payload: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = payload;
    let mut redundant = 0;
    loop {
        match rest {
            // F: another header follows. 7 bits payload type, 14 timestamp offset, 10 length.
            [first, _, high, low, after @ ..] if first & 0x80 != 0 => {
                redundant += usize::from(u16::from_be_bytes([high & 0x03, *low]));
                rest = after;
            }
            [first, blocks @ ..] if first & 0x80 == 0 => {
                let primary = blocks.get(redundant..)?;
                return (!primary.is_empty()).then_some((*first, primary));
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_block_is_the_last() {
        assert_eq!(red_primary(&[111, 1, 2, 3]), Some((111, &[1, 2, 3][..])));
        // One redundant block of 2 bytes, 960 units before.
        assert_eq!(red_primary(&[0x80 | 111, 0x0F, 0x00, 2, 111, 8, 9, 1, 2, 3]), Some((111, &[1, 2, 3][..])));
        let mut long = vec![0x80 | 111, 0, 0x01, 0x00, 0x80 | 111, 0, 0x00, 1, 63];
        long.extend([0; 257]);
        long.push(7);
        assert_eq!(red_primary(&long), Some((63, &[7][..])), "lengths of 10 bits");
    }

    #[test]
    fn malformed_payloads_have_none() {
        for payload in
            [&[][..], &[111], &[0x80], &[0x80 | 111, 0, 0], &[0x80 | 111, 0, 0, 2], &[0x80 | 111, 0, 0, 2, 111, 1], &[0x80 | 111, 0, 0, 2, 111, 1, 2]]
        {
            assert_eq!(red_primary(payload), None, "{payload:x?}");
        }
    }
}
