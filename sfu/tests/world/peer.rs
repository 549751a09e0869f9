//! A browser as the server sees it: checks, VP8-shaped picture in layers, sound, NACK, RTX, PLI.

use aws_lc_rs::hmac;
use rand::Rng;
use rand::rngs::SmallRng;
use sfu::id::{ParticipantId, RoomId, Source, TransportId};
use sfu::path::{Link, Path};
use sfu::rtp::{ExtensionKind, ExtensionMap, OutHeader, RtpHeader, write_header};
use sfu::spec::{Codec, CodecSpec, Fingerprint, FingerprintAlgorithm, IceCredentials, Mid, Rid, SlotSpec, SourceSpec, TransportSpec};
use sfu::srtp::{SrtpDrop, SrtpKeys, SrtpProfile, SrtpReceiver, SrtpSender};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

pub const VP8: u8 = 96;
pub const VP8_RTX: u8 = 97;
pub const OPUS: u8 = 111;
const MID: u8 = 4;
const RID: u8 = 10;
const REPAIRED: u8 = 11;
const LEVEL: u8 = 1;
const TWCC: u8 = 3;

/// One published picture layer or sound.
pub struct Sending {
    pub source: Source,
    pub rid: Option<&'static str>,
    pub ssrc: u32,
    pub rtx_ssrc: u32,
    pub seq: u64,
    pub rtx_seq: u64,
    pub timestamp: u32,
    pub picture_id: u16,
    pub tl0: u8,
    pub packets_per_frame: usize,
    pub key_frame: bool,
    pub level: u8,
    pub key_frames: u32,
    /// Switched off by its sender otherwise.
    pub active: bool,
    /// When a key frame was last asked for and given.
    key_frame_at: Option<Instant>,
    kept: VecDeque<(u64, Vec<u8>)>,
}

/// What one received SSRC brought.
#[derive(Default)]
pub struct Received {
    pub packets: BTreeMap<u64, Seen>,
    highest: Option<u64>,
    asked: HashMap<u64, Instant>,
}

#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub timestamp: u32,
    pub picture_id: Option<u16>,
    pub key_frame: bool,
    /// First payload byte after the descriptor: the layer or speaker that sent it.
    pub mark: u8,
    pub at: Instant,
    pub rtx: bool,
}

pub struct Peer {
    pub spec: TransportSpec,
    pub path: Path,
    pub worker: usize,
    pub sending: Vec<Sending>,
    pub received: HashMap<u32, Received>,
    pub sends_nacks: bool,
    /// Requests for a key frame that follow another within this are left unanswered, as browsers do.
    pub deaf_to_plis: Duration,
    pub plis_seen: u32,
    pub nacks_seen: u32,
    pub reports: Vec<(u32, u64, u32)>,
    pub twcc_seen: u32,
    srtp: Option<(SrtpSender, SrtpReceiver)>,
    has_rtx: bool,
    next_check: Instant,
    next_video: Instant,
    next_audio: Instant,
    next_nack: Instant,
    next_sr: Instant,
    started: Instant,
    twcc: u16,
    check: u64,
}

pub struct Shape {
    pub name: &'static str,
    pub camera_layers: &'static [&'static str],
    pub microphone: bool,
    pub video_slots: usize,
    pub audio_slots: usize,
    pub first_seq: u64,
    pub rtx: bool,
    /// Its slots have RTX, but not for the codec that comes.
    pub rtx_for_others: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Shape { name: "p", camera_layers: &[], microphone: false, video_slots: 0, audio_slots: 0, first_seq: 1, rtx: true, rtx_for_others: false }
    }
}

pub fn keys(transport: TransportId, client: bool) -> SrtpKeys {
    let material: Vec<u8> = (0..56_u64).map(|at| (at * 7 + transport.0 * 13) as u8).collect();
    SrtpKeys::from_exported(SrtpProfile::Aes128Gcm, &material, client).unwrap()
}

fn codecs(kind: sfu::id::Kind, rtx: bool) -> Vec<CodecSpec> {
    match kind {
        sfu::id::Kind::Audio => vec![CodecSpec { codec: Codec::Opus, payload_type: OPUS, rtx: None, clock_rate: 48_000, profile: String::new() }],
        sfu::id::Kind::Video => {
            vec![CodecSpec { codec: Codec::Vp8, payload_type: VP8, rtx: rtx.then_some(VP8_RTX), clock_rate: 90_000, profile: String::new() }]
        }
    }
}

impl Peer {
    pub fn new(room: &str, number: u64, shape: Shape, worker: usize, now: Instant) -> Peer {
        let mut extensions = ExtensionMap::default();
        for (kind, id) in [
            (ExtensionKind::Mid, MID),
            (ExtensionKind::Rid, RID),
            (ExtensionKind::RepairedRid, REPAIRED),
            (ExtensionKind::AudioLevel, LEVEL),
            (ExtensionKind::TransportCc, TWCC),
        ] {
            extensions.set(kind, id);
        }
        let base = number as u32 * 1_000;
        let (mut sources, mut sending) = (Vec::new(), Vec::new());
        let sender = |source, rid, nth: u32, packets_per_frame| Sending {
            source,
            rid,
            ssrc: base + 1 + nth * 2,
            rtx_ssrc: base + 2 + nth * 2,
            seq: shape.first_seq,
            rtx_seq: 1,
            timestamp: 1_000 * (nth + 1) * number as u32,
            picture_id: 100 * (nth as u16 + 1),
            tl0: 7,
            packets_per_frame,
            key_frame: true,
            level: 30,
            key_frames: 0,
            active: true,
            key_frame_at: None,
            kept: VecDeque::new(),
        };
        if shape.microphone {
            sources.push(SourceSpec {
                mid: Mid::from("0").unwrap(),
                source: Source::Microphone,
                codecs: codecs(sfu::id::Kind::Audio, false),
                rids: vec![],
                ssrcs: vec![],
            });
            sending.push(sender(Source::Microphone, None, 0, 1));
        }
        if !shape.camera_layers.is_empty() {
            let simulcast = shape.camera_layers.len() > 1;
            sources.push(SourceSpec {
                mid: Mid::from("1").unwrap(),
                source: Source::Camera,
                codecs: codecs(sfu::id::Kind::Video, true),
                rids: if simulcast { shape.camera_layers.iter().map(|rid| Rid::from(rid).unwrap()).collect() } else { vec![] },
                ssrcs: vec![],
            });
            for (nth, rid) in shape.camera_layers.iter().enumerate() {
                sending.push(sender(Source::Camera, simulcast.then_some(*rid), 1 + nth as u32, 1 + 2 * nth));
            }
        }
        let slot = |kind, name: String, nth: u32| SlotSpec {
            name: arrayvec::ArrayString::from(&name).unwrap(),
            mid: Mid::from(&format!("r{name}")).unwrap(),
            kind,
            ssrc: base + 500 + nth * 2,
            rtx_ssrc: (shape.rtx && kind == sfu::id::Kind::Video).then_some(base + 501 + nth * 2),
            codecs: codecs(kind, shape.rtx && !shape.rtx_for_others),
        };
        let mut slots: Vec<SlotSpec> = (0..shape.audio_slots as u32).map(|nth| slot(sfu::id::Kind::Audio, format!("a{nth}"), nth)).collect();
        slots.extend((0..shape.video_slots as u32).map(|nth| slot(sfu::id::Kind::Video, format!("v{nth}"), 50 + nth)));
        let spec = TransportSpec {
            id: TransportId(number),
            room: RoomId::from(room),
            participant: ParticipantId::from(shape.name),
            ice: IceCredentials {
                local_ufrag: format!("srv{number}"),
                local_pwd: format!("server-password-number-{number}"),
                remote_ufrag: format!("cli{number}"),
                remote_pwd: format!("client-password-number-{number}"),
            },
            fingerprint: Fingerprint { algorithm: FingerprintAlgorithm::Sha256, bytes: vec![0; 32] },
            dtls_active: false,
            extensions,
            sources,
            slots,
        };
        Peer {
            path: Path { remote: format!("10.0.0.{}:{}", number % 250 + 1, 5_000 + number).parse().unwrap(), link: Link::Udp(0) },
            spec,
            worker,
            sending,
            received: HashMap::new(),
            sends_nacks: true,
            deaf_to_plis: Duration::ZERO,
            plis_seen: 0,
            nacks_seen: 0,
            reports: Vec::new(),
            twcc_seen: 0,
            srtp: None,
            has_rtx: shape.rtx && !shape.rtx_for_others,
            next_check: now,
            next_video: now,
            next_audio: now,
            next_nack: now,
            next_sr: now + Duration::from_millis(300),
            started: now,
            twcc: 0,
            check: number << 32,
        }
    }

    pub fn take_keys(&mut self) {
        let keys = keys(self.spec.id, true);
        self.srtp = Some((SrtpSender::new(keys.profile, &keys.local).unwrap(), SrtpReceiver::new(keys.profile, &keys.remote).unwrap()));
    }

    /// Makes the next check due.
    pub fn check_now(&mut self, now: Instant) {
        self.next_check = now;
    }

    /// Everything this peer says by now.
    pub fn poll(&mut self, now: Instant, rng: &mut SmallRng) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        if now >= self.next_check {
            self.next_check = now + if self.srtp.is_some() { Duration::from_millis(2_500) } else { Duration::from_millis(50) };
            self.check += 1;
            out.push(binding_request(&self.spec.ice, self.check, true));
        }
        if self.srtp.is_none() {
            return out;
        }
        while now >= self.next_video {
            self.next_video += Duration::from_millis(33);
            for nth in 0..self.sending.len() {
                if self.sending[nth].source == Source::Camera && self.sending[nth].active {
                    self.frame(nth, &mut out);
                }
            }
        }
        while now >= self.next_audio {
            self.next_audio += Duration::from_millis(20);
            for nth in 0..self.sending.len() {
                if self.sending[nth].source == Source::Microphone && self.sending[nth].active {
                    self.sound(nth, &mut out);
                }
            }
        }
        if now >= self.next_sr {
            self.next_sr = now + Duration::from_millis(700 + rng.random_range(0..100));
            self.sender_reports(now, &mut out);
        }
        if self.sends_nacks && now >= self.next_nack {
            self.next_nack = now + Duration::from_millis(20);
            self.ask(now, &mut out);
        }
        out
    }

    fn frame(&mut self, nth: usize, out: &mut Vec<Vec<u8>>) {
        let state = &mut self.sending[nth];
        let key = std::mem::take(&mut state.key_frame);
        state.key_frames += u32::from(key);
        state.timestamp = state.timestamp.wrapping_add(2_970);
        state.picture_id = (state.picture_id + 1) & 0x7fff;
        // Temporal layers 0 2 1 2, the upper ones without leaning on their own kind.
        let temporal = if key { 0 } else { [0, 2, 1, 2][usize::from(state.picture_id % 4)] };
        state.tl0 = state.tl0.wrapping_add(u8::from(temporal == 0));
        let count = state.packets_per_frame;
        for at in 0..count {
            let state = &mut self.sending[nth];
            let id = state.picture_id | 0x8000;
            // X, S at the first packet; I and L and T; 15-bit id; TL0PICIDX; TID, Y.
            let mut payload = vec![0x80 | if at == 0 { 0x10 } else { 0 }, 0xe0, (id >> 8) as u8, id as u8, state.tl0, temporal << 6 | 0x20];
            payload.push(if at == 0 && key { 0x10 } else { 0x11 });
            payload.extend_from_slice(&[0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00]);
            payload.push(nth as u8);
            // Not all of one length, as from an encoder.
            payload.resize(200 + 300 * nth + 3 * at, 0xaa);
            let seq = state.seq;
            state.seq += 1;
            let marker = at + 1 == count;
            let header = OutHeader { marker, payload_type: VP8, sequence: seq as u16, timestamp: state.timestamp, ssrc: state.ssrc };
            let (index, rid) = (seq, state.rid);
            let packet = self.rtp(&header, b"1", rid.map(|rid| (RID, rid.as_bytes())), None, &payload);
            self.sending[nth].kept.push_back((seq, packet.clone()));
            if self.sending[nth].kept.len() > 400 {
                self.sending[nth].kept.pop_front();
            }
            out.push(self.seal(packet, index));
        }
    }

    fn sound(&mut self, nth: usize, out: &mut Vec<Vec<u8>>) {
        let state = &mut self.sending[nth];
        state.timestamp = state.timestamp.wrapping_add(960);
        let seq = state.seq;
        state.seq += 1;
        let header = OutHeader { marker: false, payload_type: OPUS, sequence: seq as u16, timestamp: state.timestamp, ssrc: state.ssrc };
        let level = state.level | if state.level < 60 { 0x80 } else { 0 };
        let payload: Vec<u8> = std::iter::once(self.spec.id.0 as u8).chain(std::iter::repeat_n(3, 79)).collect();
        let packet = self.rtp(&header, b"0", None, Some(level), &payload);
        out.push(self.seal(packet, seq));
    }

    fn rtp(&mut self, header: &OutHeader, mid: &[u8], rid: Option<(u8, &[u8])>, level: Option<u8>, payload: &[u8]) -> Vec<u8> {
        self.twcc = self.twcc.wrapping_add(1);
        let (twcc, level_bytes) = (self.twcc.to_be_bytes(), [level.unwrap_or(0)]);
        let mut extensions: Vec<(u8, &[u8])> = vec![(MID, mid), (TWCC, &twcc)];
        extensions.extend(rid);
        if level.is_some() {
            extensions.push((LEVEL, &level_bytes));
        }
        let mut packet = vec![0; 100 + payload.len()];
        let len = write_header(&mut packet, header, &extensions, false);
        packet[len..len + payload.len()].copy_from_slice(payload);
        packet.truncate(len + payload.len());
        packet
    }

    fn seal(&self, mut packet: Vec<u8>, index: u64) -> Vec<u8> {
        let (sender, _) = self.srtp.as_ref().unwrap();
        let header = RtpHeader::parse(&packet).unwrap();
        let len = packet.len();
        packet.resize(len + 32, 0);
        let sealed = sender.seal_rtp(&mut packet, header.header_len, len, index);
        packet.truncate(sealed);
        packet
    }

    fn seal_rtcp(&mut self, mut packet: Vec<u8>) -> Vec<u8> {
        self.srtp.as_mut().unwrap().0.seal_rtcp(&mut packet);
        packet
    }

    fn sender_reports(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) {
        let elapsed = now - self.started;
        // The peer's clock is years away from ours, and that must not matter.
        let ntp = (1_000_u64 << 32) + ((elapsed.as_secs() << 32) | ((u64::from(elapsed.subsec_nanos()) << 32) / 1_000_000_000));
        for nth in 0..self.sending.len() {
            let state = &self.sending[nth];
            let mut packet = vec![0x80, 200, 0, 6];
            packet.extend_from_slice(&state.ssrc.to_be_bytes());
            packet.extend_from_slice(&ntp.to_be_bytes());
            packet.extend_from_slice(&state.timestamp.to_be_bytes());
            packet.extend_from_slice(&[0; 8]);
            let sealed = self.seal_rtcp(packet);
            out.push(sealed);
        }
    }

    /// NACKs for what is missing below the highest received.
    fn ask(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) {
        let mut requests = Vec::new();
        let rtx: Vec<u32> = self.spec.slots.iter().filter_map(|slot| slot.rtx_ssrc).collect();
        for (ssrc, received) in &mut self.received {
            if rtx.contains(ssrc) {
                continue;
            }
            let (Some(first), Some(highest)) = (received.packets.keys().next().copied(), received.highest) else { continue };
            for seq in first.max(highest.saturating_sub(200))..highest {
                let asked = received.asked.get(&seq).is_some_and(|at| now - *at < Duration::from_millis(80));
                if !received.packets.contains_key(&seq) && !asked {
                    received.asked.insert(seq, now);
                    requests.push((*ssrc, seq as u16));
                }
            }
        }
        for (ssrc, seq) in requests {
            let mut packet = vec![0x81, 205, 0, 3, 0, 0, 0, 9];
            packet.extend_from_slice(&ssrc.to_be_bytes());
            packet.extend_from_slice(&seq.to_be_bytes());
            packet.extend_from_slice(&[0, 0]);
            let sealed = self.seal_rtcp(packet);
            out.push(sealed);
        }
    }

    /// Takes a packet of the server. Returns what it answers at once.
    fn give_key_frame(&mut self, now: Instant, ssrc: u32) {
        let deaf = self.deaf_to_plis;
        for state in self.sending.iter_mut().filter(|state| state.ssrc == ssrc) {
            if state.key_frame_at.is_none_or(|at| now - at >= deaf) {
                (state.key_frame, state.key_frame_at) = (true, Some(now));
            }
        }
    }

    pub fn receive(&mut self, now: Instant, packet: &[u8]) -> Vec<Vec<u8>> {
        if packet[0] < 64 || self.srtp.is_none() {
            return Vec::new();
        }
        let mut packet = packet.to_vec();
        let is_rtcp = (192..=223).contains(&packet[1]);
        if is_rtcp {
            let opened = self.srtp.as_mut().unwrap().1.open_rtcp(&mut packet).unwrap().to_vec();
            return self.rtcp(now, &opened);
        }
        let opened = match self.srtp.as_mut().unwrap().1.open_rtp(&mut packet) {
            // Without RTX, as of sound, a packet asked for twice may come twice.
            Err(SrtpDrop::Replay) if !self.has_rtx || self.is_sound(&packet) => return Vec::new(),
            opened => opened.expect("every packet of the server opens, once"),
        };
        self.rtp_in(now, &packet[..opened.len], opened.index);
        Vec::new()
    }

    fn is_sound(&self, packet: &[u8]) -> bool {
        let ssrc = u32::from_be_bytes(packet[8..12].try_into().unwrap());
        self.spec.slots.iter().any(|slot| slot.ssrc == ssrc && slot.kind == sfu::id::Kind::Audio)
    }

    fn rtp_in(&mut self, now: Instant, packet: &[u8], index: u64) {
        let header = RtpHeader::parse(packet).unwrap();
        let payload = &packet[header.header_len..packet.len() - header.padding];
        let slot = self.spec.slots.iter().find(|slot| slot.ssrc == header.ssrc || slot.rtx_ssrc == Some(header.ssrc)).expect("an SSRC of the answer");
        let is_rtx = slot.rtx_ssrc == Some(header.ssrc);
        let received = self.received.entry(slot.ssrc).or_default();
        let (seq, payload) = if is_rtx {
            let original = u16::from_be_bytes([payload[0], payload[1]]);
            let highest = received.highest.unwrap();
            (highest.wrapping_sub(u64::from((highest as u16).wrapping_sub(original))), &payload[2..])
        } else {
            (index, payload)
        };
        received.highest = Some(received.highest.map_or(seq, |highest| highest.max(seq)));
        let video = slot.kind == sfu::id::Kind::Video;
        let seen = Seen {
            timestamp: header.timestamp,
            picture_id: video.then(|| u16::from_be_bytes([payload[2], payload[3]]) & 0x7fff),
            key_frame: video && payload[0] & 0x10 != 0 && payload[6] & 1 == 0,
            mark: if video { payload[16] } else { payload[0] },
            at: now,
            rtx: is_rtx,
        };
        let before = received.packets.insert(seq, seen);
        // A retransmission may overtake what it repeats.
        assert!(is_rtx || before.is_none_or(|before| before.rtx), "sequence number {seq} was given twice");
    }

    fn rtcp(&mut self, now: Instant, compound: &[u8]) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        let mut at = 0;
        while at + 8 <= compound.len() {
            let len = (usize::from(u16::from_be_bytes([compound[at + 2], compound[at + 3]])) + 1) * 4;
            let packet = &compound[at..at + len];
            let word = |offset: usize| u32::from_be_bytes(packet[offset..offset + 4].try_into().unwrap());
            match (packet[1], packet[0] & 0x1f) {
                (206, 1) => {
                    self.plis_seen += 1;
                    let ssrc = word(8);
                    self.give_key_frame(now, ssrc);
                }
                (205, 1) => {
                    self.nacks_seen += 1;
                    let ssrc = word(8);
                    let mut seqs = BTreeSet::new();
                    for entry in packet[12..].chunks_exact(4) {
                        let (first, mask) = (u16::from_be_bytes([entry[0], entry[1]]), u16::from_be_bytes([entry[2], entry[3]]));
                        seqs.insert(first);
                        seqs.extend((0..16).filter(|bit| mask & (1 << bit) != 0).map(|bit| first.wrapping_add(bit + 1)));
                    }
                    self.repeat(ssrc, &seqs, &mut out);
                }
                (205, 15) => self.twcc_seen += 1,
                (200, _) => self.reports.push((word(4), u64::from(word(8)) << 32 | u64::from(word(12)), word(16))),
                _ => {}
            }
            at += len;
        }
        out
    }

    /// Sends lost packets again by RTX.
    fn repeat(&mut self, ssrc: u32, seqs: &BTreeSet<u16>, out: &mut Vec<Vec<u8>>) {
        let Some(nth) = self.sending.iter().position(|state| state.ssrc == ssrc) else { return };
        let lost: Vec<Vec<u8>> = self.sending[nth].kept.iter().filter(|(seq, _)| seqs.contains(&(*seq as u16))).map(|(_, packet)| packet.clone()).collect();
        for packet in lost {
            let header = RtpHeader::parse(&packet).unwrap();
            let mut payload = header.sequence.to_be_bytes().to_vec();
            payload.extend_from_slice(&packet[header.header_len..]);
            let state = &mut self.sending[nth];
            state.rtx_seq += 1;
            let (index, rid, rtx_ssrc) = (state.rtx_seq, state.rid, state.rtx_ssrc);
            let again = OutHeader { marker: header.marker, payload_type: VP8_RTX, sequence: index as u16, timestamp: header.timestamp, ssrc: rtx_ssrc };
            let packet = self.rtp(&again, b"1", rid.map(|rid| (REPAIRED, rid.as_bytes())), None, &payload);
            out.push(self.seal(packet, index));
        }
    }

    /// The SSRC of a slot by name.
    pub fn slot(&self, name: &str) -> u32 {
        self.spec.slots.iter().find(|slot| slot.name.as_str() == name).unwrap().ssrc
    }

    pub fn got(&self, name: &str) -> &BTreeMap<u64, Seen> {
        static EMPTY: BTreeMap<u64, Seen> = BTreeMap::new();
        self.received.get(&self.slot(name)).map_or(&EMPTY, |received| &received.packets)
    }
}

/// A Binding request as a controlling agent sends it (RFC 8445 section 7.2.2).
pub fn binding_request(ice: &IceCredentials, number: u64, nominate: bool) -> Vec<u8> {
    let mut message = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    message.extend_from_slice(&number.to_be_bytes());
    message.extend_from_slice(&[9; 4]);
    let mut attribute = |kind: u16, value: &[u8]| {
        message.extend_from_slice(&kind.to_be_bytes());
        message.extend_from_slice(&(value.len() as u16).to_be_bytes());
        message.extend_from_slice(value);
        message.resize(message.len().next_multiple_of(4), 0);
    };
    attribute(0x0006, format!("{}:{}", ice.local_ufrag, ice.remote_ufrag).as_bytes());
    attribute(0x0024, &0x6e00_1eff_u32.to_be_bytes());
    attribute(0x802a, &7_u64.to_be_bytes());
    if nominate {
        attribute(0x0025, &[]);
    }
    let len = message.len() - 20 + 24;
    message[2..4].copy_from_slice(&(len as u16).to_be_bytes());
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, ice.local_pwd.as_bytes());
    let tag = hmac::sign(&key, &message);
    message.extend_from_slice(&[0, 8, 0, 20]);
    message.extend_from_slice(tag.as_ref());
    let len = message.len() - 20 + 8;
    message[2..4].copy_from_slice(&(len as u16).to_be_bytes());
    let crc = crc32(&message) ^ 0x5354_554e;
    message.extend_from_slice(&[0x80, 0x28, 0, 4]);
    message.extend_from_slice(&crc.to_be_bytes());
    message
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }))
}
