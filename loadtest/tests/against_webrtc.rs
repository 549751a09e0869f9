//! A simulated participant against the `webrtc` crate's PeerConnection, which shares no code with it above the packet formats: ICE, DTLS, SRTP, SDP,
//! media both ways, retransmission asked for. On loopback, in real time.
#![allow(clippy::unwrap_used)]

use loadtest::clock::Clock;
use loadtest::media::publisher::Line;
use loadtest::media::subscriber::stamp_of;
use loadtest::media::synthetic::{Audio, HOST_LAYERS, Video};
use loadtest::media::tally::Window;
use loadtest::participant::{Config, Happening, Participant};
use loadtest::reactor::Reactor;
use loadtest::rtp::stamp::{Flow, Stamp};
use loadtest::sdp::Answer;
use protocol::Source;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::transport::RTCDtlsRole;
use rtc::rtp;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState, RTCSessionDescription, Registry,
    SettingEngineBuilder, register_default_interceptors,
};

const PATIENCE: Duration = Duration::from_secs(20);
const SSRC: u32 = 0x1234_5678;

type Stamps = Arc<Mutex<BTreeMap<Flow, Vec<Stamp>>>>;

struct Handler {
    gathered: Mutex<Option<oneshot::Sender<()>>>,
    stamps: Stamps,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete
            && let Some(gathered) = self.gathered.lock().unwrap().take()
        {
            let _ = gathered.send(());
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let stamps = self.stamps.clone();
        let video = track.kind().await == RtpCodecKind::Video;
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event
                    && let Some(stamp) = stamp_of(&packet.payload, video)
                {
                    stamps.lock().unwrap().entry(stamp.flow).or_default().push(stamp);
                }
            }
        });
    }
}

fn track() -> Arc<TrackLocalStaticRTP> {
    let codec = RTCRtpCodec { mime_type: "video/VP8".into(), clock_rate: 90_000, channels: 0, sdp_fmtp_line: String::new(), rtcp_feedback: vec![] };
    let coding = RTCRtpCodingParameters { ssrc: Some(SSRC), ..Default::default() };
    let encoding = RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..Default::default() };
    Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new("s".into(), "t".into(), "l".into(), RtpCodecKind::Video, vec![encoding])))
}

/// The other side: answers the offer with one video track of its own.
async fn answerer(offer: String, stamps: Stamps, track: Arc<TrackLocalStaticRTP>) -> (impl PeerConnection, String) {
    let mut media = MediaEngine::default();
    media.register_default_codecs().unwrap();
    let registry = register_default_interceptors(Registry::new(), &mut media).unwrap();
    let settings = SettingEngineBuilder::new().with_include_loopback_candidate(true).with_answering_dtls_role(RTCDtlsRole::Server).build();
    let (gathered, gathering) = oneshot::channel();
    let peer = PeerConnectionBuilder::new()
        .with_media_engine(media)
        .with_interceptor_registry(registry)
        .with_setting_engine(settings)
        .with_handler(Arc::new(Handler { gathered: Mutex::new(Some(gathered)), stamps }))
        .with_udp_addrs(vec!["127.0.0.1:0"])
        .build()
        .await
        .unwrap();
    peer.set_remote_description(RTCSessionDescription::offer(offer).unwrap()).await.unwrap();
    peer.add_track(track as Arc<dyn TrackLocal>).await.unwrap();
    let answer = peer.create_answer(None).await.unwrap();
    peer.set_local_description(answer).await.unwrap();
    let _ = tokio::time::timeout(Duration::from_secs(5), gathering).await;
    let answer = peer.local_description().await.unwrap().sdp;
    (peer, answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_flows_both_ways() {
    let clock = Clock::read();
    let window = Arc::new(Window::default());
    window.open(0, u64::MAX);
    let reactor = Reactor::start("test", clock, window).unwrap();
    let lines = vec![
        Line { source: Source::Microphone, feeds: vec![(None, Box::new(Audio::new(30)))], stamped: true },
        Line { source: Source::Camera, feeds: vec![(None, Box::new(Video::new(HOST_LAYERS[2], 0)))], stamped: true },
    ];
    let mut participant = Participant::new(clock, Config { number: 0, lines, audio_slots: 0, video_slots: 1 }).unwrap();

    let stamps = Stamps::default();
    let track = track();
    let (peer, sdp) = answerer(participant.offer().0, stamps.clone(), track.clone()).await;
    let answer = Answer::parse(&sdp).unwrap_or_else(|error| panic!("{error}:\n{sdp}"));
    participant.accept(Instant::now(), &answer);
    let (sender, mut happenings) = mpsc::unbounded_channel();
    reactor.add(1, participant, answer.candidates[0], sender).unwrap();
    let (_, happening) = tokio::time::timeout(PATIENCE, happenings.recv()).await.expect("connects").unwrap();
    assert!(matches!(happening, Happening::Connected { .. }), "{happening:?}");

    // Upwards: everything that was sent arrives once and in order.
    let deadline = Instant::now() + PATIENCE;
    let enough =
        |stamps: &BTreeMap<Flow, Vec<Stamp>>| stamps.get(&Flow::Audio).map_or(0, Vec::len) >= 50 && stamps.values().map(Vec::len).sum::<usize>() >= 250;
    while !enough(&stamps.lock().unwrap()) {
        assert!(Instant::now() < deadline, "received {:?}", stamps.lock().unwrap().iter().map(|(flow, all)| (*flow, all.len())).collect::<Vec<_>>());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for (flow, stamps) in stamps.lock().unwrap().iter() {
        let counters: Vec<u64> = stamps.iter().map(|stamp| stamp.counter).collect();
        let first = counters[0];
        assert!(counters.iter().zip(first..).all(|(have, want)| *have == want), "{flow:?} from {first}: {counters:?}");
    }

    // Downwards: a track of the other side, one packet left out; the participant asks for it.
    for number in (0..100u16).filter(|number| *number != 50) {
        let stamp = Stamp { publisher: 0, flow: Flow::Video(2), counter: u64::from(number), sent_ns: clock.nanos(Instant::now()) };
        let mut payload = vec![0x80, 0xE0, 0x80, 1, 1, 0];
        payload.extend_from_slice(&stamp.encode());
        let header = rtp::Header { version: 2, payload_type: 96, sequence_number: number, timestamp: 1, ssrc: SSRC, ..Default::default() };
        track.write_rtp(rtp::Packet { header, payload: payload.into() }).await.unwrap();
    }
    let snapshot = loop {
        let snapshot = reactor.snapshot().await.unwrap();
        if snapshot.accounts[&1].host.get(&Flow::Video(2)) == Some(&99) && snapshot.tally.nacks > 0 {
            break snapshot;
        }
        assert!(Instant::now() < deadline + PATIENCE, "{:?} {:?}", snapshot.accounts, snapshot.tally);
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(snapshot.tally.duplicates, 0);
    assert!(snapshot.tally.plis > 0, "no key frame came, so one is asked for");
    peer.close().await.unwrap();
}
