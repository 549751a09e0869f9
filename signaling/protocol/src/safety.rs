//! What is allowed in a lesson, and who is kept out of it.

use crate::ParticipantId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is allowed in a lesson: `true` is allowed. Each is switched by the host, stored, and enforced by the service whatever a page does.
///
/// They are meant for the participants: the host goes on to be seen and heard, and to write; it has buttons of its own, and the pause for everything at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Switches {
    /// The classes' cameras.
    pub video: bool,
    /// The classes' microphones.
    pub voice: bool,
    /// Ink of the classes on the board.
    pub annotation: bool,
    /// The host's courseware.
    pub screen: bool,
    /// Files of the classes.
    pub file: bool,
    /// Chat of everybody but the host.
    pub text: bool,
    /// Anything at all from the participants: hands, chat, pictures, sound. While it is off, the stage is empty.
    pub interaction: bool,
    /// Which classes send.
    pub sending: Sending,
}

/// Which classes of a lesson send camera and microphone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Sending {
    /// All, as soon as they join.
    Everybody,
    /// Those that the timetable marks as interactive, as soon as they join, and on stage while there is room; the others when they are called on.
    Marked,
    /// Those that are called on, while they are on stage.
    Called,
    /// None: the lesson is received only.
    Nobody,
}

/// When a participant is to send. The service forwards nothing that it sends otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Publish {
    /// From the join on.
    Now,
    /// While it is on stage: it offers its sending m-lines and leaves them empty until then.
    Called,
    /// Never: it offers no sending m-lines.
    Never,
}

/// Switches to change; those that are missing stay as they are. Also what the store keeps: the difference from what the lesson's kind brings with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SwitchChange {
    /// See [`Switches::video`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub video: Option<bool>,
    /// See [`Switches::voice`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub voice: Option<bool>,
    /// See [`Switches::annotation`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub annotation: Option<bool>,
    /// See [`Switches::screen`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub screen: Option<bool>,
    /// See [`Switches::file`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub file: Option<bool>,
    /// See [`Switches::text`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<bool>,
    /// See [`Switches::interaction`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub interaction: Option<bool>,
    /// See [`Switches::sending`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub sending: Option<Sending>,
}

/// Somebody who may not join this lesson any more: neither with the identity nor with the classroom it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BlockView {
    /// Who it was; to be named by `unblock`.
    pub participant: ParticipantId,
    /// The name on screen then.
    pub name: String,
    /// When, in milliseconds since 1970 (UTC).
    #[ts(type = "number")]
    pub at_ms: u64,
}

impl Switches {
    /// Everything allowed.
    pub fn all(sending: Sending) -> Self {
        Self { video: true, voice: true, annotation: true, screen: true, file: true, text: true, interaction: true, sending }
    }

    /// These, with a change.
    pub fn with(self, change: SwitchChange) -> Self {
        Self {
            video: change.video.unwrap_or(self.video),
            voice: change.voice.unwrap_or(self.voice),
            annotation: change.annotation.unwrap_or(self.annotation),
            screen: change.screen.unwrap_or(self.screen),
            file: change.file.unwrap_or(self.file),
            text: change.text.unwrap_or(self.text),
            interaction: change.interaction.unwrap_or(self.interaction),
            sending: change.sending.unwrap_or(self.sending),
        }
    }

    /// Whether a class's camera may be shown to anybody.
    pub fn shows_classes(&self) -> bool {
        self.video && self.interaction
    }

    /// Whether a class's microphone may be heard by anybody.
    pub fn hears_classes(&self) -> bool {
        self.voice && self.interaction
    }
}

impl SwitchChange {
    /// This change, and then another.
    pub fn then(self, later: Self) -> Self {
        Self {
            video: later.video.or(self.video),
            voice: later.voice.or(self.voice),
            annotation: later.annotation.or(self.annotation),
            screen: later.screen.or(self.screen),
            file: later.file.or(self.file),
            text: later.text.or(self.text),
            interaction: later.interaction.or(self.interaction),
            sending: later.sending.or(self.sending),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_not_named_stays() {
        let change: SwitchChange = serde_json::from_str(r#"{"voice":false,"whiteboard":false}"#).unwrap();
        let switches = Switches::all(Sending::Called).with(change);
        assert_eq!(switches, Switches { voice: false, ..Switches::all(Sending::Called) });
        assert_eq!(serde_json::to_string(&change).unwrap(), r#"{"voice":false}"#);
        assert!(serde_json::from_str::<SwitchChange>(r#"{"voice":"no"}"#).is_err());
    }

    #[test]
    fn changes_add_up() {
        let off = SwitchChange { text: Some(false), voice: Some(false), ..SwitchChange::default() };
        let on = SwitchChange { voice: Some(true), sending: Some(Sending::Nobody), ..SwitchChange::default() };
        let start = Switches::all(Sending::Everybody);
        assert_eq!(start.with(off.then(on)), start.with(off).with(on));
        assert_eq!(start.with(off.then(on)), Switches { text: false, sending: Sending::Nobody, ..start });
    }

    #[test]
    fn forbidding_interaction_silences_and_hides_whatever_the_others_say() {
        let forbidden = Switches { interaction: false, ..Switches::all(Sending::Everybody) };
        assert!(!forbidden.shows_classes() && !forbidden.hears_classes());
    }
}
