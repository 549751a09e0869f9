//! Coming in, being lost, coming back, leaving.

use super::command::{Access, Identity, Join, Order};
use super::participant::{Link, Participant, Place, Presence, all_sources};
use super::{Command, ConnectionId, DropReason, Effect, Lesson, Moment};
use crate::media::RoomPlan;
use crate::record::Write;
use crate::refusal::Refusal;
use protocol::{ErrorCode, GoodbyeReason, LessonState, Role, ServerMessage};

/// WHEP sessions one identity may hold at once: camera and courseware, and both again while it restarts.
const WHEP_PER_IDENTITY: usize = 4;

/// How soon somebody who was put out asks again.
const PUT_OUT_RETRY_MS: u64 = 1_000;

/// How soon a page asks again whether a scheduled lesson has opened.
const SCHEDULED_RETRY_MS: u64 = 15_000;

impl Lesson {
    pub(super) fn join(&mut self, now: Moment, join: Join) -> Result<(), Refusal> {
        self.joinable()?;
        self.welcomes(&join.identity)?;
        let taken = self.own_place(&join, now)?;
        if join.identity.role == Role::Host {
            self.make_way_for_host(taken, now)?;
        }
        let resumed = taken.and_then(|place| self.participants.get(&place)).is_some_and(Participant::present);
        if !resumed {
            self.room_for_one()?;
        }
        let place = match taken {
            Some(place) => place,
            None => self.new_place(&join)?,
        };
        self.seat(now, place, join, resumed);
        Ok(())
    }

    fn joinable(&self) -> Result<(), Refusal> {
        match self.state {
            LessonState::Open | LessonState::Live | LessonState::Paused => Ok(()),
            LessonState::Scheduled => {
                Err(Refusal::new(ErrorCode::LessonClosed, format!("lesson {:?} is not open yet; try again shortly before it begins", self.id))
                    .retry_after(SCHEDULED_RETRY_MS))
            }
            LessonState::Ended => Err(Refusal::new(ErrorCode::LessonClosed, format!("lesson {:?} is over", self.id))),
            LessonState::Cancelled => Err(Refusal::new(ErrorCode::LessonClosed, format!("lesson {:?} was cancelled", self.id))),
        }
    }

    /// The place the joiner had: by its resume token, else by the stable identity of its token.
    fn own_place(&self, join: &Join, now: Moment) -> Result<Option<Place>, Refusal> {
        if matches!(join.access, Access::Whep(_)) {
            return Ok(None);
        }
        let identity = &join.identity;
        let own = |p: &&Participant| p.identity.sub == identity.sub && p.role() == identity.role && !matches!(p.access, Access::Whep(_));
        if let Some(hash) = join.resume.as_ref().map(crate::resume::ResumeToken::hash)
            && let Some(participant) = self.participants.values().filter(own).find(|p| p.resume == Some(hash))
        {
            return Ok(Some(participant.place));
        }
        let same = self.participants.values().filter(own);
        Ok(match identity.role {
            Role::Classroom => same.map(|p| p.place).next(),
            // A second console with the host's token is refused below; a lost one is taken over.
            Role::Host => same.filter(|p| !p.holds(now)).map(|p| p.place).next(),
            Role::Observer | Role::Operator => same.filter(|p| !p.online()).map(|p| p.place).next(),
        })
    }

    /// One host at a time: another that is there refuses the joiner, another that was lost gives way.
    fn make_way_for_host(&mut self, taken: Option<Place>, now: Moment) -> Result<(), Refusal> {
        let Some(other) = self.host().filter(|host| Some(*host) != taken) else { return Ok(()) };
        let Some(host) = self.participants.get(&other) else { return Ok(()) };
        if host.holds(now) {
            let text = format!("{:?} is hosting this lesson already; close the other console first, or wait until it has left", host.identity.name);
            return Err(Refusal::new(ErrorCode::HostPresent, text));
        }
        self.depart(now, other, GoodbyeReason::Replaced);
        Ok(())
    }

    fn room_for_one(&self) -> Result<(), Refusal> {
        if self.present().count() < self.limits.participants {
            return Ok(());
        }
        let text = format!("the lesson holds {} participants, its limit; ask the operator to raise it", self.limits.participants);
        Err(Refusal::new(ErrorCode::Full, text).retry_after(10_000))
    }

    fn new_place(&mut self, join: &Join) -> Result<Place, Refusal> {
        let mut identity = join.identity.clone();
        if matches!(join.access, Access::Whep(_)) {
            let held = self.present().filter(|p| matches!(p.access, Access::Whep(_)) && p.identity.sub == identity.sub).count();
            if held >= WHEP_PER_IDENTITY {
                return Err(Refusal::new(ErrorCode::Full, format!("this token holds {held} WHEP sessions, its limit; DELETE one first")));
            }
            // A viewer only, also with a classroom's token: it is not the panel and cannot be called on.
            identity.role = Role::Observer;
        }
        let place = self.next_place;
        self.next_place += 1;
        self.participants.insert(place, Participant::new(place, identity, join.access));
        Ok(place)
    }

    fn seat(&mut self, now: Moment, place: Place, join: Join, resumed: bool) {
        let connection = join.connection;
        let Some(participant) = self.touch(place) else { return };
        let shown = join.resume.filter(|token| participant.resume == Some(token.hash()));
        let token = shown.unwrap_or(join.fresh);
        let old = participant.link().map(|link| link.connection);
        participant.resume = matches!(join.access, Access::Socket).then(|| token.hash());
        if !matches!(join.access, Access::Whep(_)) {
            participant.identity = join.identity;
        }
        if join.access != Access::Socket {
            participant.on = all_sources();
        }
        participant.access = join.access;
        participant.presence = Presence::Online(Link { connection, since: now.at, local: join.local, from: join.from });
        participant.has_published = false;
        participant.watches_stats = false;
        participant.told_slots = None;
        participant.told_demand = None;
        let id = participant.id.clone();
        let begins = participant.member_since.is_none();
        // A clock that was set back begins no interval within the last.
        let from_ms = participant.left_ms.map_or(now.unix_ms, |left_ms| now.unix_ms.max(left_ms + 1));
        let joined_ms = *participant.member_since.get_or_insert(from_ms);
        if let Some(old) = old {
            self.connections.remove(&old);
            self.out.push(Effect::Goodbye { to: old, reason: GoodbyeReason::Replaced, retry_ms: None });
        }
        self.connections.insert(connection, place);
        if begins {
            self.marks.entered.push((id.clone(), joined_ms));
        }
        self.follow_policy(place);
        let comes_on_stage = self.participants.get(&place).is_some_and(|p| self.policy.comes_on_stage(&p.identity));
        if comes_on_stage && !resumed {
            self.take_stage(place);
        }
        self.out.push(Effect::Joined { connection, participant: id, resumed });
        if join.access == Access::Socket {
            self.marks.fresh = Some((place, token.reveal().to_owned(), resumed));
        }
        self.plan_stale = true;
    }

    /// A connection closed: the place is kept for the resume window, the transport too.
    pub(super) fn disconnected(&mut self, now: Moment, connection: ConnectionId) {
        let Some(place) = self.connections.remove(&connection) else {
            self.out.push(Effect::Dropped(DropReason::StaleConnection));
            return;
        };
        if let Some(participant) = self.touch(place) {
            participant.presence = Presence::Lost { since: now.at };
            participant.watches_stats = false;
        }
        self.minutes.hurry(now);
        self.end_membership(now, place, false);
    }

    /// A WHIP or WHEP session ended.
    pub(super) fn direct_ended(&mut self, now: Moment, connection: ConnectionId) {
        match self.connections.get(&connection).copied() {
            Some(place) => self.depart(now, place, GoodbyeReason::Left),
            None => self.out.push(Effect::Dropped(DropReason::StaleConnection)),
        }
    }

    /// A participant gives up its place. Only hosts and classrooms are remembered after that.
    pub(super) fn depart(&mut self, now: Moment, place: Place, reason: GoodbyeReason) {
        self.end_membership(now, place, reason != GoodbyeReason::TooSlow);
        self.leave_stage(place);
        self.lower_hand(place);
        let Some(participant) = self.touch(place) else { return };
        let (id, link) = (participant.id.clone(), participant.link());
        participant.presence = Presence::Absent;
        participant.in_flight = None;
        participant.waiting = None;
        participant.wants.clear();
        participant.on = all_sources();
        participant.without_transport();
        if matches!(reason, GoodbyeReason::Left | GoodbyeReason::Removed | GoodbyeReason::Blocked | GoodbyeReason::Refused) {
            participant.resume = None;
        }
        self.stats.forget(&id);
        self.minutes.forget(&id);
        if let Some(link) = link {
            self.connections.remove(&link.connection);
            self.out.push(Effect::Goodbye { to: link.connection, reason, retry_ms: None });
        }
        self.out.push(Effect::Remove(id));
        self.plan_stale = true;
    }

    /// Says why, and goodbye. A page that comes back is refused at the door, as any that comes too early or with an old token.
    pub(super) fn put_out(&mut self, now: Moment, connection: ConnectionId, refusal: &Refusal) {
        let Some(place) = self.connections.get(&connection).copied() else {
            self.out.push(Effect::Dropped(DropReason::StaleConnection));
            return;
        };
        self.notice(vec![connection], ServerMessage::Error(refusal.notice()));
        self.out.push(Effect::Goodbye { to: connection, reason: GoodbyeReason::Refused, retry_ms: Some(PUT_OUT_RETRY_MS) });
        self.connections.remove(&connection);
        if let Some(participant) = self.touch(place) {
            participant.presence = Presence::Lost { since: now.at };
        }
        self.depart(now, place, GoodbyeReason::Refused);
    }

    /// Who is connected with a token of the timetable.
    pub(crate) fn held(&self) -> Vec<(ConnectionId, Identity)> {
        let connected = self.present().filter(|p| p.identity.holder.is_some()).filter_map(|p| Some((p.link()?.connection, p.identity.clone())));
        connected.collect()
    }

    fn end_membership(&mut self, now: Moment, place: Place, goodbye: bool) {
        let Some(participant) = self.participants.get_mut(&place) else { return };
        let Some(joined_ms) = participant.member_since.take() else { return };
        let (id, left_ms) = (participant.id.clone(), now.unix_ms.max(joined_ms));
        participant.left_ms = Some(left_ms);
        if participant.role() == Role::Host {
            self.host_left_ms = Some(left_ms);
        }
        self.write(Write::Exit { lesson: self.id.clone(), participant: id, joined_ms, left_ms, goodbye });
    }

    /// What is due: places given up, figures to be told.
    pub(super) fn expire(&mut self, now: Moment) {
        let over: Vec<Place> = self.participants.values().filter(|p| self.gives_up_at(p).is_some_and(|at| at <= now.at)).map(|p| p.place).collect();
        for place in over {
            self.depart(now, place, GoodbyeReason::TooSlow);
        }
        self.tell_stats(now);
    }

    /// The lesson is over for everybody.
    pub(super) fn end_all(&mut self, now: Moment) {
        let places: Vec<Place> = self.present().map(|p| p.place).collect();
        for place in places {
            self.depart(now, place, GoodbyeReason::LessonEnded);
        }
        self.plan = RoomPlan::default();
        self.out.push(Effect::CloseRoom);
    }

    /// Nobody may be in it for now: everybody is told why, and may come back when it opens.
    pub(super) fn send_home(&mut self, now: Moment) {
        if let Err(refusal) = self.joinable() {
            let mut connections: Vec<ConnectionId> = self.connections.keys().copied().collect();
            connections.sort_unstable();
            for connection in connections {
                self.put_out(now, connection, &refusal);
            }
        }
        self.end_all(now);
    }

    /// Carries out a command, and says what follows.
    pub fn apply(&mut self, now: Moment, command: Command) -> Vec<Effect> {
        self.marks.public = self.public();
        self.marks.asking = match &command {
            Command::Join(join) => Some(join.connection),
            Command::Said { connection, .. } | Command::Ordered(Order { connection, .. }) => Some(*connection),
            _ => None,
        };
        let done = self.dispatch(now, command);
        if let (Err(refusal), Some(connection)) = (done, self.marks.asking) {
            self.out.push(Effect::Refused { connection, refusal });
        }
        self.tell(now);
        self.record();
        self.write_interactions(now);
        self.write_minutes(now);
        self.forget_the_gone();
        self.marks = super::Marks::default();
        std::mem::take(&mut self.out)
    }

    /// Observers and operators who left are not remembered.
    fn forget_the_gone(&mut self) {
        for place in &self.marks.touched {
            let gone = |p: &Participant| !p.present() && matches!(p.role(), Role::Observer | Role::Operator);
            if self.participants.get(place).is_some_and(gone) {
                self.participants.remove(place);
            }
        }
    }
}
