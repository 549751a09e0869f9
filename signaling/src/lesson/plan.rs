//! Who sees, hears and is heard: a pure function of the lesson, and the notices that follow from a change of it.
//!
//! The rule that protects children: a class that is not on stage goes to the host's console and to nobody else.

use super::participant::{Demand, Participant, Place, Shown, Want};
use super::{Access, Effect, Lesson};
use crate::media::{RoomPlan, VideoView, View};
use protocol::{LessonState, ParticipantId, Publish, Role, ServerMessage, SlotState, Source};
use std::collections::HashMap;

/// The highest spatial layer a page of ours sends.
const HIGHEST: u8 = 2;

/// Every temporal layer: the dependency descriptor numbers them in three bits.
const ALL_TEMPORAL: u8 = 7;

/// A picture, and the spatial layer its receivers get unless they ask otherwise.
#[derive(Clone, Debug)]
struct Picture {
    place: Place,
    id: ParticipantId,
    source: Source,
    spatial: u8,
}

/// What there is to be seen.
struct Programme {
    /// The host's camera and courseware, in fixed slots.
    host: [Option<Picture>; 2],
    /// The stage's cameras: the class that has the floor, then the others in the order of coming on stage.
    stage: Vec<Picture>,
    /// The console's tiles, most wanted first.
    tiles: Vec<Picture>,
}

/// Makes the plan. `before` is the plan it replaces: a picture keeps its slot while it is shown.
pub(super) fn plan(lesson: &Lesson, before: &RoomPlan) -> RoomPlan {
    if !matches!(lesson.state, LessonState::Open | LessonState::Live) {
        return RoomPlan::default();
    }
    let programme = Programme::of(lesson);
    let shown: HashMap<&ParticipantId, &[Option<VideoView>]> = before.views.iter().map(|view| (&view.participant, view.video.as_slice())).collect();
    let views = lesson.present().filter_map(|participant| {
        let slots = participant.slots?;
        let before = shown.get(&participant.id).copied().unwrap_or_default();
        let video = programme.video(lesson.state, participant, before)?;
        Some(View { participant: participant.id.clone(), audio: slots.audio > 0, video })
    });
    RoomPlan { audible: audible(lesson), views: views.collect() }
}

/// The host first, then the stage, without those who are muted.
fn audible(lesson: &Lesson) -> Vec<ParticipantId> {
    let heard = lesson.public();
    let allowed = |p: &&Participant| p.role() == Role::Host || (p.publish != Publish::Never && lesson.policy.switches().hears_classes());
    heard.iter().filter_map(|place| lesson.participants.get(place)).filter(|p| p.may_be_heard()).filter(allowed).map(|p| p.id.clone()).collect()
}

impl Programme {
    fn of(lesson: &Lesson) -> Self {
        let picture = |p: &Participant, source, spatial| Picture { place: p.place, id: p.id.clone(), source, spatial };
        let host = lesson.host().and_then(|place| lesson.participants.get(&place));
        let of_host = |source| host.filter(|p| p.slots.is_some() && p.on.contains(&source)).map(|p| picture(p, source, HIGHEST));
        let switches = lesson.policy.switches();
        let shows = |p: &&Participant| switches.shows_classes() && p.publish != Publish::Never && p.shows_camera();
        // Off stage, the host alone sees them, and those alone who send by themselves.
        let waits = |p: &&Participant| shows(p) && p.publish == Publish::Now;
        let class = |place: &Place| lesson.participants.get(place);
        let seats = lesson.stage.iter().filter(|place| Some(**place) != lesson.floor);
        let on_stage = |p: &Participant| picture(p, Source::Camera, if lesson.floor == Some(p.place) { HIGHEST } else { 1 });
        let stage: Vec<Picture> = lesson.floor.iter().chain(seats).filter_map(class).filter(shows).map(on_stage).collect();
        let hands = lesson.hands.iter().filter_map(class).filter(|p| p.stage.is_none()).filter(waits);
        let others = lesson.present().filter(|p| p.role() == Role::Classroom && p.stage.is_none() && p.hand.is_none()).filter(waits);
        let tiles = stage.iter().cloned().chain(hands.chain(others).map(|p| picture(p, Source::Camera, 0))).collect();
        let screen = of_host(Source::Screen).filter(|_| switches.screen);
        Self { host: [of_host(Source::Camera), screen], stage, tiles }
    }

    /// What one participant sees; none: nothing at all, not even sound.
    fn video(&self, state: LessonState, viewer: &Participant, before: &[Option<VideoView>]) -> Option<Vec<Option<VideoView>>> {
        let count = viewer.slots?.video;
        let pictures: Vec<Option<&Picture>> = match (viewer.role(), viewer.access) {
            (Role::Operator, _) => return None,
            (Role::Host, _) => place(&self.tiles.iter().collect::<Vec<_>>(), before, count),
            // Before the lesson begins nobody but the host receives.
            (Role::Classroom | Role::Observer, _) if state != LessonState::Live => return None,
            (_, Access::Whep(source)) => self.host.iter().flatten().filter(|picture| picture.source == source).map(Some).collect(),
            (Role::Classroom | Role::Observer, _) => {
                let others: Vec<&Picture> = self.stage.iter().filter(|picture| picture.place != viewer.place).collect();
                let rest = place(&others, before.get(2..).unwrap_or_default(), count.saturating_sub(2));
                self.host.iter().map(Option::as_ref).chain(rest).collect()
            }
        };
        let empty = std::iter::repeat(None);
        let slots = pictures.into_iter().chain(empty).take(count).enumerate();
        Some(slots.map(|(index, picture)| picture.map(|picture| picture.view(viewer.wants.get(&index)))).collect())
    }
}

impl Picture {
    fn view(&self, want: Option<&Want>) -> VideoView {
        let spatial = want.map_or(Some(self.spatial), |want| want.spatial);
        let temporal = want.and_then(|want| want.temporal).unwrap_or(ALL_TEMPORAL);
        VideoView { participant: self.id.clone(), source: self.source, spatial, temporal }
    }
}

/// The first `count` of `pictures`: those shown before keep their slots, the others fill the gaps in their order.
fn place<'a>(pictures: &[&'a Picture], before: &[Option<VideoView>], count: usize) -> Vec<Option<&'a Picture>> {
    let wanted = &pictures[..pictures.len().min(count)];
    let shows = |view: &Option<VideoView>, picture: &Picture| view.as_ref().is_some_and(|view| view.participant == picture.id && view.source == picture.source);
    let kept = |index: usize| before.get(index).and_then(|view| wanted.iter().find(|picture| shows(view, picture)).copied());
    let mut slots: Vec<Option<&Picture>> = (0..count).map(kept).collect();
    let mut new = wanted.iter().filter(|picture| !before.iter().take(count).any(|view| shows(view, picture)));
    for slot in slots.iter_mut().filter(|slot| slot.is_none()) {
        *slot = new.next().copied();
    }
    slots
}

impl Lesson {
    /// Makes the plan anew where something touched it. To be called after every batch of commands.
    pub fn replan(&mut self) -> Vec<Effect> {
        if !std::mem::take(&mut self.plan_stale) {
            return Vec::new();
        }
        let plan = plan(self, &self.plan);
        self.tell_slots(&plan);
        self.tell_demand(&plan);
        if plan != self.plan {
            self.plan = plan.clone();
            self.out.push(Effect::Plan(plan));
        }
        std::mem::take(&mut self.out)
    }

    /// Tells each page whose view changed.
    fn tell_slots(&mut self, plan: &RoomPlan) {
        let views: HashMap<&ParticipantId, &View> = plan.views.iter().map(|view| (&view.participant, view)).collect();
        let mut notices = Vec::new();
        for participant in self.participants.values_mut() {
            let (Some(connection), Some(slots)) = (participant.socket(), participant.slots) else { continue };
            let video = views.get(&participant.id).map_or(&[] as &[_], |view| view.video.as_slice());
            let shown = |index: usize| video.get(index).and_then(Option::as_ref).map(|view| (view.participant.clone(), view.source));
            let now: Vec<Shown> = (0..slots.video).map(shown).collect();
            if participant.told_slots.as_ref() != Some(&now) {
                notices.push((connection, states(&now)));
                participant.told_slots = Some(now);
            }
        }
        for (connection, video) in notices {
            self.notice(vec![connection], ServerMessage::Slots { video });
        }
    }
}

impl Lesson {
    /// Tells each page that sends which of its layers are wanted now.
    fn tell_demand(&mut self, plan: &RoomPlan) {
        let demands = demands(plan);
        let mut notices = Vec::new();
        for participant in self.participants.values_mut() {
            let Some(connection) = participant.socket().filter(|_| participant.slots.is_some() && !participant.may_send().is_empty()) else { continue };
            let demand = demands.get(&participant.id).copied().unwrap_or_default();
            if participant.told_demand.replace(demand) != Some(demand) {
                notices.push((connection, demand));
            }
        }
        for (connection, Demand { camera, screen }) in notices {
            self.notice(vec![connection], ServerMessage::Demand { camera, screen });
        }
    }
}

fn demands(plan: &RoomPlan) -> HashMap<&ParticipantId, Demand> {
    let mut demands: HashMap<&ParticipantId, Demand> = HashMap::new();
    for view in plan.views.iter().flat_map(|view| view.video.iter().flatten()) {
        let demand = demands.entry(&view.participant).or_default();
        match view.source {
            Source::Camera => demand.camera = demand.camera.max(view.spatial),
            Source::Screen => demand.screen = demand.screen.max(view.spatial),
            Source::Microphone => {}
        }
    }
    demands
}

fn states(shown: &[Shown]) -> Vec<SlotState> {
    let state = |(index, shown): (usize, &Shown)| SlotState {
        slot: format!("v{index}"),
        participant: shown.as_ref().map(|(id, _)| id.clone()),
        source: shown.as_ref().map(|(_, source)| *source),
    };
    shown.iter().enumerate().map(state).collect()
}
