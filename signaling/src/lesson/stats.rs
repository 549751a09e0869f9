//! Media figures, merged from the workers' reports and told once a second.

use super::{Lesson, Moment};
use protocol::{ParticipantId, ParticipantStats, ServerMessage};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Time for the other workers' reports of the same second to come in.
const GATHER: Duration = Duration::from_millis(100);

/// Shortest time between two notices; a little under the second, so that a late report does not skip one.
const INTERVAL: Duration = Duration::from_millis(950);

/// Figures older than this are of a transport that is gone.
const STALE: Duration = Duration::from_secs(3);

/// The figures of the last second.
#[derive(Debug, Default)]
pub(super) struct Figures {
    latest: BTreeMap<ParticipantId, (Instant, ParticipantStats)>,
    due: Option<Instant>,
    told: Option<Instant>,
}

impl Figures {
    pub(super) fn all(&self) -> Vec<ParticipantStats> {
        self.latest.values().map(|(_, figures)| figures.clone()).collect()
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn forget(&mut self, id: &ParticipantId) {
        self.latest.remove(id);
    }
}

impl Lesson {
    pub(super) fn take_stats(&mut self, now: Moment, participants: Vec<ParticipantStats>) {
        for figures in participants {
            self.measure(now, &figures);
            if let Some(id) = figures.participant.clone()
                && self.place_of(&id).is_some()
            {
                self.stats.latest.insert(id, (now.at, figures));
            }
        }
        let earliest = self.stats.told.map_or(now.at + GATHER, |told| (told + INTERVAL).max(now.at + GATHER));
        self.stats.due.get_or_insert(earliest);
    }

    pub(super) fn tell_stats(&mut self, now: Moment) {
        if self.stats.due.is_none_or(|due| due > now.at) {
            return;
        }
        self.stats.due = None;
        self.stats.told = Some(now.at);
        self.stats.latest.retain(|_, (at, _)| now.at.duration_since(*at) < STALE);
        let to = self.sockets(|participant| participant.watches_stats);
        self.notice(to, ServerMessage::Stats { at_ms: now.unix_ms, participants: self.stats.all() });
    }
}
