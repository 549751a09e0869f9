//! A server on loopback with a media plane that only takes notes, pages that speak the protocol, and a small HTTP client.
#![allow(clippy::unwrap_used, dead_code)]

pub(crate) mod county;
pub(crate) mod issuer;
pub(crate) mod portal;

use futures_util::future::BoxFuture;
use futures_util::{SinkExt, StreamExt};
use protocol::{ClientMessage, ErrorCode, GoodbyeReason, Join, Offer, ParticipantId, Role, ServerMessage, SlotLine, Welcome};
use signaling::media::{MediaError, MediaEvent, MediaPlane, OfferAnswer, OfferRequest, RoomPlan};
use signaling::{Asset, Assets, Claims, Config, NewLesson, Server, Store, Tokens};
use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A directory that goes away.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = std::env::temp_dir().join(format!("tongke-server-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Takes notes. An offer that begins with `v=0` is answered with two audio and four video slots.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) plans: Mutex<Vec<RoomPlan>>,
    pub(crate) removed: Mutex<Vec<ParticipantId>>,
    pub(crate) closed: Mutex<Vec<String>>,
    pub(crate) offers: Mutex<Vec<OfferRequest>>,
    /// Where there is one, an offer is announced there and answered when that says so.
    pub(crate) gate: Mutex<Option<mpsc::Sender<oneshot::Sender<()>>>>,
}

impl Notes {
    pub(crate) fn last_plan(&self) -> RoomPlan {
        self.plans.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

impl MediaPlane for Notes {
    fn check(&self, request: &OfferRequest) -> Result<(), MediaError> {
        let refused = || MediaError::OfferInvalid("the SDP does not begin with v=0; send a whole session description".into());
        request.sdp.starts_with("v=0").then_some(()).ok_or_else(refused)
    }

    fn offer(&self, request: OfferRequest) -> BoxFuture<'_, Result<OfferAnswer, MediaError>> {
        let checked = self.check(&request);
        self.offers.lock().unwrap().push(request);
        let line = |slot: &str| SlotLine { slot: slot.into(), mid: slot.into() };
        let slots = ["a0", "a1", "v0", "v1", "v2", "v3"].map(line).to_vec();
        let result = checked.map(|()| OfferAnswer { sdp: "v=0 answer".into(), slots, ice_tag: "ice1".into() });
        let gate = self.gate.lock().unwrap().clone();
        Box::pin(async move {
            if let Some(gate) = gate {
                let (open, opened) = oneshot::channel();
                gate.send(open).await.unwrap();
                opened.await.unwrap();
            }
            result
        })
    }

    fn patch(&self, _: &str, participant: &ParticipantId, fragment: String) -> BoxFuture<'_, Result<Option<String>, MediaError>> {
        let result = match fragment.as_str() {
            _ if participant.0.is_empty() => Err(MediaError::UnknownTransport(String::new())),
            "candidate" => Ok(None),
            "restart" => Ok(Some("a=ice-ufrag:new".into())),
            _ => Err(MediaError::OfferInvalid("no fragment".into())),
        };
        Box::pin(async move { result })
    }

    fn plan(&self, _: &str, plan: RoomPlan) {
        self.plans.lock().unwrap().push(plan);
    }

    fn remove(&self, _: &str, participant: &ParticipantId) {
        self.removed.lock().unwrap().push(participant.clone());
    }

    fn close(&self, lesson: &str) {
        self.closed.lock().unwrap().push(lesson.into());
    }
}

/// Three files.
pub(crate) struct Files;

impl Assets for Files {
    fn get(&self, path: &str) -> Option<Asset> {
        let bytes: &'static [u8] = match path {
            "index.html" => b"<!doctype html><script>go()</script>",
            "console.html" => b"<!doctype html>console",
            "assets/app-1.js" => b"app",
            _ => return None,
        };
        let mime = if path.ends_with("js") { "text/javascript" } else { "text/html; charset=utf-8" };
        Some(Asset { bytes: Cow::Borrowed(bytes), mime: mime.into(), etag: "e1".into() })
    }
}

/// A running server, in a runtime of its own so that it can be killed.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) notes: Arc<Notes>,
    pub(crate) events: mpsc::Sender<MediaEvent>,
    pub(crate) tokens: Tokens,
    pub(crate) store: Store,
    shutdown: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Running {
    pub(crate) async fn start(data: &Path) -> Self {
        Self::start_with(data, |_| {}).await
    }

    pub(crate) async fn start_with(data: &Path, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_on(data, signaling::Database::Sqlite(data.into()), change).await
    }

    pub(crate) async fn start_on(data: &Path, database: signaling::Database, change: impl FnOnce(&mut Config)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut config = Config::new(([127, 0, 0, 1], 0).into(), data);
        change(&mut config);
        let notes = Arc::new(Notes::default());
        let (events, receiver) = mpsc::channel(64);
        let (shutdown, stop) = oneshot::channel::<()>();
        let (end, ended) = oneshot::channel();
        let (ready, bound) = oneshot::channel();
        let media = notes.clone();
        runtime.spawn(async move {
            let store = Store::open(&database).await.unwrap();
            let server = Server::bind(config, store.clone(), media, receiver, Arc::new(Files), prometheus::Registry::new()).await.unwrap();
            let _ = ready.send((server.local_addr(), store));
            server.run(async move { drop(stop.await) }).await.unwrap();
            let _ = end.send(());
        });
        let (address, store) = bound.await.unwrap();
        let tokens = Tokens::open(data).unwrap();
        let _ = store.create_lesson(&NewLesson::open_now("maths", "Maths")).await;
        Self { address, notes, events, tokens, store, shutdown: Some(shutdown), ended: Some(ended), runtime: Some(runtime) }
    }

    pub(crate) fn token(&self, role: Role, name: &str) -> String {
        self.token_for("maths", role, name, now_s() + 600)
    }

    pub(crate) fn token_for(&self, lesson: &str, role: Role, name: &str, exp: u64) -> String {
        let sub = format!("{role:?}-{name}");
        self.tokens.issue(&Claims { lesson: lesson.into(), role, name: name.into(), classroom: None, sub, exp, holder: None }).unwrap()
    }

    /// As SIGTERM does.
    pub(crate) async fn stop(mut self) {
        let _ = self.shutdown.take().unwrap().send(());
        let ended = self.ended.take().unwrap();
        tokio::time::timeout(Duration::from_secs(5), ended).await.expect("stops within 5 s").unwrap();
    }

    /// As SIGKILL does: nothing more is written.
    pub(crate) fn kill(self) {
        drop(self);
    }

    pub(crate) async fn page(&self, role: Role, name: &str) -> (Page, Welcome) {
        Page::join(self, self.token(role, name), None).await
    }

    pub(crate) async fn event(&self, event: MediaEvent) {
        self.events.send(event).await.unwrap();
    }

    pub(crate) async fn request(&self, head: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        request(self.address, head, headers, body).await
    }

    /// Whether the metric comes to say so: what is counted at the end of a connection comes after the page heard of it.
    pub(crate) async fn metric(&self, line: &str) -> bool {
        for _ in 0..400 {
            if self.request("GET /metrics", &[], "").await.body.lines().any(|other| other == line) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        false
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A page on its WebSocket.
pub(crate) struct Page {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) seen: Vec<ServerMessage>,
}

impl Page {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(format!("ws://{address}/ws")).await.unwrap();
        Self { socket, seen: vec![] }
    }

    pub(crate) async fn join(server: &Running, token: String, resume: Option<String>) -> (Self, Welcome) {
        let mut page = Self::connect(server.address).await;
        page.say(&ClientMessage::Join(Join { version: protocol::VERSION, token, resume, lesson: None })).await;
        let welcome = page.find(|message| match message {
            ServerMessage::Welcome(welcome) => Some((**welcome).clone()),
            _ => None,
        });
        let welcome = welcome.await;
        (page, welcome)
    }

    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        self.text(&serde_json::to_string(message).unwrap()).await;
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn offer(&mut self) {
        self.say(&ClientMessage::Offer(Offer { id: 1, sdp: "v=0".into(), sources: vec![] })).await;
        self.find(|message| matches!(message, ServerMessage::Answer(_)).then_some(())).await;
    }

    /// The next message; none when the connection is closed.
    pub(crate) async fn next(&mut self) -> Option<ServerMessage> {
        loop {
            let frame = tokio::time::timeout(Duration::from_secs(15), self.socket.next()).await.expect("a message within 15 s");
            match frame {
                Some(Ok(Message::Text(text))) => {
                    let message: ServerMessage = serde_json::from_str(text.as_str()).unwrap();
                    self.seen.push(message.clone());
                    return Some(message);
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads until a message fits.
    pub(crate) async fn find<T>(&mut self, mut fits: impl FnMut(&ServerMessage) -> Option<T>) -> T {
        loop {
            let Some(message) = self.next().await else { panic!("closed after {:?}", self.seen) };
            if let Some(found) = fits(&message) {
                return found;
            }
        }
    }

    pub(crate) async fn error(&mut self) -> ErrorCode {
        self.find(|message| match message {
            ServerMessage::Error(notice) => Some(notice.code),
            _ => None,
        })
        .await
    }

    /// The goodbye, and that nothing comes after it.
    pub(crate) async fn goodbye(&mut self) -> (GoodbyeReason, Option<u64>) {
        let goodbye = self.find(|message| match message {
            ServerMessage::Goodbye { reason, retry_ms } => Some((*reason, *retry_ms)),
            _ => None,
        });
        let goodbye = goodbye.await;
        assert!(self.next().await.is_none(), "closed after the goodbye");
        goodbye
    }
}

/// An HTTP response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// The problem's kind.
    pub(crate) fn problem(&self) -> protocol::Problem {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) async fn request(address: SocketAddr, head: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    exchange(address, head, headers, body.as_bytes()).await.0
}

/// A request of any bytes: the reply, and the bytes of its body where it came in one piece.
pub(crate) async fn exchange(address: SocketAddr, head: &str, headers: &[(&str, &str)], body: &[u8]) -> (Reply, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut text = format!("{head} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    let has_length = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    if !has_length && (!body.is_empty() || ["POST", "PUT", "PATCH"].iter().any(|method| head.starts_with(method))) {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    text += "\r\n";
    stream.write_all(text.as_bytes()).await.unwrap();
    // A server that refuses a long body may close before it has all of it.
    let _ = stream.write_all(body).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let begin = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |end| end + 4);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    (Reply { status, head: head.to_owned(), body: if chunked { unchunk(body) } else { body.to_owned() } }, bytes.split_off(begin))
}

fn unchunk(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap_or_default();
        if size == 0 {
            break;
        }
        text += &rest[..size];
        body = &rest[size + 2..];
    }
    text
}
