//! Header extensions of an offer and its answer (`a=extmap`, RFC 8285 §5–6).

use super::direction::Direction;
use super::error::{OfferError, clip};
use crate::id::Kind;
use crate::rtp::{ExtensionKind, ExtensionMap};

/// One `a=extmap` of an m-line.
#[derive(Clone, Debug)]
pub(super) struct OfferedExtension {
    pub(super) id: u8,
    /// In which direction the peer would use it; none: as the m-line's.
    direction: Option<Direction>,
    pub(super) uri: String,
}

/// Extensions looked at on one m-line; ids end at 255.
const MAX_EXTENSIONS: usize = 64;

/// Takes the value of an `a=extmap`; what is malformed or has an id outside 1 to 255 (offered to choose from, RFC 8285 §6) is left out.
pub(super) fn push(list: &mut Vec<OfferedExtension>, value: &str) {
    let mut words = value.split_whitespace();
    let (Some(id), Some(uri)) = (words.next(), words.next()) else { return };
    let (id, direction) = match id.split_once('/') {
        Some((id, direction)) => (id, Some(Direction::parse(direction))),
        None => (id, None),
    };
    let Some(id) = id.parse().ok().filter(|id| *id != 0) else { return };
    if list.len() < MAX_EXTENSIONS {
        list.push(OfferedExtension { id, direction: direction.flatten(), uri: uri.to_owned() });
    }
}

/// One extension of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChosenExtension {
    pub(super) kind: ExtensionKind,
    pub(super) id: u8,
    /// Of the answer: the reverse of the offer's.
    pub(super) direction: Option<Direction>,
}

/// The extensions answered on an m-line: on which the peer sends, receives, both or (inactive) neither.
pub(super) fn choose(kind: Kind, offered: &[OfferedExtension], from_peer: bool, to_peer: bool) -> Vec<ChosenExtension> {
    let wanted = |extension: &OfferedExtension| {
        let known = ExtensionKind::from_uri(&extension.uri)?;
        let direction = extension.direction.unwrap_or(Direction::SendRecv);
        let useful = known == ExtensionKind::Mid
            || from_peer && direction.sends() && read_from_peer(kind, known)
            || to_peer && direction.receives() && written_to_peer(kind, known);
        useful.then(|| ChosenExtension { kind: known, id: extension.id, direction: extension.direction.map(Direction::reversed) })
    };
    offered.iter().filter_map(wanted).collect()
}

/// What is of use from the peer.
fn read_from_peer(kind: Kind, extension: ExtensionKind) -> bool {
    extension != ExtensionKind::AudioLevel || kind == Kind::Audio
}

/// What makes sense in a slot: what is about the media, not about the transport or the layers of the source that happens to be in it. A dependency
/// descriptor's frame numbers would go back at a switch, which makes Chromium drop key frames.
fn written_to_peer(kind: Kind, extension: ExtensionKind) -> bool {
    match extension {
        ExtensionKind::Mid | ExtensionKind::AbsCaptureTime => true,
        ExtensionKind::AudioLevel => kind == Kind::Audio,
        ExtensionKind::PlayoutDelay | ExtensionKind::VideoOrientation => kind == Kind::Video,
        _ => false,
    }
}

/// The ids of a BUNDLE group.
#[derive(Debug)]
pub(super) struct IdTable {
    uris: Vec<Option<String>>,
    map: ExtensionMap,
}

impl IdTable {
    pub(super) fn new() -> Self {
        IdTable { uris: vec![None; 256], map: ExtensionMap::default() }
    }

    /// Takes what an m-line offers (unknown extensions must not share an id with known ones either) and what of it is answered.
    pub(super) fn add(&mut self, offered: &[OfferedExtension], chosen: &[ChosenExtension]) -> Result<(), OfferError> {
        for OfferedExtension { id, uri, .. } in offered {
            let known = self.uris[usize::from(*id)].get_or_insert_with(|| uri.clone());
            if known != uri {
                return Err(OfferError::ExtensionConflict { id: *id, uri: clip(uri) });
            }
        }
        for ChosenExtension { kind, id, .. } in chosen {
            if self.map.id(*kind).is_some_and(|other| other != *id) {
                return Err(OfferError::ExtensionConflict { id: *id, uri: kind.uri().to_owned() });
            }
            self.map.set(*kind, *id);
        }
        Ok(())
    }

    pub(super) fn map(&self) -> ExtensionMap {
        self.map
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn offered(values: &[String]) -> Vec<OfferedExtension> {
        let mut list = Vec::new();
        for value in values {
            push(&mut list, value);
        }
        list
    }

    fn extmap(id: &str, kind: ExtensionKind) -> String {
        format!("{id} {}", kind.uri())
    }

    #[test]
    fn malformed_lines_and_ids_to_choose_from_are_left_out() {
        let list = offered(&["".into(), "1".into(), "0 urn:a".into(), "4096 urn:b".into(), "x urn:c".into(), "15 urn:d attributes".into()]);
        assert_eq!(list.iter().map(|extension| (extension.id, extension.uri.as_str())).collect::<Vec<_>>(), [(15, "urn:d")]);
    }

    #[test]
    fn directions_are_heeded_and_reversed() {
        let list = offered(&[
            extmap("8/sendonly", ExtensionKind::DependencyDescriptor),
            extmap("6/recvonly", ExtensionKind::PlayoutDelay),
            extmap("3", ExtensionKind::Mid),
        ]);
        let ids =
            |from_peer, to_peer| choose(Kind::Video, &list, from_peer, to_peer).iter().map(|extension| (extension.id, extension.direction)).collect::<Vec<_>>();
        assert_eq!(ids(true, false), [(8, Some(Direction::RecvOnly)), (3, None)]);
        assert_eq!(ids(false, true), [(6, Some(Direction::SendOnly)), (3, None)]);
        assert_eq!(ids(true, true).len(), 3);
        assert_eq!(ids(false, false), [(3, None)]);
    }

    #[test]
    fn slots_have_neither_transport_nor_layer_extensions() {
        let all = offered(&ExtensionKind::ALL.iter().enumerate().map(|(index, kind)| extmap(&(index + 1).to_string(), *kind)).collect::<Vec<_>>());
        let slot: Vec<_> = choose(Kind::Video, &all, false, true).iter().map(|extension| extension.kind).collect();
        assert_eq!(slot, [ExtensionKind::Mid, ExtensionKind::AbsCaptureTime, ExtensionKind::PlayoutDelay, ExtensionKind::VideoOrientation]);
        assert_eq!(choose(Kind::Audio, &all, true, false).len(), ExtensionKind::COUNT);
    }

    #[test]
    fn one_id_means_one_extension_in_a_group() {
        let mut table = IdTable::new();
        let mut add = |value: String| {
            let list = offered(&[value]);
            table.add(&list, &choose(Kind::Video, &list, true, false)).map(|()| table.map().id(ExtensionKind::Mid))
        };
        assert_eq!(add(extmap("4", ExtensionKind::Mid)), Ok(Some(4)));
        assert_eq!(add(extmap("4", ExtensionKind::Mid)), Ok(Some(4)));
        assert!(matches!(add(extmap("5", ExtensionKind::Mid)), Err(OfferError::ExtensionConflict { id: 5, .. })));
        assert!(matches!(add("4 urn:unknown".into()), Err(OfferError::ExtensionConflict { id: 4, .. })));
    }
}
