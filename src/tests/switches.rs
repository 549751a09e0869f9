//! What the host switches off is not forwarded, by a whole server with real media, to whom a class goes on sending.
#![allow(clippy::unwrap_used, missing_docs)]

use loadtest::clock::Clock;
use loadtest::media::publisher::Line;
use loadtest::media::synthetic::{Audio, CLASSROOM_LAYER, Video};
use loadtest::media::tally::Window;
use loadtest::participant::Config;
use loadtest::reactor::Reactor;
use loadtest::seat::{Incident, Seat};
use protocol::{ClientMessage, ParticipantStats, Publish, ServerMessage, Source, SwitchChange, Welcome};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// What is under way when something is switched off has arrived by then.
const UNDER_WAY: Duration = Duration::from_millis(500);

/// How long is watched.
const WATCHED: Duration = Duration::from_millis(1_500);

/// A demo without simulated people, and a directory of its own; both gone at the end.
struct Server {
    child: Child,
    folder: PathBuf,
    said: serde_json::Value,
}

impl Server {
    fn start() -> Server {
        let folder = std::env::temp_dir().join(format!("tongke-switches-{}", std::process::id()));
        let data = folder.display().to_string();
        let words = ["demo", "--json", "--empty", "--listen", "127.0.0.1:0", "--data", &data, "--workers", "1"];
        let mut child = Command::new(env!("CARGO_BIN_EXE_tongke")).args(words).env_clear().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Server { child, folder, said: serde_json::from_str(&line).unwrap() }
    }

    fn text(&self, pointer: &str) -> String {
        self.said.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {}", self.said)).to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn microphone() -> Line {
    Line { source: Source::Microphone, feeds: vec![(None, Box::new(Audio::new(20)))], stamped: true }
}

fn camera() -> Line {
    Line { source: Source::Camera, feeds: vec![(None, Box::new(Video::new(CLASSROOM_LAYER, 100)))], stamped: true }
}

/// The people of the lesson.
struct Room {
    reactor: Arc<Reactor>,
    clock: Clock,
    url: String,
}

impl Room {
    async fn take(&self, token: &str, number: u16, lines: Vec<Line>, slots: (u8, u8)) -> (Seat, Box<Welcome>) {
        let config = Config { number, lines, audio_slots: slots.0, video_slots: slots.1 };
        Seat::take(&self.reactor, self.clock, &self.url, token, None, config).await.unwrap()
    }

    /// What a place received while it was watched: packets of the host, and of the others.
    async fn received(&self, seat: u64) -> (u64, u64) {
        let before = self.account(seat).await;
        sleep(WATCHED).await;
        let after = self.account(seat).await;
        (after.0 - before.0, after.1 - before.1)
    }

    async fn account(&self, seat: u64) -> (u64, u64) {
        let account = self.reactor.snapshot().await.unwrap().accounts.remove(&seat).unwrap();
        (account.host.values().sum(), account.others)
    }
}

/// Reads what a place is told until something fits.
async fn hear<T>(seat: &mut Seat, mut fits: impl FnMut(&ServerMessage) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Incident::Message(message) = seat.next().await.unwrap()
                && let Some(found) = fits(&message)
            {
                return found;
            }
        }
    };
    timeout(Duration::from_secs(20), found).await.expect("told within 20 s")
}

/// Switches something, and waits until what was under way has arrived.
async fn switch(host: &mut Seat, change: SwitchChange) {
    host.send(&ClientMessage::Switches(change)).await.unwrap();
    hear(host, |message| matches!(message, ServerMessage::Lesson { .. }).then_some(())).await;
    sleep(UNDER_WAY).await;
}

/// What the server receives of a participant, in bits per second.
async fn sent_by(host: &mut Seat, who: &Welcome) -> u64 {
    let of = |figures: &ParticipantStats| figures.participant.as_ref() == Some(&who.you.id);
    hear(host, |message| match message {
        ServerMessage::Stats { participants, .. } => participants.iter().find(|figures| of(figures)).map(|figures| figures.up_bps),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_switched_off_is_not_forwarded_whatever_a_class_sends() {
    let server = Server::start();
    let window = Arc::new(Window::default());
    window.open(0, u64::MAX);
    let clock = Clock::read();
    let room = Room { reactor: Arc::new(Reactor::start("people", clock, window).unwrap()), clock, url: server.text("/url") };
    let (mut host, host_is) = room.take(&server.text("/tokens/host"), 0, vec![microphone(), camera()], (2, 4)).await;
    let (_class, class_is) = room.take(&server.text("/tokens/classrooms/0"), 1, vec![microphone(), camera()], (2, 4)).await;
    let (listener, _) = room.take(&server.text("/tokens/classrooms/1"), 2, vec![], (2, 4)).await;
    assert_eq!((host_is.you.publish, class_is.you.publish), (Publish::Now, Publish::Now));
    host.send(&ClientMessage::WatchStats { on: true }).await.unwrap();
    host.send(&ClientMessage::CallOn { participant: class_is.you.id.clone() }).await.unwrap();
    hear(&mut host, |message| match message {
        ServerMessage::Participant { participant } if participant.id == class_is.you.id && participant.sources.len() == 2 => Some(()),
        _ => None,
    })
    .await;
    sleep(UNDER_WAY).await;

    // 50 packets of sound and 30 of picture a second, of each.
    let (of_host, of_class) = room.received(listener.id).await;
    assert!(of_host > 90 && of_class > 90, "sound and picture of both: {of_host} and {of_class}");
    switch(&mut host, SwitchChange { voice: Some(false), ..SwitchChange::default() }).await;
    let (_, picture_alone) = room.received(listener.id).await;
    assert!((20..70).contains(&picture_alone), "the class's picture goes on, its sound does not: {picture_alone} packets");
    switch(&mut host, SwitchChange { video: Some(false), ..SwitchChange::default() }).await;
    let (of_host, of_class) = room.received(listener.id).await;
    assert_eq!(of_class, 0, "the class is switched off");
    assert!(of_host > 90, "the host is not: {of_host} packets");
    assert_eq!(room.received(host.id).await.1, 0, "not even the host receives it");
    let up_bps = sent_by(&mut host, &class_is).await;
    assert!(up_bps > 50_000, "the class went on sending: {up_bps} bit/s");

    let all_on = SwitchChange { voice: Some(true), video: Some(true), ..SwitchChange::default() };
    switch(&mut host, all_on).await;
    assert!(room.received(listener.id).await.1 > 90, "and on again without an offer");
    switch(&mut host, SwitchChange { interaction: Some(false), ..SwitchChange::default() }).await;
    assert_eq!((room.received(listener.id).await.1, room.received(host.id).await.1), (0, 0), "all interaction is forbidden");
}
