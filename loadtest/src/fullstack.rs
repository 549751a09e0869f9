//! Participants that are whole `webrtc` PeerConnections: their own ICE, DTLS, SRTP, SDP and jitter handling, as a second opinion.

use crate::clock::Clock;
use crate::media::subscriber::{Account, Subscriber, stamp_of};
use crate::media::tally::{Tally, Window};
use crate::run::{Note, Notes, want};
use crate::signaling::{Connection, PING_INTERVAL, SignalingError, socket_url};
use protocol::ClientMessage;
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCPeerConnectionState, RTCSessionDescription, Registry,
    SettingEngineBuilder, register_default_interceptors,
};

/// Who it is and what it wants.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The server.
    pub url: String,
    /// Its token.
    pub token: String,
    /// The layer asked for.
    pub layer: u8,
    /// Audio m-lines.
    pub audio_slots: u8,
}

/// What one found.
pub struct Found {
    /// Counters.
    pub tally: Tally,
    /// Packets by flow.
    pub account: Account,
}

/// The account of one, shared with its callbacks.
#[derive(Clone)]
pub struct Stack {
    clock: Clock,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    tally: Tally,
    subscriber: Subscriber,
}

impl Stack {
    /// Nothing received yet.
    pub fn new(window: Arc<Window>, clock: Clock) -> Stack {
        Stack { clock, inner: Arc::new(Mutex::new(Inner { tally: Tally::new(window), subscriber: Subscriber::new(0) })) }
    }

    /// What was found so far.
    pub fn found(&self) -> Found {
        let inner = self.lock();
        Found { tally: inner.tally.clone(), account: inner.subscriber.account() }
    }

    fn receive(&self, payload: &[u8], len: usize, video: bool) {
        let now_ns = self.clock.nanos(Instant::now());
        let mut inner = self.lock();
        let Inner { tally, subscriber } = &mut *inner;
        if let Some(stamp) = stamp_of(payload, video) {
            subscriber.account_for(&stamp, now_ns, None, len, tally);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Handler {
    stack: Stack,
    index: usize,
    notes: Notes,
    started: Instant,
    failed: watch::Sender<bool>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        match state {
            RTCPeerConnectionState::Connected => {
                let _ = self.notes.send((self.index, Note::Connected("full-stack")));
            }
            RTCPeerConnectionState::Failed => {
                let _ = self.failed.send(true);
            }
            _ => {}
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let (stack, notes, index, started) = (self.stack.clone(), self.notes.clone(), self.index, self.started);
        let video = track.kind().await == RtpCodecKind::Video;
        tokio::spawn(async move {
            let (mut heard, mut seen) = (false, false);
            while let Some(event) = track.poll().await {
                let TrackRemoteEvent::OnRtpPacket(packet) = event else { continue };
                if !std::mem::replace(&mut heard, true) {
                    let _ = notes.send((index, Note::Media(started.elapsed())));
                }
                if video && !seen && crate::rtp::vp8::Payload::parse(&packet.payload).is_some_and(|payload| payload.starts_key_frame()) {
                    seen = true;
                    let _ = notes.send((index, Note::Picture(started.elapsed())));
                }
                stack.receive(&packet.payload, 12 + packet.payload.len(), video);
            }
        });
    }
}

/// Attends the lesson until stopped.
pub async fn attend(spec: Spec, stack: Stack, index: usize, delay: Duration, notes: Notes, mut stopped: watch::Receiver<bool>) {
    tokio::time::sleep(delay).await;
    let end = tokio::select! {
        end = sit(&spec, &stack, index, &notes) => end,
        _ = stopped.changed() => return,
    };
    if let Err(reason) = end {
        let _ = notes.send((index, Note::Gone(reason)));
    }
}

async fn sit(spec: &Spec, stack: &Stack, index: usize, notes: &Notes) -> Result<(), String> {
    let started = Instant::now();
    let signaling = |error: SignalingError| error.to_string();
    let (mut connection, _welcome) = Connection::join(&spec.url, &spec.token, None).await.map_err(signaling)?;
    let (failed, mut failure) = watch::channel(false);
    let handler = Handler { stack: stack.clone(), index, notes: notes.clone(), started, failed };
    let peer = build(&spec.url, handler, spec.audio_slots).await.map_err(|error| format!("PeerConnection: {error}"))?;
    let library = |error: webrtc::error::Error| format!("PeerConnection: {error}");
    let offer = peer.create_offer(None).await.map_err(library)?;
    peer.set_local_description(offer).await.map_err(library)?;
    // Candidates are not waited for: an ICE-lite server learns addresses from checks.
    let offer = peer.local_description().await.ok_or("PeerConnection: no local description")?;
    let answer = connection.offer(offer.sdp, Vec::new()).await.map_err(signaling)?;
    let answer = RTCSessionDescription::answer(answer.sdp).map_err(library)?;
    peer.set_remote_description(answer).await.map_err(library)?;
    connection.send(&want(spec.layer)).await.map_err(signaling)?;
    let mut ping = tokio::time::interval(PING_INTERVAL);
    loop {
        tokio::select! {
            message = connection.next() => match message.map_err(signaling)? {
                protocol::ServerMessage::MediaLost { reason } => return Err(format!("the server lost the media path: {reason}")),
                protocol::ServerMessage::Error(notice) => return Err(format!("{:?}: {}", notice.code, notice.message)),
                _ => {}
            },
            _ = ping.tick() => connection.send(&ClientMessage::Ping).await.map_err(signaling)?,
            _ = failure.changed() => return Err("PeerConnection: failed".into()),
        }
    }
}

async fn build(server: &str, handler: Handler, audio_slots: u8) -> webrtc::error::Result<impl PeerConnection + use<>> {
    let mut media = MediaEngine::default();
    media.register_default_codecs()?;
    let registry = register_default_interceptors(Registry::new(), &mut media)?;
    let settings = SettingEngineBuilder::new().with_include_loopback_candidate(true).build();
    let peer = PeerConnectionBuilder::new()
        .with_media_engine(media)
        .with_interceptor_registry(registry)
        .with_setting_engine(settings)
        .with_handler(Arc::new(handler))
        .with_udp_addrs(vec![format!("{}:0", own_address(server))])
        .build()
        .await?;
    let kinds = std::iter::repeat_n(RtpCodecKind::Audio, usize::from(audio_slots)).chain([RtpCodecKind::Video]);
    for kind in kinds {
        let init = RTCRtpTransceiverInit { direction: RTCRtpTransceiverDirection::Recvonly, streams: Vec::new(), send_encodings: Vec::new() };
        peer.add_transceiver_from_kind(kind, Some(init)).await?;
    }
    Ok(peer)
}

/// The address of this machine that faces the server.
fn own_address(server: &str) -> IpAddr {
    let facing = || {
        let url = socket_url(server).ok()?;
        let authority = url.split("://").nth(1)?.split('/').next()?.to_owned();
        let with_port = if authority.contains(':') { authority } else { format!("{authority}:443") };
        let server = with_port.to_socket_addrs().ok()?.find(std::net::SocketAddr::is_ipv4)?;
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
        socket.connect(server).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    facing().unwrap_or(Ipv4Addr::LOCALHOST.into())
}
