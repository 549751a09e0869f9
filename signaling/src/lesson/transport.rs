//! Offers, answers, and what the media plane reports.

use super::command::Access;
use super::participant::{InFlight, Place, Slots};
use super::{ConnectionId, DropReason, Effect, Lesson, Moment};
use crate::media::{MediaError, OfferAnswer, OfferRequest};
use crate::refusal::Refusal;
use protocol::{Answer, ErrorCode, GoodbyeReason, Offer, ParticipantId, Role, ServerMessage, SlotLine, Source};

impl Lesson {
    /// Offers of one participant are answered one after the other: the media plane keeps the last it was given.
    pub(super) fn offer(&mut self, now: Moment, place: Place, connection: ConnectionId, offer: Offer) {
        let Some(participant) = self.participants.get_mut(&place) else { return };
        participant.wants.clear();
        if participant.in_flight.is_some() {
            if let Some((earlier, replaced)) = participant.waiting.replace((connection, offer)) {
                let refusal = Refusal::new(ErrorCode::WrongState, "a later offer replaced this one before it was answered").about(replaced.id);
                self.out.push(Effect::Refused { connection: earlier, refusal });
            }
            return;
        }
        self.ask_media(now, place, connection, offer);
    }

    fn ask_media(&mut self, now: Moment, place: Place, connection: ConnectionId, offer: Offer) {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let Some(participant) = self.participants.get_mut(&place) else { return };
        participant.in_flight = Some(InFlight { ticket, id: offer.id, connection });
        participant.offered_at = Some(now.at);
        let request = OfferRequest {
            lesson: self.id.clone(),
            participant: participant.id.clone(),
            sdp: offer.sdp,
            sources: offer.sources,
            infer_sources: false,
            may_send: participant.may_send().to_vec(),
            local: participant.link().and_then(|link| link.local),
        };
        self.out.push(Effect::Offer { ticket, request: Box::new(request) });
    }

    pub(super) fn answered(&mut self, now: Moment, id: &ParticipantId, ticket: u64, result: Result<OfferAnswer, MediaError>) {
        let Some(place) = self.place_of(id) else {
            // It left while the media plane worked: the transport that was just made has no owner.
            self.out.push(Effect::Remove(id.clone()));
            self.out.push(Effect::Dropped(DropReason::StaleAnswer));
            return;
        };
        let Some(participant) = self.touch(place) else { return };
        let Some(offer) = participant.in_flight.take_if(|offer| offer.ticket == ticket) else {
            self.out.push(Effect::Dropped(DropReason::StaleAnswer));
            return;
        };
        match result {
            Ok(answer) => {
                let offered_at = participant.offered_at;
                participant.without_transport();
                participant.offered_at = offered_at;
                participant.slots = Some(Slots::count(&answer.slots));
                self.plan_stale = true;
                self.notice(vec![offer.connection], ServerMessage::Answer(Answer { id: offer.id, sdp: answer.sdp, slots: answer.slots }));
            }
            Err(error) => self.out.push(Effect::Refused { connection: offer.connection, refusal: refused_offer(&error).about(offer.id) }),
        }
        let waiting = self.participants.get_mut(&place).and_then(|participant| participant.waiting.take());
        if let Some((connection, offer)) = waiting {
            self.ask_media(now, place, connection, offer);
        }
    }

    pub(super) fn direct_answered(&mut self, now: Moment, connection: ConnectionId, slots: &[SlotLine]) {
        let Some(participant) = self.connections.get(&connection).copied().and_then(|place| self.touch(place)) else {
            self.out.push(Effect::Dropped(DropReason::StaleConnection));
            return;
        };
        participant.without_transport();
        participant.offered_at = Some(now.at);
        participant.slots = Some(Slots::count(slots));
        self.plan_stale = true;
    }

    /// The participant the media plane means; counted when it has left.
    fn reported(&mut self, id: &ParticipantId) -> Option<Place> {
        let place = self.place_of(id);
        if place.is_none() {
            self.out.push(Effect::Dropped(DropReason::StaleParticipant));
        }
        place
    }

    pub(super) fn media_connected(&mut self, now: Moment, id: &ParticipantId) {
        let Some(place) = self.reported(id) else { return };
        let Some(participant) = self.touch(place) else { return };
        participant.media = true;
        if let Some(offered_at) = participant.offered_at.take() {
            self.out.push(Effect::MediaConnectTook(now.at.saturating_duration_since(offered_at)));
        }
    }

    pub(super) fn media_lost(&mut self, now: Moment, id: &ParticipantId, reason: String) {
        let Some(place) = self.reported(id) else { return };
        let Some(participant) = self.touch(place) else { return };
        participant.without_transport();
        let (access, socket) = (participant.access, participant.socket());
        self.stats.forget(id);
        self.plan_stale = true;
        match (access, socket) {
            (Access::Socket, Some(connection)) => self.notice(vec![connection], ServerMessage::MediaLost { reason }),
            (Access::Socket, None) => {}
            // Nothing but its transport ties such a session to the lesson.
            (Access::Whip | Access::Whep(_), _) => self.depart(now, place, GoodbyeReason::TooSlow),
        }
    }

    pub(super) fn publishing(&mut self, now: Moment, id: &ParticipantId, source: Source, active: bool) {
        let Some(place) = self.reported(id) else { return };
        let Some(participant) = self.touch(place) else { return };
        if active {
            participant.publishing.insert(source);
            participant.has_published = true;
        } else {
            participant.publishing.remove(&source);
        }
        let access = participant.access;
        if active && participant.role() == Role::Host {
            self.host_publishes(now, access);
        }
    }

    pub(super) fn speakers(&mut self, mut participants: Vec<ParticipantId>) {
        participants.retain(|id| self.place_of(id).is_some());
        let to = self.sockets(|_| true);
        self.notice(to, ServerMessage::Speakers { participants });
    }
}

/// A media plane's refusal in the words of the protocol.
pub(crate) fn refused_offer(error: &MediaError) -> Refusal {
    match error {
        MediaError::OfferInvalid(text) => Refusal::new(ErrorCode::OfferInvalid, text.clone()),
        MediaError::UnknownTransport(_) => Refusal::new(ErrorCode::ParticipantUnknown, error.to_string()),
        MediaError::Busy(_) => Refusal::new(ErrorCode::Full, error.to_string()).retry_after(1_000),
    }
}
