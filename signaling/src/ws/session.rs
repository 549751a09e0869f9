//! One page's connection, from its first frame to its last.

use super::rate::Rate;
use super::write::{WRITE_LIMIT, write};
use crate::http::Arrival;
use crate::hub::{Hub, Outbox, error};
use crate::lesson::{Access, Command, ConnectionId, Identity, Join};
use crate::permit;
use crate::refusal::Refusal;
use crate::resume::ResumeToken;
use crate::store::unix_ms;
use crate::tokens::{ALL_LESSONS, Claims};
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use protocol::{ClientMessage, ErrorCode, ErrorNotice, GoodbyeReason, MAX_FRAME_BYTES, ParticipantId, Role, ServerMessage};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// A page must have joined by then.
const JOIN_LIMIT: Duration = Duration::from_secs(10);

/// A page that says nothing for so long, not even to a ping, is gone.
const SILENT_LIMIT: Duration = Duration::from_secs(30);

/// How long the page may take to answer the closing frame.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

/// The participant of a connection.
struct Seat {
    lesson: String,
    me: ParticipantId,
    role: Role,
}

struct Session {
    hub: Arc<Hub>,
    outbox: Arc<Outbox>,
    connection: ConnectionId,
    arrival: Arrival,
    rate: Rate,
    stream: SplitStream<WebSocket>,
    seat: Option<Seat>,
}

/// What one frame was.
enum Frame {
    Text(Utf8Bytes),
    /// A sign of life.
    Other,
}

/// The page is gone, or was said goodbye to.
struct Over;

/// Serves a connection to its end.
pub(super) async fn serve(hub: Arc<Hub>, socket: WebSocket, arrival: Arrival) {
    let connection = hub.new_connection();
    let outbox = Arc::new(Outbox::default());
    let (sink, stream) = socket.split();
    hub.outboxes.insert(connection, outbox.clone());
    hub.metrics.connections.inc();
    let mut writer = tokio::spawn(write(sink, outbox.clone()));
    let rate = Rate::new(Instant::now());
    let mut session = Session { hub: hub.clone(), outbox: outbox.clone(), connection, arrival, rate, stream, seat: None };
    // The server may have begun to stop between the handshake and here.
    if hub.is_closing() {
        outbox.goodbye(GoodbyeReason::Shutdown, Some(1_000));
    }
    let ended = tokio::select! {
        _ = session.run() => None,
        ended = &mut writer => Some(ended),
    };
    if let Some(seat) = session.seat.take() {
        hub.tell(&seat.lesson, Command::Disconnected { connection }).await;
    }
    let reason = match ended {
        Some(ended) => ended.ok().flatten(),
        // A goodbye that is queued still goes out.
        None if outbox.is_closing() => timeout(WRITE_LIMIT, &mut writer).await.ok().and_then(Result::ok).flatten(),
        None => None,
    };
    writer.abort();
    hub.outboxes.remove(&connection);
    if reason.is_some_and(|reason| reason != GoodbyeReason::TooSlow) {
        let _ = timeout(CLOSE_LIMIT, async { while let Some(Ok(_)) = session.stream.next().await {} }).await;
    }
    hub.metrics.closed.with_label_values(&[reason.map_or("gone", GoodbyeReason::name)]).inc();
    hub.metrics.connections.dec();
}

impl Session {
    /// Reads until the page is gone or a goodbye is queued.
    async fn run(&mut self) -> Result<(), Over> {
        let deadline = tokio::time::Instant::now() + JOIN_LIMIT;
        while self.seat.is_none() {
            match tokio::time::timeout_at(deadline, self.read()).await {
                Ok(Ok(Frame::Text(text))) => self.before_join(&text).await?,
                Ok(Ok(Frame::Other)) => {}
                Ok(Err(over)) => return Err(over),
                Err(_) => {
                    return self.refuse(&Refusal::new(ErrorCode::JoinFirst, format!("no join within {} s; connect again", JOIN_LIMIT.as_secs())));
                }
            }
        }
        loop {
            match timeout(SILENT_LIMIT, self.read()).await {
                Ok(Ok(Frame::Text(text))) => self.said(&text).await?,
                Ok(Ok(Frame::Other)) => {}
                Ok(Err(over)) => return Err(over),
                Err(_) => {
                    self.outbox.goodbye(GoodbyeReason::TooSlow, Some(1_000));
                    return Err(Over);
                }
            }
        }
    }

    /// One frame, within the rate.
    async fn read(&mut self) -> Result<Frame, Over> {
        let frame = match self.stream.next().await {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Err(self.unreadable(&error)),
            None => return Err(Over),
        };
        if !self.rate.take(Instant::now()) {
            self.hub.metrics.rate_limited.inc();
            self.refuse(&Refusal::new(ErrorCode::RateLimited, "more than 50 messages a second; slow down").retry_after(1_000))?;
        }
        match frame {
            Message::Text(text) => Ok(Frame::Text(text)),
            Message::Binary(_) => {
                self.say(&error(ErrorCode::Malformed, "a binary frame; send text frames with JSON"));
                Ok(Frame::Other)
            }
            Message::Ping(_) | Message::Pong(_) => Ok(Frame::Other),
            Message::Close(_) => Err(Over),
        }
    }

    /// A frame that is too long is told so; a broken connection cannot be told anything.
    fn unreadable(&self, error: &axum::Error) -> Over {
        // The library's type is not public here; its words are checked by a test.
        if error.to_string().contains("too long") {
            let text = format!("a frame longer than {MAX_FRAME_BYTES} bytes; send less");
            let _ = self.refuse(&Refusal::new(ErrorCode::Malformed, text));
        }
        Over
    }

    async fn before_join(&mut self, text: &str) -> Result<(), Over> {
        let started = Instant::now();
        match self.parse(text) {
            Ok(ClientMessage::Join(join)) => match self.join(join).await {
                Ok(seat) => {
                    self.seat = Some(seat);
                    self.hub.metrics.join_seconds.observe(started.elapsed().as_secs_f64());
                    Ok(())
                }
                Err(refusal) => self.refuse(&refusal),
            },
            Ok(message) => {
                self.say(&error(ErrorCode::JoinFirst, format!("{:?} came before join; join first", message.name())));
                Ok(())
            }
            Err(notice) => {
                self.say(&ServerMessage::Error(notice));
                Ok(())
            }
        }
    }

    async fn join(&mut self, join: protocol::Join) -> Result<Seat, Refusal> {
        if join.version != protocol::VERSION {
            let text = format!("protocol version {} is not served, {} is; reload the page", join.version, protocol::VERSION);
            return Err(Refusal::new(ErrorCode::Version, text));
        }
        let claims = self.hub.authenticate(&join.token)?;
        let lesson = lesson_of(&claims, join.lesson)?;
        let role = claims.role;
        let entry = Join {
            connection: self.connection,
            identity: Identity { sub: claims.sub, role, name: claims.name, classroom: claims.classroom, holder: claims.holder },
            access: Access::Socket,
            resume: join.resume.map(ResumeToken::from_page),
            fresh: ResumeToken::random(),
            local: self.arrival.local,
            from: self.arrival.from,
        };
        let me = self.hub.join(&lesson, entry).await?;
        Ok(Seat { lesson, me, role })
    }

    async fn said(&mut self, text: &str) -> Result<(), Over> {
        let message = match self.parse(text) {
            Ok(message) => message,
            Err(notice) => {
                self.say(&ServerMessage::Error(notice));
                return Ok(());
            }
        };
        let Some(seat) = &self.seat else { return Ok(()) };
        if matches!(message, ClientMessage::Ping) {
            self.say(&ServerMessage::Pong { now_ms: unix_ms() });
            return Ok(());
        }
        if let Err(refusal) = permit::authorize(seat.role, &seat.me, &message) {
            // Joining twice is permitted by role, and refused by the lesson.
            self.hub.metrics.refused.with_label_values(&[refusal.code.name()]).inc();
            self.say(&ServerMessage::Error(refusal.notice()));
            return Ok(());
        }
        let command = Command::Said { connection: self.connection, message };
        if !self.hub.tell(&seat.lesson, command).await {
            return self.refuse(&Refusal::new(ErrorCode::LessonClosed, "the lesson is over"));
        }
        Ok(())
    }

    fn parse(&self, text: &str) -> Result<ClientMessage, ErrorNotice> {
        let parsed = ClientMessage::parse(text);
        let kind = match &parsed {
            Ok(message) => message.name(),
            Err(notice) => {
                self.hub.metrics.refused.with_label_values(&[notice.code.name()]).inc();
                notice.code.name()
            }
        };
        self.hub.metrics.received.with_label_values(&[kind]).inc();
        parsed
    }

    fn say(&self, message: &ServerMessage) {
        if self.outbox.say(message) {
            self.hub.metrics.sent.with_label_values(&[message.name()]).inc();
        }
    }

    /// Says why, and goodbye.
    fn refuse(&self, refusal: &Refusal) -> Result<(), Over> {
        self.hub.metrics.refused.with_label_values(&[refusal.code.name()]).inc();
        self.say(&ServerMessage::Error(refusal.notice()));
        self.outbox.goodbye(GoodbyeReason::Refused, refusal.retry_ms);
        Err(Over)
    }
}

/// The lesson a token is for.
fn lesson_of(claims: &Claims, asked: Option<String>) -> Result<String, Refusal> {
    match asked {
        None if claims.lesson == ALL_LESSONS => {
            Err(Refusal::new(ErrorCode::TokenInvalid, "this token is for all lessons; say which one in the field \"lesson\""))
        }
        Some(asked) if claims.lesson == ALL_LESSONS => Ok(asked),
        Some(asked) if asked != claims.lesson => {
            Err(Refusal::new(ErrorCode::TokenInvalid, format!("the token is for lesson {:?}; ask for one for the lesson you want", claims.lesson)))
        }
        _ => Ok(claims.lesson.clone()),
    }
}
