//! The lesson's states: by its host, by the bell, by an encoder's first packet.

use super::bell::{Facts, HostIs, Ring, ring};
use super::command::{Access, Identity, Outsider, Plan};
use super::orders::By;
use super::participant::{Participant, Place};
use super::{Lesson, Moment};
use crate::record::Write;
use crate::refusal::Refusal;
use crate::store::{LessonKind, Receiver};
use protocol::{ErrorCode, LessonAction, LessonState};

impl Lesson {
    pub(super) fn act(&mut self, now: Moment, by: impl Into<By>, action: LessonAction) -> Result<(), Refusal> {
        let act = match (action, self.state) {
            (LessonAction::Start, LessonState::Open) => {
                self.go_live(now);
                "lesson.start"
            }
            (LessonAction::Resume, LessonState::Paused) => {
                self.go_live(now);
                "lesson.resume"
            }
            (LessonAction::Pause, LessonState::Live) => {
                self.enter(LessonState::Paused);
                "lesson.pause"
            }
            (LessonAction::End | LessonAction::ShutDown, LessonState::Open | LessonState::Live | LessonState::Paused) => {
                // Noted before: the host is gone after it.
                self.note(now, by, if action == LessonAction::End { "lesson.end" } else { "lesson.shut_down" }, serde_json::json!({}));
                self.end(now);
                return Ok(());
            }
            (_, state) => {
                return Err(Refusal::new(ErrorCode::WrongState, format!("the lesson is {}; this action does not apply to it now", state.name())));
            }
        };
        self.note(now, by, act, serde_json::json!({}));
        Ok(())
    }

    /// The bell: nothing but what the planned times, the host and the time say. `may_end`: whether the clock is believed about ends.
    pub(super) fn bell(&mut self, now: Moment, may_end: bool) {
        match ring(&self.facts(), now.unix_ms) {
            Some(Ring::Open) => {
                self.enter(LessonState::Open);
                self.note(now, None, "lesson.open", serde_json::json!({}));
            }
            Some(Ring::Begin) => self.begin_by_itself(now),
            Some(Ring::End) if may_end => {
                self.note(now, None, "lesson.end", serde_json::json!({}));
                self.end(now);
            }
            Some(Ring::Shut) if may_end => self.postpone(now),
            Some(Ring::End | Ring::Shut) | None => {}
        }
    }

    /// The plan as stored. It holds also for one that went live meanwhile: the store changes none of which it knows that it has begun, and takes no state of
    /// one that it cancelled or moved before.
    pub(super) fn planned(&mut self, now: Moment, plan: Plan) {
        let Plan { title, state, kind, receivers, start_ms, end_ms, version } = plan;
        if version < self.plan_version || self.state == LessonState::Ended {
            return;
        }
        self.plan_version = version;
        match (self.state, state) {
            (LessonState::Cancelled, LessonState::Scheduled) => self.stand(state),
            (LessonState::Cancelled, _) => return,
            (_, LessonState::Cancelled) => {
                self.stand(state);
                self.end_all(now);
                return;
            }
            _ => {}
        }
        let moved = self.planned_start_ms != start_ms;
        if self.title != title || (self.planned_start_ms, self.planned_end_ms) != (start_ms, end_ms) {
            (self.title, self.planned_start_ms, self.planned_end_ms) = (title, start_ms, end_ms);
            self.marks.lesson = true;
        }
        self.follow_plan(kind, &receivers);
        if moved {
            self.moved(now);
        }
    }

    /// It is to begin at another time: at once nobody can begin it who came too early for that.
    fn moved(&mut self, now: Moment) {
        let waits = ring(&Facts { state: LessonState::Open, ..self.facts() }, now.unix_ms) == Some(Ring::Shut);
        match self.state {
            LessonState::Open | LessonState::Live | LessonState::Paused if waits => self.postpone(now),
            // What was written of it since was not taken.
            state => self.enter(state),
        }
    }

    fn postpone(&mut self, now: Moment) {
        self.live_since_ms = None;
        self.enter(LessonState::Scheduled);
        self.note(now, None, "lesson.postpone", serde_json::json!({}));
        self.send_home(now);
    }

    /// Who sends by itself and has a seat on stage, as the plan says now.
    fn follow_plan(&mut self, kind: Option<LessonKind>, receivers: &[Receiver]) {
        let had_seats: Vec<Place> = self.present().filter(|p| self.policy.comes_on_stage(&p.identity)).map(|p| p.place).collect();
        if !self.policy.plan(kind, receivers) {
            return;
        }
        let places: Vec<Place> = self.participants.keys().copied().collect();
        for place in places {
            self.follow_policy(place);
            let has_seat = self.participants.get(&place).is_some_and(|p| p.present() && self.policy.comes_on_stage(&p.identity));
            match (had_seats.contains(&place), has_seat) {
                (false, true) => self.take_stage(place),
                (true, false) => self.leave_stage(place),
                _ => {}
            }
        }
        self.marks.lesson = true;
        self.plan_stale = true;
    }

    fn facts(&self) -> Facts {
        let host = self.host().and_then(|place| self.participants.get(&place)).filter(|host| host.online());
        let host = match host {
            Some(host) => HostIs::Here { publishing: !host.publishing.is_empty() },
            None => HostIs::Gone { since_ms: self.host_left_ms },
        };
        Facts { state: self.state, planned_start_ms: self.planned_start_ms, planned_end_ms: self.planned_end_ms, host }
    }

    /// A host's packets began to arrive: by the bell a planned lesson begins with them. An encoder has no button to start any other with.
    pub(super) fn host_publishes(&mut self, now: Moment, access: Access) {
        let begins = match self.planned_start_ms {
            Some(_) => ring(&self.facts(), now.unix_ms) == Some(Ring::Begin),
            None => access == Access::Whip && self.state == LessonState::Open,
        };
        if begins {
            self.begin_by_itself(now);
        }
    }

    fn begin_by_itself(&mut self, now: Moment) {
        self.go_live(now);
        self.note(now, None, "lesson.start", serde_json::json!({}));
    }

    fn go_live(&mut self, now: Moment) {
        self.live_since_ms.get_or_insert(now.unix_ms);
        self.enter(LessonState::Live);
    }

    fn end(&mut self, now: Moment) {
        self.ended_ms = Some(now.unix_ms);
        self.enter(LessonState::Ended);
        self.end_all(now);
    }

    fn enter(&mut self, state: LessonState) {
        self.stand(state);
        let (live_since_ms, ended_ms) = (self.live_since_ms, self.ended_ms);
        self.write(Write::Lesson { id: self.id.clone(), state, planned_start_ms: self.planned_start_ms, live_since_ms, ended_ms });
    }

    /// Takes over a state that is written already.
    fn stand(&mut self, state: LessonState) {
        self.state = state;
        self.marks.lesson = true;
        self.plan_stale = true;
    }

    /// Leaves a line in the audit log.
    pub(super) fn note(&mut self, now: Moment, by: impl Into<By>, act: &'static str, mut detail: serde_json::Value) {
        let who = match by.into() {
            By::Bell => None,
            By::Participant(place) => self.participants.get(&place).map(|participant| {
                let Identity { sub, name, .. } = participant.identity.clone();
                Outsider { sub, name, from: participant.link().and_then(|link| link.from) }
            }),
            By::Outsider(outsider) => Some(outsider),
        };
        let name = who.as_ref().map_or("bell", |who| who.name.as_str());
        if let Some(detail) = detail.as_object_mut() {
            detail.insert("by".to_owned(), name.into());
        }
        let (sub, from) = who.map_or((None, None), |who| (Some(who.sub), who.from));
        self.out.push(super::Effect::Acted(super::effect::Act { act, at_ms: now.unix_ms, sub, from, detail: detail.to_string() }));
    }

    /// A name for the audit log.
    pub(super) fn told_name(participant: &Participant) -> serde_json::Value {
        participant.identity.name.clone().into()
    }
}
