//! Header extensions, their negotiated ids, and reading them (RFC 8285).

use super::{ONE_BYTE_PROFILE, RtpHeader, TWO_BYTE_PROFILE};

/// The header extensions this server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExtensionKind {
    /// `urn:ietf:params:rtp-hdrext:sdes:mid` (RFC 9143).
    Mid,
    /// `urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id` (RFC 8852).
    Rid,
    /// `urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id` (RFC 8852).
    RepairedRid,
    /// `http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`.
    TransportCc,
    /// `urn:ietf:params:rtp-hdrext:ssrc-audio-level` (RFC 6464).
    AudioLevel,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`.
    AbsSendTime,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time`.
    AbsCaptureTime,
    /// `https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension`.
    DependencyDescriptor,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/playout-delay`.
    PlayoutDelay,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00`.
    VideoLayersAllocation,
    /// `urn:3gpp:video-orientation`.
    VideoOrientation,
}

impl ExtensionKind {
    /// How many kinds there are.
    pub const COUNT: usize = 11;

    /// All of them.
    pub const ALL: [ExtensionKind; Self::COUNT] = [
        ExtensionKind::Mid,
        ExtensionKind::Rid,
        ExtensionKind::RepairedRid,
        ExtensionKind::TransportCc,
        ExtensionKind::AudioLevel,
        ExtensionKind::AbsSendTime,
        ExtensionKind::AbsCaptureTime,
        ExtensionKind::DependencyDescriptor,
        ExtensionKind::PlayoutDelay,
        ExtensionKind::VideoLayersAllocation,
        ExtensionKind::VideoOrientation,
    ];

    /// The URI that names it in `a=extmap`.
    pub fn uri(self) -> &'static str {
        match self {
            ExtensionKind::Mid => "urn:ietf:params:rtp-hdrext:sdes:mid",
            ExtensionKind::Rid => "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            ExtensionKind::RepairedRid => "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
            ExtensionKind::TransportCc => "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            ExtensionKind::AudioLevel => "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            ExtensionKind::AbsSendTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            ExtensionKind::AbsCaptureTime => "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
            ExtensionKind::DependencyDescriptor => "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
            ExtensionKind::PlayoutDelay => "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
            ExtensionKind::VideoLayersAllocation => "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00",
            ExtensionKind::VideoOrientation => "urn:3gpp:video-orientation",
        }
    }

    /// The extension of that URI; none where this server does not know it.
    pub fn from_uri(uri: &str) -> Option<ExtensionKind> {
        Self::ALL.into_iter().find(|kind| kind.uri() == uri)
    }
}

/// How loud the sound of a packet is (RFC 6464 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioLevel {
    /// Whether the sender takes it for speech.
    pub voice: bool,
    /// In -dBov: 0 the loudest, 127 silence.
    pub level: u8,
}

/// The known header extensions of one packet; a value of a wrong length counts as missing.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Extensions<'a> {
    /// The m-line it belongs to.
    pub mid: Option<&'a [u8]>,
    /// The simulcast encoding.
    pub rid: Option<&'a [u8]>,
    /// The simulcast encoding that a retransmission repairs.
    pub repaired_rid: Option<&'a [u8]>,
    /// The transport-wide sequence number.
    pub transport_cc: Option<u16>,
    /// Loudness.
    pub audio_level: Option<AudioLevel>,
    /// 24 bits: seconds as 6.18 fixed point.
    pub abs_send_time: Option<u32>,
    /// The capture time (8 bytes) and, optionally, the clock offset (8 more).
    pub abs_capture_time: Option<&'a [u8]>,
    /// The frame's place in the layer structure.
    pub dependency_descriptor: Option<&'a [u8]>,
    /// Least and greatest delay: 12 bits each, in 10 ms.
    pub playout_delay: Option<&'a [u8]>,
    /// Target bitrate and size of each layer.
    pub video_layers_allocation: Option<&'a [u8]>,
    /// Camera, flip and rotation bits.
    pub video_orientation: Option<u8>,
}

impl<'a> Extensions<'a> {
    fn note(&mut self, kind: ExtensionKind, value: &'a [u8]) {
        match kind {
            ExtensionKind::Mid => self.mid = Some(value),
            ExtensionKind::Rid => self.rid = Some(value),
            ExtensionKind::RepairedRid => self.repaired_rid = Some(value),
            ExtensionKind::TransportCc => {
                // Its second version appends two bytes to the number.
                self.transport_cc = value.first_chunk().copied().map(u16::from_be_bytes);
            }
            ExtensionKind::AudioLevel => {
                self.audio_level = value.first().map(|byte| AudioLevel { voice: byte & 0x80 != 0, level: byte & 0x7F });
            }
            ExtensionKind::AbsSendTime => {
                self.abs_send_time = value.first_chunk().map(|&[a, b, c]| u32::from_be_bytes([0, a, b, c]));
            }
            ExtensionKind::AbsCaptureTime => self.abs_capture_time = (value.len() >= 8).then_some(value),
            ExtensionKind::DependencyDescriptor => self.dependency_descriptor = (value.len() >= 3).then_some(value),
            ExtensionKind::PlayoutDelay => self.playout_delay = (value.len() == 3).then_some(value),
            ExtensionKind::VideoLayersAllocation => self.video_layers_allocation = Some(value),
            ExtensionKind::VideoOrientation => self.video_orientation = value.first().copied(),
        }
    }
}

/// Which id each extension was given in the SDP, for one BUNDLE group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtensionMap {
    ids: [u8; ExtensionKind::COUNT],
}

impl ExtensionMap {
    /// The id of an extension, 1 to 255; none where it was not negotiated.
    pub fn id(&self, kind: ExtensionKind) -> Option<u8> {
        match self.ids[kind as usize] {
            0 => None,
            id => Some(id),
        }
    }

    /// Notes what the SDP says. An id of 0 takes the extension out.
    pub fn set(&mut self, kind: ExtensionKind, id: u8) {
        self.ids[kind as usize] = id;
    }
    /// The kind of an id; none where it was not negotiated.
    pub fn kind(&self, id: u8) -> Option<ExtensionKind> {
        let index = if id == 0 { None } else { self.ids.iter().position(|&known| known == id) };
        index.map(|index| ExtensionKind::ALL[index])
    }

    /// Reads the known extensions of a packet, in the one-byte or two-byte form. `header` must have been parsed from `packet`. A malformed element ends
    /// the reading: what came before it is kept.
    pub fn read<'a>(&self, packet: &'a [u8], header: &RtpHeader) -> Extensions<'a> {
        let mut found = Extensions::default();
        let two_byte = match header.extension_profile {
            ONE_BYTE_PROFILE => false,
            profile if profile & 0xFFF0 == TWO_BYTE_PROFILE => true,
            _ => return found,
        };
        let mut rest = packet.get(header.elements..header.header_len).unwrap_or_default();
        while let Some((id, value, after)) = next_element(rest, two_byte) {
            if let Some(kind) = self.kind(id) {
                found.note(kind, value);
            }
            rest = after;
        }
        found
    }
}

/// The next element's id and value, and what follows; none at the end or at a malformed element.
fn next_element(mut bytes: &[u8], two_byte: bool) -> Option<(u8, &[u8], &[u8])> {
    while let [0, rest @ ..] = bytes {
        bytes = rest; // padding
    }
    let (id, len, rest) = match bytes {
        [id, len, rest @ ..] if two_byte => (*id, usize::from(*len), rest),
        // An id of 15 ends the list, as does one of 0 with a length (RFC 8285 §4.2).
        [byte, rest @ ..] if !two_byte && (1..=14).contains(&(byte >> 4)) => (byte >> 4, usize::from(byte & 0x0F) + 1, rest),
        _ => return None,
    };
    let (value, after) = rest.split_at_checked(len)?;
    Some((id, value, after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn packet(profile: [u8; 2], elements: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend(profile);
        packet.extend(((elements.len().div_ceil(4)) as u16).to_be_bytes());
        packet.extend(elements);
        packet.resize(packet.len().next_multiple_of(4), 0);
        packet.push(0xFF);
        packet
    }

    fn map() -> ExtensionMap {
        let mut map = ExtensionMap::default();
        for (index, kind) in ExtensionKind::ALL.into_iter().enumerate() {
            map.set(kind, index as u8 + 1);
        }
        map
    }

    fn read<'a>(map: &ExtensionMap, packet: &'a [u8]) -> Extensions<'a> {
        map.read(packet, &RtpHeader::parse(packet).unwrap())
    }

    #[test]
    fn kinds_uris_and_positions_agree() {
        for (index, kind) in ExtensionKind::ALL.into_iter().enumerate() {
            assert_eq!((kind as usize, ExtensionKind::from_uri(kind.uri())), (index, Some(kind)));
        }
        assert_eq!(ExtensionKind::from_uri("urn:ietf:params:rtp-hdrext:toffset"), None);
    }

    #[test]
    fn the_one_byte_form_with_padding_between() {
        let packet = packet([0xBE, 0xDE], &[0x10, b'7', 0, 0, 0x21, b'h', b'i', 0x41, 0x12, 0x34, 0x50, 0x85, 0x62, 1, 2, 3, 0xA0, 9]);
        let found = read(&map(), &packet);
        assert_eq!((found.mid, found.rid, found.transport_cc), (Some(&b"7"[..]), Some(&b"hi"[..]), Some(0x1234)));
        assert_eq!(found.audio_level, Some(AudioLevel { voice: true, level: 5 }));
        assert_eq!((found.abs_send_time, found.video_layers_allocation), (Some(0x01_0203), Some(&[9][..])));
        assert_eq!(found.repaired_rid, None);
    }

    #[test]
    fn the_two_byte_form_with_any_appbits() {
        for appbits in [0, 0xF] {
            let packet = packet([0x10, appbits], &[1, 2, b'1', b'2', 0, 11, 1, 3, 200, 1, 1, 8, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
            let found = read(&map(), &packet);
            assert_eq!((found.mid, found.video_orientation), (Some(&b"12"[..]), Some(3)));
            assert_eq!(found.dependency_descriptor, None, "too short to be one");
        }
        assert_eq!(read(&map(), &packet([0xAB, 0xCD], &[0x10, b'7'])), Extensions::default(), "some other profile");
    }

    #[test]
    fn a_malformed_element_ends_the_reading() {
        let bytes = packet([0xBE, 0xDE], &[0x10, b'7', 0x2F, b'h']);
        assert_eq!((read(&map(), &bytes).mid, read(&map(), &bytes).rid), (Some(&b"7"[..]), None));
        let stopped = packet([0xBE, 0xDE], &[0x10, b'7', 0xF0, 0, 0x20, b'h', 0, 0]);
        assert_eq!((read(&map(), &stopped).mid, read(&map(), &stopped).rid), (Some(&b"7"[..]), None), "id 15 is reserved");
        let zero = packet([0xBE, 0xDE], &[0x01, 0, 0, 0x20, b'h', 0, 0, 0]);
        assert_eq!(read(&map(), &zero).rid, None, "id 0 with a length");
    }

    #[test]
    fn ids_not_negotiated_are_skipped() {
        let mut map = ExtensionMap::default();
        map.set(ExtensionKind::Rid, 2);
        let packet = packet([0xBE, 0xDE], &[0x10, b'7', 0x20, b'h']);
        let found = read(&map, &packet);
        assert_eq!((found.mid, found.rid), (None, Some(&b"h"[..])));
        map.set(ExtensionKind::Rid, 0);
        assert_eq!((map.id(ExtensionKind::Rid), map.kind(0)), (None, None));
    }

    proptest! {
        #[test]
        fn any_elements_are_read_without_harm(elements in prop::collection::vec(any::<u8>(), 0..64), two in any::<bool>()) {
            let packet = packet(if two { [0x10, 0] } else { [0xBE, 0xDE] }, &elements);
            read(&map(), &packet);
        }
    }
}
