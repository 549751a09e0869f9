//! The simulated people of `tongke demo`: a host with a moving picture, slides and sound, and classes that publish, listen and raise hands. They come
//! back by themselves when the server restarts.

use crate::clock::Clock;
use crate::container::ivf::{Clip, IvfError};
use crate::container::ogg::{OggError, opus_packets};
use crate::media::Feed;
use crate::media::clip::{Audio, Pace, Video};
use crate::media::publisher::Line;
use crate::media::tally::Window;
use crate::participant::Config;
use crate::reactor::Reactor;
use crate::run::want;
use crate::seat::{Incident, Seat, SeatError};
use crate::signaling::SignalingError;
use futures_util::future::BoxFuture;
use protocol::{ClientMessage, ErrorCode, GoodbyeReason, LessonAction, LessonState, ServerMessage, Source, Welcome};
use rand::Rng;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a slide stays.
const SLIDE: Duration = Duration::from_secs(8);
/// Pauses before coming back, growing.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const MAX_PAUSE: Duration = Duration::from_secs(2);
/// After a refusal by name, such as of a second host.
const REFUSED_PAUSE: Duration = Duration::from_secs(5);
/// A place held so long was a good one: the next pause is the first again.
const GOOD_PLACE: Duration = Duration::from_secs(10);

/// Who takes part.
#[derive(Clone, Debug, Default)]
pub struct DemoConfig {
    /// The server, e.g. `http://127.0.0.1:8080`.
    pub url: String,
    /// The host's token; none where a person teaches.
    pub host_token: Option<String>,
    /// One class each; from the thirteenth on pictures repeat.
    pub classroom_tokens: Vec<String>,
}

/// Why the simulated people could not start at all.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A clip built into the program.
    #[error("clip {name}: {source}; run loadtest/assets/make and build again")]
    Clip {
        /// The file.
        name: &'static str,
        /// What is wrong.
        source: IvfError,
    },
    /// A sound built into the program.
    #[error("sound {name}: {source}; run loadtest/assets/make and build again")]
    Sound {
        /// The file.
        name: &'static str,
        /// What is wrong.
        source: OggError,
    },
    /// A thread.
    #[error("the thread of the simulated people could not be started: {0}")]
    Reactor(#[from] std::io::Error),
}

macro_rules! clip {
    ($name:literal) => {
        Clip::parse(include_bytes!(concat!("../assets/", $name))).map(Arc::new).map_err(|source| DemoError::Clip { name: $name, source })
    };
}

macro_rules! sound {
    ($name:literal) => {
        opus_packets(include_bytes!(concat!("../assets/", $name))).map(Arc::new).map_err(|source| DemoError::Sound { name: $name, source })
    };
}

type Sound = Arc<Vec<Vec<u8>>>;

/// The clips, read once.
struct Assets {
    camera: [Arc<Clip>; 3],
    screen: Arc<Clip>,
    classes: [Arc<Clip>; 12],
    host_sound: Sound,
    class_sounds: [Sound; 2],
}

impl Assets {
    fn read() -> Result<Assets, DemoError> {
        Ok(Assets {
            camera: [clip!("host-l.ivf")?, clip!("host-m.ivf")?, clip!("host-h.ivf")?],
            screen: clip!("screen.ivf")?,
            classes: [
                clip!("class-01.ivf")?,
                clip!("class-02.ivf")?,
                clip!("class-03.ivf")?,
                clip!("class-04.ivf")?,
                clip!("class-05.ivf")?,
                clip!("class-06.ivf")?,
                clip!("class-07.ivf")?,
                clip!("class-08.ivf")?,
                clip!("class-09.ivf")?,
                clip!("class-10.ivf")?,
                clip!("class-11.ivf")?,
                clip!("class-12.ivf")?,
            ],
            host_sound: sound!("host.ogg")?,
            class_sounds: [sound!("class-a.ogg")?, sound!("class-b.ogg")?],
        })
    }

    fn host(&self) -> Config {
        let layers = ["l", "m", "h"].into_iter().zip(&self.camera).map(|(rid, clip)| (Some(rid.to_owned()), video(clip, Pace::Own)));
        let lines = vec![
            microphone(&self.host_sound, 24),
            Line { source: Source::Camera, feeds: layers.collect(), stamped: false },
            Line { source: Source::Screen, feeds: vec![(None, video(&self.screen, Pace::Slides(SLIDE)))], stamped: false },
        ];
        Config { number: 0, lines, audio_slots: 0, video_slots: 0 }
    }

    fn class(&self, index: usize) -> Config {
        let clip = &self.classes[index % self.classes.len()];
        let lines = vec![
            microphone(&self.class_sounds[index % self.class_sounds.len()], 62),
            Line { source: Source::Camera, feeds: vec![(None, video(clip, Pace::Own))], stamped: false },
        ];
        Config { number: 1 + index as u16, lines, audio_slots: 1, video_slots: 1 }
    }
}

fn video(clip: &Arc<Clip>, pace: Pace) -> Box<dyn Feed> {
    Box::new(Video::new(clip.clone(), pace, rand::random()))
}

fn microphone(sound: &Sound, level: u8) -> Line {
    Line { source: Source::Microphone, feeds: vec![(None, Box::new(Audio::new(sound.clone(), level)))], stamped: false }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Host,
    Class(usize),
}

struct Cast {
    url: String,
    assets: Assets,
    clock: Clock,
    reactor: Arc<Reactor>,
}

/// Runs until `shutdown`; then everybody leaves, which takes less than a second.
pub fn run(config: DemoConfig, shutdown: impl Future<Output = ()> + Send + 'static) -> BoxFuture<'static, Result<(), DemoError>> {
    run_until(config, Box::pin(shutdown))
}

/// Not generic and boxed: a future is compiled where it is polled, and that would be every program with a demo.
#[inline(never)]
fn run_until(config: DemoConfig, shutdown: BoxFuture<'static, ()>) -> BoxFuture<'static, Result<(), DemoError>> {
    Box::pin(play(config, shutdown))
}

async fn play(config: DemoConfig, shutdown: BoxFuture<'static, ()>) -> Result<(), DemoError> {
    let clock = Clock::read();
    let reactor = Arc::new(Reactor::start("demo-people", clock, Arc::new(Window::default()))?);
    let cast = Arc::new(Cast { url: config.url, assets: Assets::read()?, clock, reactor });
    let mut people = JoinSet::new();
    if let Some(token) = config.host_token {
        people.spawn(stay(cast.clone(), Who::Host, token));
    }
    for (index, token) in config.classroom_tokens.into_iter().enumerate() {
        people.spawn(stay(cast.clone(), Who::Class(index), token));
    }
    shutdown.await;
    people.shutdown().await;
    Ok(())
}

/// Takes the place again and again.
async fn stay(cast: Arc<Cast>, who: Who, token: String) {
    // The host first, classes one after the other: nobody waits at a closed door, and a newcomer sees them come.
    if let Who::Class(index) = who {
        tokio::time::sleep(Duration::from_millis(300 + 100 * index as u64)).await;
    }
    let mut resume = None;
    let mut pause = FIRST_PAUSE;
    loop {
        let since = Instant::now();
        let error = match attend(&cast, who, &token, &mut resume).await {
            Ok(never) => match never {},
            Err(error) => error,
        };
        if since.elapsed() > GOOD_PLACE {
            pause = FIRST_PAUSE;
        }
        let asked = match &error {
            SeatError::Signaling(SignalingError::Goodbye { reason: GoodbyeReason::LessonEnded, retry: None }) => {
                tracing::info!(?who, "the lesson has ended; the simulated participant stays away");
                return;
            }
            SeatError::Signaling(SignalingError::Goodbye { retry, .. }) => *retry,
            SeatError::Signaling(SignalingError::Refused { code: ErrorCode::TokenInvalid | ErrorCode::TokenExpired, .. }) => {
                tracing::error!(?who, %error, "the simulated participant stays away");
                return;
            }
            SeatError::Signaling(SignalingError::Refused { .. }) => Some(REFUSED_PAUSE),
            _ => None,
        };
        tracing::debug!(?who, %error, "the simulated participant lost its place and comes back");
        let jitter = rand::rng().random_range(0.8..1.2);
        tokio::time::sleep(asked.unwrap_or(pause).mul_f64(jitter)).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

enum Never {}

/// One stay in the lesson.
async fn attend(cast: &Cast, who: Who, token: &str, resume: &mut Option<String>) -> Result<Never, SeatError> {
    let config = match who {
        Who::Host => cast.assets.host(),
        Who::Class(index) => cast.assets.class(index),
    };
    let (mut seat, welcome) = Seat::take(&cast.reactor, cast.clock, &cast.url, token, resume.clone(), config).await?;
    *resume = Some(welcome.resume.clone());
    settle(&mut seat, who, &welcome).await?;
    let mut hand = Hand::new(who);
    loop {
        tokio::select! {
            incident = seat.next() => match incident? {
                Incident::Message(ServerMessage::Error(notice)) => tracing::debug!(?who, code = ?notice.code, notice.message, "refused"),
                Incident::Message(ServerMessage::Stage { floor, .. }) if floor.as_ref() == Some(&welcome.you.id) => hand.lowered_by_call(),
                _ => {}
            },
            () = tokio::time::sleep_until(hand.next) => {
                let raised = hand.turn();
                seat.send(&ClientMessage::Hand { raised }).await?;
            }
        }
    }
}

/// The host makes the lesson live; a class asks for the smallest picture, to cost little.
async fn settle(seat: &mut Seat, who: Who, welcome: &Welcome) -> Result<(), SeatError> {
    match (who, welcome.lesson.state) {
        (Who::Host, LessonState::Open) => seat.send(&ClientMessage::Lesson { action: LessonAction::Start }).await,
        (Who::Host, _) => Ok(()),
        (Who::Class(_), _) => seat.send(&want(0)).await,
    }
}

/// A class's hand: some go up now and then, and down again after a while. The host and the others never.
struct Hand {
    next: Instant,
    up: bool,
}

impl Hand {
    fn new(who: Who) -> Hand {
        let never = Duration::from_secs(365 * 86_400);
        let wait = match who {
            Who::Class(index) if index % 3 == 1 => Duration::from_secs(rand::rng().random_range(10..60)),
            _ => never,
        };
        Hand { next: Instant::now() + wait, up: false }
    }

    fn turn(&mut self) -> bool {
        self.up = !self.up;
        let seconds = if self.up { 12..25 } else { 40..120 };
        self.next = Instant::now() + Duration::from_secs(rand::rng().random_range(seconds));
        self.up
    }

    fn lowered_by_call(&mut self) {
        if self.up {
            let _ = self.turn();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_clips_are_what_the_feeds_need() {
        let assets = Assets::read().unwrap();
        for clip in assets.camera.iter().chain(&assets.classes) {
            let keys = (0..clip.frames.len()).filter(|frame| clip.is_key(*frame));
            let gaps = keys.clone().zip(keys.skip(1)).map(|(one, next)| next - one).max();
            assert!(clip.is_key(0) && gaps <= Some(clip.fps as usize), "a key frame at least each second");
        }
        let [low, middle, high] = &assets.camera;
        assert_eq!((low.size, middle.size, high.size), ((320, 180), (640, 360), (1280, 720)));
        for layer in &assets.camera {
            assert_eq!(layer.frames.len(), 60 * layer.fps as usize, "second s of the loop shows s");
            assert_eq!(layer.fps, low.fps, "layers are switched frame by frame");
        }
        assert!((0..assets.screen.frames.len()).all(|frame| assets.screen.is_key(frame)), "each slide stands for itself");
        assert!(assets.host_sound.len() >= 50 * 10 && assets.class_sounds.iter().all(|sound| sound.len() >= 50 * 5));
        // 20 ms, mono or stereo, one frame a packet (RFC 6716, section 3.1): the feed counts 960 samples each.
        for packet in assets.host_sound.iter().chain(assets.class_sounds.iter().flat_map(|sound| sound.iter())) {
            let config = packet[0] >> 3;
            let twenty = matches!(config, 1 | 5 | 9 | 13 | 15 | 19 | 23 | 27 | 31);
            assert!(twenty && packet[0] & 3 == 0, "TOC {:#x}", packet[0]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_some_raise_a_hand_and_take_it_down_again() {
        let soon = Instant::now() + Duration::from_secs(60);
        assert!(Hand::new(Who::Host).next > soon && Hand::new(Who::Class(0)).next > soon);
        let mut hand = Hand::new(Who::Class(1));
        assert!(hand.next <= soon);
        assert!(hand.turn() && !hand.turn());
        hand.turn();
        hand.lowered_by_call();
        assert!(!hand.up);
    }
}
