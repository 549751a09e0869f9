//! Signaling's plan in the media plane's terms.

use protocol::Source;
use sfu::command::{RoomPlan, VideoView, View};
use signaling::media;

/// The same plan, for shards.
pub(super) fn translate(plan: media::RoomPlan) -> RoomPlan {
    let participant = |id: &protocol::ParticipantId| sfu::id::ParticipantId::from(id.0.as_str());
    let video = |video: media::VideoView| VideoView {
        participant: participant(&video.participant),
        source: source(video.source),
        spatial: video.spatial,
        temporal: video.temporal,
    };
    RoomPlan {
        audible: plan.audible.iter().map(participant).collect(),
        views: plan
            .views
            .into_iter()
            .map(|view| (participant(&view.participant), View { audio: view.audio, video: view.video.into_iter().map(|entry| entry.map(video)).collect() }))
            .collect(),
    }
}

/// The same source, for shards.
pub(super) fn source(source: Source) -> sfu::id::Source {
    match source {
        Source::Microphone => sfu::id::Source::Microphone,
        Source::Camera => sfu::id::Source::Camera,
        Source::Screen => sfu::id::Source::Screen,
    }
}
