//! The contract between signaling and a media plane. SDP is opaque here; the binary joins the two.
//!
//! Signaling states what it *wants* ([`RoomPlan`]); the media plane reconciles what *is* with it and reports [`MediaEvent`]s. A participant has at
//! most one transport; a later offer replaces the earlier.

use futures_util::future::BoxFuture;
use protocol::{ParticipantId, ParticipantStats, SlotLine, Source, SourceLine};

/// What signaling needs of a media plane. Calls never block; a mailbox that is full is [`MediaError::Busy`].
pub trait MediaPlane: Send + Sync + 'static {
    /// Whether an offer can be answered, whoever makes it; nothing is made or replaced yet.
    ///
    /// # Errors
    /// [`MediaError::OfferInvalid`].
    fn check(&self, request: &OfferRequest) -> Result<(), MediaError>;

    /// Answers an offer: makes the participant's transport in the room (the room too, where it is new) or replaces it.
    fn offer(&self, request: OfferRequest) -> BoxFuture<'_, Result<OfferAnswer, MediaError>>;

    /// Applies an SDP fragment of a WHIP/WHEP `PATCH` (RFC 8840 trickle, or an ICE restart with new credentials). `Some` carries the server's fragment for a restart.
    fn patch(&self, lesson: &str, participant: &ParticipantId, fragment: String) -> BoxFuture<'_, Result<Option<String>, MediaError>>;

    /// States who sees, hears and is heard in the room from now on. Replaces the plan before it, whole.
    fn plan(&self, lesson: &str, plan: RoomPlan);

    /// Ends the participant's transport.
    fn remove(&self, lesson: &str, participant: &ParticipantId);

    /// Ends the room with all its transports.
    fn close(&self, lesson: &str);
}

/// An offer, and who makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferRequest {
    /// The lesson's id; the room has the same.
    pub lesson: String,
    /// Who offers.
    pub participant: ParticipantId,
    /// The SDP.
    pub sdp: String,
    /// Which sending m-line carries which source; empty with [`OfferRequest::infer_sources`].
    pub sources: Vec<SourceLine>,
    /// WHIP: first audio is the microphone, first video the camera, second video the screen.
    pub infer_sources: bool,
    /// What the role may send; other sending m-lines are answered `inactive`.
    pub may_send: Vec<Source>,
    /// The address the request came to, for the candidate of a server with several addresses.
    pub local: Option<std::net::IpAddr>,
}

/// The answer to an offer.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferAnswer {
    /// The SDP, with the server's candidates.
    pub sdp: String,
    /// Which receiving m-line is which slot.
    pub slots: Vec<SlotLine>,
    /// The entity tag of the ICE session (WHIP's `ETag`), without quotes.
    pub ice_tag: String,
}

/// Who sees, hears and is heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomPlan {
    /// Who may be heard. The first is always in an audio slot (the host); the others compete by loudness.
    pub audible: Vec<ParticipantId>,
    /// What each receiving participant sees; those not named see and hear nothing.
    pub views: Vec<View>,
}

/// What one participant receives.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Who receives.
    pub participant: ParticipantId,
    /// Whether it gets sound.
    pub audio: bool,
    /// What its video slots show, in slot order.
    pub video: Vec<Option<VideoView>>,
}

/// What one video slot shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoView {
    /// Whose source.
    pub participant: ParticipantId,
    /// Which.
    pub source: Source,
    /// Highest spatial layer, 0 the smallest; none: paused.
    pub spatial: Option<u8>,
    /// Highest temporal layer.
    pub temporal: u8,
}

/// Why the media plane refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// The SDP is not usable; the text names what was wrong and the remedy.
    #[error("{0}")]
    OfferInvalid(String),
    /// No transport of that participant.
    #[error("participant {0} has no transport; send an offer first")]
    UnknownTransport(String),
    /// The workers' mailboxes are full, or the configured number of transports is reached.
    #[error("the media plane is busy: {0}; try again in a second")]
    Busy(String),
}

/// What the media plane reports.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// ICE and DTLS are done: media may flow.
    Connected {
        /// The room.
        lesson: String,
        /// Whose transport.
        participant: ParticipantId,
    },
    /// The transport is gone and will not come back; the participant should offer again.
    Lost {
        /// The room.
        lesson: String,
        /// Whose transport.
        participant: ParticipantId,
        /// For a log and the page.
        reason: String,
    },
    /// Packets of a source began to arrive, or ceased for 3 s.
    Publishing {
        /// The room.
        lesson: String,
        /// Who.
        participant: ParticipantId,
        /// Which source.
        source: Source,
        /// Began or ceased.
        active: bool,
    },
    /// Who is heard now, loudest first; at most five a second a room.
    Speakers {
        /// The room.
        lesson: String,
        /// All of them.
        participants: Vec<ParticipantId>,
    },
    /// Figures of the last second of everybody with a transport in the room (one message a worker; merge by participant).
    Stats {
        /// The room.
        lesson: String,
        /// Each participant's figures.
        participants: Vec<ParticipantStats>,
    },
}
