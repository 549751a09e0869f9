//! What each role may do: one table, everything else is refused.

use crate::refusal::Refusal;
use protocol::{ClientMessage, ErrorCode, ParticipantId, Role, Source};

/// Something a role may be permitted to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Come into a lesson on a WebSocket.
    Join,
    /// Have a transport.
    Offer,
    /// Choose layers.
    Want,
    /// Switch own sources.
    Sources,
    /// Raise the hand.
    Hand,
    /// Call on a class.
    CallOn,
    /// Dismiss any class from the stage.
    Dismiss,
    /// Leave the stage oneself.
    DismissSelf,
    /// Mute a class.
    Mute,
    /// Start, pause, resume, end.
    Lesson,
    /// Switch what is allowed.
    Switches,
    /// Send somebody away, keep somebody out, let somebody in again.
    Remove,
    /// Write.
    Chat,
    /// Watch media figures.
    WatchStats,
    /// Say that one is still there, and leave.
    Presence,
    /// Send by WHIP.
    Whip,
    /// Receive by WHEP.
    Whep,
    /// Read the lessons and figures over HTTP.
    Overview,
}

/// The table.
const PERMITS: [(Role, &[Action]); 4] = [
    (
        Role::Host,
        &[
            Action::Join,
            Action::Offer,
            Action::Want,
            Action::Sources,
            Action::CallOn,
            Action::Dismiss,
            Action::Mute,
            Action::Lesson,
            Action::Switches,
            Action::Remove,
            Action::Chat,
            Action::WatchStats,
            Action::Presence,
            Action::Whip,
        ],
    ),
    (
        Role::Classroom,
        &[
            Action::Join,
            Action::Offer,
            Action::Want,
            Action::Sources,
            Action::Hand,
            Action::DismissSelf,
            Action::Chat,
            Action::Presence,
            Action::Whip,
            Action::Whep,
        ],
    ),
    (Role::Observer, &[Action::Join, Action::Offer, Action::Want, Action::Chat, Action::Presence, Action::Whep]),
    (Role::Operator, &[Action::Join, Action::WatchStats, Action::Presence, Action::Overview]),
];

/// Whether the role may.
pub fn permits(role: Role, action: Action) -> bool {
    PERMITS.iter().any(|(row, actions)| *row == role && actions.contains(&action))
}

/// The sources a role may send.
pub fn may_send(role: Role) -> &'static [Source] {
    match role {
        Role::Host => &[Source::Microphone, Source::Camera, Source::Screen],
        Role::Classroom => &[Source::Microphone, Source::Camera],
        Role::Observer | Role::Operator => &[],
    }
}

/// Whether the participant `me` may say this.
///
/// # Errors
/// [`ErrorCode::Forbidden`], naming the role and the message.
pub fn authorize(role: Role, me: &ParticipantId, message: &ClientMessage) -> Result<(), Refusal> {
    let action = match message {
        ClientMessage::Join(_) => Action::Join,
        ClientMessage::Offer(_) => Action::Offer,
        ClientMessage::Want { .. } => Action::Want,
        ClientMessage::Sources { .. } => Action::Sources,
        ClientMessage::Hand { .. } => Action::Hand,
        ClientMessage::CallOn { .. } => Action::CallOn,
        ClientMessage::Dismiss { participant } if participant == me => Action::DismissSelf,
        ClientMessage::Dismiss { .. } => Action::Dismiss,
        ClientMessage::Mute { .. } | ClientMessage::MuteAll => Action::Mute,
        ClientMessage::Lesson { .. } => Action::Lesson,
        ClientMessage::Switches(_) => Action::Switches,
        ClientMessage::Remove { .. } | ClientMessage::Block { .. } | ClientMessage::Unblock { .. } => Action::Remove,
        ClientMessage::Chat { .. } => Action::Chat,
        ClientMessage::WatchStats { .. } => Action::WatchStats,
        ClientMessage::Ping | ClientMessage::Leave => Action::Presence,
    };
    if permits(role, action) {
        return Ok(());
    }
    let refusal =
        Refusal::new(ErrorCode::Forbidden, format!("the role {:?} may not send {:?}; join with a token of another role", role.name(), message.name()));
    Err(match message {
        ClientMessage::Offer(offer) => refusal.about(offer.id),
        _ => refusal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(role: Role, message: &ClientMessage) -> bool {
        authorize(role, &ParticipantId("p1".into()), message).is_ok()
    }

    #[test]
    fn only_the_host_runs_the_lesson() {
        let other = ParticipantId("p2".into());
        let messages = [
            ClientMessage::CallOn { participant: other.clone() },
            ClientMessage::Dismiss { participant: other.clone() },
            ClientMessage::Mute { participant: other.clone(), muted: true },
            ClientMessage::MuteAll,
            ClientMessage::Switches(protocol::SwitchChange::default()),
            ClientMessage::Remove { participant: other.clone() },
            ClientMessage::Block { participant: other.clone() },
            ClientMessage::Unblock { participant: other },
            ClientMessage::Lesson { action: protocol::LessonAction::ShutDown },
            ClientMessage::Lesson { action: protocol::LessonAction::End },
        ];
        for message in &messages {
            for role in Role::ALL {
                assert_eq!(may(role, message), role == Role::Host, "{role:?} {message:?}");
            }
        }
    }

    #[test]
    fn a_class_may_dismiss_itself_alone() {
        assert!(may(Role::Classroom, &ClientMessage::Dismiss { participant: ParticipantId("p1".into()) }));
        assert!(!may(Role::Classroom, &ClientMessage::Dismiss { participant: ParticipantId("p2".into()) }));
    }

    #[test]
    fn an_operator_has_no_media_and_no_voice() {
        assert!(!may(Role::Operator, &ClientMessage::Chat { text: "x".into() }));
        assert!(!may(Role::Operator, &ClientMessage::Sources { on: vec![] }));
        assert!(may(Role::Operator, &ClientMessage::WatchStats { on: true }));
        assert!(!may(Role::Classroom, &ClientMessage::WatchStats { on: true }), "figures of others are not for classes");
        assert!(may_send(Role::Operator).is_empty() && may_send(Role::Observer).is_empty());
        assert!(!may_send(Role::Classroom).contains(&Source::Screen));
    }
}
