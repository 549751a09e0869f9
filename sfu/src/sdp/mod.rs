//! Offer in, answer out (RFC 8829): ICE-lite, one BUNDLE group, DTLS-SRTP; sending m-lines become sources, receiving ones slots.
//!
//! Lines are taken apart by `rtc-sdp`; what they mean is decided here. A stranger's offer is bounded before it is parsed, and nothing of it is kept but what
//! [`TransportSpec`] holds.

mod candidate;
mod codecs;
mod credentials;
mod direction;
mod encodings;
mod error;
mod extmap;
mod fragment;
mod offer;
mod payload;
mod roles;
mod write;

pub use candidate::{Candidate, Protocol};
pub use encodings::MAX_LAYERS;
pub use error::{MAX_FRAGMENT_BYTES, MAX_MEDIA_LINES, MAX_OFFER_BYTES, OfferError};
pub use fragment::{Fragment, parse_fragment, write_fragment};

use crate::id::{Kind, ParticipantId, RoomId, Source, TransportId};
use crate::spec::{CodecSpec, Fingerprint, IceCredentials, Mid, SlotSpec, SourceSpec, TransportSpec};
use arrayvec::ArrayString;
use codecs::{Chosen, Use};
use extmap::{ChosenExtension, IdTable};
use offer::{MediaLine, Offer};
use roles::Role;

/// The CNAME of everything we send, in the answer and for RTCP (RFC 7022: one for streams of one clock).
pub const CNAME: &str = "tongke";

/// Which sending m-line carries which source.
#[derive(Clone, Copy, Debug)]
pub enum Sources<'a> {
    /// As the client says: mids and sources. A `sendrecv` m-line may be source and slot at once.
    Declared(&'a [(String, Source)]),
    /// WHIP and WHEP: the first audio m-line sent on is the microphone, the first video the camera, the second the screen. A source's m-line is no slot
    /// (RFC 9725 §4.2).
    Inferred,
}

/// What the answer needs beside the offer.
pub struct AnswerOptions<'a> {
    /// For the spec.
    pub transport: TransportId,
    /// For the spec.
    pub room: RoomId,
    /// For the spec.
    pub participant: ParticipantId,
    /// Our `ice-ufrag`, 4 to 256 ice-chars.
    pub local_ufrag: &'a str,
    /// Our `ice-pwd`, 22 to 256 ice-chars.
    pub local_pwd: &'a str,
    /// Of our certificate.
    pub fingerprint: &'a Fingerprint,
    /// Where we are reached, preferred first.
    pub candidates: &'a [Candidate],
    /// Which m-line carries which source.
    pub sources: Sources<'a>,
    /// What this participant may send; other sending m-lines are answered `inactive`.
    pub may_send: &'a [Source],
    /// Gives random SSRCs, none 0 and none twice.
    pub ssrcs: &'a mut dyn FnMut() -> u32,
    /// The `o=` line's session id, below 2^63.
    pub session_id: u64,
}

/// An answer, and what it means.
#[derive(Clone, Debug)]
pub struct Negotiated {
    /// The answer.
    pub sdp: String,
    /// For the shard.
    pub spec: TransportSpec,
    /// Slot names and mids, in the order of the m-lines.
    pub slots: Vec<(String, String)>,
}

/// Answers an offer.
///
/// # Errors
/// When the offer is not SDP, too large, or not one this server can serve; the text names what was wrong and the remedy.
pub fn answer(offer: &str, options: AnswerOptions<'_>) -> Result<Negotiated, OfferError> {
    let offer = Offer::parse(offer)?;
    let roles = roles::assign(&offer, options.sources, options.may_send)?;
    let mut ids = IdTable::new();
    let lines = offer.lines.iter().zip(roles).map(|(line, role)| plan(line, role, options.ssrcs, &mut ids)).collect::<Result<Vec<_>, _>>()?;
    let first = first_bundled(&offer, &lines).ok_or(OfferError::NoMedia)?;
    let (remote_ufrag, remote_pwd) = first.transport.ice(&offer.session)?;
    let spec = TransportSpec {
        id: options.transport,
        room: options.room,
        participant: options.participant,
        ice: IceCredentials { local_ufrag: options.local_ufrag.to_owned(), local_pwd: options.local_pwd.to_owned(), remote_ufrag, remote_pwd },
        fingerprint: first.transport.fingerprint(&offer.session)?,
        dtls_active: first.transport.dtls_active(&offer.session)?,
        extensions: ids.map(),
        sources: lines.iter().filter_map(source_spec).collect(),
        slots: lines.iter().filter_map(|line| line.slot.clone()).collect(),
    };
    let local = write::Local { fingerprint: options.fingerprint, candidates: options.candidates, session_id: options.session_id };
    Ok(Negotiated {
        sdp: write::answer(&offer, &lines, &spec, &local),
        slots: spec.slots.iter().map(|slot| (slot.name.to_string(), slot.mid.to_string())).collect(),
        spec,
    })
}

/// One m-line of the answer.
#[derive(Debug)]
struct AnswerLine<'a> {
    offered: &'a MediaLine,
    /// None: rejected, port 0.
    accepted: Option<(Kind, Mid)>,
    source: Option<Source>,
    slot: Option<SlotSpec>,
    codecs: Vec<Chosen>,
    extensions: Vec<ChosenExtension>,
}

fn plan<'a>(line: &'a MediaLine, role: Role, ssrcs: &mut dyn FnMut() -> u32, ids: &mut IdTable) -> Result<AnswerLine<'a>, OfferError> {
    let mut planned = AnswerLine { offered: line, accepted: None, source: None, slot: None, codecs: Vec::new(), extensions: Vec::new() };
    let Role::Accepted { kind, mid, source, slot } = role else { return Ok(planned) };
    let from_peer = source.is_some();
    planned.extensions = extmap::choose(kind, &line.extensions, from_peer, slot.is_some());
    let transport_cc = planned.extensions.iter().any(|extension| extension.kind == crate::rtp::ExtensionKind::TransportCc);
    planned.codecs = codecs::choose(kind, &line.payloads, Use { from_peer, transport_cc });
    if planned.codecs.is_empty() {
        if source.is_none() && slot.is_none() {
            return Ok(AnswerLine { extensions: Vec::new(), ..planned });
        }
        return Err(OfferError::NoCodec { mid: mid.to_string(), kind, offered: codecs::names(&line.payloads) });
    }
    ids.add(&line.extensions, &planned.extensions)?;
    planned.slot = slot.map(|name| slot_spec(name, mid, kind, &planned.codecs, ssrcs));
    planned.accepted = Some((kind, mid));
    planned.source = source;
    Ok(planned)
}

fn slot_spec(name: ArrayString<8>, mid: Mid, kind: Kind, codecs: &[Chosen], ssrcs: &mut dyn FnMut() -> u32) -> SlotSpec {
    let codecs = specs(codecs);
    SlotSpec { name, mid, kind, ssrc: ssrcs(), rtx_ssrc: codecs.iter().any(|codec| codec.rtx.is_some()).then(ssrcs), codecs }
}

fn source_spec(line: &AnswerLine<'_>) -> Option<SourceSpec> {
    let ((_, mid), source) = (line.accepted?, line.source?);
    Some(SourceSpec { mid, source, codecs: specs(&line.codecs), rids: line.offered.encodings.rids(), ssrcs: line.offered.encodings.ssrcs() })
}

fn specs(codecs: &[Chosen]) -> Vec<CodecSpec> {
    codecs.iter().map(|codec| codec.spec.clone()).collect()
}

/// The m-line that speaks for the BUNDLE group: the first of the offer's list that is accepted, or the only one there is.
fn first_bundled<'a>(offer: &Offer, lines: &[AnswerLine<'a>]) -> Option<&'a MediaLine> {
    let accepted = |mid: &str| lines.iter().find(|line| line.accepted.is_some_and(|(_, own)| own.as_str() == mid));
    let tagged = offer.bundle.iter().find_map(|mid| accepted(mid));
    tagged.or_else(|| lines.iter().find(|line| line.accepted.is_some())).map(|line| line.offered)
}
