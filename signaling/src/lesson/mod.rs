//! A lesson as a pure state machine: [`Lesson::apply`] takes the time and a [`Command`], and says what follows as [`Effect`]s. No clock, no tokio,
//! no randomness in here. The loop around it:
//!
//! ```text
//! for command in mailbox { run(lesson.apply(now, command)) }
//! run(lesson.replan());                      // who sees and hears whom, once for the whole batch
//! sleep_until(lesson.deadline()); lesson.apply(now, Command::Expire)
//! ```

mod apply;
pub mod bell;
mod command;
mod course;
mod effect;
mod interactions;
mod join;
mod minutes;
mod orders;
mod participant;
mod plan;
mod policy;
mod safety;
mod stats;
mod tell;
mod transport;

#[cfg(test)]
mod tests;

pub use command::{Access, Command, Deed, Identity, Join, Order, Outsider, Plan};
pub use effect::{Act, DropReason, Effect};
pub(crate) use policy::view_of;
pub(crate) use transport::refused_offer;

use crate::media::RoomPlan;
pub use crate::record::CHAT_KEPT;
use crate::record::{BlockRow, LessonRecord, ParticipantRow, Write};
use participant::{DIRECT_CONNECT_LIMIT, Participant, Place, Presence};
use policy::Policy;
use protocol::{ChatLine, LessonOverview, LessonState, LessonView, ParticipantId, Role};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

/// One time, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Monotonic.
    pub at: Instant,
    /// Milliseconds since 1970 (UTC).
    pub unix_ms: u64,
}

/// One connection of the server, of any kind. Never reused within a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// Bounds of a lesson.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Participants with a place at once.
    pub participants: usize,
    /// Classes on stage at once.
    pub stage: usize,
    /// How long a lost participant keeps its place.
    pub resume: Duration,
}

/// A lesson that is being held.
#[derive(Debug)]
pub struct Lesson {
    id: String,
    title: String,
    state: LessonState,
    planned_start_ms: Option<u64>,
    planned_end_ms: Option<u64>,
    /// Of the plan it was told last; 0: of none since it came into memory.
    plan_version: u64,
    live_since_ms: Option<u64>,
    ended_ms: Option<u64>,
    /// When a host was disconnected last, in milliseconds since 1970 (UTC).
    host_left_ms: Option<u64>,
    policy: Policy,
    /// Who may not join, first blocked first.
    blocks: Vec<BlockRow>,
    limits: Limits,
    /// In the order of joining.
    participants: BTreeMap<Place, Participant>,
    connections: HashMap<ConnectionId, Place>,
    next_place: Place,
    /// In the order of coming on it.
    stage: Vec<Place>,
    /// The class on stage that was called on last and has not been dismissed since.
    floor: Option<Place>,
    /// In the order of being raised.
    hands: Vec<Place>,
    /// Grows with every call and hand.
    next_order: u64,
    chat: VecDeque<ChatLine>,
    next_line: u64,
    next_ticket: u64,
    stats: stats::Figures,
    minutes: minutes::Minutes,
    interactions: interactions::Interactions,
    plan: RoomPlan,
    plan_stale: bool,
    marks: Marks,
    out: Vec<Effect>,
}

/// What the command at hand changed, to be told and written at its end.
#[derive(Debug, Default)]
struct Marks {
    /// Participants whose view or row may have changed.
    touched: BTreeSet<Place>,
    /// Who came with this command and gets a `welcome`, with its resume token and whether it had a place before.
    fresh: Option<(Place, String, bool)>,
    lesson: bool,
    stage: bool,
    floor: bool,
    hands: bool,
    blocks: bool,
    /// Who is visible to classrooms, before the command.
    public: Vec<Place>,
    /// Whose intervals of membership begin, and when.
    entered: Vec<(ParticipantId, u64)>,
    /// The connection whose command it is.
    asking: Option<ConnectionId>,
}

impl Lesson {
    /// A lesson as it was written down. Those who were present get a resume window from `now`.
    pub fn restore(record: LessonRecord, limits: Limits, now: Moment) -> Self {
        let LessonRecord { lesson, floor, participants, chat, receivers, blocks, host_left_ms, left_ms } = record;
        let policy = Policy::new(lesson.kind, lesson.switches.as_deref(), &receivers);
        let restored = |row: ParticipantRow| Participant { left_ms: left_ms.get(&row.id).copied(), ..Participant::restore(row, &policy, now.at) };
        let participants: BTreeMap<Place, Participant> = participants.into_iter().map(|row| (row.place, restored(row))).collect();
        let in_order = |order: fn(&Participant) -> Option<u64>| {
            let mut placed: Vec<(u64, Place)> = participants.values().filter_map(|p| Some((order(p)?, p.place))).collect();
            placed.sort_unstable();
            placed.into_iter().map(|(_, place)| place).collect::<Vec<_>>()
        };
        let (stage, hands) = (in_order(|p| p.stage), in_order(|p| p.hand));
        let has_floor = |place: &&Place| participants.get(place).is_some_and(|p| Some(&p.id) == floor.as_ref());
        let floor = stage.iter().find(has_floor).copied();
        let next_order = participants.values().flat_map(|p| [p.stage, p.hand]).flatten().max().map_or(1, |highest| highest.saturating_add(1));
        Self {
            id: lesson.id,
            title: lesson.title,
            state: lesson.state,
            planned_start_ms: lesson.planned_start_ms,
            planned_end_ms: lesson.planned_end_ms,
            plan_version: 0,
            live_since_ms: lesson.live_since_ms,
            ended_ms: lesson.ended_ms,
            host_left_ms,
            policy,
            blocks,
            limits,
            minutes: minutes::Minutes::default(),
            interactions: interactions::Interactions::restored(&hands, floor),
            connections: HashMap::new(),
            next_place: participants.keys().last().map_or(1, |last| last.saturating_add(1)),
            participants,
            stage,
            floor,
            hands,
            next_order,
            next_line: chat.last().map_or(1, |line| line.seq.saturating_add(1)),
            chat: chat.into(),
            next_ticket: 1,
            stats: stats::Figures::default(),
            plan: RoomPlan::default(),
            plan_stale: true,
            marks: Marks::default(),
            out: Vec::new(),
        }
    }

    /// Where it stands.
    pub fn state(&self) -> LessonState {
        self.state
    }

    /// As everybody in it may see it.
    pub fn view(&self) -> LessonView {
        LessonView {
            id: self.id.clone(),
            title: self.title.clone(),
            state: self.state,
            live_since_ms: self.live_since_ms,
            kind: self.policy.kind(),
            planned_start_ms: self.planned_start_ms,
            planned_end_ms: self.planned_end_ms,
            switches: *self.policy.switches(),
        }
    }

    /// For an operator; whoever knows the register adds the school.
    pub fn overview(&self) -> LessonOverview {
        LessonOverview { lesson: self.view(), host_school: None, participants: self.present().map(Participant::view).collect(), stats: self.stats.all() }
    }

    /// How many of each role are online, in the order of [`Role::ALL`].
    pub fn online(&self) -> [usize; 4] {
        Role::ALL.map(|role| self.participants.values().filter(|p| p.online() && p.role() == role).count())
    }

    /// The classrooms that are online, by the ids of their tokens.
    pub(crate) fn classrooms_online(&self) -> BTreeSet<String> {
        let rooms = self.participants.values().filter(|p| p.online() && p.role() == Role::Classroom);
        rooms.filter_map(|p| p.identity.classroom.clone()).collect()
    }

    /// Whether nobody holds a place: the lesson needs no memory any more.
    pub fn is_empty(&self) -> bool {
        self.present().next().is_none()
    }

    /// When [`Command::Expire`] is due: a place, a WHIP session without a transport, figures to be told or written.
    pub fn deadline(&self) -> Option<Instant> {
        let places = self.participants.values().filter_map(|p| self.gives_up_at(p));
        places.chain(self.stats.due()).chain(self.minutes.due()).min()
    }

    /// When a participant's place is given up.
    fn gives_up_at(&self, participant: &Participant) -> Option<Instant> {
        match (participant.presence, participant.access) {
            (Presence::Lost { since }, _) => Some(since + self.limits.resume),
            (Presence::Online(link), Access::Whip | Access::Whep(_)) if !participant.media => Some(link.since + DIRECT_CONNECT_LIMIT),
            _ => None,
        }
    }

    fn present(&self) -> impl Iterator<Item = &Participant> {
        self.participants.values().filter(|p| p.present())
    }

    /// The host's place, online or lost.
    fn host(&self) -> Option<Place> {
        self.present().find(|p| p.role() == Role::Host).map(|p| p.place)
    }

    /// The place with this id, if somebody holds it.
    fn place_of(&self, id: &ParticipantId) -> Option<Place> {
        let place = id.0.strip_prefix('p')?.parse().ok()?;
        self.participants.get(&place).filter(|p| p.present() && p.id == *id).map(|p| p.place)
    }

    /// Who is visible to classrooms: the host, then the stage.
    fn public(&self) -> Vec<Place> {
        self.host().into_iter().chain(self.stage.iter().copied()).collect()
    }

    fn ids(&self, places: &[Place]) -> Vec<ParticipantId> {
        places.iter().filter_map(|place| self.participants.get(place)).map(|p| p.id.clone()).collect()
    }

    fn floor_id(&self) -> Option<ParticipantId> {
        self.floor.and_then(|place| self.participants.get(&place)).map(|p| p.id.clone())
    }

    fn write(&mut self, write: Write) {
        self.out.push(Effect::Write { write: Box::new(write), asked_by: self.marks.asking });
    }

    /// Marks a participant as changed.
    fn touch(&mut self, place: Place) -> Option<&mut Participant> {
        self.marks.touched.insert(place);
        self.participants.get_mut(&place)
    }
}
