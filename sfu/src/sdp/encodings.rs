//! The streams of a sending m-line: simulcast by RID (RFC 8853, RFC 8851), and declared SSRCs (RFC 5576).

use crate::spec::Rid;

/// Simulcast layers taken; more are answered without the rest.
pub const MAX_LAYERS: usize = 3;
/// Declared SSRCs kept of an m-line: those of three layers with RTX, and as much again.
const MAX_SSRCS: usize = 12;

/// What an m-line says of its streams.
#[derive(Clone, Debug, Default)]
pub(super) struct Encodings {
    /// `a=rid:… send`.
    declared: Vec<Rid>,
    /// The `send` list of `a=simulcast`.
    simulcast: Vec<Rid>,
    ssrcs: Vec<u32>,
    /// (media, RTX).
    pairs: Vec<(u32, u32)>,
}

impl Encodings {
    /// Takes an attribute if it is about streams.
    pub(super) fn attribute(&mut self, key: &str, value: &str) {
        match key {
            "rid" => {
                let mut words = value.split_whitespace();
                let rid = words.next().and_then(parse_rid);
                if let (Some(rid), Some("send"), true) = (rid, words.next(), self.declared.len() < 16) {
                    self.declared.push(rid);
                }
            }
            "simulcast" => self.simulcast = send_list(value),
            "ssrc" => {
                let ssrc = value.split(' ').next().and_then(|number| number.parse().ok());
                if let Some(ssrc) = ssrc.filter(|ssrc| !self.ssrcs.contains(ssrc) && self.ssrcs.len() < MAX_SSRCS) {
                    self.ssrcs.push(ssrc);
                }
            }
            "ssrc-group" => {
                let numbers: Option<Vec<u32>> =
                    value.strip_prefix("FID ").and_then(|list| list.split_whitespace().take(3).map(|number| number.parse().ok()).collect());
                if let (Some([media, rtx]), true) = (numbers.as_deref(), self.pairs.len() < MAX_SSRCS) {
                    self.pairs.push((*media, *rtx));
                }
            }
            _ => {}
        }
    }

    /// The simulcast layers in the order of `a=simulcast`; empty where there is at most one.
    pub(super) fn rids(&self) -> Vec<Rid> {
        let mut rids: Vec<Rid> = Vec::new();
        for rid in &self.simulcast {
            if self.declared.contains(rid) && !rids.contains(rid) && rids.len() < MAX_LAYERS {
                rids.push(*rid);
            }
        }
        rids
    }

    /// Declared media SSRCs, each with its RTX SSRC.
    pub(super) fn ssrcs(&self) -> Vec<(u32, Option<u32>)> {
        let media = self.ssrcs.iter().filter(|ssrc| !self.pairs.iter().any(|(_, rtx)| rtx == *ssrc));
        media.map(|ssrc| (*ssrc, self.pairs.iter().find(|(media, _)| media == ssrc).map(|(_, rtx)| *rtx))).collect()
    }
}

fn parse_rid(text: &str) -> Option<Rid> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if text.is_empty() || !text.bytes().all(allowed) { None } else { Rid::from(text).ok() }
}

/// The layers sent: of alternatives (`,`) the first, paused ones (`~`) too.
fn send_list(value: &str) -> Vec<Rid> {
    let mut words = value.split_whitespace();
    while let (Some(direction), Some(list)) = (words.next(), words.next()) {
        if direction == "send" {
            let first = |alternatives: &str| parse_rid(alternatives.split(',').next()?.trim_start_matches('~'));
            return list.split(';').take(16).filter_map(first).collect();
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encodings(attributes: &[(&str, &str)]) -> Encodings {
        let mut encodings = Encodings::default();
        for (key, value) in attributes {
            encodings.attribute(key, value);
        }
        encodings
    }

    fn rids(attributes: &[(&str, &str)]) -> String {
        encodings(attributes).rids().iter().map(Rid::as_str).collect::<Vec<_>>().join(";")
    }

    const SENT: [(&str, &str); 5] = [("rid", "l send"), ("rid", "m send pt=96"), ("rid", "h send"), ("rid", "x send"), ("rid", "r recv")];

    #[test]
    fn layers_keep_the_order_of_the_simulcast_line() {
        let with = |simulcast| rids(&[&SENT[..], &[("simulcast", simulcast)]].concat());
        assert_eq!(with("send h;m;l"), "h;m;l");
        assert_eq!(with("recv r send ~l,x;m"), "l;m", "the first alternative, and paused layers");
        assert_eq!(with("send l;m;h;x"), "l;m;h", "three at most");
        assert_eq!(with("send l;undeclared;r;l"), "l");
        assert_eq!(rids(&SENT), "", "RIDs without simulcast");
        assert_eq!(rids(&[("rid", "aaaaaaaaaaaaaaaaa send"), ("simulcast", "send aaaaaaaaaaaaaaaaa;ü")]), "");
    }

    #[test]
    fn ssrcs_go_with_their_rtx() {
        let declared = encodings(&[
            ("ssrc", "1 cname:x"),
            ("ssrc", "1 msid:- y"),
            ("ssrc", "2 cname:x"),
            ("ssrc", "3 cname:x"),
            ("ssrc", "nonsense"),
            ("ssrc-group", "FID 1 2"),
            ("ssrc-group", "FID 3 4 5"),
            ("ssrc-group", "SIM 1 3"),
        ]);
        assert_eq!(declared.ssrcs(), [(1, Some(2)), (3, None)]);
    }
}
