//! What a lesson's kind and its switches allow.

use super::command::Identity;
use crate::store::{LessonKind, Receiver};
use protocol::{Publish, Role, Sending, SwitchChange, Switches};
use std::collections::BTreeSet;

/// What is allowed in a lesson, and what it follows from.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    kind: Option<LessonKind>,
    /// What was switched since the lesson was planned.
    change: SwitchChange,
    switches: Switches,
    /// The classrooms that the timetable marks as interactive.
    marked: BTreeSet<String>,
}

impl Policy {
    /// As stored. Switches that cannot be read are those of the lesson's kind: a lesson must not fail for them.
    pub(super) fn new(kind: Option<LessonKind>, stored: Option<&str>, receivers: &[Receiver]) -> Self {
        let change: SwitchChange = stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Self { kind, change, switches: by_kind(kind).with(change), marked: marked(receivers) }
    }

    /// The plan changed; what was switched since stays. Says whether anything differs.
    pub(super) fn plan(&mut self, kind: Option<LessonKind>, receivers: &[Receiver]) -> bool {
        let marked = marked(receivers);
        let differs = self.kind != kind || self.marked != marked;
        (self.kind, self.switches, self.marked) = (kind, by_kind(kind).with(self.change), marked);
        differs
    }

    pub(super) fn switches(&self) -> &Switches {
        &self.switches
    }

    /// As pages know the kind.
    pub(super) fn kind(&self) -> Option<protocol::LessonKind> {
        self.kind.map(spoken)
    }

    /// Changes the switches; says whether anything differs.
    pub(super) fn change(&mut self, change: SwitchChange) -> bool {
        let switches = self.switches.with(change);
        let differs = switches != self.switches;
        if differs {
            self.change = self.change.then(change);
            self.switches = switches;
        }
        differs
    }

    /// As it is stored.
    pub(super) fn stored(&self) -> String {
        serde_json::to_string(&self.change).unwrap_or_default()
    }

    /// When somebody is to send.
    pub(super) fn publish(&self, identity: &Identity) -> Publish {
        self.publish_as(identity.role, identity)
    }

    /// When somebody would be to send in this role.
    pub(super) fn publish_as(&self, role: Role, identity: &Identity) -> Publish {
        match (role, self.switches.sending) {
            (Role::Host, _) => Publish::Now,
            (Role::Observer | Role::Operator, _) | (Role::Classroom, Sending::Nobody) => Publish::Never,
            (Role::Classroom, Sending::Everybody) => Publish::Now,
            (Role::Classroom, Sending::Marked) if self.is_marked(identity) => Publish::Now,
            (Role::Classroom, Sending::Marked | Sending::Called) => Publish::Called,
        }
    }

    /// Whether somebody comes on stage by joining, while there is room.
    pub(super) fn comes_on_stage(&self, identity: &Identity) -> bool {
        identity.role == Role::Classroom && self.switches.interaction && self.switches.sending == Sending::Marked && self.is_marked(identity)
    }

    fn is_marked(&self, identity: &Identity) -> bool {
        identity.classroom.as_ref().is_some_and(|classroom| self.marked.contains(classroom))
    }
}

fn marked(receivers: &[Receiver]) -> BTreeSet<String> {
    receivers.iter().filter(|receiver| receiver.interactive).map(|receiver| receiver.classroom.clone()).collect()
}

/// What a kind of lesson brings with it.
fn by_kind(kind: Option<LessonKind>) -> Switches {
    let sending = kind.map_or(Sending::Everybody, |kind| {
        let defaults = kind.defaults();
        match (defaults.upstream, defaults.publish_on_join) {
            (false, _) => Sending::Nobody,
            (true, true) => Sending::Marked,
            (true, false) => Sending::Called,
        }
    });
    Switches::all(sending)
}

/// A kind as pages know it.
pub(crate) fn spoken(kind: LessonKind) -> protocol::LessonKind {
    match kind {
        LessonKind::Dedicated => protocol::LessonKind::Dedicated,
        LessonKind::FamousTeacher => protocol::LessonKind::FamousTeacher,
        LessonKind::FamousSchool => protocol::LessonKind::FamousSchool,
    }
}

/// A lesson that is not in memory, as its row says.
pub(crate) fn view_of(row: crate::record::LessonRow) -> protocol::LessonView {
    let policy = Policy::new(row.kind, row.switches.as_deref(), &[]);
    protocol::LessonView {
        id: row.id,
        title: row.title,
        state: row.state,
        live_since_ms: row.live_since_ms,
        kind: policy.kind(),
        planned_start_ms: row.planned_start_ms,
        planned_end_ms: row.planned_end_ms,
        switches: policy.switches,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(role: Role, classroom: Option<&str>) -> Identity {
        Identity { sub: "s".into(), role, name: "n".into(), classroom: classroom.map(str::to_owned), holder: None }
    }

    fn policy(kind: Option<LessonKind>, stored: Option<&str>) -> Policy {
        let receiver = |classroom: &str, interactive| Receiver { classroom: classroom.into(), interactive };
        Policy::new(kind, stored, &[receiver("marked", true), receiver("other", false)])
    }

    #[test]
    fn each_kind_says_who_sends() {
        let rows = [
            (None, Publish::Now, Publish::Now),
            (Some(LessonKind::Dedicated), Publish::Now, Publish::Called),
            (Some(LessonKind::FamousTeacher), Publish::Called, Publish::Called),
            (Some(LessonKind::FamousSchool), Publish::Never, Publish::Never),
        ];
        for (kind, marked, other) in rows {
            let policy = policy(kind, None);
            assert_eq!(policy.publish(&identity(Role::Classroom, Some("marked"))), marked, "{kind:?}");
            for classroom in [Some("other"), Some("unknown"), None] {
                assert_eq!(policy.publish(&identity(Role::Classroom, classroom)), other, "{kind:?} {classroom:?}");
            }
            assert_eq!(policy.publish(&identity(Role::Host, None)), Publish::Now);
            assert_eq!(policy.publish(&identity(Role::Observer, Some("marked"))), Publish::Never);
            let on_stage = policy.comes_on_stage(&identity(Role::Classroom, Some("marked")));
            assert_eq!(on_stage, kind == Some(LessonKind::Dedicated), "{kind:?}");
            assert!(!policy.comes_on_stage(&identity(Role::Classroom, Some("other"))));
        }
    }

    #[test]
    fn switches_of_one_lesson_change_what_its_kind_says() {
        let mut policy = policy(Some(LessonKind::FamousSchool), Some(r#"{"text":false}"#));
        assert!(!policy.switches().text && policy.switches().voice);
        assert!(!policy.change(SwitchChange { text: Some(false), ..SwitchChange::default() }), "it is off already");
        assert!(policy.change(SwitchChange { sending: Some(Sending::Called), ..SwitchChange::default() }));
        assert_eq!(policy.publish(&identity(Role::Classroom, None)), Publish::Called);
        assert_eq!(policy.stored(), r#"{"text":false,"sending":"called"}"#);
        assert_eq!(Policy::new(Some(LessonKind::FamousSchool), Some(&policy.stored()), &[]).switches(), policy.switches());
    }

    #[test]
    fn what_cannot_be_read_is_as_the_kind_says() {
        for stored in ["", "{", "[]", r#"{"text":7}"#] {
            assert_eq!(policy(None, Some(stored)).switches(), &Switches::all(Sending::Everybody), "{stored}");
        }
    }
}
