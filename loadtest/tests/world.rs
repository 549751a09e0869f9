//! A host, a small forwarder and a classroom in virtual time over an emulated network: seeded loss, delay and jitter, no sleeping. The forwarder is
//! written for these tests and knows only what it needs: ICE-lite, a DTLS server, SRTP, one slot of each kind.
#![allow(clippy::unwrap_used)]

use dimpl::{Dtls, Output, SrtpProfile};
use loadtest::clock::Clock;
use loadtest::media::publisher::Line;
use loadtest::media::subscriber::Milestone;
use loadtest::media::synthetic::{Audio, HOST_LAYERS, Video};
use loadtest::media::tally::{Tally, Window};
use loadtest::participant::{Config, Happening, Participant};
use loadtest::rtp::stamp::Flow;
use loadtest::rtp::{self, Header};
use loadtest::sdp::{Answer, OPUS, VP8, VP8_RTX, extension};
use protocol::Source;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rtc_rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc_rtcp::receiver_report::ReceiverReport;
use rtc_rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_SUCCESS, Message};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PASSWORD: &str = "password-of-the-forwarder";
const AUDIO_SSRC: u32 = 1_000;
const VIDEO_SSRC: u32 = 2_000;
const RTX_SSRC: u32 = 2_001;

fn server_address() -> SocketAddr {
    "192.0.2.1:7000".parse().unwrap()
}

fn peer_address() -> SocketAddr {
    "198.51.100.7:50000".parse().unwrap()
}

/// The forwarder's end of one association.
struct Lite {
    dtls: Dtls,
    fingerprint: String,
    due: Option<Instant>,
    keys: Option<(Context, Context)>,
    out: Vec<Vec<u8>>,
}

impl Lite {
    fn new(now: Instant) -> Lite {
        let certificate = dimpl::certificate::generate_self_signed_certificate().unwrap();
        let fingerprint = certificate.fingerprint_str();
        let config = Arc::new(dimpl::Config::builder().flight_start_rto(50 * MS).flight_retries(12).build().unwrap());
        let mut dtls = Dtls::new_12(config, certificate, now);
        dtls.set_active(false);
        Lite { dtls, fingerprint, due: None, keys: None, out: Vec::new() }
    }

    fn answer(&self, offer: &str) -> String {
        let mut sdp = format!(
            "v=0\r\na=ice-lite\r\na=ice-ufrag:lite\r\na=ice-pwd:{PASSWORD}\r\na=fingerprint:sha-256 {}\r\na=candidate:1 1 udp 1 192.0.2.1 7000 typ host\r\n",
            self.fingerprint
        );
        for line in offer.lines() {
            match line {
                _ if line.starts_with("m=") || line.starts_with("a=mid:") || line.starts_with("a=extmap:") => sdp += &format!("{line}\r\n"),
                "a=sendonly" => sdp += "a=recvonly\r\n",
                "a=recvonly" => sdp += "a=sendonly\r\n",
                _ => {}
            }
        }
        sdp + &format!("a=ssrc-group:FID {VIDEO_SSRC} {RTX_SSRC}\r\na=setup:passive\r\n")
    }

    /// A datagram of the peer; media comes back decrypted.
    fn handle(&mut self, now: Instant, datagram: &[u8]) -> Option<(bool, Vec<u8>)> {
        match datagram[0] {
            0..=3 => self.handle_stun(datagram),
            20..=63 => {
                self.dtls.handle_timeout(now).unwrap();
                self.dtls.handle_packet(datagram).unwrap();
                self.drain();
            }
            _ => {
                let (_, receive) = self.keys.as_mut()?;
                let rtcp = (192..=223).contains(&datagram[1]);
                let opened = if rtcp { receive.decrypt_rtcp(datagram) } else { receive.decrypt_rtp(datagram) };
                return Some((rtcp, opened.unwrap().to_vec()));
            }
        }
        None
    }

    fn handle_stun(&mut self, datagram: &[u8]) {
        let crypto = rtc_crypto::default_provider().unwrap();
        let mut request = Message::new();
        request.unmarshal_binary(datagram).unwrap();
        MessageIntegrity::check(&mut request, PASSWORD.as_bytes(), crypto.crypto()).unwrap();
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(PASSWORD.into(), crypto.crypto());
        let mut answer = Message::new();
        answer.build(&[Box::new(request.transaction_id), Box::new(BINDING_SUCCESS), Box::new(integrity), Box::new(FINGERPRINT)]).unwrap();
        self.out.push(answer.raw);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.due.is_some_and(|due| now >= due) {
            self.dtls.handle_timeout(now).unwrap();
            self.drain();
        }
    }

    fn drain(&mut self) {
        let mut buffer = vec![0; 4_096];
        loop {
            match self.dtls.poll_output(&mut buffer) {
                Output::Packet(packet) => self.out.push(packet.to_vec()),
                Output::Timeout(at) => {
                    self.due = Some(at);
                    return;
                }
                Output::KeyingMaterial(keys, profile) => {
                    let (profile, key) = match profile {
                        SrtpProfile::AEAD_AES_128_GCM => (ProtectionProfile::AeadAes128Gcm, 16),
                        SrtpProfile::AEAD_AES_256_GCM => (ProtectionProfile::AeadAes256Gcm, 32),
                        other => panic!("{other:?}"),
                    };
                    let crypto = rtc_crypto::default_provider().unwrap();
                    let context = |side: usize| {
                        let salt = 2 * key + side * 12;
                        Context::new(&keys[side * key..][..key], &keys[salt..][..12], profile, None, None, crypto.crypto()).unwrap()
                    };
                    self.keys = Some((context(1), context(0)));
                }
                _ => {}
            }
        }
    }

    fn send_rtp(&mut self, packet: &[u8]) {
        if let Some((send, _)) = &mut self.keys {
            self.out.push(send.encrypt_rtp(packet).unwrap().to_vec());
        }
    }

    fn send_rtcp(&mut self, packet: Box<dyn rtc_rtcp::packet::Packet>) {
        if let Some((send, _)) = &mut self.keys {
            self.out.push(send.encrypt_rtcp(&rtc_rtcp::packet::marshal(&[packet]).unwrap()).unwrap().to_vec());
        }
    }
}

/// What the emulated network does to each direction of a link.
#[derive(Clone, Copy, Default)]
struct Link {
    loss: f64,
    delay: Duration,
    jitter: Duration,
}

struct End {
    participant: Participant,
    lite: Lite,
    tally: Tally,
    link: Link,
    connected: Option<Duration>,
    picture: Option<Duration>,
}

/// How the forwarder treats what it forwards.
#[derive(Default)]
struct Forwarder {
    /// SSRC of the host → what it carries.
    known: HashMap<u32, (u8, String)>,
    sequences: HashMap<u32, u16>,
    cache: BTreeMap<u16, Vec<u8>>,
    rtx_sequence: u16,
    loss: f64,
    dropped_audio: u64,
    dropped_video: u64,
    acknowledged: bool,
}

struct World {
    start: Instant,
    now: Instant,
    rng: SmallRng,
    queue: BTreeMap<(Instant, u64), (usize, bool, Vec<u8>)>,
    serial: u64,
    ends: Vec<End>,
    forwarder: Forwarder,
    window: Arc<Window>,
    clock: Clock,
}

impl World {
    /// End 0 is the host, end 1 the classroom.
    fn new(seed: u64, link: Link) -> World {
        let start = Instant::now();
        let clock = Clock::fixed(start, Duration::from_secs(100), Duration::from_secs(1_700_000_000));
        let window = Arc::new(Window::default());
        let layers = ["l", "m", "h"].iter().zip(HOST_LAYERS);
        let layers = layers.map(|(rid, shape)| -> (_, Box<dyn loadtest::media::Feed>) { (Some((*rid).to_owned()), Box::new(Video::new(shape, 0))) });
        let lines = vec![
            Line { source: Source::Microphone, feeds: vec![(None, Box::new(Audio::new(30)))], stamped: true },
            Line { source: Source::Camera, feeds: layers.collect(), stamped: true },
        ];
        let configs = [Config { number: 0, lines, audio_slots: 0, video_slots: 0 }, Config { number: 1, lines: vec![], audio_slots: 1, video_slots: 1 }];
        let ends = configs.into_iter().map(|config| {
            let mut participant = Participant::new(clock, config).unwrap();
            let lite = Lite::new(start);
            participant.accept(start, &Answer::parse(&lite.answer(&participant.offer().0)).unwrap());
            assert!(participant.refused().is_empty());
            End { participant, lite, tally: Tally::new(window.clone()), link, connected: None, picture: None }
        });
        let ends = ends.collect();
        let rng = SmallRng::seed_from_u64(seed);
        let mut world = World { start, now: start, rng, queue: BTreeMap::new(), serial: 0, ends, forwarder: Forwarder::default(), window, clock };
        world.settle();
        world
    }

    fn run_until(&mut self, end: Duration) {
        while let Some(next) = self.next().filter(|next| *next <= self.start + end) {
            self.now = self.now.max(next);
            while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let (end, up, datagram) = entry.remove();
                self.deliver(end, up, &datagram);
            }
            for end in &mut self.ends {
                end.lite.handle_timeout(self.now);
                if end.participant.next_timeout().is_some_and(|due| due <= self.now) {
                    end.participant.handle_timeout(self.now, &mut end.tally);
                }
            }
            self.settle();
        }
        self.now = self.start + end;
    }

    fn next(&self) -> Option<Instant> {
        let ends = self.ends.iter().flat_map(|end| [end.participant.next_timeout(), end.lite.due]).flatten();
        ends.chain(self.queue.first_key_value().map(|((at, _), _)| *at)).min()
    }

    /// Puts what everybody wants to send on the network, and notes what happened.
    fn settle(&mut self) {
        for index in 0..self.ends.len() {
            let mut sent = Vec::new();
            let end = &mut self.ends[index];
            while let Some((to, datagram)) = end.participant.poll_transmit() {
                assert_eq!(to, server_address());
                sent.push((true, datagram.to_vec()));
            }
            sent.extend(end.lite.out.drain(..).map(|datagram| (false, datagram)));
            while let Some(happening) = end.participant.poll_happening() {
                let since = self.now - self.start;
                match happening {
                    Happening::Connected { profile } => {
                        assert!(profile.contains("GCM"), "{profile}");
                        end.connected = Some(since);
                    }
                    Happening::Milestone(Milestone::FirstKeyFrame) => end.picture = Some(since),
                    Happening::Milestone(Milestone::FirstMedia) => {}
                    Happening::Closed { reason } => panic!("end {index} at {since:?}: {reason}"),
                }
            }
            let link = end.link;
            for (up, datagram) in sent {
                if self.rng.random_bool(link.loss) {
                    continue;
                }
                let jitter = link.jitter.mul_f64(self.rng.random::<f64>());
                self.serial += 1;
                self.queue.insert((self.now + link.delay + jitter, self.serial), (index, up, datagram));
            }
        }
    }

    fn deliver(&mut self, index: usize, up: bool, datagram: &[u8]) {
        let end = &mut self.ends[index];
        if !up {
            end.participant.handle(self.now, server_address(), datagram, None, &mut end.tally);
            return;
        }
        let _ = peer_address();
        match (end.lite.handle(self.now, datagram), index) {
            (Some((false, packet)), 0) => self.forward(&packet),
            (Some((true, packet)), 1) => self.feedback(&packet),
            _ => {}
        }
    }

    /// Sound and the top layer of the host go to the classroom, renumbered.
    fn forward(&mut self, bytes: &[u8]) {
        let packet = rtp::Packet::parse(bytes).unwrap();
        if let Some(mid) = packet.extension(extension::MID) {
            let rid = packet.extension(extension::RID).map(|rid| String::from_utf8(rid.to_vec()).unwrap());
            let known = (mid[0], rid.unwrap_or_default());
            assert_eq!(*self.forwarder.known.entry(packet.header.ssrc).or_insert(known.clone()), known);
        }
        assert!(packet.extension(extension::TRANSPORT_CC).is_some());
        let Some((mid, rid)) = self.forwarder.known.get(&packet.header.ssrc).cloned() else { panic!("a flow that was never named") };
        let audio = mid == b'0';
        assert_eq!(packet.extension(extension::AUDIO_LEVEL).is_some(), audio);
        if !audio && rid != "h" {
            return;
        }
        let ssrc = if audio { AUDIO_SSRC } else { VIDEO_SSRC };
        let sequence = self.forwarder.sequences.entry(ssrc).or_insert(65_000);
        let header = Header { ssrc, sequence: *sequence, payload_type: if audio { OPUS } else { VP8 }, ..packet.header };
        *sequence = sequence.wrapping_add(1);
        if !audio {
            self.forwarder.cache.insert(header.sequence, packet.payload.to_vec());
        }
        if self.rng.random_bool(self.forwarder.loss) {
            *(if audio { &mut self.forwarder.dropped_audio } else { &mut self.forwarder.dropped_video }) += 1;
        } else {
            self.ends[1].lite.send_rtp(&rtp::write(header, &[], &[packet.payload]));
        }
        if !std::mem::replace(&mut self.forwarder.acknowledged, true) {
            let reports = vec![rtc_rtcp::reception_report::ReceptionReport { ssrc: packet.header.ssrc, ..Default::default() }];
            self.ends[0].lite.send_rtcp(Box::new(ReceiverReport { ssrc: 1, reports, ..Default::default() }));
        }
    }

    /// NACKs are answered from the cache by RTX, PLIs go to the host.
    fn feedback(&mut self, bytes: &[u8]) {
        for packet in rtc_rtcp::packet::unmarshal(&mut &bytes[..]).unwrap() {
            if let Some(nack) = packet.as_any().downcast_ref::<TransportLayerNack>() {
                assert_eq!(nack.media_ssrc, VIDEO_SSRC);
                for sequence in nack.nacks.iter().flat_map(rtc_rtcp::transport_feedbacks::transport_layer_nack::NackPair::packet_list) {
                    let payload = self.forwarder.cache[&sequence].clone();
                    let header = Header { marker: false, payload_type: VP8_RTX, sequence: self.forwarder.rtx_sequence, timestamp: 0, ssrc: RTX_SSRC };
                    self.forwarder.rtx_sequence = self.forwarder.rtx_sequence.wrapping_add(1);
                    if !self.rng.random_bool(self.forwarder.loss) {
                        self.ends[1].lite.send_rtp(&rtp::write(header, &[], &[&sequence.to_be_bytes(), &payload]));
                    }
                }
            } else if packet.as_any().is::<PictureLossIndication>() {
                let top = self.forwarder.known.iter().find(|(_, (_, rid))| rid == "h").map(|(ssrc, _)| *ssrc);
                if let Some(media_ssrc) = top {
                    self.ends[0].lite.send_rtcp(Box::new(PictureLossIndication { sender_ssrc: 1, media_ssrc }));
                }
            }
        }
    }

    /// Opens the window from now for so long and lets it pass with a second of grace.
    fn measure(&mut self, length: Duration) {
        let start = self.clock.nanos(self.now);
        self.window.open(start, start + length.as_nanos() as u64);
        self.run_until(self.now - self.start + length + Duration::from_secs(1));
    }

    fn sent(&self, flow: Flow) -> u64 {
        self.ends[0].tally.host_sent[&flow]
    }

    fn delivered(&self, flow: Flow) -> u64 {
        self.ends[1].participant.account().host.get(&flow).copied().unwrap_or(0)
    }
}

const MS: Duration = Duration::from_millis(1);
const TOP: Flow = Flow::Video(2);

#[test]
fn on_a_good_line_everything_arrives_and_latency_is_the_line() {
    let mut world = World::new(1, Link { delay: 5 * MS, ..Link::default() });
    world.run_until(2_001 * MS);
    assert!(world.ends.iter().all(|end| end.connected.is_some_and(|after| after < 100 * MS)), "three round trips");
    assert!(world.ends[1].picture.is_some_and(|after| after < 1_000 * MS));
    world.measure(10_000 * MS);
    assert_eq!((world.sent(Flow::Audio), world.sent(TOP)), (500, 1_700 + 10), "170 a second, and a key frame more");
    assert_eq!((world.delivered(Flow::Audio), world.delivered(TOP)), (500, 1_710));
    let tally = &world.ends[1].tally;
    assert_eq!((tally.delivered, tally.duplicates, tally.out_of_order, tally.nacks), (2_210, 0, 0, 0));
    for quantile in [0.0, 0.5, 1.0] {
        let ms = tally.latency.value_at_quantile(quantile) as f64 / 1e6;
        assert!((ms - 10.0).abs() < 0.02, "two hops of 5 ms, not {ms} at {quantile}");
    }
    assert_eq!(world.ends[0].tally.lateness.max(), 0, "virtual time is never late");
    assert!(tally.drops.is_empty(), "{:?}", tally.drops);
}

#[test]
fn what_the_forwarder_loses_is_counted_or_repaired() {
    let mut world = World::new(2, Link { delay: 10 * MS, ..Link::default() });
    world.run_until(2_001 * MS);
    world.forwarder.loss = 0.1;
    world.measure(10_000 * MS);
    let lost_audio = world.forwarder.dropped_audio;
    assert!(lost_audio > 20 && world.forwarder.dropped_video > 100);
    let account = world.ends[1].participant.account();
    let tally = &world.ends[1].tally;
    assert_eq!(world.delivered(TOP), world.sent(TOP), "NACK and RTX repair video");
    assert!(tally.repaired >= world.forwarder.dropped_video / 2 && tally.nacks >= tally.repaired);
    let lost_in_window = world.sent(Flow::Audio) - world.delivered(Flow::Audio);
    assert!(lost_in_window > 20 && lost_in_window <= lost_audio, "{lost_in_window} of {lost_audio} in window and grace");
    assert_eq!(account.missing, lost_audio, "sequence numbers say the same");
    assert_eq!(tally.duplicates, 0);
}

#[test]
fn reordering_is_told_from_loss() {
    let mut world = World::new(3, Link { delay: 5 * MS, jitter: 20 * MS, ..Link::default() });
    world.run_until(2_001 * MS);
    world.measure(5_000 * MS);
    assert_eq!((world.delivered(Flow::Audio), world.delivered(TOP)), (world.sent(Flow::Audio), world.sent(TOP)));
    let tally = &world.ends[1].tally;
    assert!(tally.out_of_order > 50, "{}", tally.out_of_order);
    let missing = world.ends[1].participant.account().missing;
    assert!(missing <= 4, "{missing}: only what is on its way at this moment");
    assert!(tally.latency.max() <= 100_000_000);
}

#[test]
fn connects_with_a_fifth_of_all_datagrams_lost() {
    let mut slow = 0;
    for seed in 0..40 {
        let mut world = World::new(seed, Link { loss: 0.2, delay: 10 * MS, jitter: 5 * MS });
        let mut until = Duration::ZERO;
        while until < 20_000 * MS && world.ends.iter().any(|end| end.connected.is_none()) {
            until += 50 * MS;
            world.run_until(until);
        }
        for end in &world.ends {
            let after = end.connected.unwrap_or_else(|| panic!("seed {seed}: not connected after 20 s"));
            slow += u32::from(after > 5_000 * MS);
        }
    }
    assert!(slow <= 4, "{slow} of 80 took more than 5 s");
}
