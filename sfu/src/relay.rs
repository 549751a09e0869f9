//! What shards of one node tell each other when a room spans workers: a packet is decrypted once and handed over as it is.

use crate::id::{ParticipantId, RoomId, Source};
use crate::packet::Passing;
use crate::spec::CodecSpec;

/// The largest RTP packet that is relayed, in bytes; a larger one does not fit an Ethernet path anyway.
pub const MAX_RELAY_PACKET: usize = 1_480;

/// A track as named between two shards: a number of the publisher's shard, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RelayKey(pub u64);

/// Control between shards: reliable, in order, rare.
#[derive(Clone, Debug)]
pub enum RelayMessage {
    /// All that the sender's subscribers in the room want from elsewhere. Replaces what it said before.
    Wants {
        /// The room.
        room: RoomId,
        /// Tracks by name, whether or not they exist yet.
        tracks: Vec<(ParticipantId, Source)>,
    },
    /// A wanted track exists; packets under `key` follow.
    Track {
        /// Its name between the two.
        key: RelayKey,
        /// The room.
        room: RoomId,
        /// Whose.
        participant: ParticipantId,
        /// Which source.
        source: Source,
        /// Its codecs as negotiated with the publisher.
        codecs: Vec<CodecSpec>,
        /// How many encodings it may have.
        encodings: u8,
    },
    /// The track is gone, or no longer handed over.
    TrackGone {
        /// Which.
        key: RelayKey,
    },
    /// A sender report of one encoding: its RTP time at a time of this node's clock.
    Report {
        /// Which track.
        key: RelayKey,
        /// Which encoding.
        encoding: u8,
        /// This node's NTP time.
        ntp: u64,
        /// The RTP timestamp at that time.
        rtp: u32,
    },
    /// From the subscriber's shard: a key frame is needed.
    KeyFrame {
        /// Which track.
        key: RelayKey,
        /// Which encoding.
        encoding: u8,
    },
}

/// One decrypted packet on its way to a sibling.
#[derive(Clone)]
pub struct RelayPacket {
    /// Which track.
    pub key: RelayKey,
    /// Which encoding.
    pub encoding: u8,
    /// Counts the SSRCs that the encoding had, wrapping.
    pub generation: u8,
    /// Extended sequence number, in the sequence of that SSRC.
    pub seq: u64,
    /// Ids of header extensions in the packet, as negotiated with the publisher.
    pub extensions: crate::rtp::ExtensionMap,
    len: u16,
    data: [u8; MAX_RELAY_PACKET],
}

impl RelayPacket {
    /// Copies a packet; none when it is larger than [`MAX_RELAY_PACKET`].
    pub(crate) fn new(key: RelayKey, packet: &Passing<'_>) -> Option<Self> {
        let Passing { stream, generation, seq, bytes, map } = *packet;
        let mut data = [0; MAX_RELAY_PACKET];
        data.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(RelayPacket { key, encoding: stream.encoding, generation, seq, extensions: *map, len: bytes.len() as u16, data })
    }

    /// Header and payload.
    pub fn bytes(&self) -> &[u8] {
        &self.data[..usize::from(self.len)]
    }
}

impl std::fmt::Debug for RelayPacket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RelayPacket({:?}/{} #{}, {} bytes)", self.key, self.encoding, self.seq, self.len)
    }
}
