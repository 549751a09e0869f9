//! A server process that is killed twenty times in the middle of a lesson: who was there when is known but for the last two seconds before each kill.
#![allow(clippy::unwrap_used)]

mod support;

use futures_util::future::join_all;
use protocol::{ClientMessage, Join, ParticipantId, ParticipantStats, Role, ServerMessage};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use signaling::media::MediaEvent;
use signaling::store::unix_ms;
use signaling::{Claims, Config, Database, Membership, NewLesson, Server, Store, Tokens};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use support::{Files, Folder, Notes, Page, now_s};
use tokio::sync::mpsc;

const CLASSES: usize = 20;
const KILLS: usize = 20;
/// So long the longest rounds last: a minute's row is written several times in them.
const LONG_MS: u64 = 9_000;
/// What a kill may lose of an interval: the time between two heartbeats.
const LOST_MS: u64 = 2_000;
/// What a kill may lose of a minute: the time between two writes, and a second that was not over.
const LOST_S: u64 = 4;
/// A busy machine's clocks and queues.
const SLACK_MS: u64 = 1_000;

/// The process that is killed: this program again, with the directory of its data in this variable.
const DATA: &str = "TONGKE_TEST_KILLED_DATA";

/// Not a test: what the process runs. Every second the media plane reports that each class that made an offer sends.
#[test]
fn the_server_that_is_killed() {
    let Some(data) = std::env::var_os(DATA) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let config = Config::new(([127, 0, 0, 1], 0).into(), &data);
        let store = Store::open(&Database::Sqlite(config.data.clone())).await.unwrap();
        let (notes, (events, receiver)) = (Arc::new(Notes::default()), mpsc::channel(64));
        let server = Server::bind(config, store, notes.clone(), receiver, Arc::new(Files), prometheus::Registry::new()).await.unwrap();
        println!("\nlistening {}", server.local_addr());
        tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_secs(1));
            loop {
                every.tick().await;
                let figures = |participant: ParticipantId| ParticipantStats { participant: Some(participant), up_bps: 8_000, ..ParticipantStats::default() };
                let participants = notes.offers.lock().unwrap().iter().map(|offer| figures(offer.participant.clone())).collect();
                events.send(MediaEvent::Stats { lesson: "maths".into(), participants }).await.unwrap();
            }
        });
        server.run(std::future::pending()).await.unwrap();
    });
}

/// Killed with the test, whatever becomes of it.
struct Process(Child);

impl Process {
    fn start(data: &Path) -> (Self, SocketAddr) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "the_server_that_is_killed", "--nocapture"]).env(DATA, data).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Self(command.spawn().unwrap());
        let said = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let address = said.map_while(Result::ok).find_map(|line| line.strip_prefix("listening ")?.parse().ok());
        (process, address.expect("the process says where it listens"))
    }

    /// As SIGKILL does; says when.
    fn kill(mut self) -> u64 {
        let at = unix_ms();
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        at
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A class that comes back with its resume token.
#[derive(Clone, Default)]
struct Class {
    token: String,
    resume: Option<String>,
    id: Option<ParticipantId>,
    there: Vec<Stay>,
}

/// From a welcome to the kill, or to leaving, in milliseconds since 1970.
#[derive(Clone, Debug)]
struct Stay {
    from: u64,
    to: u64,
    killed: bool,
}

impl Class {
    async fn come(&mut self, address: SocketAddr) -> (Page, u64) {
        let mut page = Page::connect(address).await;
        page.say(&ClientMessage::Join(Join { version: protocol::VERSION, token: self.token.clone(), resume: self.resume.clone(), lesson: None })).await;
        let welcome = page.find(|message| match message {
            ServerMessage::Welcome(welcome) => Some((**welcome).clone()),
            _ => None,
        });
        let welcome = welcome.await;
        let at = unix_ms();
        assert!(self.id.as_ref().is_none_or(|id| *id == welcome.you.id), "the same place as before");
        (self.id, self.resume) = (Some(welcome.you.id), Some(welcome.resume));
        page.offer().await;
        (page, at)
    }
}

async fn prepare(data: &Path) -> Vec<Class> {
    let store = Store::open(&Database::Sqlite(data.into())).await.unwrap();
    store.create_lesson(&NewLesson::open_now("maths", "Maths")).await.unwrap();
    store.close().await;
    let tokens = Tokens::open(data).unwrap();
    let class = |nth: usize| {
        let claims = Claims {
            lesson: "maths".into(),
            role: Role::Classroom,
            name: format!("class {nth}"),
            classroom: Some(format!("r{nth}")),
            sub: format!("r{nth}"),
            exp: now_s() + 600,
            holder: None,
        };
        Class { token: tokens.issue(&claims).unwrap(), ..Class::default() }
    };
    (0..CLASSES).map(class).collect()
}

/// Everybody comes, some go and come again, and the server is killed.
async fn round(data: &Path, classes: &mut [Class], life_ms: u64, rng: &mut StdRng) {
    let (process, address) = Process::start(data);
    let mut pages = join_all(classes.iter_mut().map(|class| class.come(address))).await;
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(life_ms / 6)).await;
        let nth = rng.random_range(0..CLASSES);
        // Without a goodbye.
        let (page, since) = pages.remove(nth);
        classes[nth].there.push(Stay { from: since, to: unix_ms(), killed: false });
        drop(page);
        pages.insert(nth, classes[nth].come(address).await);
    }
    // Undisturbed: what is measured is written because it is time.
    tokio::time::sleep(Duration::from_millis(life_ms * 2 / 3)).await;
    let at = process.kill();
    classes.iter_mut().zip(&pages).for_each(|(class, (_, since))| class.there.push(Stay { from: *since, to: at, killed: true }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kill_loses_more_than_two_seconds_of_attendance() {
    if std::env::var_os(DATA).is_some() {
        return;
    }
    let folder = Folder::new();
    let mut classes = prepare(&folder.0).await;
    let mut rng = StdRng::seed_from_u64(20);
    for nth in 0..KILLS {
        let life_ms = if nth % 10 == 5 { LONG_MS } else { rng.random_range(50..2_000) };
        round(&folder.0, &mut classes, life_ms, &mut rng).await;
    }
    let store = Store::open(&Database::Sqlite(folder.0.clone())).await.unwrap();
    store.close_open_memberships().await.unwrap();
    let (memberships, minutes) = (store.memberships("maths").await.unwrap(), store.media_minutes("maths").await.unwrap());
    for class in &classes {
        let id = class.id.as_ref().unwrap();
        let intervals: Vec<&Membership> = memberships.iter().filter(|membership| membership.participant == *id).collect();
        check_intervals(class, &intervals);
        for Stay { from, to, .. } in &class.there {
            // A second that was begun counts in whole.
            let sent = minutes.iter().filter(|row| row.participant == *id).flat_map(|row| row.sent.intervals(row.minute_ms));
            let sent = sent.filter(|second| second.end_ms > *from && second.start_ms < *to).count() as u64;
            assert!(sent + LOST_S >= (to - from).saturating_sub(SLACK_MS) / 1_000, "{id:?} sent from {from} to {to}, of which {sent} s are known");
        }
    }
    assert!(minutes.iter().any(|row| row.sent.count() >= 3), "a long round leaves some seconds");
}

/// None overlaps with another, each time a class was there is covered but for the end of it, and nobody was there at another time.
fn check_intervals(class: &Class, intervals: &[&Membership]) {
    let id = class.id.as_ref().unwrap();
    let left = |interval: &Membership| interval.left_ms.unwrap_or_default();
    assert!(intervals.iter().all(|interval| left(interval) >= interval.joined_ms), "{id:?}: {intervals:?}");
    for pair in intervals.windows(2) {
        assert!(left(pair[0]) <= pair[1].joined_ms, "{id:?}: two at once: {pair:?}");
    }
    for Stay { from, to, killed } in &class.there {
        let lost = if *killed { LOST_MS + SLACK_MS } else { SLACK_MS };
        let covers = |interval: &&&Membership| interval.joined_ms <= *from && left(interval) + lost >= *to;
        assert!(intervals.iter().any(|interval| covers(&interval)), "{id:?} was there from {from} to {to}, which is lost: {intervals:?}");
    }
    for interval in intervals {
        let known = |stay: &Stay| interval.joined_ms <= stay.from && left(interval) <= stay.to + SLACK_MS;
        assert!(class.there.iter().any(known), "{id:?} was not there: {interval:?}, but {:?}", class.there);
    }
}
