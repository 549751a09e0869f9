//! The payload types of one m-line: `a=rtpmap`, `a=fmtp` and `a=rtcp-fb` gathered.

/// What the offer says of one payload type.
#[derive(Clone, Debug, Default)]
pub(super) struct Payload {
    pub(super) payload_type: u8,
    /// The encoding name as offered; empty without `a=rtpmap`.
    pub(super) name: String,
    /// In Hz.
    pub(super) clock_rate: u32,
    /// 1 where not said.
    pub(super) channels: u8,
    pub(super) fmtp: String,
    feedback: Vec<String>,
}

impl Payload {
    /// Whether its encoding is of that name, in any case, and clock rate.
    pub(super) fn is(&self, name: &str, clock_rate: u32) -> bool {
        self.name.eq_ignore_ascii_case(name) && self.clock_rate == clock_rate
    }

    /// The value of a parameter of `a=fmtp`.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.fmtp.split(';').filter_map(|pair| pair.split_once('='));
        pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// The payload types of an m-line in its order.
#[derive(Clone, Debug, Default)]
pub(super) struct Payloads {
    list: Vec<Payload>,
    /// Position in `list` + 1 by payload type: at most 128 entries, however long the offer.
    index: Vec<u8>,
    wildcard_feedback: Vec<String>,
}

/// Feedback kept of one payload type; browsers offer five kinds.
const MAX_FEEDBACK: usize = 16;

impl Payloads {
    /// Those of the m-line's format list; what is not a payload type is left out.
    pub(super) fn new<'a>(formats: impl Iterator<Item = &'a str>) -> Self {
        let mut payloads = Payloads { index: vec![0; 128], ..Payloads::default() };
        for payload_type in formats.filter_map(|format| format.parse::<u8>().ok()) {
            let Some(position) = payloads.index.get_mut(usize::from(payload_type)).filter(|position| **position == 0) else { continue };
            *position = payloads.list.len() as u8 + 1;
            payloads.list.push(Payload { payload_type, channels: 1, ..Payload::default() });
        }
        payloads
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Payload> {
        self.list.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The payload type that repeats another's packets (RFC 4588).
    pub(super) fn rtx_of(&self, payload: &Payload) -> Option<u8> {
        let apt = payload.payload_type.to_string();
        let rtx = self.iter().find(|other| other.is("rtx", payload.clock_rate) && other.parameter("apt") == Some(&apt))?;
        Some(rtx.payload_type)
    }

    /// Whether that feedback is offered for a payload type.
    pub(super) fn has_feedback(&self, payload: &Payload, wanted: &str) -> bool {
        payload.feedback.iter().chain(&self.wildcard_feedback).any(|feedback| feedback == wanted)
    }

    /// Takes the value of an `a=rtpmap`, `a=fmtp` or `a=rtcp-fb`; a malformed one is left out.
    pub(super) fn attribute(&mut self, key: &str, value: &str) {
        let Some((target, rest)) = value.split_once(' ') else { return };
        let rest = rest.trim();
        if key == "rtcp-fb" && target == "*" {
            push_feedback(&mut self.wildcard_feedback, rest);
            return;
        }
        let position = target.parse::<u8>().ok().and_then(|payload_type| self.index.get(usize::from(payload_type)));
        let Some(payload) = position.and_then(|position| self.list.get_mut(usize::from(position.checked_sub(1)?))) else { return };
        match key {
            "rtpmap" => {
                let mut parts = rest.split('/');
                payload.name = parts.next().unwrap_or_default().to_owned();
                payload.clock_rate = parts.next().and_then(|rate| rate.parse().ok()).unwrap_or_default();
                payload.channels = parts.next().and_then(|channels| channels.parse().ok()).unwrap_or(1);
            }
            "fmtp" => payload.fmtp = rest.to_owned(),
            _ => push_feedback(&mut payload.feedback, rest),
        }
    }
}

fn push_feedback(list: &mut Vec<String>, feedback: &str) {
    if list.len() < MAX_FEEDBACK {
        list.push(feedback.to_owned());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn payloads() -> Payloads {
        let mut payloads = Payloads::new("96 97 200 x 96 98".split(' '));
        for (key, value) in [
            ("rtpmap", "96 H264/90000"),
            ("fmtp", "96 level-asymmetry-allowed=1; Packetization-Mode = 1"),
            ("rtcp-fb", "96 nack pli"),
            ("rtcp-fb", "* ccm fir"),
            ("rtpmap", "97 rtx/90000"),
            ("fmtp", "97 apt=96"),
            ("rtpmap", "98 opus/48000/2"),
            ("rtpmap", "99 VP8/90000"),
            ("rtpmap", "300 VP8/90000"),
            ("rtpmap", "98"),
        ] {
            payloads.attribute(key, value);
        }
        payloads
    }

    #[test]
    fn gathers_what_belongs_together() {
        let payloads = payloads();
        let types: Vec<u8> = payloads.iter().map(|payload| payload.payload_type).collect();
        assert_eq!(types, [96, 97, 98], "payload types once each, nothing else");
        let h264 = payloads.iter().next().unwrap();
        assert!(h264.is("h264", 90_000) && !h264.is("h264", 48_000));
        assert_eq!((h264.parameter("packetization-mode"), h264.parameter("apt")), (Some("1"), None));
        assert_eq!(payloads.rtx_of(h264), Some(97));
        assert!(payloads.has_feedback(h264, "nack pli") && payloads.has_feedback(h264, "ccm fir") && !payloads.has_feedback(h264, "nack"));
        assert_eq!(payloads.iter().nth(2).unwrap().channels, 2);
    }
}
