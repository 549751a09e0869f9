//! Which of the authenticated paths to send on.
//!
//! The peer decides, by USE-CANDIDATE, and peers differ:
//!
//! - Chromium, towards ICE-lite, sets USE-CANDIDATE in every check on the pair it has selected and in no other. The latest one is always right.
//! - Firefox, aiortc and libnice nominate once, or (aggressive nomination, RFC 5245) nominate all pairs and use the best; then they check the pair in use every
//!   four to six seconds, without USE-CANDIDATE. A changed NAT mapping shows only as such a check from elsewhere.
//!
//! So a nomination is followed at once, unless it is for a worse path than the one in use while that one is alive: then the second one in a row is. And an
//! ordinary check moves the selection only when the path in use has fallen silent, or, before any nomination, from TCP to UDP.

use crate::path::{Link, Path};
use arrayvec::ArrayVec;
use std::time::{Duration, Instant};

/// Paths remembered of a peer; the one checked longest ago makes room, but never the selected one.
pub(super) const MAX_PATHS: usize = 8;
/// A path counts as alive this long after a check. Chromium checks its path every 2.5 s.
const ALIVE: Duration = Duration::from_secs(4);
/// A selected path without a check for this long gives way to any that has one. Slower peers check every 6 s at the latest.
const SILENT: Duration = Duration::from_secs(10);

/// An authenticated check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    pub(super) path: Path,
    pub(super) priority: Option<u32>,
    pub(super) nominates: bool,
    pub(super) transaction: [u8; 12],
}

/// A path that passed an authenticated check.
#[derive(Clone, Copy, Debug)]
struct Known {
    path: Path,
    priority: u32,
    checked: Instant,
}

impl Known {
    /// UDP before TCP, then by PRIORITY.
    fn rank(&self) -> (bool, u32) {
        (self.is_udp(), self.priority)
    }

    fn is_udp(&self) -> bool {
        matches!(self.path.link, Link::Udp(_))
    }

    /// Whether the peer's socket is likely the same, seen through another NAT mapping: same socket of ours, same PRIORITY of the peer's base.
    fn is_remapped(&self, other: &Known) -> bool {
        self.is_udp() && self.path.link == other.path.link && self.priority == other.priority
    }
}

/// What a check changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    NewPath,
    Selected { previous: Option<Path> },
}

/// The authenticated paths, and the one in use.
#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct Selection {
    // First: every flush reads it.
    selected: Option<Path>,
    known: ArrayVec<Known, MAX_PATHS>,
    /// Whether the peer nominated the selected path, rather than it being the first that worked.
    nominated: bool,
    /// A worse path that was nominated since the selected one was, and by which transaction.
    challenger: Option<(Path, [u8; 12])>,
}

impl Selection {
    pub(super) fn selected(&self) -> Option<Path> {
        self.selected
    }

    pub(super) fn is_nominated(&self) -> bool {
        self.nominated
    }

    pub(super) fn contains(&self, path: Path) -> bool {
        self.known.iter().any(|known| known.path == path)
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = Path> {
        self.known.iter().map(|known| known.path)
    }

    /// An ICE restart: the selected path stays in use until one is nominated anew.
    pub(super) fn restart(&mut self) {
        self.nominated = false;
        self.challenger = None;
    }

    pub(super) fn check(&mut self, now: Instant, check: Check) -> Change {
        let is_new = !self.contains(check.path);
        let known = self.remember(now, check);
        if self.selected == Some(check.path) {
            if check.nominates {
                self.nominated = true;
                self.challenger = None;
            }
            return Change::None;
        }
        let previous = self.selected;
        if self.moves(now, known, check) {
            self.select(check.path, check.nominates || (self.nominated && previous.is_some()));
            // The first path that works is used without being chosen.
            if previous.is_some() || check.nominates {
                return Change::Selected { previous };
            }
        }
        if is_new { Change::NewPath } else { Change::None }
    }

    /// Whether a check on another path than the selected one moves the selection there.
    fn moves(&mut self, now: Instant, known: Known, check: Check) -> bool {
        let Some(current) = self.selected.and_then(|path| self.known.iter().find(|known| known.path == path).copied()) else { return true };
        let silence = now.saturating_duration_since(current.checked);
        if !check.nominates {
            let better = !self.nominated && known.is_udp() && !current.is_udp();
            return better || silence >= SILENT || (silence >= ALIVE && known.is_remapped(&current));
        }
        if !self.nominated || silence >= ALIVE || known.is_remapped(&current) || known.rank() > current.rank() {
            return true;
        }
        match self.challenger.replace((check.path, check.transaction)) {
            Some((path, transaction)) => path == check.path && transaction != check.transaction,
            None => false,
        }
    }

    fn select(&mut self, path: Path, nominated: bool) {
        self.selected = Some(path);
        self.nominated = nominated;
        self.challenger = None;
    }

    fn remember(&mut self, now: Instant, check: Check) -> Known {
        if let Some(known) = self.known.iter_mut().find(|known| known.path == check.path) {
            known.checked = now;
            known.priority = check.priority.unwrap_or(known.priority);
            return *known;
        }
        if self.known.is_full() {
            let selected = self.selected;
            let oldest = (0..self.known.len()).filter(|&at| Some(self.known[at].path) != selected).min_by_key(|&at| self.known[at].checked);
            self.known.swap_remove(oldest.unwrap_or(0));
        }
        let known = Known { path: check.path, priority: check.priority.unwrap_or(0), checked: now };
        self.known.push(known);
        known
    }

    /// Forgets a path. If it was in use, the one checked last takes its place.
    pub(super) fn close(&mut self, path: Path) {
        self.known.retain(|known| known.path != path);
        if self.selected == Some(path) {
            self.selected = self.known.iter().max_by_key(|known| (known.checked, known.rank())).map(|known| known.path);
            self.nominated = false;
            self.challenger = None;
        }
    }
}
