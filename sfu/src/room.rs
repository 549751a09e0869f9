//! One room's part on a shard: its plan, its members and who is heard.

use crate::command::RoomPlan;
use crate::id::{ParticipantId, RoomId, Source, WorkerId};
use crate::level::Loudness;
use arrayvec::ArrayVec;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

/// Audio slots of a room: the loudest this many are heard, the pinned one among them.
pub(crate) const AUDIO_SLOTS: usize = 3;

/// A track's name within a room.
pub(crate) type TrackKey = (ParticipantId, Source);

/// One room's part on this shard.
pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) plan: Arc<RoomPlan>,
    /// Transports of this shard in the room, by participant.
    pub(crate) members: HashMap<ParticipantId, usize>,
    /// Tracks present on this shard, own and relayed.
    pub(crate) tracks: HashMap<TrackKey, usize>,
    /// Transports of this shard that hear the room.
    pub(crate) listeners: Vec<u32>,
    pub(crate) loudness: Loudness,
    /// The track in each audio slot.
    pub(crate) heard: [Option<usize>; AUDIO_SLOTS],
    /// The track that always has the first audio slot.
    pub(crate) pinned: Option<usize>,
    /// What siblings want of this room.
    pub(crate) wanted_by: HashMap<WorkerId, HashSet<TrackKey>>,
    /// What siblings were told that we want.
    pub(crate) wants: HashSet<TrackKey>,
    /// Who was reported as speaking last, and when.
    pub(crate) speakers: Vec<ParticipantId>,
}

impl Room {
    pub(crate) fn new(id: RoomId) -> Room {
        Room {
            id,
            plan: Arc::default(),
            members: HashMap::new(),
            tracks: HashMap::new(),
            listeners: Vec::new(),
            loudness: Loudness::new(AUDIO_SLOTS),
            heard: [None; AUDIO_SLOTS],
            pinned: None,
            wanted_by: HashMap::new(),
            wants: HashSet::new(),
            speakers: Vec::new(),
        }
    }

    /// Whether nothing of the room is left here: no member, and no plan to keep for one.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.plan.views.is_empty() && self.plan.audible.is_empty() && self.wanted_by.values().all(HashSet::is_empty)
    }

    /// Gives the audio slots to the selected speakers: whoever has one keeps it.
    fn assign_slots(&mut self, selected: &[usize]) {
        let pinned = self.pinned;
        for (nth, place) in self.heard.iter_mut().enumerate() {
            let reserved = nth == 0 && pinned.is_some();
            let stays = place.is_some_and(|track| !reserved && Some(track) != pinned && selected.contains(&track));
            if !stays {
                *place = None;
            }
        }
        if pinned.is_some() {
            self.heard[0] = pinned;
        }
        let first = usize::from(pinned.is_some());
        for track in selected.iter().copied() {
            if !self.heard.contains(&Some(track))
                && let Some(free) = self.heard[first..].iter_mut().find(|place| place.is_none())
            {
                *free = Some(track);
            }
        }
    }

    /// Everything this shard's subscribers want, by the plan.
    pub(crate) fn wanted_tracks(&self) -> HashSet<TrackKey> {
        let mut wanted = HashSet::new();
        let mut hears = false;
        for participant in self.members.keys() {
            let Some(view) = self.plan.views.get(participant) else { continue };
            hears |= view.audio;
            for video in view.video.iter().flatten().filter(|video| video.spatial.is_some()) {
                wanted.insert((video.participant.clone(), video.source));
            }
        }
        if hears {
            wanted.extend(self.plan.audible.iter().map(|participant| (participant.clone(), Source::Microphone)));
        }
        wanted
    }

    /// Which siblings want a track, a bit each.
    pub(crate) fn relays(&self, key: &TrackKey) -> u64 {
        self.wanted_by.iter().filter(|(_, wants)| wants.contains(key)).map(|(worker, _)| 1 << worker.0).sum()
    }

    /// Forgets a track.
    pub(crate) fn remove_track(&mut self, key: &TrackKey, index: usize) {
        self.tracks.remove(key);
        self.loudness.remove(index as u32);
        for place in &mut self.heard {
            if *place == Some(index) {
                *place = None;
            }
        }
        if self.pinned == Some(index) {
            self.pinned = None;
            self.loudness.pin(None);
        }
    }

    /// Loudness measured by now decides who is heard.
    pub(crate) fn evaluate(&mut self, now: Instant) {
        self.loudness.evaluate(now);
        let selected: ArrayVec<usize, 16> = self.loudness.selected().iter().take(16).map(|speaker| *speaker as usize).collect();
        self.assign_slots(&selected);
    }
}
