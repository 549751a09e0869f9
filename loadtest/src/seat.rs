//! A participant's place in a lesson: its WebSocket and its association together.

use crate::clock::Clock;
use crate::participant::{Config, Happening, Participant};
use crate::peer::PeerError;
use crate::reactor::Reactor;
use crate::sdp::{Answer, AnswerError};
use crate::signaling::{Connection, PING_INTERVAL, SignalingError};
use protocol::{ClientMessage, ServerMessage, Source, Welcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior};

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Why a place could not be taken or was lost.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    /// By the service.
    #[error(transparent)]
    Signaling(#[from] SignalingError),
    /// Here.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The answer.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// No socket.
    #[error("no UDP socket: {0} (raise the limit of open files with ulimit -n)")]
    Socket(#[from] std::io::Error),
    /// The server would not receive what is published.
    #[error("the server does not receive {0:?}; has the token the right role?")]
    Refused(Vec<Source>),
    /// The media path.
    #[error("{0}")]
    Media(String),
}

/// What happens at a place.
#[derive(Debug)]
pub enum Incident {
    /// By the association, at that time.
    Media(Instant, Happening),
    /// By the service.
    Message(ServerMessage),
}

/// The place; dropping it leaves.
pub struct Seat {
    /// Its number in the reactor.
    pub id: u64,
    connection: Connection,
    happenings: mpsc::UnboundedReceiver<(Instant, Happening)>,
    reactor: Arc<Reactor>,
    ping: Interval,
}

impl Seat {
    /// Joins, offers, and hands the association to the reactor.
    pub async fn take(
        reactor: &Arc<Reactor>,
        clock: Clock,
        server: &str,
        token: &str,
        resume: Option<String>,
        config: Config,
    ) -> Result<(Seat, Box<Welcome>), SeatError> {
        let (mut connection, welcome) = Connection::join(server, token, resume).await?;
        let mut participant = Participant::new(clock, config)?;
        let (sdp, sources) = participant.offer();
        let answer = Answer::parse(&connection.offer(sdp, sources).await?.sdp)?;
        participant.accept(Instant::now(), &answer);
        let refused = participant.refused();
        if !refused.is_empty() {
            return Err(SeatError::Refused(refused));
        }
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let (sender, happenings) = mpsc::unbounded_channel();
        reactor.add(id, participant, answer.candidates[0], sender)?;
        let mut ping = tokio::time::interval(PING_INTERVAL);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        Ok((Seat { id, connection, happenings, reactor: reactor.clone(), ping }, welcome))
    }

    /// Waits for what happens next, pinging the service all the while. Cancel-safe.
    pub async fn next(&mut self) -> Result<Incident, SeatError> {
        loop {
            tokio::select! {
                happening = self.happenings.recv() => match happening {
                    Some((_, Happening::Closed { reason })) => return Err(SeatError::Media(reason)),
                    Some((at, happening)) => return Ok(Incident::Media(at, happening)),
                    None => return Err(SeatError::Media("the reactor has ended".into())),
                },
                message = self.connection.next() => match message? {
                    ServerMessage::Pong { .. } => {}
                    ServerMessage::MediaLost { reason } => return Err(SeatError::Media(format!("the server lost the media path: {reason}"))),
                    message => return Ok(Incident::Message(message)),
                },
                _ = self.ping.tick() => self.connection.send(&ClientMessage::Ping).await?,
            }
        }
    }

    /// Says something to the service.
    pub async fn send(&mut self, message: &ClientMessage) -> Result<(), SeatError> {
        Ok(self.connection.send(message).await?)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.reactor.remove(self.id);
    }
}
