//! Hands, calls and answers as they are written down: found by comparing who raises a hand and who has the floor before and after each command, so that no
//! way of losing it is forgotten. A call is having the floor: who only sits on stage was not called.

use super::participant::Place;
use super::{Lesson, Moment};
use crate::record::Write;
use crate::store::{Interaction, InteractionKind};
use protocol::ParticipantId;
use std::collections::BTreeMap;

/// An answer is over when the class has been silent for so long.
const SILENT_MS: u64 = 10_000;

/// What goes on.
#[derive(Debug, Default)]
pub(super) struct Interactions {
    hands: BTreeMap<Place, Option<Interaction>>,
    calls: BTreeMap<Place, Option<Interaction>>,
    answers: BTreeMap<Place, Interaction>,
    /// Changed since they were written.
    changed: Vec<Interaction>,
}

impl Interactions {
    /// Of a lesson as it was written down: what went on was ended by the restart, and is not begun again.
    pub(super) fn restored(hands: &[Place], floor: Option<Place>) -> Self {
        let known = |places: &[Place]| places.iter().map(|place| (*place, None)).collect();
        Self { hands: known(hands), calls: known(floor.as_slice()), ..Self::default() }
    }

    #[cfg(test)]
    pub(super) fn called(&self) -> impl Iterator<Item = Place> {
        self.calls.keys().copied()
    }

    /// A participant spoke within the last second.
    pub(super) fn speak(&mut self, now: Moment, place: Place, speech_ms: u64) {
        let Some(Some(call)) = self.calls.get_mut(&place) else { return };
        if speech_ms == 0 {
            let over = |answer: &Interaction| answer.until_ms.is_some_and(|until| until.saturating_add(SILENT_MS) <= now.unix_ms);
            if self.answers.get(&place).is_some_and(over) {
                self.answers.remove(&place);
            }
            return;
        }
        call.speech_ms += speech_ms;
        let begun = now.unix_ms.saturating_sub(speech_ms);
        let answer = self.answers.entry(place).or_insert_with(|| begin(call.participant.clone(), InteractionKind::Answer, begun));
        answer.speech_ms += speech_ms;
        answer.until_ms = Some(now.unix_ms);
        self.changed.extend([call.clone(), answer.clone()]);
    }

    /// Compares with who raises a hand and who has the floor now.
    fn follow(&mut self, now: Moment, hands: &[(Place, ParticipantId)], floor: &[(Place, ParticipantId)]) {
        follow_one(&mut self.hands, now, hands, InteractionKind::Hand, &mut self.changed);
        follow_one(&mut self.calls, now, floor, InteractionKind::Call, &mut self.changed);
        self.answers.retain(|place, _| self.calls.contains_key(place));
    }
}

fn begin(participant: ParticipantId, kind: InteractionKind, at_ms: u64) -> Interaction {
    Interaction { participant, kind, at_ms, until_ms: None, speech_ms: 0 }
}

fn follow_one(
    known: &mut BTreeMap<Place, Option<Interaction>>,
    now: Moment,
    present: &[(Place, ParticipantId)],
    kind: InteractionKind,
    changed: &mut Vec<Interaction>,
) {
    known.retain(|place, act| {
        let stays = present.iter().any(|(other, _)| other == place);
        if !stays && let Some(act) = act {
            act.until_ms = Some(now.unix_ms.max(act.at_ms));
            changed.push(act.clone());
        }
        stays
    });
    for (place, id) in present {
        if !known.contains_key(place) {
            let act = begin(id.clone(), kind, now.unix_ms);
            changed.push(act.clone());
            known.insert(*place, Some(act));
        }
    }
}

impl Lesson {
    /// Writes what began, went on or ended with the command.
    pub(super) fn write_interactions(&mut self, now: Moment) {
        let named = |places: &[Place]| places.iter().filter_map(|place| Some((*place, self.participants.get(place)?.id.clone()))).collect::<Vec<_>>();
        let (hands, floor) = (named(&self.hands), named(self.floor.as_slice()));
        self.interactions.follow(now, &hands, &floor);
        for row in std::mem::take(&mut self.interactions.changed) {
            self.write(Write::Interaction { lesson: self.id.clone(), row });
        }
    }
}
