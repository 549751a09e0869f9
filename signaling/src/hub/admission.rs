//! Tokens of the timetable hold as long as the lesson is its holder's: that is asked of the store when one is used, and of those who are in when it may have changed.

use super::{Hub, Mail};
use crate::access::{Action, may};
use crate::api::places;
use crate::lesson::{Command, Identity, Join};
use crate::refusal::Refusal;
use crate::store::{Person, StoreError, unix_ms};
use crate::tokens::Holder;
use protocol::{ErrorCode, ParticipantId, Role};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;

impl Hub {
    /// Lets somebody in whose token still holds.
    pub(super) async fn admit(self: &Arc<Self>, lesson: &str, join: Join) -> Result<ParticipantId, Refusal> {
        let (connection, identity) = (join.connection, join.identity.clone());
        let reviews = self.reviews.load(Ordering::Acquire);
        self.check(lesson, &identity).await?;
        let joined = self.try_join(lesson, join).await?;
        // A review that began meanwhile may not have seen it.
        if self.reviews.load(Ordering::Acquire) != reviews
            && let Err(refusal) = self.check(lesson, &identity).await
        {
            self.tell(lesson, Command::PutOut { connection, refusal: refusal.clone() }).await;
            return Err(refusal);
        }
        Ok(joined)
    }

    /// Puts out of a lesson whoever may not be in it any more.
    pub(crate) async fn review_lesson(&self, lesson: &str) {
        self.reviews.fetch_add(1, Ordering::AcqRel);
        self.look_through(lesson, |_| true).await;
    }

    /// Puts a panel or a person out of every lesson it may not be in any more.
    pub(crate) async fn review_holder(&self, holder: &Holder) {
        self.reviews.fetch_add(1, Ordering::AcqRel);
        // No reference into the map is held across an await.
        let lessons: Vec<String> = self.lessons.iter().map(|lesson| lesson.key().clone()).collect();
        for lesson in lessons {
            self.look_through(&lesson, |identity| identity.holder.as_ref() == Some(holder)).await;
        }
    }

    async fn look_through(&self, lesson: &str, concerns: impl Fn(&Identity) -> bool) {
        let Some(mailbox) = self.lessons.get(lesson).map(|entry| entry.value().clone()) else { return };
        let (reply, answer) = oneshot::channel();
        if mailbox.send(Mail::Held(reply)).await.is_err() {
            return;
        }
        let mut held = answer.await.unwrap_or_default();
        held.retain(|(_, identity)| concerns(identity));
        for (connection, identity) in held {
            match self.check(lesson, &identity).await {
                Err(refusal) if refusal.code != ErrorCode::StoreUnavailable => {
                    self.tell(lesson, Command::PutOut { connection, refusal }).await;
                }
                _ => {}
            }
        }
    }

    async fn check(&self, lesson: &str, identity: &Identity) -> Result<(), Refusal> {
        let Some(holder) = &identity.holder else { return Ok(()) };
        let holds = self.holds(lesson, identity, holder).await.map_err(|error| {
            self.metrics.writer.errors.with_label_values(&[error.kind()]).inc();
            tracing::error!(%error, "whose lesson it is could not be read");
            Refusal::new(ErrorCode::StoreUnavailable, "the store could not be read; try again in a moment").retry_after(2_000)
        })?;
        if holds {
            return Ok(());
        }
        let text = format!("the token for {:?} holds no more: the lesson was given to others, or the panel or person was removed; enter anew", identity.name);
        Err(Refusal::new(ErrorCode::TokenInvalid, text))
    }

    async fn holds(&self, lesson: &str, identity: &Identity, holder: &Holder) -> Result<bool, StoreError> {
        let Some(lesson) = self.store.planned_lesson(lesson).await? else { return Ok(false) };
        let id = match holder {
            Holder::Device(id) => {
                let device = self.store.device(id).await?.filter(|device| device.revoked_ms.is_none());
                let receives = |room: &String| lesson.receivers.iter().any(|receiver| receiver.classroom == *room);
                return Ok(device.is_some_and(|device| identity.classroom.as_ref() == Some(&device.classroom) && receives(&device.classroom)));
            }
            Holder::Person(id) => id,
        };
        let person: Option<Person> = self.store.get(id).await?;
        if person.is_none_or(|person| person.closed_ms.is_some()) {
            return Ok(false);
        }
        if lesson.teacher.as_ref() == Some(id) || identity.role == Role::Host {
            return Ok(lesson.teacher.as_ref() == Some(id));
        }
        if lesson.assistants.contains(id) {
            return Ok(true);
        }
        let now_ms = unix_ms();
        let geography = self.api.geography(&self.store, &self.config.zone, now_ms).await?;
        let grants = self.store.grants(id, Some(now_ms)).await?;
        Ok(places(&lesson).iter().any(|place| may(&geography, &grants, Action::ObserveLessons, place)))
    }
}
