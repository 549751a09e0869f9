//! What a lesson was to each of its receiving classrooms, from what was written down of it: pure. The rule itself is [`timetable::judge`].

use super::deliveries::Delivery;
use super::headcounts::Headcount;
use super::interactions::{Interaction, InteractionKind};
use super::lessons::Membership;
use super::minutes::MediaMinute;
use super::planned::PlannedLesson;
use protocol::{LessonState, ParticipantId, Role};
use std::collections::{HashMap, HashSet};
use timetable::{Cause, Evidence, Interval, Intervals, LessonKind, Presence, Receiver, judge, punctual};

/// Everything that was written down of a lesson.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Everybody who had a place: role, and the classroom its token named.
    pub(crate) participants: HashMap<ParticipantId, (Role, Option<String>)>,
    pub(crate) memberships: Vec<Membership>,
    pub(crate) minutes: Vec<MediaMinute>,
    pub(crate) interactions: Vec<Interaction>,
    pub(crate) headcounts: Vec<Headcount>,
    /// The school of each receiving classroom.
    pub(crate) schools: HashMap<String, String>,
    /// The school of the host classroom; empty: there is none.
    pub(crate) host_school: String,
}

/// Where in the calendar a lesson lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Placing {
    /// The term's id; empty: in none.
    pub(crate) term: String,
    /// The week of the term, from 1; 0: in none.
    pub(crate) week: u8,
    /// The last day of the week, as `YYYY-MM-DD`; empty: in none.
    pub(crate) week_end: String,
}

/// The deliveries of a lesson, one for each receiving classroom. A lesson that the timetable itself took back was not planned any more: it has none.
pub(crate) fn deliveries(lesson: &PlannedLesson, placing: &Placing, facts: &Facts, now_ms: u64) -> Vec<Delivery> {
    if lesson.state == LessonState::Cancelled && !lesson.changed_by_hand {
        return Vec::new();
    }
    let hosts: HashSet<&ParticipantId> = facts.participants.iter().filter(|(_, (role, _))| *role == Role::Host).map(|(id, _)| id).collect();
    let host_sent: Intervals = facts.minutes.iter().filter(|row| hosts.contains(&row.participant)).flat_map(sent).collect();
    lesson.receivers.iter().map(|receiver| delivery(lesson, placing, facts, receiver, &host_sent, now_ms)).collect()
}

fn delivery(lesson: &PlannedLesson, placing: &Placing, facts: &Facts, receiver: &Receiver, host_sent: &Intervals, now_ms: u64) -> Delivery {
    let planned = Interval::new(lesson.start_ms, lesson.end_ms);
    // The panel, an encoder, or a player, which is an observer with the classroom's name.
    let there = |id: &ParticipantId| {
        let found = facts.participants.get(id);
        matches!(found, Some((Role::Classroom | Role::Observer, Some(classroom))) if *classroom == receiver.classroom)
    };
    let minutes: Vec<&MediaMinute> = facts.minutes.iter().filter(|row| there(&row.participant)).collect();
    let received: Intervals = minutes.iter().flat_map(|row| row.received.intervals(row.minute_ms)).collect();
    let received = received.intersection(host_sent);
    let sent: Intervals = minutes.iter().flat_map(|row| sent(row)).collect();
    // What was not asked for is not missing: it counts as sent for as long as the classroom received.
    let excused = |row: &&MediaMinute| row.unasked.both(row.received).intervals(row.minute_ms).collect::<Vec<_>>();
    let sent_or_unasked = sent.union(&minutes.iter().flat_map(excused).collect());
    let memberships: Vec<&Membership> = facts.memberships.iter().filter(|membership| there(&membership.participant)).collect();
    let presences: Vec<Presence> = memberships.iter().map(|membership| presence(membership, now_ms)).collect();
    let evidence = Evidence {
        kind: lesson.kind.unwrap_or(LessonKind::Dedicated),
        interactive: receiver.interactive,
        planned,
        cancelled: lesson.state == LessonState::Cancelled,
        host_sent,
        received: &received,
        sent: &sent_or_unasked,
        presences: &presences,
    };
    let judged = judge(&evidence);
    let cause = match judged {
        timetable::Delivery::Delivered { .. } => None,
        timetable::Delivery::Not { cause, .. } => Some(cause),
    };
    let came = |membership: &&&Membership| presence(membership, now_ms).interval.overlap(planned).is_some();
    let count = |kind| u32::try_from(facts.interactions.iter().filter(|act| act.kind == kind && there(&act.participant)).count()).unwrap_or(u32::MAX);
    // Of a minute in which the lesson began it is not known what was said before.
    let within = |row: &&&MediaMinute| (lesson.start_ms..lesson.end_ms).contains(&row.minute_ms);
    let is_cancelled = cause == Some(Cause::Cancelled);
    Delivery {
        lesson: lesson.id.clone(),
        classroom: receiver.classroom.clone(),
        term: placing.term.clone(),
        week: placing.week,
        week_end: placing.week_end.clone(),
        school: facts.schools.get(&receiver.classroom).cloned().unwrap_or_default(),
        host_school: facts.host_school.clone(),
        subject: lesson.subject.clone().unwrap_or_default(),
        teacher: lesson.teacher.clone().unwrap_or_default(),
        start_ms: lesson.start_ms,
        cause,
        planned_s: seconds(planned.length_ms()),
        received_s: seconds(received.within(planned).total_ms()),
        sent_s: seconds(sent.within(planned).total_ms()),
        fault_s: seconds(evidence.fault_ms(judged)),
        first_join_ms: memberships.iter().filter(came).map(|membership| membership.joined_ms).min().filter(|_| !is_cancelled),
        punctual: !is_cancelled && punctual(&presences, planned) == Some(true),
        hands: count(InteractionKind::Hand),
        calls: count(InteractionKind::Call),
        answers: count(InteractionKind::Answer),
        speech_s: seconds(minutes.iter().filter(within).map(|row| u64::from(row.speech_ms)).sum()),
        headcount: facts.headcounts.iter().rfind(|headcount| headcount.classroom == receiver.classroom).map(|headcount| headcount.pupils),
    }
}

fn sent(row: &MediaMinute) -> impl Iterator<Item = Interval> {
    row.sent.intervals(row.minute_ms)
}

fn presence(membership: &Membership, now_ms: u64) -> Presence {
    // Whoever is still there has not vanished.
    let goodbye = membership.goodbye || membership.left_ms.is_none();
    Presence { interval: Interval::new(membership.joined_ms, membership.left_ms.unwrap_or(now_ms)), goodbye }
}

fn seconds(ms: u64) -> u64 {
    ms / 1_000
}
