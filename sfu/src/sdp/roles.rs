//! What each m-line is for: source, slot, both, nothing for now, or rejected.

use super::Sources;
use super::error::{OfferError, clip};
use super::offer::{MediaLine, Offer};
use crate::id::{Kind, Source};
use crate::spec::Mid;
use arrayvec::ArrayString;

/// What an m-line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Answered with port 0.
    Rejected,
    /// Answered; `inactive` where neither source nor slot.
    Accepted { kind: Kind, mid: Mid, source: Option<Source>, slot: Option<ArrayString<8>> },
}

/// Gives each m-line of an offer its role, in order.
pub(super) fn assign(offer: &Offer, sources: Sources<'_>, may_send: &[Source]) -> Result<Vec<Role>, OfferError> {
    if let Sources::Declared(declared) = sources {
        check_declared(offer, declared)?;
    }
    let usable = offer.lines.iter().filter(|line| line.kind.is_some()).count();
    if usable == 0 {
        return Err(OfferError::NoMedia);
    }
    let mut inferred = Inferred::default();
    let mut slots = SlotNames::default();
    let mut roles = Vec::with_capacity(offer.lines.len());
    for (index, line) in offer.lines.iter().enumerate() {
        let Some(kind) = line.kind else {
            roles.push(Role::Rejected);
            continue;
        };
        let named = match sources {
            Sources::Declared(declared) => declared.iter().find(|(mid, _)| Some(mid) == line.mid.as_ref()).map(|(_, source)| *source),
            Sources::Inferred => inferred.next(line, kind),
        };
        let source = named.filter(|source| may_send.contains(source));
        let receives = line.direction.receives() && !(matches!(sources, Sources::Inferred) && source.is_some());
        let wanted = source.is_some() || receives;
        match check_line(offer, line, index, usable) {
            Ok(mid) => {
                let slot = receives.then(|| slots.next(kind));
                roles.push(Role::Accepted { kind, mid, source, slot });
            }
            Err(error) if wanted => return Err(error),
            Err(_) => roles.push(Role::Rejected),
        }
    }
    // Who may send nothing plays: WHEP.
    if matches!(sources, Sources::Inferred) && !may_send.is_empty() && inferred.is_empty() {
        return Err(OfferError::NothingToSend);
    }
    Ok(roles)
}

/// Checks that an m-line can be carried on our one transport.
fn check_line(offer: &Offer, line: &MediaLine, index: usize, usable: usize) -> Result<Mid, OfferError> {
    let text = line.mid.as_deref().filter(|mid| !mid.is_empty()).ok_or(OfferError::NoMid(index))?;
    let mid = Mid::from(text).map_err(|_| OfferError::LongMid(clip(text)))?;
    // One m-line alone needs no group.
    if !(offer.bundle.iter().any(|bundled| bundled == text) || offer.bundle.is_empty() && usable == 1) {
        return Err(OfferError::NotBundled(text.to_owned()));
    }
    if line.rtcp_mux { Ok(mid) } else { Err(OfferError::NoRtcpMux(text.to_owned())) }
}

fn check_declared(offer: &Offer, declared: &[(String, Source)]) -> Result<(), OfferError> {
    for (index, (mid, source)) in declared.iter().enumerate() {
        let (mid, source_kind) = (clip(mid), *source);
        if declared[..index].iter().any(|(other, earlier)| *other == declared[index].0 || earlier == source) {
            return Err(OfferError::DeclaredTwice { mid, source_kind });
        }
        let Some(line) = offer.lines.iter().find(|line| line.mid.as_ref() == Some(&declared[index].0)) else {
            return Err(OfferError::UnknownMid { mid, source_kind });
        };
        if line.kind != Some(source.kind()) || !line.direction.sends() {
            let found = format!("{} {}", line.media, if line.kind.is_none() { "without usable media".to_owned() } else { line.direction.to_string() });
            return Err(OfferError::NotSending { mid, source_kind, found });
        }
    }
    Ok(())
}

/// WHIP's fixed map.
#[derive(Default)]
struct Inferred {
    audio: usize,
    video: usize,
}

impl Inferred {
    fn is_empty(&self) -> bool {
        self.audio + self.video == 0
    }

    fn next(&mut self, line: &MediaLine, kind: Kind) -> Option<Source> {
        if !line.direction.sends() {
            return None;
        }
        let (count, sources): (_, &[Source]) = match kind {
            Kind::Audio => (&mut self.audio, &[Source::Microphone]),
            Kind::Video => (&mut self.video, &[Source::Camera, Source::Screen]),
        };
        *count += 1;
        sources.get(*count - 1).copied()
    }
}

#[derive(Default)]
struct SlotNames {
    audio: usize,
    video: usize,
}

impl SlotNames {
    fn next(&mut self, kind: Kind) -> ArrayString<8> {
        let (letter, count) = match kind {
            Kind::Audio => ('a', &mut self.audio),
            Kind::Video => ('v', &mut self.video),
        };
        *count += 1;
        // Numbers stay below the 80 m-lines of an offer, so the name fits.
        ArrayString::from(&format!("{letter}{}", *count - 1)).unwrap_or_default()
    }
}
