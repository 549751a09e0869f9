//! From the page to the service.

use crate::{ErrorCode, ErrorNotice, ParticipantId, Source, SwitchChange};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// What a page may say. The first message is `join`; anything before it is refused with [`crate::ErrorCode::JoinFirst`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Comes into the lesson, or back into it. Answered by `welcome` or `error`.
    Join(Join),
    /// Offers SDP; answered by `answer`, or by `error` with the same `id`. A later offer replaces the transport.
    Offer(Offer),
    /// Asks for layers in video slots.
    Want {
        /// Slots not named keep what they had.
        slots: Vec<SlotWant>,
    },
    /// Says which of the own sources are switched on (a local mute switches one off without an offer).
    Sources {
        /// All that are on.
        on: Vec<Source>,
    },
    /// Classroom: raises or lowers its hand, also while it is on stage without the floor.
    Hand {
        /// Up or down.
        raised: bool,
    },
    /// Host: calls on a class: it has the floor, and comes on stage if it is not there, seen and heard by all. Lowers its hand.
    CallOn {
        /// Whom.
        participant: ParticipantId,
    },
    /// Host: dismisses a class from the stage; one that came on stage by joining only from the floor, while it has it. A classroom may dismiss itself.
    Dismiss {
        /// Whom.
        participant: ParticipantId,
    },
    /// Host: mutes or unmutes one participant's microphone at the server.
    Mute {
        /// Whom.
        participant: ParticipantId,
        /// On or off.
        muted: bool,
    },
    /// Host: mutes everybody but the host.
    MuteAll,
    /// Host: moves the lesson on.
    Lesson {
        /// What to do.
        action: LessonAction,
    },
    /// Host: allows and forbids parts of the lesson. Told to all by `lesson`.
    Switches(SwitchChange),
    /// Host: sends a participant away; it may come back.
    Remove {
        /// Whom: a classroom or an observer.
        participant: ParticipantId,
    },
    /// Host: sends a participant away, and refuses its identity and its classroom from then on.
    Block {
        /// Whom: a classroom or an observer.
        participant: ParticipantId,
    },
    /// Host: lets somebody join again.
    Unblock {
        /// Whom, as named by `blocks`.
        participant: ParticipantId,
    },
    /// Writes a line of chat.
    Chat {
        /// 1 to 500 characters, no control characters but line ends and tabs, and none that override the direction of writing.
        text: String,
    },
    /// Host and operator: starts or stops `stats` notices, one a second.
    WatchStats {
        /// On or off.
        on: bool,
    },
    /// Answered by `pong`. A page sends one every 10 s; a connection silent for 30 s is closed.
    Ping,
    /// Leaves for good: no resume.
    Leave,
}

/// The first message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Join {
    /// [`crate::VERSION`].
    pub version: u32,
    /// The signed token that names lesson, role and name.
    pub token: String,
    /// From an earlier `welcome`: takes the same place again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub resume: Option<String>,
    /// Which lesson, for an operator whose token is for all lessons; otherwise the token says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub lesson: Option<String>,
}

/// An SDP offer with what its m-lines mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Offer {
    /// Chosen by the page, 0 to 2^53 − 1; returned in the answer.
    #[ts(type = "number")]
    pub id: u64,
    /// The SDP. Its candidates are ignored: the server is ICE-lite and learns addresses from authenticated checks.
    pub sdp: String,
    /// Which sending m-line carries which source. Receiving m-lines become slots `a0…`, `v0…` in their order.
    pub sources: Vec<SourceLine>,
}

/// One sending m-line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SourceLine {
    /// The `a=mid` of the m-line.
    pub mid: String,
    /// What it carries.
    pub source: Source,
}

/// The layer asked for in one slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SlotWant {
    /// The slot's name.
    pub slot: String,
    /// Highest spatial layer wanted, 0 the smallest; `null`: nothing, the slot pauses.
    pub spatial: Option<u8>,
    /// Highest temporal layer wanted; all when missing.
    #[serde(default)]
    #[ts(optional)]
    pub temporal: Option<u8>,
}

/// What a host may do to the lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LessonAction {
    /// `open → live`.
    Start,
    /// `live → paused`.
    Pause,
    /// `paused → live`.
    Resume,
    /// `→ ended`.
    End,
    /// `→ ended`, as an emergency: noted as such.
    ShutDown,
}

impl ClientMessage {
    /// Every `type` of this version.
    pub const NAMES: [&'static str; 18] = [
        "join",
        "offer",
        "want",
        "sources",
        "hand",
        "call_on",
        "dismiss",
        "mute",
        "mute_all",
        "lesson",
        "switches",
        "remove",
        "block",
        "unblock",
        "chat",
        "watch_stats",
        "ping",
        "leave",
    ];

    /// The value of `type`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Join(_) => "join",
            Self::Offer(_) => "offer",
            Self::Want { .. } => "want",
            Self::Sources { .. } => "sources",
            Self::Hand { .. } => "hand",
            Self::CallOn { .. } => "call_on",
            Self::Dismiss { .. } => "dismiss",
            Self::Mute { .. } => "mute",
            Self::MuteAll => "mute_all",
            Self::Lesson { .. } => "lesson",
            Self::Switches(_) => "switches",
            Self::Remove { .. } => "remove",
            Self::Block { .. } => "block",
            Self::Unblock { .. } => "unblock",
            Self::Chat { .. } => "chat",
            Self::WatchStats { .. } => "watch_stats",
            Self::Ping => "ping",
            Self::Leave => "leave",
        }
    }

    /// Reads one text frame.
    ///
    /// # Errors
    /// [`ErrorCode::Malformed`] where it is no JSON object with a string `type` and the fields that belong to it, [`ErrorCode::UnknownType`] where
    /// the `type` is none of [`ClientMessage::NAMES`].
    pub fn parse(text: &str) -> Result<Self, ErrorNotice> {
        #[derive(Deserialize)]
        struct Tag {
            #[serde(rename = "type")]
            kind: String,
            id: Option<Value>,
        }
        let refused = |code, message, id| ErrorNotice { code, message, id };
        let tag: Tag = serde_json::from_str(text)
            .map_err(|error| refused(ErrorCode::Malformed, format!("not a message: {}; send one JSON object with a string \"type\"", brief(&error)), None))?;
        let id = tag.id.and_then(|id| id.as_u64());
        if !Self::NAMES.contains(&tag.kind.as_str()) {
            let kind: String = tag.kind.chars().take(40).collect();
            return Err(refused(ErrorCode::UnknownType, format!("unknown type {kind:?}; this is protocol version {}", crate::VERSION), id));
        }
        serde_json::from_str(text).map_err(|error| {
            let why = wrong_layer(text).or_else(|| wrong_field(text)).unwrap_or_else(|| brief(&error));
            refused(ErrorCode::Malformed, format!("{}: {why}; see docs/protocol.md", tag.kind), id)
        })
    }
}

/// Of a `want` that cannot be read, the first layer that is none. It is told with its value, which is no secret.
fn wrong_layer(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Message {
        Want { slots: Vec<BTreeMap<String, Value>> },
    }
    let Message::Want { slots } = serde_json::from_str(text).ok()?;
    let fields = [("spatial", "null for nothing"), ("temporal", "leave it out for all")];
    let is_layer = |value: &Value| value.is_null() || value.as_u64().is_some_and(|layer| layer <= u8::MAX.into());
    slots.iter().enumerate().find_map(|(at, slot)| {
        let wrong = |(field, otherwise): (&str, &str)| {
            let value = slot.get(field).filter(|value| !is_layer(value))?;
            let shown: String = value.to_string().chars().take(40).collect();
            Some(format!("the field \"slots[{at}].{field}\" is {shown}; give 0 to {}, or {otherwise}", u8::MAX))
        };
        fields.into_iter().find_map(wrong)
    })
}

/// Of a message that cannot be read, the field that is not what it should be: alone beside the `type` it is refused too, and not for what is missing. Its value
/// is not told: it may be a secret.
fn wrong_field(text: &str) -> Option<String> {
    let mut fields: BTreeMap<String, Value> = serde_json::from_str(text).ok()?;
    let kind = fields.remove("type")?;
    let is_wrong = |name: &str, value: Value| {
        let alone = Value::from_iter([("type", kind.clone()), (name, value)]);
        serde_json::from_value::<ClientMessage>(alone).is_err_and(|error| !error.to_string().starts_with("missing field "))
    };
    let wrong = fields.into_iter().find_map(|(name, value)| is_wrong(&name, value).then_some(name))?;
    let remedy = if wrong == "id" { "; give a whole number from 0 to 2^53 - 1" } else { "" };
    Some(format!("the field {wrong:?} has the wrong type or value{remedy}"))
}

/// What was wrong and where, without the values of the message: they may be secrets.
fn brief(error: &serde_json::Error) -> String {
    // What is told by its `type` is kept before it is read, and its places are lost.
    let place = if error.line() == 0 { String::new() } else { format!(" at line {} column {}", error.line(), error.column()) };
    match error.classify() {
        serde_json::error::Category::Data => {
            let text = error.to_string();
            match text.strip_prefix("missing field ").and_then(|rest| rest.split('`').nth(1)) {
                Some(field) => format!("the field {field:?} is missing"),
                None => format!("a field has the wrong type or value{place}"),
            }
        }
        serde_json::error::Category::Eof => format!("the JSON ends too early{place}"),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => format!("the JSON is broken{place}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn code(text: &str) -> ErrorCode {
        ClientMessage::parse(text).unwrap_err().code
    }

    #[test]
    fn reads_a_join_and_ignores_what_it_does_not_know() {
        let message = ClientMessage::parse(r#"{"type":"join","version":1,"token":"t","colour":"red"}"#).unwrap();
        assert_eq!(message, ClientMessage::Join(Join { version: 1, token: "t".into(), resume: None, lesson: None }));
    }

    #[test]
    fn bad_text_is_malformed() {
        for text in ["", "nonsense", "[]", "null", "{", r#"{"type":7}"#, r#"{"kind":"join"}"#, r#"{"type":"hand"}"#, r#"{"type":"hand","raised":"yes"}"#] {
            assert_eq!(code(text), ErrorCode::Malformed, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_without_a_crash() {
        assert_eq!(code(&"[".repeat(200_000)), ErrorCode::Malformed);
        let nested = format!(r#"{{"type":"ping","x":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(code(&nested), ErrorCode::Malformed);
    }

    #[test]
    fn an_unknown_type_is_named() {
        let refused = ClientMessage::parse(r#"{"type":"teleport","id":3}"#).unwrap_err();
        assert_eq!((refused.code, refused.id), (ErrorCode::UnknownType, Some(3)));
        assert!(refused.message.contains("teleport"));
    }

    #[test]
    fn a_refusal_names_the_field_and_keeps_values_out() {
        let refused = ClientMessage::parse(r#"{"type":"join","version":1}"#).unwrap_err();
        assert!(refused.message.contains("token"), "{}", refused.message);
        let refused = ClientMessage::parse(r#"{"type":"join","version":"SECRET","token":"t"}"#).unwrap_err();
        assert!(!refused.message.contains("SECRET"), "{}", refused.message);
    }

    #[test]
    fn the_field_that_is_wrong_is_named_and_no_place_that_is_none() {
        let said = |text: &str| ClientMessage::parse(text).unwrap_err().message;
        for id in ["-1", "1.5", "\"7\"", "null", "1e300"] {
            let said = said(&format!(r#"{{"type":"offer","id":{id},"sdp":"v=0","sources":[]}}"#));
            assert_eq!(said, r#"offer: the field "id" has the wrong type or value; give a whole number from 0 to 2^53 - 1; see docs/protocol.md"#, "{id}");
        }
        for (text, field) in [
            (r#"{"type":"hand","raised":"yes","colour":1}"#, "raised"),
            (r#"{"type":"join","token":7}"#, "token"),
            (r#"{"type":"offer","id":1,"sdp":"v=0","sources":[{"mid":"0","source":"nose"}]}"#, "sources"),
            (r#"{"type":"lesson","action":"sing"}"#, "action"),
            (r#"{"type":"switches","voice":"no"}"#, "voice"),
        ] {
            let said = said(text);
            assert!(said.contains(&format!("the field {field:?} has the wrong type or value")) && !said.contains("line 0"), "{said}");
        }
        assert!(said(r#"{"type":"offer","id":1,"sources":[]}"#).contains(r#"the field "sdp" is missing"#));
        let twice = said(r#"{"type":"hand","raised":true,"raised":true}"#);
        assert!(!twice.contains("line 0"), "{twice}");
    }

    #[test]
    fn an_offer_may_be_numbered_by_the_clock() {
        for id in [0, 5_000_000_000, 9_007_199_254_740_991] {
            let read = ClientMessage::parse(&format!(r#"{{"type":"offer","id":{id},"sdp":"v=0","sources":[]}}"#)).unwrap();
            assert_eq!(read, ClientMessage::Offer(Offer { id, sdp: "v=0".into(), sources: vec![] }));
        }
    }

    #[test]
    fn a_layer_that_is_none_is_named_with_its_field_value_and_range() {
        let want = |layers: &str| ClientMessage::parse(&format!(r#"{{"type":"want","slots":[{{"slot":"v0",{layers}}}]}}"#));
        for (layers, said) in [
            (r#""spatial":300"#, r#"want: the field "slots[0].spatial" is 300; give 0 to 255, or null for nothing; see docs/protocol.md"#),
            (r#""spatial":-1"#, r#"want: the field "slots[0].spatial" is -1; give 0 to 255, or null for nothing; see docs/protocol.md"#),
            (r#""spatial":"high""#, r#"want: the field "slots[0].spatial" is "high"; give 0 to 255, or null for nothing; see docs/protocol.md"#),
            (r#""spatial":0,"temporal":1.5"#, r#"want: the field "slots[0].temporal" is 1.5; give 0 to 255, or leave it out for all; see docs/protocol.md"#),
        ] {
            let refused = want(layers).unwrap_err();
            assert_eq!((refused.code, refused.message.as_str()), (ErrorCode::Malformed, said));
        }
        let wanted = |spatial, temporal| ClientMessage::Want { slots: vec![SlotWant { slot: "v0".into(), spatial, temporal }] };
        assert_eq!(want(r#""spatial":null"#), Ok(wanted(None, None)));
        assert_eq!(want(r#""temporal":1"#), Ok(wanted(None, Some(1))));
        let second = r#"{"type":"want","slots":[{"slot":"v0","spatial":1},{"slot":"v1","spatial":300}]}"#;
        assert!(ClientMessage::parse(second).unwrap_err().message.contains("slots[1].spatial"));
        assert_eq!(want(r#""spatial":255,"temporal":0"#), Ok(wanted(Some(255), Some(0))));
        assert!(want(&format!(r#""spatial":"{}""#, "x".repeat(10_000))).unwrap_err().message.len() < 200);
    }

    #[test]
    fn names_are_the_types_on_the_wire() {
        let messages = [
            ClientMessage::Want { slots: vec![] },
            ClientMessage::CallOn { participant: ParticipantId("p1".into()) },
            ClientMessage::MuteAll,
            ClientMessage::Switches(SwitchChange { text: Some(false), ..SwitchChange::default() }),
            ClientMessage::Remove { participant: ParticipantId("p1".into()) },
            ClientMessage::Block { participant: ParticipantId("p1".into()) },
            ClientMessage::Unblock { participant: ParticipantId("p1".into()) },
            ClientMessage::WatchStats { on: true },
            ClientMessage::Ping,
        ];
        for message in messages {
            assert_eq!(serde_json::to_value(&message).unwrap()["type"], message.name());
            assert!(ClientMessage::NAMES.contains(&message.name()));
        }
    }

    #[test]
    fn a_switch_stands_beside_the_type() {
        let change = SwitchChange { voice: Some(false), ..SwitchChange::default() };
        assert_eq!(ClientMessage::parse(r#"{"type":"switches","voice":false}"#).unwrap(), ClientMessage::Switches(change));
        assert_eq!(code(r#"{"type":"switches","sending":"all"}"#), ErrorCode::Malformed);
    }
}
