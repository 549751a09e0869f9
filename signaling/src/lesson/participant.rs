//! One participant of a lesson.

use super::command::{Access, Identity};
use super::policy::Policy;
use super::{ConnectionId, Moment};
use crate::permit::may_send;
use crate::record::ParticipantRow;
use crate::resume::ResumeHash;
use protocol::{Offer, ParticipantId, ParticipantView, Publish, Role, SlotLine, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// A WHIP or WHEP session that has no working transport for so long is given up.
pub(crate) const DIRECT_CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// A WHIP host that never sent a packet for so long may be replaced by another.
pub(crate) const DIRECT_SILENT_LIMIT: Duration = Duration::from_secs(10);

/// Video slots beyond this are never filled (a patrol wall takes 32).
pub(crate) const MAX_VIDEO_SLOTS: usize = 64;

/// The how-manieth place of the lesson. Places are never reused.
pub(crate) type Place = u64;

/// Whether a participant is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Presence {
    /// Its connection is up.
    Online(Link),
    /// Its connection was lost; the place is kept for the resume window.
    Lost { since: Instant },
    /// It left. Hosts and classrooms are remembered: the same identity gets the same place, and a muted class stays muted.
    Absent,
}

/// The connection of a participant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Link {
    pub(crate) connection: ConnectionId,
    pub(crate) since: Instant,
    pub(crate) local: Option<IpAddr>,
    pub(crate) from: Option<IpAddr>,
}

/// How many slots the last answer gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    pub(crate) audio: usize,
    pub(crate) video: usize,
}

impl Slots {
    /// Counts `a0`…, `v0`… of an answer.
    pub(crate) fn count(lines: &[SlotLine]) -> Self {
        let starting = |letter: char| lines.iter().filter(|line| line.slot.starts_with(letter)).count();
        Self { audio: starting('a'), video: starting('v').min(MAX_VIDEO_SLOTS) }
    }
}

/// What a page asked for in one video slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Want {
    pub(crate) spatial: Option<u8>,
    pub(crate) temporal: Option<u8>,
}

/// An offer the media plane is answering.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    pub(crate) ticket: u64,
    pub(crate) id: u64,
    pub(crate) connection: ConnectionId,
}

/// What a video slot shows.
pub(crate) type Shown = Option<(ParticipantId, Source)>;

/// The highest spatial layer that somebody gets of a participant's camera and courseware.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    pub(crate) camera: Option<u8>,
    pub(crate) screen: Option<u8>,
}

/// Everything is on until the participant says otherwise.
pub(crate) fn all_sources() -> BTreeSet<Source> {
    BTreeSet::from([Source::Microphone, Source::Camera, Source::Screen])
}

/// One participant.
#[derive(Clone, Debug)]
pub(crate) struct Participant {
    pub(crate) id: ParticipantId,
    pub(crate) place: Place,
    pub(crate) identity: Identity,
    pub(crate) access: Access,
    pub(crate) presence: Presence,
    pub(crate) resume: Option<ResumeHash>,
    /// By the host.
    pub(crate) muted: bool,
    /// It was muted when it got the floor, and is to be again.
    pub(crate) unmuted_for_floor: bool,
    /// When it is to send, by the lesson's switches.
    pub(crate) publish: Publish,
    /// Order of being called on; none: not on stage.
    pub(crate) stage: Option<u64>,
    /// Order of raising the hand; none: down.
    pub(crate) hand: Option<u64>,
    /// What the participant has switched on.
    pub(crate) on: BTreeSet<Source>,
    /// What the media plane receives.
    pub(crate) publishing: BTreeSet<Source>,
    /// Whether it ever sent a packet since it came.
    pub(crate) has_published: bool,
    /// Whether its transport works.
    pub(crate) media: bool,
    /// Of the last answer; none without a transport.
    pub(crate) slots: Option<Slots>,
    /// When the offer of the present transport came; taken when it works.
    pub(crate) offered_at: Option<Instant>,
    pub(crate) in_flight: Option<InFlight>,
    /// An offer that came while another was being answered.
    pub(crate) waiting: Option<(ConnectionId, Offer)>,
    pub(crate) wants: BTreeMap<usize, Want>,
    pub(crate) watches_stats: bool,
    /// Beginning of the open interval of membership, in milliseconds since 1970.
    pub(crate) member_since: Option<u64>,
    /// End of the last closed one.
    pub(crate) left_ms: Option<u64>,
    /// What others were told last.
    pub(crate) told: Option<ParticipantView>,
    /// What it was told about its slots last.
    pub(crate) told_slots: Option<Vec<Shown>>,
    /// What it was told of who watches it last.
    pub(crate) told_demand: Option<Demand>,
    /// What was written last.
    pub(crate) stored: Option<ParticipantRow>,
}

impl Participant {
    pub(crate) fn new(place: Place, identity: Identity, access: Access) -> Self {
        Self {
            id: ParticipantId(format!("p{place}")),
            place,
            identity,
            access,
            presence: Presence::Absent,
            resume: None,
            muted: false,
            unmuted_for_floor: false,
            publish: Publish::Never,
            stage: None,
            hand: None,
            on: all_sources(),
            publishing: BTreeSet::new(),
            has_published: false,
            media: false,
            slots: None,
            offered_at: None,
            in_flight: None,
            waiting: None,
            wants: BTreeMap::new(),
            watches_stats: false,
            member_since: None,
            left_ms: None,
            told: None,
            told_slots: None,
            told_demand: None,
            stored: None,
        }
    }

    /// As it was written down; offline until it comes back.
    pub(crate) fn restore(row: ParticipantRow, policy: &Policy, now: Instant) -> Self {
        let identity = Identity { sub: row.sub.clone(), role: row.role, name: row.name.clone(), classroom: row.classroom.clone(), holder: None };
        let mut participant = Self::new(row.place, identity, Access::Socket);
        participant.presence = if row.present { Presence::Lost { since: now } } else { Presence::Absent };
        participant.resume = row.resume;
        participant.muted = row.muted;
        participant.publish = policy.publish(&participant.identity);
        participant.stage = row.stage.filter(|_| row.present);
        participant.hand = row.hand.filter(|_| row.present);
        participant.stored = Some(row);
        participant.told = participant.present().then(|| participant.view());
        participant
    }

    pub(crate) fn role(&self) -> Role {
        self.identity.role
    }

    /// Holds its place, online or not.
    pub(crate) fn present(&self) -> bool {
        self.presence != Presence::Absent
    }

    pub(crate) fn online(&self) -> bool {
        matches!(self.presence, Presence::Online(_))
    }

    pub(crate) fn link(&self) -> Option<Link> {
        match self.presence {
            Presence::Online(link) => Some(link),
            Presence::Lost { .. } | Presence::Absent => None,
        }
    }

    /// The WebSocket to talk to.
    pub(crate) fn socket(&self) -> Option<ConnectionId> {
        match (self.access, self.presence) {
            (Access::Socket, Presence::Online(link)) => Some(link.connection),
            _ => None,
        }
    }

    /// Whether a host may not be replaced by another: a page is there, or an encoder sends or has only just come.
    pub(crate) fn holds(&self, now: Moment) -> bool {
        match (self.access, self.link()) {
            (_, None) => false,
            (Access::Socket, Some(_)) => true,
            (_, Some(link)) => !self.publishing.is_empty() || (!self.has_published && now.at.duration_since(link.since) < DIRECT_SILENT_LIMIT),
        }
    }

    /// Whether its camera may be shown: it has a transport and has not switched the camera off.
    pub(crate) fn shows_camera(&self) -> bool {
        self.slots.is_some() && self.on.contains(&Source::Camera)
    }

    /// Whether its microphone may be heard.
    pub(crate) fn may_be_heard(&self) -> bool {
        !self.muted && self.on.contains(&Source::Microphone)
    }

    /// Forgets the transport.
    pub(crate) fn without_transport(&mut self) {
        self.media = false;
        self.publishing.clear();
        self.slots = None;
        self.offered_at = None;
        self.told_slots = None;
        self.told_demand = None;
    }

    /// As others see it.
    pub(crate) fn view(&self) -> ParticipantView {
        ParticipantView {
            id: self.id.clone(),
            role: self.role(),
            name: self.identity.name.clone(),
            online: self.online(),
            media: self.media,
            sources: self.publishing.intersection(&self.on).copied().collect(),
            muted: self.muted,
            publish: self.publish,
        }
    }

    /// What it may send: nothing at all where nobody is asked for it.
    pub(crate) fn may_send(&self) -> &'static [Source] {
        match self.publish {
            Publish::Never => &[],
            Publish::Now | Publish::Called => may_send(self.role()),
        }
    }

    /// As it is written down.
    pub(crate) fn row(&self) -> ParticipantRow {
        ParticipantRow {
            id: self.id.clone(),
            place: self.place,
            sub: self.identity.sub.clone(),
            role: self.role(),
            name: self.identity.name.clone(),
            classroom: self.identity.classroom.clone(),
            resume: self.resume,
            present: self.present(),
            stage: self.stage,
            hand: self.hand,
            muted: self.muted,
        }
    }
}
