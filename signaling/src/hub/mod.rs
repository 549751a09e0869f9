//! What is shared between the connections: the lessons in memory, the queues towards the pages, the parts around them.

mod actor;
mod admission;
mod happened;
mod outbox;
mod ringing;

pub(crate) use actor::{answer, error};
pub(crate) use outbox::{Letter, Outbox};
pub(crate) use ringing::keep_ringing;

use crate::account::strangers::Strangers;
use crate::account::vault::Vault;
use crate::api::Api;
use crate::config::Config;
use crate::lesson::{Command, ConnectionId, Deed, Identity, Join, Lesson, Limits, Moment, Order, Outsider};
use crate::media::{MediaEvent, MediaPlane};
use crate::metrics::Metrics;
use crate::refusal::Refusal;
use crate::store::{Asker, Store, Writer, unix_ms};
use crate::tokens::{Claims, TokenError, Tokens};
use crate::webhooks::Webhooks;
use dashmap::DashMap;
use protocol::{ErrorCode, ErrorNotice, LessonOverview, LessonView, ParticipantId, ServerMessage};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// Letters waiting for one lesson. A lesson never waits for anything, so this is reached only when the machine is overwhelmed.
const MAILBOX: usize = 1_024;

/// What a lesson's task receives.
pub(crate) enum Mail {
    /// Somebody comes in.
    Join(Box<Join>, oneshot::Sender<Result<ParticipantId, Refusal>>),
    /// Anything else that happens.
    Command(Command),
    /// Somebody who is not in the lesson does something to it.
    Order(Box<Order>, oneshot::Sender<Result<LessonView, Refusal>>),
    /// Who is connected with a token of the timetable.
    Held(oneshot::Sender<Vec<(ConnectionId, Identity)>>),
    /// An operator looks.
    Overview(oneshot::Sender<LessonOverview>),
    /// Answered when everything before it is done.
    Barrier(oneshot::Sender<()>),
}

/// A WHIP or WHEP session.
#[derive(Clone, Debug)]
pub(crate) struct Direct {
    pub(crate) connection: ConnectionId,
    pub(crate) lesson: String,
    pub(crate) participant: ParticipantId,
    /// The token's identity: the same is needed to change or end it.
    pub(crate) sub: String,
    /// `whip` or `whep`.
    pub(crate) endpoint: &'static str,
    /// The present entity tag, without quotes.
    pub(crate) tag: String,
}

/// The queues towards the pages.
pub(crate) type Outboxes = Arc<DashMap<ConnectionId, Arc<Outbox>>>;

/// What is shared.
pub(crate) struct Hub {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) writer: Writer,
    pub(crate) tokens: Tokens,
    /// What second factors are locked with in the store.
    pub(crate) vault: Vault,
    /// Where attempts at logins that nobody has are counted.
    pub(crate) strangers: Strangers,
    pub(crate) media: Arc<dyn MediaPlane>,
    pub(crate) metrics: Metrics,
    pub(crate) api: Api,
    pub(crate) webhooks: Webhooks,
    pub(crate) outboxes: Outboxes,
    /// By session id.
    pub(crate) direct: DashMap<String, Direct>,
    lessons: DashMap<String, mpsc::Sender<Mail>>,
    loading: tokio::sync::Mutex<()>,
    /// Counted up before those who are connected are looked through: whoever is just coming in looks again.
    reviews: AtomicU64,
    next_connection: AtomicU64,
    pub(crate) closing: AtomicBool,
    /// Whether the media plane still reports.
    pub(crate) media_reports: AtomicBool,
}

/// Now, on both clocks: the only place of the service that reads them for a lesson.
pub(crate) fn now() -> Moment {
    Moment { at: Instant::now(), unix_ms: unix_ms() }
}

impl Hub {
    pub(crate) fn new(config: Config, store: Store, tokens: Tokens, vault: Vault, strangers: Strangers, media: Arc<dyn MediaPlane>, metrics: Metrics) -> Self {
        let outboxes = Outboxes::default();
        let told = outboxes.clone();
        let failed = move |Asker(connection): Asker, kind: &str| {
            if let Some(outbox) = told.get(&ConnectionId(connection)) {
                let message = format!("the store refuses writes ({kind}); the lesson goes on, this is kept and written when the store takes it");
                outbox.say(&ServerMessage::Error(ErrorNotice { code: ErrorCode::StoreUnavailable, message, id: None }));
            }
        };
        let writer = Writer::start(store.clone(), metrics.writer.clone(), Box::new(failed));
        let api = Api::new(&config);
        Self {
            config,
            store,
            writer,
            tokens,
            vault,
            strangers,
            media,
            metrics,
            api,
            webhooks: Webhooks::default(),
            outboxes,
            direct: DashMap::new(),
            lessons: DashMap::new(),
            loading: tokio::sync::Mutex::new(()),
            reviews: AtomicU64::new(0),
            next_connection: AtomicU64::new(1),
            closing: AtomicBool::new(false),
            media_reports: AtomicBool::new(true),
        }
    }

    pub(crate) fn new_connection(&self) -> ConnectionId {
        ConnectionId(self.next_connection.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Reads a token.
    pub(crate) fn authenticate(&self, token: &str) -> Result<Claims, Refusal> {
        self.tokens.verify(token, unix_ms() / 1_000).map_err(|error| {
            let code = match error {
                TokenError::Expired { .. } => ErrorCode::TokenExpired,
                TokenError::Invalid | TokenError::Claims { .. } | TokenError::Secret { .. } => ErrorCode::TokenInvalid,
            };
            Refusal::new(code, error.to_string())
        })
    }

    /// Brings somebody into a lesson.
    pub(crate) async fn join(self: &Arc<Self>, lesson: &str, join: Join) -> Result<ParticipantId, Refusal> {
        let result = self.admit(lesson, join).await;
        if let Err(refusal) = &result {
            self.metrics.joins.with_label_values(&[refusal.code.name()]).inc();
        }
        result
    }

    async fn try_join(self: &Arc<Self>, lesson: &str, join: Join) -> Result<ParticipantId, Refusal> {
        self.ask(lesson, |reply| Mail::Join(Box::new(join.clone()), reply)).await
    }

    /// Has somebody who is not in a lesson do something to it; the lesson as it is then.
    pub(crate) async fn order(self: &Arc<Self>, lesson: &str, by: Outsider, deed: Deed) -> Result<LessonView, Refusal> {
        let order = Order { connection: self.new_connection(), by, deed };
        self.ask(lesson, |reply| Mail::Order(Box::new(order.clone()), reply)).await
    }

    /// Writes to a lesson, which is brought into memory where it is not, and waits for its answer.
    async fn ask<T>(self: &Arc<Self>, lesson: &str, mail: impl Fn(oneshot::Sender<Result<T, Refusal>>) -> Mail) -> Result<T, Refusal> {
        // A lesson's task may be ending just now; the second attempt finds a new one.
        for _ in 0..3 {
            let mailbox = self.lesson(lesson).await?;
            let (reply, answer) = oneshot::channel();
            if mailbox.send(mail(reply)).await.is_err() {
                continue;
            }
            if let Ok(result) = answer.await {
                return result;
            }
        }
        Err(Refusal::new(ErrorCode::Internal, "the lesson could not be reached; try again").retry_after(1_000))
    }

    /// Tells a lesson in memory what happened. Says whether it is in memory.
    pub(crate) async fn tell(&self, lesson: &str, command: Command) -> bool {
        // The reference into the map is not held across the await.
        let mailbox = self.lessons.get(lesson).map(|entry| entry.value().clone());
        match mailbox {
            Some(mailbox) => mailbox.send(Mail::Command(command)).await.is_ok(),
            None => false,
        }
    }

    /// A lesson with its figures, if it is in memory.
    pub(crate) async fn overview(&self, lesson: &str) -> Option<LessonOverview> {
        let mailbox = self.lessons.get(lesson).map(|entry| entry.value().clone())?;
        let (reply, answer) = oneshot::channel();
        mailbox.send(Mail::Overview(reply)).await.ok()?;
        answer.await.ok()
    }

    /// Waits until every lesson has done what it was told before.
    pub(crate) async fn settle(&self) {
        let mailboxes: Vec<_> = self.lessons.iter().map(|entry| entry.value().clone()).collect();
        for mailbox in mailboxes {
            done(&mailbox).await;
        }
    }

    /// Tells a lesson in memory what the store says of its plan, waits until it knows, and puts out whoever may not be in it any more.
    pub(crate) async fn follow_plan(&self, id: &str) {
        // One that is just being read may be read as it was before.
        drop(self.loading.lock().await);
        let Some(mailbox) = self.lessons.get(id).map(|entry| entry.value().clone()) else { return };
        // What cannot be read now is told at the next look at the plans.
        if let Ok(Some(lesson)) = self.store.planned_lesson(id).await
            && mailbox.send(Mail::Command(Command::Planned(lesson.into()))).await.is_ok()
        {
            done(&mailbox).await;
        }
        self.review_lesson(id).await;
    }

    /// The mailbox of a lesson, brought into memory where it is not.
    async fn lesson(self: &Arc<Self>, id: &str) -> Result<mpsc::Sender<Mail>, Refusal> {
        if let Some(mailbox) = self.lessons.get(id).filter(|entry| !entry.value().is_closed()) {
            return Ok(mailbox.value().clone());
        }
        let _one_at_a_time = self.loading.lock().await;
        if let Some(mailbox) = self.lessons.get(id).filter(|entry| !entry.value().is_closed()) {
            return Ok(mailbox.value().clone());
        }
        let record = self.store.load(id).await.map_err(|error| {
            self.metrics.writer.errors.with_label_values(&[error.kind()]).inc();
            tracing::error!(%error, "a lesson could not be read");
            Refusal::new(ErrorCode::StoreUnavailable, "the store could not be read; try again in a moment").retry_after(2_000)
        })?;
        let shown: String = id.chars().take(64).collect();
        let record = record.ok_or_else(|| Refusal::new(ErrorCode::LessonUnknown, format!("there is no lesson {shown:?}; check the link")))?;
        let limits = Limits { participants: self.config.max_participants_per_lesson, stage: self.config.max_stage, resume: self.config.resume_window };
        let (mailbox, letters) = mpsc::channel(MAILBOX);
        let lesson = Lesson::restore(record, limits, now());
        tokio::spawn(actor::run(self.clone(), id.to_owned(), lesson, letters, mailbox.clone()));
        self.lessons.insert(id.to_owned(), mailbox.clone());
        Ok(mailbox)
    }

    /// Passes the media plane's reports on to the lessons.
    pub(crate) async fn listen(self: Arc<Self>, mut events: mpsc::Receiver<MediaEvent>) {
        while let Some(event) = events.recv().await {
            let (lesson, command) = match event {
                MediaEvent::Connected { lesson, participant } => (lesson, Command::MediaConnected { participant }),
                MediaEvent::Lost { lesson, participant, reason } => (lesson, Command::MediaLost { participant, reason }),
                MediaEvent::Publishing { lesson, participant, source, active } => (lesson, Command::Publishing { participant, source, active }),
                MediaEvent::Speakers { lesson, participants } => (lesson, Command::Speakers { participants }),
                MediaEvent::Stats { lesson, participants } => (lesson, Command::Stats { participants }),
            };
            if !self.tell(&lesson, command).await {
                self.metrics.dropped.with_label_values(&["lesson_not_in_memory"]).inc();
            }
        }
        self.media_reports.store(false, Ordering::Relaxed);
        if !self.is_closing() {
            tracing::error!("the media plane reports no more");
        }
    }
}

/// Waits until a lesson has done what it was told before.
async fn done(mailbox: &mpsc::Sender<Mail>) {
    let (reply, answer) = oneshot::channel();
    if mailbox.send(Mail::Barrier(reply)).await.is_ok() {
        let _ = answer.await;
    }
}
