//! Lessons in virtual time.
#![allow(clippy::unwrap_used)]

mod asking;
mod course;
mod floor;
mod interacting;
mod invariants;
mod joining;
mod orders;
mod plans;
mod safety;
mod speaking;
mod telling;
mod transports;

use super::*;
use crate::media::{OfferAnswer, VideoView, View};
use crate::record::LessonRow;
use crate::resume::ResumeToken;
use crate::store::{LessonKind, Receiver};
use protocol::{ClientMessage, ErrorCode, GoodbyeReason, LessonAction, Offer, Publish, ServerMessage, SlotLine, Source, SwitchChange, Welcome};
use std::net::IpAddr;

/// A lesson with a clock, and what followed from the last command.
pub(super) struct World {
    pub(super) lesson: Lesson,
    pub(super) start: Instant,
    pub(super) ms: u64,
    pub(super) effects: Vec<Effect>,
    /// What it began with, and who has the floor as it was written since.
    stored: LessonRecord,
    next: u64,
}

pub(super) const LIMITS: Limits = Limits { participants: 8, stage: 4, resume: Duration::from_secs(60) };

pub(super) fn record(state: LessonState) -> LessonRecord {
    let lesson = LessonRow {
        id: "maths".into(),
        title: "Maths".into(),
        state,
        host_classroom: None,
        planned_start_ms: None,
        planned_end_ms: None,
        live_since_ms: None,
        ended_ms: None,
        kind: None,
        switches: None,
    };
    LessonRecord { lesson, floor: None, participants: vec![], chat: vec![], receivers: vec![], blocks: vec![], host_left_ms: None, left_ms: HashMap::new() }
}

pub(super) fn identity(role: Role, sub: &str) -> Identity {
    Identity { sub: sub.into(), role, name: format!("name of {sub}"), classroom: None, holder: None }
}

/// A lesson of a kind, with two interactive receivers and one that listens.
pub(super) fn of_kind(kind: LessonKind, state: LessonState) -> World {
    let mut planned = record(state);
    planned.lesson.kind = Some(kind);
    let receiver = |classroom: &str, interactive| Receiver { classroom: classroom.into(), interactive };
    planned.receivers = vec![receiver("one", true), receiver("two", true), receiver("three", false)];
    World::with(planned, LIMITS)
}

/// A classroom of the register.
pub(super) fn room(name: &str) -> Identity {
    Identity { classroom: Some(name.into()), ..identity(Role::Classroom, name) }
}

pub(super) fn come_in(world: &mut World, name: &str) -> ConnectionId {
    let connection = world.join_as(room(name), Access::Socket, None);
    world.connect(connection, 2, 4);
    connection
}

/// Switches something over.
pub(super) fn off(change: impl FnOnce(&mut SwitchChange)) -> ClientMessage {
    let mut switches = SwitchChange::default();
    change(&mut switches);
    ClientMessage::Switches(switches)
}

/// The address that a connection comes from.
pub(super) fn from(connection: ConnectionId) -> IpAddr {
    IpAddr::from(u32::try_from(connection.0).unwrap().to_be_bytes())
}

impl World {
    pub(super) fn new(state: LessonState) -> Self {
        Self::with(record(state), LIMITS)
    }

    pub(super) fn with(record: LessonRecord, limits: Limits) -> Self {
        let start = Instant::now();
        let lesson = Lesson::restore(record.clone(), limits, Moment { at: start, unix_ms: 1_000_000 });
        Self { lesson, start, ms: 0, effects: vec![], stored: record, next: 1 }
    }

    pub(super) fn now(&self) -> Moment {
        Moment { at: self.start + Duration::from_millis(self.ms), unix_ms: 1_000_000 + self.ms }
    }

    pub(super) fn pass(&mut self, ms: u64) {
        self.ms += ms;
    }

    /// Carries out a command, and makes the plan anew.
    pub(super) fn apply(&mut self, command: Command) {
        let now = self.now();
        self.effects = self.lesson.apply(now, command);
        let planned = self.lesson.replan();
        self.effects.extend(planned);
        let floor = self.writes().into_iter().find_map(|write| match write {
            Write::Floor { participant, .. } => Some(participant.clone()),
            _ => None,
        });
        self.stored.floor = floor.unwrap_or(self.stored.floor.take());
    }

    pub(super) fn join_as(&mut self, identity: Identity, access: Access, resume: Option<&str>) -> ConnectionId {
        let connection = ConnectionId(self.next);
        self.next += 1;
        let resume = resume.map(|text| ResumeToken::from_page(text.into()));
        let fresh = ResumeToken::from_page(format!("secret{}", connection.0));
        self.apply(Command::Join(Join { connection, identity, access, resume, fresh, local: None, from: Some(from(connection)) }));
        connection
    }

    pub(super) fn join(&mut self, role: Role, sub: &str) -> ConnectionId {
        self.join_as(identity(role, sub), Access::Socket, None)
    }

    pub(super) fn say(&mut self, connection: ConnectionId, message: ClientMessage) {
        self.apply(Command::Said { connection, message });
    }

    /// Joins and gets a transport with so many slots.
    pub(super) fn come(&mut self, role: Role, sub: &str, audio: usize, video: usize) -> ConnectionId {
        let connection = self.join(role, sub);
        self.connect(connection, audio, video);
        connection
    }

    pub(super) fn connect(&mut self, connection: ConnectionId, audio: usize, video: usize) {
        self.offer(connection, 1);
        let ticket = self.ticket().unwrap();
        self.answer(connection, ticket, audio, video);
    }

    pub(super) fn offer(&mut self, connection: ConnectionId, id: u64) {
        self.say(connection, ClientMessage::Offer(Offer { id, sdp: format!("offer {id}"), sources: vec![] }));
    }

    pub(super) fn answer(&mut self, connection: ConnectionId, ticket: u64, audio: usize, video: usize) {
        let participant = self.id(connection);
        let line = |name: String| SlotLine { mid: name.clone(), slot: name };
        let slots = (0..audio).map(|i| line(format!("a{i}"))).chain((0..video).map(|i| line(format!("v{i}")))).collect();
        let result = Ok(OfferAnswer { sdp: "answer".into(), slots, ice_tag: "tag".into() });
        self.apply(Command::Answered { participant, ticket, result });
    }

    /// The ticket of the offer that went to the media plane last.
    pub(super) fn ticket(&self) -> Option<u64> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Offer { ticket, .. } => Some(*ticket),
            _ => None,
        })
    }

    pub(super) fn id(&self, connection: ConnectionId) -> ParticipantId {
        self.lesson.participants[&self.lesson.connections[&connection]].id.clone()
    }

    pub(super) fn call_on(&mut self, host: ConnectionId, class: ConnectionId) {
        let participant = self.id(class);
        self.say(host, ClientMessage::CallOn { participant });
    }

    pub(super) fn dismiss(&mut self, by: ConnectionId, class: ConnectionId) {
        let participant = self.id(class);
        self.say(by, ClientMessage::Dismiss { participant });
    }

    /// As it was written down, in a process that starts now.
    pub(super) fn restarted(&self) -> Self {
        let participants = self.lesson.participants.values().map(|p| p.stored.clone().unwrap()).collect();
        let chat = self.lesson.chat.iter().cloned().collect();
        Self::with(LessonRecord { participants, chat, ..self.stored.clone() }, LIMITS)
    }

    pub(super) fn act(&mut self, host: ConnectionId, action: LessonAction) {
        self.say(host, ClientMessage::Lesson { action });
    }

    /// The messages a connection got from the last command.
    pub(super) fn heard(&self, connection: ConnectionId) -> Vec<&ServerMessage> {
        let notices = self.effects.iter().filter_map(|effect| match effect {
            Effect::Notice { to, message } if to.contains(&connection) => Some(&**message),
            _ => None,
        });
        notices.collect()
    }

    pub(super) fn names_heard(&self, connection: ConnectionId) -> Vec<&'static str> {
        self.heard(connection).into_iter().map(ServerMessage::name).collect()
    }

    pub(super) fn welcome(&self, connection: ConnectionId) -> Welcome {
        let welcome = self.heard(connection).into_iter().find_map(|message| match message {
            ServerMessage::Welcome(welcome) => Some((**welcome).clone()),
            _ => None,
        });
        welcome.unwrap()
    }

    pub(super) fn refusal(&self) -> Option<ErrorCode> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Refused { refusal, .. } => Some(refusal.code),
            _ => None,
        })
    }

    pub(super) fn goodbyes(&self) -> Vec<(ConnectionId, GoodbyeReason)> {
        let goodbyes = self.effects.iter().filter_map(|effect| match effect {
            Effect::Goodbye { to, reason, .. } => Some((*to, *reason)),
            _ => None,
        });
        goodbyes.collect()
    }

    pub(super) fn writes(&self) -> Vec<&Write> {
        let writes = self.effects.iter().filter_map(|effect| match effect {
            Effect::Write { write, .. } => Some(&**write),
            _ => None,
        });
        writes.collect()
    }

    pub(super) fn plan(&self) -> &RoomPlan {
        &self.lesson.plan
    }

    pub(super) fn view(&self, connection: ConnectionId) -> Option<&View> {
        let id = self.id(connection);
        self.lesson.plan.views.iter().find(|view| view.participant == id)
    }

    /// What a connection's video slots show, as `id:source`.
    pub(super) fn shown(&self, connection: ConnectionId) -> Vec<String> {
        let name = |view: &Option<VideoView>| match view {
            Some(VideoView { participant, source: Source::Camera, .. }) => participant.0.clone(),
            Some(VideoView { participant, .. }) => format!("{}:screen", participant.0),
            None => "-".into(),
        };
        self.view(connection).map(|view| view.video.iter().map(name).collect()).unwrap_or_default()
    }
}
