//! What somebody orders who is not in the lesson: the operator of its place, an administrator of the host's school. It is done as if the host did it, noted with
//! who and from where, and told to everybody.

use super::participant::Place;
use super::{Lesson, Moment, Order};
use crate::lesson::command::{Deed, Outsider};
use crate::refusal::Refusal;
use protocol::{ErrorCode, LessonState, ServerMessage};

/// Whose act something is.
#[derive(Clone, Debug)]
pub(super) enum By {
    /// The bell's.
    Bell,
    /// Somebody's who is in the lesson.
    Participant(Place),
    /// Somebody's who is not.
    Outsider(Outsider),
}

impl From<Place> for By {
    fn from(place: Place) -> Self {
        Self::Participant(place)
    }
}

impl From<Option<Place>> for By {
    fn from(place: Option<Place>) -> Self {
        place.map_or(Self::Bell, Self::Participant)
    }
}

impl Lesson {
    /// Does what was ordered.
    pub(super) fn obey(&mut self, now: Moment, order: Order) -> Result<(), Refusal> {
        let Order { by, deed, .. } = order;
        // Who is sent away by it is told, too.
        let to = self.sockets(|_| true);
        let name = by.name.clone();
        let message = match deed {
            Deed::Act(action) => {
                self.act(now, By::Outsider(by), action)?;
                ServerMessage::Ordered { by: name, action: Some(action), switches: None }
            }
            Deed::Switch(_) if matches!(self.state, LessonState::Ended | LessonState::Cancelled) => {
                return Err(Refusal::new(ErrorCode::WrongState, format!("the lesson is {}; nothing is switched in it any more", self.state.name())));
            }
            Deed::Switch(change) => {
                let before = *self.policy.switches();
                self.switch(now, By::Outsider(by), change);
                if before == *self.policy.switches() {
                    return Ok(());
                }
                ServerMessage::Ordered { by: name, action: None, switches: Some(change) }
            }
        };
        if !to.is_empty() {
            // Before the goodbyes.
            self.out.insert(0, super::Effect::Notice { to, message: Box::new(message) });
        }
        Ok(())
    }
}
