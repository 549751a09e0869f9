//! The media plane's events in signaling's terms.

use protocol::{ParticipantId, ParticipantStats, SlotLayer, Source};
use sfu::event::{Event, TransportStats};
use signaling::media::MediaEvent;

/// The same event, for signaling.
pub(super) fn translate(event: Event) -> MediaEvent {
    match event {
        Event::Connected { room, participant: who, .. } => MediaEvent::Connected { lesson: room.0.to_string(), participant: participant(&who) },
        Event::Lost { room, participant: who, reason, .. } => {
            MediaEvent::Lost { lesson: room.0.to_string(), participant: participant(&who), reason: reason.to_string() }
        }
        Event::Publishing { room, participant: who, source, active } => {
            MediaEvent::Publishing { lesson: room.0.to_string(), participant: participant(&who), source: from_sfu(source), active }
        }
        Event::Speakers { room, participants } => {
            MediaEvent::Speakers { lesson: room.0.to_string(), participants: participants.iter().map(participant).collect() }
        }
        Event::Stats { room, transports } => MediaEvent::Stats { lesson: room.0.to_string(), participants: transports.into_iter().map(stats).collect() },
    }
}

fn participant(id: &sfu::id::ParticipantId) -> ParticipantId {
    ParticipantId(id.0.to_string())
}

fn from_sfu(source: sfu::id::Source) -> Source {
    match source {
        sfu::id::Source::Microphone => Source::Microphone,
        sfu::id::Source::Camera => Source::Camera,
        sfu::id::Source::Screen => Source::Screen,
    }
}

fn stats(stats: TransportStats) -> ParticipantStats {
    ParticipantStats {
        participant: Some(participant(&stats.participant)),
        up_bps: stats.up_bps,
        down_bps: stats.down_bps,
        up_loss: stats.up_loss,
        down_loss: stats.down_loss,
        rtt_ms: stats.rtt.map(|rtt| rtt.as_secs_f32() * 1_000.0),
        speech_ms: u32::try_from(stats.speech.as_millis()).unwrap_or(u32::MAX),
        layers: stats.layers.into_iter().map(|(slot, spatial, temporal)| SlotLayer { slot: format!("v{slot}"), spatial, temporal }).collect(),
        path: stats.tcp.map(|tcp| if tcp { "tcp" } else { "udp" }.to_owned()),
    }
}
