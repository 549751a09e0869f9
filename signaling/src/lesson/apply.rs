//! One command, one function.

use super::participant::{MAX_VIDEO_SLOTS, Place, Want};
use super::{CHAT_KEPT, Command, ConnectionId, DropReason, Effect, Lesson, Moment};
use crate::record::Write;
use crate::refusal::Refusal;
use protocol::{ChatLine, ClientMessage, ErrorCode, GoodbyeReason, LessonState, ParticipantId, Role, ServerMessage, SlotWant, Source};

/// Longest line of chat, in characters.
const CHAT_CHARACTERS: usize = 500;

impl Lesson {
    pub(super) fn dispatch(&mut self, now: Moment, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Join(join) => return self.join(now, join),
            Command::Said { connection, message } => return self.said(now, connection, message),
            Command::Disconnected { connection } => self.disconnected(now, connection),
            Command::DirectEnded { connection } => self.direct_ended(now, connection),
            Command::DirectAnswered { connection, slots } => self.direct_answered(now, connection, &slots),
            Command::Answered { participant, ticket, result } => self.answered(now, &participant, ticket, result),
            Command::MediaConnected { participant } => self.media_connected(now, &participant),
            Command::MediaLost { participant, reason } => self.media_lost(now, &participant, reason),
            Command::Publishing { participant, source, active } => self.publishing(now, &participant, source, active),
            Command::Speakers { participants } => self.speakers(participants),
            Command::Stats { participants } => self.take_stats(now, participants),
            Command::Bell { may_end } => self.bell(now, may_end),
            Command::Planned(plan) => self.planned(now, plan),
            Command::PutOut { connection, refusal } => self.put_out(now, connection, &refusal),
            Command::Ordered(order) => return self.obey(now, order),
            Command::Expire => self.expire(now),
        }
        Ok(())
    }

    fn said(&mut self, now: Moment, connection: ConnectionId, message: ClientMessage) -> Result<(), Refusal> {
        let Some(place) = self.connections.get(&connection).copied() else {
            self.out.push(Effect::Dropped(DropReason::StaleConnection));
            return Ok(());
        };
        match message {
            ClientMessage::Offer(offer) => self.offer(now, place, connection, offer),
            ClientMessage::Want { slots } => self.want(place, &slots),
            ClientMessage::Sources { on } => self.switch_sources(place, on),
            ClientMessage::Hand { raised } => return self.hand(place, raised),
            ClientMessage::CallOn { participant } => return self.call_on(&participant),
            ClientMessage::Dismiss { participant } => return self.dismiss(&participant),
            ClientMessage::Mute { participant, muted } => return self.mute(&participant, muted),
            ClientMessage::MuteAll => self.mute_all(now, place),
            ClientMessage::Lesson { action } => return self.act(now, place, action),
            ClientMessage::Switches(change) => self.switch(now, place, change),
            ClientMessage::Remove { participant } => return self.remove(now, place, &participant),
            ClientMessage::Block { participant } => return self.block(now, place, &participant),
            ClientMessage::Unblock { participant } => return self.unblock(now, place, &participant),
            ClientMessage::Chat { text } => return self.write_chat(now, place, &text),
            ClientMessage::WatchStats { on } => {
                if let Some(participant) = self.participants.get_mut(&place) {
                    participant.watches_stats = on;
                }
            }
            ClientMessage::Leave => self.depart(now, place, GoodbyeReason::Left),
            ClientMessage::Join(_) => return Err(Refusal::new(ErrorCode::WrongState, "this connection has joined already; open another to join again")),
            ClientMessage::Ping => {}
        }
        Ok(())
    }

    /// Unknown slot names are ignored: the page may have more slots in mind than the answer gave.
    fn want(&mut self, place: Place, slots: &[SlotWant]) {
        let Some(participant) = self.participants.get_mut(&place) else { return };
        for want in slots {
            let index = want.slot.strip_prefix('v').and_then(|number| number.parse::<usize>().ok()).filter(|index| *index < MAX_VIDEO_SLOTS);
            if let Some(index) = index {
                participant.wants.insert(index, Want { spatial: want.spatial, temporal: want.temporal });
            }
        }
        self.plan_stale = true;
    }

    fn switch_sources(&mut self, place: Place, on: Vec<Source>) {
        if let Some(participant) = self.touch(place) {
            participant.on = on.into_iter().collect();
        }
        self.plan_stale = true;
    }

    fn hand(&mut self, place: Place, raised: bool) -> Result<(), Refusal> {
        if !raised {
            self.lower_hand(place);
            return Ok(());
        }
        self.may_take_part(place)?;
        if self.state == LessonState::Paused {
            return Err(Refusal::new(ErrorCode::WrongState, "the lesson is paused; raise the hand when it goes on"));
        }
        if self.floor == Some(place) {
            return Err(Refusal::new(ErrorCode::WrongState, "this class has the floor already; no need to raise a hand"));
        }
        if !self.hands.contains(&place) {
            let order = self.take_order();
            if let Some(participant) = self.touch(place) {
                participant.hand = Some(order);
            }
            self.hands.push(place);
            self.marks.hands = true;
            self.plan_stale = true;
        }
        Ok(())
    }

    /// Gives a class the floor, on stage.
    fn call_on(&mut self, id: &ParticipantId) -> Result<(), Refusal> {
        let place = self.class(id)?;
        if self.floor == Some(place) {
            return Ok(());
        }
        self.may_take_part(place)?;
        if !self.stage.contains(&place) && self.stage.len() >= self.limits.stage {
            return Err(Refusal::new(ErrorCode::Full, format!("the stage holds {} classes, its limit; dismiss one first", self.stage.len())));
        }
        self.take_stage(place);
        self.lower_hand(place);
        self.give_floor(Some(place));
        Ok(())
    }

    /// Brings a class on stage, where there is room.
    pub(super) fn take_stage(&mut self, place: Place) {
        if self.stage.contains(&place) || self.stage.len() >= self.limits.stage {
            return;
        }
        let order = self.take_order();
        if let Some(participant) = self.touch(place) {
            participant.stage = Some(order);
        }
        self.stage.push(place);
        self.marks.stage = true;
        self.plan_stale = true;
    }

    /// Whoever has it is heard, also a class that the host had muted; that one is muted again when it has it no more.
    fn give_floor(&mut self, to: Option<Place>) {
        let before = std::mem::replace(&mut self.floor, to);
        if let Some(participant) = before.and_then(|place| self.touch(place)) {
            participant.muted |= std::mem::take(&mut participant.unmuted_for_floor);
        }
        if let Some(participant) = to.and_then(|place| self.touch(place)) {
            participant.unmuted_for_floor = std::mem::take(&mut participant.muted);
        }
        self.marks.floor = true;
        self.plan_stale = true;
    }

    /// Takes the floor from a class that has its seat on stage, and anybody else off the stage.
    fn dismiss(&mut self, id: &ParticipantId) -> Result<(), Refusal> {
        let place = self.class(id)?;
        let seated = self.participants.get(&place).is_some_and(|p| self.policy.comes_on_stage(&p.identity));
        if seated && self.floor == Some(place) {
            self.give_floor(None);
        } else {
            self.leave_stage(place);
        }
        Ok(())
    }

    fn mute(&mut self, id: &ParticipantId, muted: bool) -> Result<(), Refusal> {
        let place = self.class(id)?;
        if let Some(participant) = self.touch(place) {
            participant.muted = muted;
            participant.unmuted_for_floor = false;
        }
        self.plan_stale = true;
        Ok(())
    }

    /// Mutes every class, those who have left too: they may come back.
    fn mute_all(&mut self, now: Moment, by: Place) {
        self.note(now, Some(by), "lesson.mute_all", serde_json::json!({}));
        let classes: Vec<Place> = self.participants.values().filter(|p| p.role() == Role::Classroom).map(|p| p.place).collect();
        for place in classes {
            if let Some(participant) = self.touch(place) {
                participant.muted = true;
                participant.unmuted_for_floor = false;
            }
        }
        self.plan_stale = true;
    }

    fn write_chat(&mut self, now: Moment, place: Place, text: &str) -> Result<(), Refusal> {
        let Some(writer) = self.participants.get(&place) else { return Ok(()) };
        if self.state == LessonState::Paused && writer.role() != Role::Host {
            return Err(Refusal::new(ErrorCode::WrongState, "the lesson is paused; write when it goes on"));
        }
        self.may_write(writer.role())?;
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > CHAT_CHARACTERS {
            return Err(Refusal::new(ErrorCode::TextInvalid, format!("a line of chat has 1 to {CHAT_CHARACTERS} characters, this one {length}")));
        }
        if let Some(hidden) = text.chars().find(|sign| timetable::is_hidden(*sign) && !matches!(sign, '\n' | '\t')) {
            let code = u32::from(hidden);
            let text = format!("a line of chat cannot have the character U+{code:04X}, which controls how others are shown; leave it out");
            return Err(Refusal::new(ErrorCode::TextInvalid, text));
        }
        let line = ChatLine { seq: self.next_line, from: writer.id.clone(), name: writer.identity.name.clone(), text: text.to_owned(), at_ms: now.unix_ms };
        self.next_line += 1;
        self.chat.push_back(line.clone());
        if self.chat.len() > CHAT_KEPT {
            self.chat.pop_front();
        }
        self.write(Write::Chat { lesson: self.id.clone(), line: line.clone() });
        let to = self.sockets(|_| true);
        self.notice(to, ServerMessage::Chat { line });
        Ok(())
    }

    /// A class that holds a place.
    fn class(&self, id: &ParticipantId) -> Result<Place, Refusal> {
        let place = self.known(id)?;
        match self.participants.get(&place) {
            Some(participant) if participant.role() == Role::Classroom => Ok(place),
            _ => Err(Refusal::new(ErrorCode::Forbidden, format!("{:?} is not a classroom; only a class can be called on, dismissed or muted", id.0))),
        }
    }

    /// Somebody who holds a place.
    pub(super) fn known(&self, id: &ParticipantId) -> Result<Place, Refusal> {
        let shown: String = id.0.chars().take(40).collect();
        self.place_of(id).ok_or_else(|| Refusal::new(ErrorCode::ParticipantUnknown, format!("nobody in the lesson has the id {shown:?}; it may have left")))
    }

    pub(super) fn leave_stage(&mut self, place: Place) {
        if !self.stage.contains(&place) {
            return;
        }
        if self.floor == Some(place) {
            self.give_floor(None);
        }
        self.stage.retain(|other| *other != place);
        if let Some(participant) = self.touch(place) {
            participant.stage = None;
        }
        self.marks.stage = true;
        self.plan_stale = true;
    }

    pub(super) fn lower_hand(&mut self, place: Place) {
        if !self.hands.contains(&place) {
            return;
        }
        self.hands.retain(|other| *other != place);
        if let Some(participant) = self.touch(place) {
            participant.hand = None;
        }
        self.marks.hands = true;
        self.plan_stale = true;
    }

    fn take_order(&mut self) -> u64 {
        let order = self.next_order;
        self.next_order += 1;
        order
    }
}
