//! Who is loudest, by the audio level header extension (RFC 6464), without flicker.

use std::time::{Duration, Instant};

/// Levels go up with this time constant…
const ATTACK: f32 = 0.1;
/// …and down with this one, in seconds: pauses between words do not count.
const RELEASE: f32 = 0.5;
/// How loud one speaks follows the words with this time constant, in seconds.
const SPEECH: f32 = 0.4;
/// Smoothed loudness above which one speaks, in dB above the quietest, -127 dBov.
const SPEAKING: f32 = 70.0;
/// A packet not marked as voice counts for so much less, in dB, from those who mark voice.
const NOT_VOICE: f32 = 30.0;
/// To take another's place, or a place before another, one must be louder by so many dB…
const MARGIN: f32 = 6.0;
/// …for so long.
const PATIENCE: Duration = Duration::from_millis(400);
/// Who has been silent for so long yields to anyone who speaks.
const SILENCE: Duration = Duration::from_secs(2);
/// Speakers beyond so many are not listened to; a room has fewer transports.
const MAX_SPEAKERS: usize = 4_096;

/// Selects the loudest of the speakers of a room. The selected stay until someone else needs the place.
#[derive(Debug)]
pub struct Loudness {
    slots: usize,
    /// By rising key.
    speakers: Vec<Speaker>,
    selected: Vec<u32>,
    /// The selection as last told.
    told: Vec<u32>,
    pinned: Option<u32>,
}

#[derive(Debug)]
struct Speaker {
    key: u32,
    /// Smoothed, in dB above -127 dBov, as of `heard`.
    loudness: f32,
    heard: Instant,
    /// When the loudness was last that of speech.
    spoke: Option<Instant>,
    /// How loud that speech is, pauses left out.
    speech: f32,
    /// Since when it has been loud enough for the place it wants.
    wanting: Option<Instant>,
    marks_voice: bool,
}

impl Speaker {
    /// The loudness now: with discontinuous transmission nothing comes in silence.
    fn loudness(&self, now: Instant) -> f32 {
        let silent = now.saturating_duration_since(self.heard).as_secs_f32();
        // Packets come every 20 to 60 ms; less is no silence.
        if silent < 0.1 { self.loudness } else { self.loudness * (-silent / RELEASE).exp() }
    }

    fn speaks(&self, now: Instant) -> bool {
        self.loudness(now) >= SPEAKING
    }

    fn is_silent(&self, now: Instant) -> bool {
        self.spoke.is_none_or(|spoke| now.saturating_duration_since(spoke) >= SILENCE)
    }

    /// By what speakers are compared: pauses do not count, silence does.
    fn rank(&self, now: Instant) -> f32 {
        if self.is_silent(now) { 0.0 } else { self.speech }
    }
}

impl Loudness {
    /// For so many places; with none, nobody is ever selected but who is pinned.
    pub fn new(slots: usize) -> Self {
        Self { slots, speakers: Vec::new(), selected: Vec::with_capacity(slots + 1), told: Vec::with_capacity(slots + 1), pinned: None }
    }

    /// A packet of this speaker: its voice flag, and its level in -dBov, 0 the loudest, 127 silence. Allocates only for a speaker not heard before.
    pub fn receive(&mut self, now: Instant, speaker: u32, voice: bool, level: u8) {
        let index = match self.find(speaker) {
            Ok(index) => index,
            Err(_) if self.speakers.len() >= MAX_SPEAKERS => return,
            Err(index) => {
                self.speakers.insert(index, Speaker { key: speaker, loudness: 0.0, heard: now, spoke: None, speech: 0.0, wanting: None, marks_voice: false });
                index
            }
        };
        let speaker = &mut self.speakers[index];
        speaker.marks_voice |= voice;
        let level = f32::from(127 - level.min(127));
        let level = if voice || !speaker.marks_voice { level } else { (level - NOT_VOICE).max(0.0) };
        let before = speaker.loudness(now);
        let constant = if level > before { ATTACK } else { RELEASE };
        // The first packet after a pause counts as one packet, not as the pause.
        let elapsed = now.saturating_duration_since(speaker.heard).as_secs_f32().clamp(0.005, 0.06);
        speaker.loudness = before + (level - before) * (1.0 - (-elapsed / constant).exp());
        speaker.heard = now;
        if speaker.loudness >= SPEAKING {
            // Who begins to speak has to make good for what it is worth.
            let before = if speaker.is_silent(now) { SPEAKING } else { speaker.speech };
            speaker.speech = if level >= SPEAKING { before + (level - before) * (1.0 - (-elapsed / SPEECH).exp()) } else { before };
            speaker.spoke = Some(now);
        }
    }

    /// The speaker left; also unpins it.
    pub fn remove(&mut self, speaker: u32) {
        if let Ok(index) = self.find(speaker) {
            self.speakers.remove(index);
        }
        self.selected.retain(|selected| *selected != speaker);
        if self.pinned == Some(speaker) {
            self.pinned = None;
        }
    }

    /// This one is always selected, and first, heard or not; none: nobody. Takes effect at the next [`evaluate`](Self::evaluate).
    pub fn pin(&mut self, speaker: Option<u32>) {
        self.pinned = speaker;
    }

    /// Selects anew, to be called some ten times a second. `Some` when the selection or its order changed since the last call: who is pinned, then the loudest
    /// first.
    pub fn evaluate(&mut self, now: Instant) -> Option<&[u32]> {
        self.place_pinned();
        while self.selected.len() < self.slots
            && let Some(speaker) = self.loudest_waiting(now)
        {
            self.selected.push(speaker);
        }
        self.challenge(now);
        self.sort(now);
        if self.selected == self.told {
            return None;
        }
        self.told.clone_from(&self.selected);
        Some(&self.selected)
    }

    /// The selection as of the last [`evaluate`](Self::evaluate), less who was removed since.
    pub fn selected(&self) -> &[u32] {
        &self.selected
    }

    fn find(&self, key: u32) -> Result<usize, usize> {
        self.speakers.binary_search_by_key(&key, |speaker| speaker.key)
    }

    /// 0 for one never heard.
    fn rank(&self, now: Instant, key: u32) -> f32 {
        self.find(key).map_or(0.0, |index| self.speakers[index].rank(now))
    }

    fn place_pinned(&mut self) {
        let Some(pinned) = self.pinned else { return };
        self.selected.retain(|selected| *selected != pinned);
        self.selected.insert(0, pinned);
        self.selected.truncate(self.slots.max(1));
    }

    /// The loudest of those who speak and are not selected.
    fn loudest_waiting(&self, now: Instant) -> Option<u32> {
        let waiting = self.speakers.iter().filter(|speaker| speaker.speaks(now) && !self.selected.contains(&speaker.key));
        // Of equals, the one of the lower key.
        waiting.rev().max_by(|a, b| a.rank(now).total_cmp(&b.rank(now))).map(|speaker| speaker.key)
    }

    /// With all places taken: one who speaks takes the place of one who is silent, or, after some patience, of one who speaks less loudly.
    fn challenge(&mut self, now: Instant) {
        let unpinned = usize::from(self.pinned.is_some());
        for _ in unpinned..self.selected.len() {
            let Some(challenger) = self.loudest_waiting(now) else { break };
            let Some(weakest) = (unpinned..self.selected.len()).min_by(|a, b| self.rank(now, self.selected[*a]).total_cmp(&self.rank(now, self.selected[*b])))
            else {
                break;
            };
            let held = self.rank(now, self.selected[weakest]);
            let louder = self.rank(now, challenger) >= held + MARGIN;
            if held > 0.0 && !self.waited(now, challenger, louder) {
                break;
            }
            self.selected[weakest] = challenger;
        }
        self.forget_wants(now);
    }

    /// Whether this one has wanted what it wants for long enough.
    fn waited(&mut self, now: Instant, key: u32, wants: bool) -> bool {
        let Ok(index) = self.find(key) else { return false };
        let speaker = &mut self.speakers[index];
        if !wants {
            speaker.wanting = None;
            return false;
        }
        let since = *speaker.wanting.get_or_insert(now);
        let waited = now.saturating_duration_since(since) >= PATIENCE;
        if waited {
            speaker.wanting = None;
        }
        waited
    }

    /// Who fell silent while waiting begins to wait anew.
    fn forget_wants(&mut self, now: Instant) {
        for speaker in &mut self.speakers {
            if speaker.wanting.is_some() && !speaker.speaks(now) {
                speaker.wanting = None;
            }
        }
    }

    /// Moves up who has been louder than those before for long enough.
    fn sort(&mut self, now: Instant) {
        let first = usize::from(self.pinned.is_some());
        for place in first + 1..self.selected.len() {
            let this = self.selected[place];
            let speaks = self.find(this).is_ok_and(|index| self.speakers[index].speaks(now));
            let passed = self.selected[first..place].iter().rev().take_while(|before| self.rank(now, this) >= self.rank(now, **before) + MARGIN).count();
            if self.waited(now, this, speaks && passed > 0) {
                self.selected[place - passed..=place].rotate_right(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    struct Room {
        loudness: Loudness,
        now: Instant,
        changes: usize,
    }

    impl Room {
        fn new(slots: usize) -> Self {
            Self { loudness: Loudness::new(slots), now: Instant::now(), changes: 0 }
        }

        /// So many milliseconds of packets every 20 ms at these levels, and an evaluation every 100.
        fn hear(&mut self, ms: u64, speakers: &[(u32, u8)]) -> &[u32] {
            for n in 0..ms / 20 {
                self.now += Duration::from_millis(20);
                for &(speaker, level) in speakers {
                    self.loudness.receive(self.now, speaker, level < 60, level);
                }
                if n % 5 == 4 {
                    self.evaluate();
                }
            }
            self.loudness.selected()
        }

        fn evaluate(&mut self) {
            let before = self.loudness.selected().to_vec();
            match self.loudness.evaluate(self.now).map(<[u32]>::to_vec) {
                Some(selected) => {
                    self.changes += 1;
                    assert_eq!(selected, self.loudness.selected());
                }
                None => assert_eq!(before, self.loudness.selected()),
            }
        }
    }

    #[test]
    fn free_places_are_taken_at_once_by_who_speaks() {
        let mut room = Room::new(3);
        assert_eq!(room.hear(1_000, &[(1, 127), (2, 80)]), [], "nobody speaks");
        assert_eq!(room.hear(300, &[(1, 30), (2, 80)]), [1]);
        assert_eq!(room.hear(300, &[(1, 30), (2, 30)]), [1, 2]);
        assert_eq!(room.hear(60_000, &[]), [1, 2], "silent ones stay while nobody needs the place");
        assert_eq!(room.changes, 2);
    }

    #[test]
    fn who_is_silent_yields_after_two_seconds() {
        let mut room = Room::new(2);
        room.hear(1_000, &[(1, 30), (2, 30)]);
        assert_eq!(room.hear(1_500, &[(1, 30), (3, 40)]), [1, 2], "a pause is no silence");
        assert_eq!(room.hear(1_500, &[(1, 30), (3, 40)]), [1, 3]);
    }

    #[test]
    fn a_louder_one_must_stay_louder() {
        let mut room = Room::new(1);
        room.hear(2_000, &[(1, 40)]);
        assert_eq!(room.hear(300, &[(1, 40), (2, 20)]), [1], "a cough");
        assert_eq!(room.hear(3_000, &[(1, 40), (2, 90)]), [1]);
        assert_eq!(room.hear(1_500, &[(1, 40), (2, 20)]), [2]);
        assert_eq!(room.hear(5_000, &[(1, 18), (2, 20)]), [2], "2 dB are not enough");
    }

    #[test]
    fn equally_loud_ones_do_not_flicker() {
        let mut room = Room::new(2);
        for n in 0..300_u32 {
            let level = |speaker: u32| 30 + ((n * 7 + speaker * 5) % 9) as u8;
            room.hear(100, &[(1, level(1)), (2, level(2)), (3, level(3)), (4, level(4))]);
        }
        assert!(room.changes <= 4, "{} changes in 30 s", room.changes);
    }

    #[test]
    fn the_louder_comes_to_stand_first() {
        let mut room = Room::new(3);
        room.hear(1_000, &[(1, 40)]);
        room.hear(1_000, &[(1, 40), (2, 40)]);
        assert_eq!(room.hear(1_000, &[(1, 40), (2, 40), (3, 20)])[0], 3);
    }

    #[test]
    fn the_pinned_one_is_first_heard_or_not() {
        let mut room = Room::new(2);
        room.hear(1_000, &[(1, 30), (2, 30)]);
        room.loudness.pin(Some(9));
        assert_eq!(room.hear(100, &[(1, 30), (2, 30)]), [9, 1]);
        assert_eq!(room.hear(5_000, &[(1, 30), (3, 10)]), [9, 3]);
        assert_eq!(room.hear(60_000, &[(4, 10), (5, 20)])[0], 9);
        room.loudness.pin(None);
        assert_eq!(room.hear(3_000, &[(4, 10), (5, 20)]), [4, 5], "then it is one like any other");
        room.loudness.pin(Some(5));
        assert_eq!(room.hear(100, &[(4, 10)]), [5, 4]);
    }

    #[test]
    fn who_leaves_makes_room_and_that_is_a_change() {
        let mut room = Room::new(2);
        room.hear(1_000, &[(1, 30), (2, 30), (3, 31)]);
        room.loudness.remove(1);
        assert_eq!(room.loudness.selected(), [2]);
        let changes = room.changes;
        assert_eq!(room.hear(100, &[(2, 30), (3, 31)]), [2, 3]);
        assert_eq!(room.changes, changes + 1);
        room.loudness.pin(Some(2));
        room.loudness.remove(2);
        assert_eq!(room.hear(100, &[(3, 31)]), [3]);
    }

    #[test]
    fn noise_that_is_no_voice_gives_way_to_voice() {
        let mut room = Room::new(1);
        for n in 0..150 {
            room.now += Duration::from_millis(20);
            room.loudness.receive(room.now, 1, n == 0, 35);
            room.loudness.receive(room.now, 2, true, 45);
            if n % 5 == 4 {
                room.evaluate();
            }
        }
        assert_eq!(room.loudness.selected(), [2], "10 dB louder, but a fan");
        let mut room = Room::new(1);
        for n in 0..50 {
            room.now += Duration::from_millis(20);
            room.loudness.receive(room.now, 1, false, 35);
            if n % 5 == 4 {
                room.evaluate();
            }
        }
        assert_eq!(room.loudness.selected(), [1], "from one who never marks voice the level counts alone");
    }

    #[test]
    fn without_places_only_the_pinned_one() {
        let mut room = Room::new(0);
        assert_eq!(room.hear(1_000, &[(1, 10)]), []);
        room.loudness.pin(Some(1));
        assert_eq!(room.hear(100, &[(1, 10)]), [1]);
    }

    #[test]
    fn strangers_do_not_fill_memory() {
        let mut room = Room::new(1);
        (0..10_000).for_each(|speaker| room.loudness.receive(room.now, speaker, true, 10));
        assert_eq!(room.loudness.speakers.len(), MAX_SPEAKERS);
    }
}
