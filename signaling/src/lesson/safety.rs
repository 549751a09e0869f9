//! What keeps a lesson safe: switches, sending somebody away, keeping somebody out.

use super::command::Identity;
use super::orders::By;
use super::participant::{Participant, Place};
use super::{Lesson, Moment};
use crate::record::{BlockRow, Write};
use crate::refusal::Refusal;
use protocol::{BlockView, ErrorCode, GoodbyeReason, ParticipantId, Publish, Role, ServerMessage, SwitchChange};
use serde_json::json;

/// Identities that may be blocked from one lesson.
const BLOCKS: usize = 1_000;

impl Lesson {
    /// Changes what is allowed. What is forbidden ends at once.
    pub(super) fn switch(&mut self, now: Moment, by: impl Into<By>, change: SwitchChange) {
        if !self.policy.change(change) {
            return;
        }
        self.write(Write::Switches { id: self.id.clone(), switches: self.policy.stored() });
        self.note(now, by, "lesson.switch", json!({ "switches": change }));
        let places: Vec<Place> = self.participants.keys().copied().collect();
        for place in places {
            self.follow_policy(place);
        }
        self.marks.lesson = true;
        self.plan_stale = true;
    }

    /// A participant does what the switches say now.
    pub(super) fn follow_policy(&mut self, place: Place) {
        let Some(publish) = self.participants.get(&place).map(|p| self.policy.publish(&p.identity)) else { return };
        if self.participants.get(&place).is_some_and(|p| p.publish != publish)
            && let Some(participant) = self.touch(place)
        {
            participant.publish = publish;
        }
        if publish == Publish::Never || !self.policy.switches().interaction {
            self.leave_stage(place);
            self.lower_hand(place);
        }
    }

    /// Whether somebody may take part at all now: raise a hand, be called on.
    pub(super) fn may_take_part(&self, place: Place) -> Result<(), Refusal> {
        if !self.policy.switches().interaction {
            return Err(Refusal::new(ErrorCode::SwitchedOff, "all interaction is forbidden; it can be allowed again by the host, or an operator"));
        }
        if self.participants.get(&place).is_some_and(|p| p.publish == Publish::Never) {
            return Err(Refusal::new(ErrorCode::SwitchedOff, "this lesson is received only; the host, or an operator, may change who sends"));
        }
        Ok(())
    }

    /// Whether somebody may write.
    pub(super) fn may_write(&self, role: Role) -> Result<(), Refusal> {
        let switches = self.policy.switches();
        if role == Role::Host || (switches.text && switches.interaction) {
            return Ok(());
        }
        Err(Refusal::new(ErrorCode::SwitchedOff, "text is switched off; it can be switched on again by the host, or an operator"))
    }

    /// Sends somebody away, who may come back.
    pub(super) fn remove(&mut self, now: Moment, by: Place, id: &ParticipantId) -> Result<(), Refusal> {
        let place = self.removable(id)?;
        if let Some(name) = self.participants.get(&place).map(Self::told_name) {
            self.note(now, Some(by), "lesson.remove", json!({ "participant": id, "name": name }));
        }
        self.depart(now, place, GoodbyeReason::Removed);
        Ok(())
    }

    /// Sends somebody away and keeps the identity and the classroom out.
    pub(super) fn block(&mut self, now: Moment, by: Place, id: &ParticipantId) -> Result<(), Refusal> {
        let place = self.removable(id)?;
        if self.blocks.len() >= BLOCKS {
            return Err(Refusal::new(ErrorCode::Full, format!("{BLOCKS} are blocked from this lesson, the limit; unblock one first")));
        }
        let Some(participant) = self.participants.get(&place) else { return Ok(()) };
        let Identity { sub, name, classroom, .. } = participant.identity.clone();
        let row = BlockRow { participant: id.clone(), sub, classroom, name, at_ms: now.unix_ms };
        self.note(now, Some(by), "lesson.block", json!({ "participant": id, "name": row.name, "classroom": row.classroom }));
        self.write(Write::Block { lesson: self.id.clone(), row: row.clone() });
        let also: Vec<Place> = self.present().filter(|p| keeps_out(&row, &p.identity)).map(|p| p.place).collect();
        self.blocks.push(row);
        self.marks.blocks = true;
        for place in also {
            self.depart(now, place, GoodbyeReason::Blocked);
        }
        Ok(())
    }

    /// Lets somebody in again.
    pub(super) fn unblock(&mut self, now: Moment, by: Place, id: &ParticipantId) -> Result<(), Refusal> {
        let shown: String = id.0.chars().take(40).collect();
        let unknown = || Refusal::new(ErrorCode::ParticipantUnknown, format!("nobody with the id {shown:?} is blocked from this lesson"));
        let index = self.blocks.iter().position(|row| row.participant == *id).ok_or_else(unknown)?;
        let row = self.blocks.remove(index);
        self.marks.blocks = true;
        self.note(now, Some(by), "lesson.unblock", json!({ "participant": id, "name": row.name }));
        self.write(Write::Unblock { lesson: self.id.clone(), participant: row.participant });
        Ok(())
    }

    /// Whether somebody may come in.
    ///
    /// # Errors
    /// [`ErrorCode::Blocked`].
    pub(super) fn welcomes(&self, identity: &Identity) -> Result<(), Refusal> {
        if !self.blocks.iter().any(|row| keeps_out(row, identity)) {
            return Ok(());
        }
        let text = format!("{:?} was blocked from this lesson by its host; the host may let it in again", identity.name);
        Err(Refusal::new(ErrorCode::Blocked, text))
    }

    /// As a host sees them.
    pub(super) fn block_views(&self) -> Vec<BlockView> {
        let view = |row: &BlockRow| BlockView { participant: row.participant.clone(), name: row.name.clone(), at_ms: row.at_ms };
        self.blocks.iter().map(view).collect()
    }

    pub(super) fn tell_blocks(&mut self) {
        let to = self.sockets(|p| p.role() == Role::Host);
        let blocks = self.block_views();
        self.notice(to, ServerMessage::Blocks { blocks });
    }

    fn removable(&self, id: &ParticipantId) -> Result<Place, Refusal> {
        let place = self.known(id)?;
        match self.participants.get(&place).map(Participant::role) {
            Some(Role::Classroom | Role::Observer) => Ok(place),
            _ => Err(Refusal::new(ErrorCode::Forbidden, "only a classroom or an observer can be removed or blocked")),
        }
    }
}

/// Whether a block is meant for somebody: a panel and a player of one classroom have different identities.
fn keeps_out(row: &BlockRow, identity: &Identity) -> bool {
    let same_classroom = row.classroom.is_some() && row.classroom == identity.classroom;
    matches!(identity.role, Role::Classroom | Role::Observer) && (row.sub == identity.sub || same_classroom)
}
