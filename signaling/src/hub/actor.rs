//! The task that owns a lesson: takes its mail, carries out what follows. It waits for nothing but mail and time.

use super::happened::Happened;
use super::{Hub, Letter, Mail, now};
use crate::account::secret;
use crate::lesson::{Act, Command, ConnectionId, Effect, Lesson};
use crate::media::{MediaError, OfferRequest};
use crate::record::Write;
use crate::refusal::Refusal;
use crate::store::{Asker, AuditLine};
use protocol::{ErrorCode, ErrorNotice, GoodbyeReason, LessonState, ParticipantId, Role, ServerMessage};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Mail taken at once, before the plan is made anew.
const BATCH: usize = 256;

/// How long the media plane may take for an answer.
pub(crate) const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// How often a lesson without participants looks whether it may leave memory.
const IDLE_CHECK: Duration = Duration::from_secs(5);

struct Actor {
    hub: Arc<Hub>,
    id: String,
    lesson: Lesson,
    mailbox: mpsc::Sender<Mail>,
    /// Who waits for the outcome of the join at hand.
    joining: Option<(ConnectionId, oneshot::Sender<Result<ParticipantId, Refusal>>)>,
    /// What the gauges hold of this lesson.
    counted: Option<LessonState>,
    online: [usize; 4],
    happened: Happened,
}

pub(super) async fn run(hub: Arc<Hub>, id: String, lesson: Lesson, mut letters: mpsc::Receiver<Mail>, mailbox: mpsc::Sender<Mail>) {
    let happened = Happened::after(lesson.state());
    let mut actor = Actor { hub, id, lesson, mailbox, joining: None, counted: None, online: [0; 4], happened };
    // Whoever comes first finds it as the bell says, whether or not it was rung in time.
    actor.take(Mail::Command(Command::Bell { may_end: false }));
    actor.count();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let empty = actor.lesson.is_empty();
        let due = actor.lesson.deadline().map(tokio::time::Instant::from_std);
        let idle = tokio::time::Instant::now() + IDLE_CHECK;
        tokio::select! {
            taken = letters.recv_many(&mut batch, BATCH) => if taken == 0 { break },
            () = tokio::time::sleep_until(due.unwrap_or(idle)), if due.is_some() || empty => batch.push(Mail::Command(Command::Expire)),
        }
        for mail in batch.drain(..) {
            actor.take(mail);
        }
        let effects = actor.lesson.replan();
        actor.carry_out(effects);
        actor.count();
        // What is written is what was in memory: the next to come reads it again.
        if empty && actor.lesson.is_empty() && letters.is_empty() && actor.hub.writer.is_idle() {
            break;
        }
    }
    actor.hub.lessons.remove_if(&actor.id, |_, mailbox| mailbox.same_channel(&actor.mailbox));
    letters.close();
    // Whoever wrote in this moment is not answered, and tries again with a new task.
    while letters.try_recv().is_ok() {}
    actor.uncount();
}

impl Actor {
    fn take(&mut self, mail: Mail) {
        match mail {
            Mail::Join(join, reply) => {
                self.joining = Some((join.connection, reply));
                let effects = self.lesson.apply(now(), Command::Join(*join));
                self.carry_out(effects);
                self.joining = None;
            }
            Mail::Command(command) => {
                let effects = self.lesson.apply(now(), command);
                self.carry_out(effects);
            }
            Mail::Order(order, reply) => {
                let connection = order.connection;
                let effects = self.lesson.apply(now(), Command::Ordered(*order));
                let refused = effects.iter().find_map(|effect| match effect {
                    Effect::Refused { connection: of, refusal } if *of == connection => Some(refusal.clone()),
                    _ => None,
                });
                self.carry_out(effects);
                drop(reply.send(refused.map_or_else(|| Ok(self.lesson.view()), Err)));
            }
            Mail::Held(reply) => drop(reply.send(self.lesson.held())),
            Mail::Overview(reply) => drop(reply.send(self.lesson.overview())),
            Mail::Barrier(reply) => drop(reply.send(())),
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Joined { connection, participant, resumed } => self.joined(connection, participant, resumed),
                Effect::Refused { connection, refusal } => self.refused(connection, refusal),
                Effect::Notice { to, message } => self.notice(&to, *message),
                Effect::Goodbye { to, reason, retry_ms } => self.goodbye(to, reason, retry_ms),
                Effect::Offer { ticket, request } => self.offer(ticket, *request),
                Effect::Plan(plan) => {
                    self.hub.metrics.plans.inc();
                    self.hub.media.plan(&self.id, plan);
                }
                Effect::Remove(participant) => self.hub.media.remove(&self.id, &participant),
                Effect::CloseRoom => self.hub.media.close(&self.id),
                Effect::Write { write, asked_by } => self.hub.writer.put(*write, asked_by.map(|connection| Asker(connection.0))),
                Effect::Acted(act) => self.acted(act),
                Effect::MediaConnectTook(time) => self.hub.metrics.media_connect_seconds.observe(time.as_secs_f64()),
                Effect::Dropped(reason) => self.hub.metrics.dropped.with_label_values(&[reason.name()]).inc(),
            }
        }
    }

    fn joined(&mut self, connection: ConnectionId, participant: ParticipantId, resumed: bool) {
        self.hub.metrics.joins.with_label_values(&[if resumed { "resumed" } else { "joined" }]).inc();
        if let Some((_, reply)) = self.joining.take_if(|(joiner, _)| *joiner == connection)
            && reply.send(Ok(participant)).is_err()
        {
            // The joiner went while it waited; nobody else will say so.
            let effects = self.lesson.apply(now(), Command::Disconnected { connection });
            self.carry_out(effects);
        }
    }

    fn refused(&mut self, connection: ConnectionId, refusal: Refusal) {
        match self.joining.take_if(|(joiner, _)| *joiner == connection) {
            // Counted by whoever tells the joiner.
            Some((_, reply)) => drop(reply.send(Err(refusal))),
            None => {
                self.hub.metrics.refused.with_label_values(&[refusal.code.name()]).inc();
                self.notice(&[connection], ServerMessage::Error(refusal.notice()));
            }
        }
    }

    fn acted(&self, act: Act) {
        self.hub.metrics.acts.with_label_values(&[act.act]).inc();
        let line = AuditLine {
            id: secret::next_id(),
            at_ms: act.at_ms,
            person: act.sub,
            address: act.from.map(|address| address.to_string()).unwrap_or_default(),
            act: act.act.to_owned(),
            thing: "lesson".to_owned(),
            thing_id: self.id.clone(),
            detail: act.detail,
        };
        self.hub.writer.put(Write::Audit { line }, None);
    }

    fn notice(&self, to: &[ConnectionId], mut message: ServerMessage) {
        if let ServerMessage::Welcome(welcome) = &mut message {
            welcome.ice_servers.clone_from(&self.hub.config.ice_servers);
        }
        let letter = Letter::new(&message);
        let sent = to.iter().filter(|connection| self.hub.outboxes.get(connection).is_some_and(|outbox| outbox.put(letter.clone()))).count();
        self.hub.metrics.sent.with_label_values(&[message.name()]).inc_by(sent as u64);
    }

    fn goodbye(&self, to: ConnectionId, reason: GoodbyeReason, retry_ms: Option<u64>) {
        match self.hub.outboxes.get(&to) {
            Some(outbox) => outbox.goodbye(reason, retry_ms),
            // A WHIP or WHEP session hears of it by its transport's end.
            None => self.hub.direct.retain(|_, direct| direct.connection != to),
        }
    }

    fn offer(&self, ticket: u64, request: OfferRequest) {
        let (hub, mailbox) = (self.hub.clone(), self.mailbox.clone());
        tokio::spawn(async move {
            let participant = request.participant.clone();
            let result = answer(&hub, request).await;
            let _ = mailbox.send(Mail::Command(Command::Answered { participant, ticket, result })).await;
        });
    }

    fn count(&mut self) {
        let state = self.lesson.state();
        if self.counted != Some(state) {
            let lessons = &self.hub.metrics.lessons;
            lessons.with_label_values(&[state.name()]).inc();
            if let Some(before) = self.counted.replace(state) {
                lessons.with_label_values(&[before.name()]).dec();
            }
        }
        let online = self.lesson.online();
        self.set_online(online);
        for (event, classroom) in self.happened.since(state, self.lesson.classrooms_online()) {
            self.hub.event(event, &self.id, classroom.as_deref());
        }
    }

    fn set_online(&mut self, online: [usize; 4]) {
        for (role, (before, after)) in Role::ALL.into_iter().zip(self.online.into_iter().zip(online)) {
            self.hub.metrics.participants.with_label_values(&[role.name()]).add(after as i64 - before as i64);
        }
        self.online = online;
    }

    fn uncount(&mut self) {
        self.set_online([0; 4]);
        if let Some(state) = self.counted.take() {
            self.hub.metrics.lessons.with_label_values(&[state.name()]).dec();
        }
    }
}

/// Asks the media plane for an answer, in bounded time.
pub(crate) async fn answer(hub: &Hub, request: OfferRequest) -> Result<crate::media::OfferAnswer, MediaError> {
    match tokio::time::timeout(ANSWER_LIMIT, hub.media.offer(request)).await {
        Ok(result) => result,
        Err(_) => Err(MediaError::Busy(format!("no answer within {} s", ANSWER_LIMIT.as_secs()))),
    }
}

/// The notice for something refused at the edge.
pub(crate) fn error(code: ErrorCode, message: impl Into<String>) -> ServerMessage {
    ServerMessage::Error(ErrorNotice { code, message: message.into(), id: None })
}
