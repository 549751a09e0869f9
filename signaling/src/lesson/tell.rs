//! Who is told and what is written at the end of a command: the difference between what is and what was told or written last.

use super::participant::{Participant, Place};
use super::{ConnectionId, Effect, Lesson, Moment};
use crate::record::Write;
use protocol::{ParticipantId, Role, ServerMessage, Welcome};

/// Classrooms see the host, the stage and themselves; the others see everybody.
fn sees_all(role: Role) -> bool {
    match role {
        Role::Host | Role::Observer | Role::Operator => true,
        Role::Classroom => false,
    }
}

impl Lesson {
    /// The WebSockets of the participants that `which` selects, without one that is about to get its `welcome`.
    pub(super) fn sockets(&self, which: impl Fn(&Participant) -> bool) -> Vec<ConnectionId> {
        let fresh = self.marks.fresh.as_ref().map(|(place, ..)| *place);
        self.participants.values().filter(|p| Some(p.place) != fresh && which(p)).filter_map(Participant::socket).collect()
    }

    pub(super) fn notice(&mut self, to: Vec<ConnectionId>, message: ServerMessage) {
        if !to.is_empty() {
            self.out.push(Effect::Notice { to, message: Box::new(message) });
        }
    }

    /// Tells everybody what changed for them.
    pub(super) fn tell(&mut self, now: Moment) {
        let touched: Vec<Place> = self.marks.touched.iter().copied().collect();
        for place in touched {
            self.tell_participant(place);
        }
        self.tell_public();
        if self.marks.lesson {
            let (to, lesson) = (self.sockets(|_| true), self.view());
            self.before_goodbyes(to, ServerMessage::Lesson { lesson });
        }
        if self.marks.stage || self.marks.floor {
            let (to, participants, floor) = (self.sockets(|_| true), self.ids(&self.stage), self.floor_id());
            self.notice(to, ServerMessage::Stage { participants, floor });
        }
        if self.marks.hands {
            let (to, participants) = (self.sockets(|_| true), self.ids(&self.hands));
            self.notice(to, ServerMessage::Hands { participants });
        }
        if self.marks.blocks {
            self.tell_blocks();
        }
        self.welcome(now);
    }

    /// Those who are about to be sent away still hear that the lesson ended.
    fn before_goodbyes(&mut self, mut to: Vec<ConnectionId>, message: ServerMessage) {
        let leaving = self.out.iter().filter_map(|effect| match effect {
            Effect::Goodbye { to, reason: protocol::GoodbyeReason::LessonEnded, .. } => Some(*to),
            _ => None,
        });
        to.extend(leaving);
        if !to.is_empty() {
            self.out.insert(0, Effect::Notice { to, message: Box::new(message) });
        }
    }

    /// Tells those who see everybody, the participant itself, and classrooms where it is public.
    fn tell_participant(&mut self, place: Place) {
        let Some(participant) = self.participants.get(&place) else { return };
        let view = participant.present().then(|| participant.view());
        if view == participant.told {
            return;
        }
        let stays_public = self.marks.public.contains(&place) && self.public().contains(&place);
        let to = self.sockets(|p| sees_all(p.role()) || p.place == place || stays_public);
        let id = participant.id.clone();
        if let Some(participant) = self.participants.get_mut(&place) {
            participant.told.clone_from(&view);
        }
        self.notice(
            to,
            match view {
                Some(participant) => ServerMessage::Participant { participant },
                None => ServerMessage::Left { participant: id },
            },
        );
    }

    /// Tells classrooms who came into and went out of their view.
    fn tell_public(&mut self) {
        let (before, public) = (std::mem::take(&mut self.marks.public), self.public());
        for place in public.iter().filter(|place| !before.contains(place)) {
            let to = self.sockets(|p| !sees_all(p.role()) && p.place != *place);
            if let Some(participant) = self.participants.get(place).map(Participant::view) {
                self.notice(to, ServerMessage::Participant { participant });
            }
        }
        for place in before.iter().filter(|place| !public.contains(place)) {
            let to = self.sockets(|p| !sees_all(p.role()) && p.place != *place);
            let participant = ParticipantId(format!("p{place}"));
            self.notice(to, ServerMessage::Left { participant });
        }
    }

    fn welcome(&mut self, now: Moment) {
        let Some((place, resume, resumed)) = self.marks.fresh.take() else { return };
        let Some(you) = self.participants.get(&place) else { return };
        let Some(connection) = you.socket() else { return };
        let (all, public) = (sees_all(you.role()), self.public());
        let visible = self.present().filter(|p| all || p.place == place || public.contains(&p.place));
        let welcome = Welcome {
            version: protocol::VERSION,
            you: you.view(),
            resume,
            resumed,
            lesson: self.view(),
            participants: visible.map(Participant::view).collect(),
            stage: self.ids(&self.stage),
            floor: self.floor_id(),
            hands: self.ids(&self.hands),
            chat: self.chat.iter().cloned().collect(),
            blocks: if you.role() == Role::Host { self.block_views() } else { Vec::new() },
            // Filled in at the edge: the lesson does not know the server's configuration.
            ice_servers: Vec::new(),
            now_ms: now.unix_ms,
        };
        self.notice(vec![connection], ServerMessage::Welcome(Box::new(welcome)));
    }

    /// Writes the rows that differ from what was written last; then the intervals that begin, so that whoever was present by the store can come back by it.
    pub(super) fn record(&mut self) {
        let touched: Vec<Place> = self.marks.touched.iter().copied().collect();
        for place in touched {
            let Some(participant) = self.participants.get_mut(&place) else { continue };
            let row = participant.row();
            if participant.stored.as_ref() != Some(&row) {
                participant.stored = Some(row.clone());
                self.write(Write::Participant { lesson: self.id.clone(), row });
            }
        }
        if self.marks.floor {
            self.write(Write::Floor { id: self.id.clone(), participant: self.floor_id() });
        }
        for (participant, joined_ms) in std::mem::take(&mut self.marks.entered) {
            self.write(Write::Enter { lesson: self.id.clone(), participant, joined_ms });
        }
    }
}
