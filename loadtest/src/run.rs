//! The load test: an open-loop host, light classrooms, whole PeerConnections if wanted, and what they found.

mod attendance;
mod result;

use crate::clock::Clock;
use crate::fullstack;
use crate::media::publisher::Line;
use crate::media::synthetic::{Audio, CLASSROOM_LAYER, HOST_LAYERS, Shape, Video};
use crate::media::tally::Window;
use crate::participant::{Config, Happening};
use crate::reactor::{Reactor, Snapshot};
use crate::report::Report;
use crate::seat::{Incident, Seat, SeatError};
use crate::tokens::{Tokens, TokensError};
use crate::{cpu, media};
use attendance::{Attendees, attend};
pub use attendance::{Note, Notes, want};
use futures_util::future::BoxFuture;
use protocol::{ClientMessage, LessonAction, LessonState, Source};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// After the last join and before the window, so that switches and key frames are over.
const SETTLE: Duration = Duration::from_secs(1);
/// After the window, for packets on their way and their repair: until nothing new has come for so long …
const GRACE: Duration = Duration::from_secs(1);
/// … and at most so long: what is later than this is lost to a lesson.
const MAX_GRACE: Duration = Duration::from_secs(10);
/// Those who have no picture so long after the last was due to join have failed.
const JOIN_TIMEOUT: Duration = Duration::from_secs(20);

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub url: String,
    /// The lesson.
    pub lesson: String,
    /// Tokens.
    pub tokens: Tokens,
    /// Light classrooms.
    pub classrooms: usize,
    /// Whole PeerConnections, with the tokens after those of the light classrooms.
    pub full_stack: usize,
    /// How many of the light classrooms publish camera and sound.
    pub publish: usize,
    /// Length of the window in seconds.
    pub seconds: u64,
    /// Joins are spread over so long.
    pub ramp: Duration,
    /// The layer each asks for in `v0`, 0 the smallest.
    pub layer: u8,
    /// Audio m-lines of each.
    pub audio_slots: u8,
    /// Whether a host of ours is part of the run.
    pub host: bool,
    /// The server's process on this machine.
    pub server_pid: Option<u32>,
}

/// How far it is, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// So many have a picture.
    Joining {
        /// Done.
        there: usize,
        /// All.
        of: usize,
    },
    /// The window is open.
    Measuring {
        /// Seconds.
        elapsed: u64,
        /// Seconds.
        of: u64,
    },
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Tokens are missing.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The host has no place.
    #[error("the host did not get into the lesson: {0}")]
    Host(SeatError),
    /// The host's lesson is another, or cannot be taught.
    #[error("{0}")]
    Lesson(String),
    /// A thread or socket.
    #[error("a reactor thread could not be started: {0}")]
    Reactor(#[from] std::io::Error),
    /// A thread died.
    #[error("a reactor thread ended in the middle of the run")]
    ReactorGone,
    /// The server's processor time.
    #[error(transparent)]
    Cpu(#[from] cpu::CpuError),
}

/// What all parts of a run share.
struct Context {
    plan: Plan,
    clock: Clock,
    window: Arc<Window>,
    /// The host alone, so that reading does not delay sending.
    publishing: Arc<Reactor>,
    receiving: Arc<Reactor>,
}

/// What is told how far a run is.
pub type Progress = Box<dyn FnMut(Phase) + Send>;

/// Does it. Boxed, because a future is compiled where it is polled: here, not in every program and test.
#[inline(never)]
pub fn run(plan: Plan, progress: Progress) -> BoxFuture<'static, Result<Report, RunError>> {
    Box::pin(conduct(plan, progress))
}

async fn conduct(plan: Plan, mut progress: Progress) -> Result<Report, RunError> {
    plan.tokens.need(plan.classrooms + plan.full_stack, plan.host, &plan.lesson)?;
    if let Some(pid) = plan.server_pid {
        cpu::used(pid)?;
    }
    let clock = Clock::read();
    let window = Arc::new(Window::default());
    let publishing = Arc::new(Reactor::start("loadtest-send", clock, window.clone())?);
    let receiving = Arc::new(Reactor::start("loadtest-receive", clock, window.clone())?);
    let context = Arc::new(Context { plan, clock, window, publishing, receiving });
    let (stop, stopped) = watch::channel(false);
    let host = if context.plan.host { Some(start_host(&context, stopped.clone()).await?) } else { None };

    let (notes, inbox) = mpsc::unbounded_channel();
    let plan = &context.plan;
    let everybody = plan.classrooms + plan.full_stack;
    let mut stacks = Vec::new();
    for index in 0..everybody {
        let delay = plan.ramp.mul_f64(index as f64 / everybody.max(1) as f64);
        if index < plan.classrooms {
            tokio::spawn(attend(context.clone(), index, delay, notes.clone(), stopped.clone()));
        } else {
            let stack = fullstack::Stack::new(context.window.clone(), context.clock);
            stacks.push(stack.clone());
            let spec =
                fullstack::Spec { url: plan.url.clone(), token: plan.tokens.classrooms[index].clone(), layer: plan.layer, audio_slots: plan.audio_slots };
            tokio::spawn(fullstack::attend(spec, stack, index, delay, notes.clone(), stopped.clone()));
        }
    }
    drop(notes);
    let mut attendees = Attendees::new(plan.classrooms, plan.full_stack, inbox);
    attendees.wait(Instant::now() + plan.ramp + JOIN_TIMEOUT, &mut *progress).await;
    tokio::time::sleep(SETTLE).await;
    let costs = measure(&context, &mut *progress).await?;
    let snapshots = drain(&context).await?;
    attendees.catch_up();
    let stacks: Vec<_> = stacks.iter().map(fullstack::Stack::found).collect();
    let report = result::report(plan, attendees, &snapshots, &stacks, costs);
    let _ = stop.send(true);
    if let Some(host) = host {
        let _ = host.await;
    }
    Ok(report)
}

/// Processor time within the window: server, this program.
struct Costs {
    server: Option<Duration>,
    generator: Duration,
}

async fn measure(context: &Context, progress: &mut (dyn FnMut(Phase) + Send)) -> Result<Costs, RunError> {
    let seconds = context.plan.seconds;
    let own = std::process::id();
    let both = || -> Result<(Option<Duration>, Duration), RunError> {
        let server = context.plan.server_pid.map(cpu::used).transpose()?;
        Ok((server, cpu::used(own)?))
    };
    let before = both()?;
    let start = Instant::now();
    let start_ns = context.clock.nanos(start);
    context.window.open(start_ns, start_ns + seconds * 1_000_000_000);
    for elapsed in 0..seconds {
        progress(Phase::Measuring { elapsed, of: seconds });
        tokio::time::sleep_until((start + Duration::from_secs(elapsed + 1)).into()).await;
    }
    let after = both()?;
    progress(Phase::Measuring { elapsed: seconds, of: seconds });
    let server = after.0.zip(before.0).map(|(after, before)| after.saturating_sub(before));
    Ok(Costs { server, generator: after.1.saturating_sub(before.1) })
}

/// Waits for the last packets of the window. A backlog shows as latency, not as loss.
async fn drain(context: &Context) -> Result<[Snapshot; 2], RunError> {
    let deadline = Instant::now() + MAX_GRACE;
    let mut delivered = None;
    loop {
        tokio::time::sleep(GRACE).await;
        let snapshots = [snapshot(&context.publishing).await?, snapshot(&context.receiving).await?];
        let now = snapshots[1].tally.delivered;
        if delivered.replace(now) == Some(now) || Instant::now() >= deadline {
            return Ok(snapshots);
        }
    }
}

async fn snapshot(reactor: &Reactor) -> Result<Snapshot, RunError> {
    reactor.snapshot().await.ok_or(RunError::ReactorGone)
}

/// Joins as the host, makes the lesson live, and teaches until stopped.
async fn start_host(context: &Arc<Context>, mut stopped: watch::Receiver<bool>) -> Result<tokio::task::JoinHandle<()>, RunError> {
    let plan = &context.plan;
    let token = plan.tokens.host.clone().unwrap_or_default();
    let config = Config { number: 0, lines: vec![audio_line(25), camera_line(&HOST_LAYERS)], audio_slots: 0, video_slots: 0 };
    let (mut seat, welcome) = Seat::take(&context.publishing, context.clock, &plan.url, &token, None, config).await.map_err(RunError::Host)?;
    if welcome.lesson.id != plan.lesson {
        return Err(RunError::Lesson(format!("the host token is for lesson {:?}, not for {:?}; give --lesson {0:?}", welcome.lesson.id, plan.lesson)));
    }
    let action = match welcome.lesson.state {
        LessonState::Live => None,
        LessonState::Open => Some(LessonAction::Start),
        LessonState::Paused => Some(LessonAction::Resume),
        state => return Err(RunError::Lesson(format!("lesson {:?} is {state:?} and cannot be taught; give one that is open", plan.lesson))),
    };
    if let Some(action) = action {
        seat.send(&ClientMessage::Lesson { action }).await.map_err(RunError::Host)?;
    }
    loop {
        match seat.next().await.map_err(RunError::Host)? {
            Incident::Media(_, Happening::Connected { .. }) => break,
            Incident::Message(protocol::ServerMessage::Error(notice)) => return Err(RunError::Lesson(format!("the host was refused: {}", notice.message))),
            _ => {}
        }
    }
    Ok(tokio::spawn(async move {
        loop {
            tokio::select! {
                incident = seat.next() => if let Err(error) = incident {
                    tracing::error!(%error, "the host lost its place; what follows shows as loss");
                    return;
                },
                _ = stopped.changed() => {
                    let _ = seat.send(&ClientMessage::Leave).await;
                    return;
                }
            }
        }
    }))
}

fn audio_line(level: u8) -> Line {
    Line { source: Source::Microphone, feeds: vec![(None, Box::new(Audio::new(level)))], stamped: true }
}

fn camera_line(layers: &[Shape]) -> Line {
    let rids = if layers.len() > 1 { &["l", "m", "h"][..] } else { &[] };
    let feeds = layers.iter().enumerate().map(|(layer, shape)| {
        let feed: Box<dyn media::Feed> = Box::new(Video::new(*shape, 100 + layer as u16 * 1_000));
        (rids.get(layer).map(|rid| (*rid).to_owned()), feed)
    });
    Line { source: Source::Camera, feeds: feeds.collect(), stamped: true }
}

/// What a publishing classroom sends.
fn classroom_lines() -> Vec<Line> {
    vec![audio_line(60), camera_line(&[CLASSROOM_LAYER])]
}
