//! Recorded clips as feeds: they loop by the wall clock, so that all layers and all viewers agree, and jump to a key frame when one is needed.

use super::{Feed, Frame, MAX_PAYLOAD, Payload};
use crate::clock::Clock;
use crate::container::ivf::Clip;
use crate::rtp::vp8::Packetiser;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a clip runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At its own rate: the frame of second s of the loop plays at second s of the wall clock.
    Own,
    /// Each frame is a slide shown for so long, and sent again each second; only for clips of key frames.
    Slides(Duration),
}

/// Looping VP8 video.
pub struct Video {
    clip: Arc<Clip>,
    pace: Pace,
    packetiser: Packetiser,
    started: Option<(Instant, u64)>,
    sent: u64,
    last: Option<Instant>,
    key_wanted: bool,
}

/// Slides asked for come no faster than this.
const KEY_SPACING: Duration = Duration::from_millis(200);

impl Video {
    /// A clip from now on.
    pub fn new(clip: Arc<Clip>, pace: Pace, picture_id: u16) -> Video {
        Video { clip, pace, packetiser: Packetiser::new(picture_id), started: None, sent: 0, last: None, key_wanted: false }
    }

    fn interval(&self) -> Duration {
        match self.pace {
            Pace::Own => Duration::from_secs(1) / self.clip.fps,
            Pace::Slides(_) => Duration::from_secs(1),
        }
    }

    fn regular(&self) -> Option<Instant> {
        let (origin, _) = self.started?;
        Some(origin + Duration::from_nanos(self.sent * self.interval().as_nanos() as u64))
    }

    /// The frame of the loop at tick `tick` since 1970.
    fn index(&self, tick: u64) -> usize {
        let frames = self.clip.frames.len() as u64;
        match self.pace {
            Pace::Own => (tick % frames) as usize,
            Pace::Slides(each) => (tick / each.as_secs().max(1) % frames) as usize,
        }
    }
}

impl Feed for Video {
    fn start(&mut self, now: Instant, clock: &Clock) {
        let interval = self.interval().as_nanos() as u64;
        let unix = clock.unix(now).as_nanos() as u64;
        let mut tick = unix.div_ceil(interval);
        // A decoder needs a key frame first.
        let frames = self.clip.frames.len() as u64;
        tick += (0..frames).find(|ahead| self.clip.is_key(self.index(tick + ahead))).unwrap_or(0);
        self.started = Some((now + Duration::from_nanos(tick * interval - unix), tick));
    }

    fn due(&self) -> Option<Instant> {
        let regular = self.regular()?;
        let extra = self.last.filter(|_| self.key_wanted).map(|last| last + KEY_SPACING);
        Some(extra.map_or(regular, |extra| extra.min(regular)))
    }

    fn next_frame(&mut self, now: Instant) -> Frame {
        let Some((origin, first)) = self.started else { return Frame::default() };
        let regular = self.regular().unwrap_or(origin);
        let ticks = |since: Duration| (since.as_nanos() * 90_000 / 1_000_000_000) as u32;
        let (tick, rtp_time) = if now >= regular || !self.key_wanted {
            self.sent += 1;
            (first + self.sent - 1, ticks(regular - origin))
        } else {
            // A slide asked for comes between the full seconds: it stands for itself.
            (first + self.sent.saturating_sub(1), ticks(now - origin))
        };
        self.key_wanted = false;
        self.last = Some(now);
        let frame = &self.clip.frames[self.index(tick)];
        let payloads = self.packetiser.packetise(frame, MAX_PAYLOAD).into_iter().map(|bytes| Payload { bytes, stamp_at: None }).collect();
        Frame { rtp_time, payloads }
    }

    /// A camera clip has a key frame each second and waits for it; a slide is one itself and is sent again.
    fn want_key_frame(&mut self) {
        self.key_wanted = matches!(self.pace, Pace::Slides(_)) && self.sent > 0;
    }
}

/// Looping Opus.
pub struct Audio {
    packets: Arc<Vec<Vec<u8>>>,
    level: u8,
    started: Option<Instant>,
    sent: u32,
}

impl Audio {
    /// Packets of 20 ms each; `level` is what the audio-level extension says.
    pub fn new(packets: Arc<Vec<Vec<u8>>>, level: u8) -> Audio {
        Audio { packets, level, started: None, sent: 0 }
    }
}

impl Feed for Audio {
    fn start(&mut self, now: Instant, _clock: &Clock) {
        self.started = Some(now);
    }

    fn due(&self) -> Option<Instant> {
        Some(self.started? + Duration::from_millis(20) * self.sent)
    }

    fn next_frame(&mut self, _now: Instant) -> Frame {
        let bytes = self.packets[self.sent as usize % self.packets.len()].clone();
        let rtp_time = self.sent.wrapping_mul(960);
        self.sent = self.sent.wrapping_add(1);
        Frame { rtp_time, payloads: vec![Payload { bytes, stamp_at: None }] }
    }

    fn audio_level(&self) -> Option<u8> {
        Some(self.level)
    }

    fn clock_rate(&self) -> u32 {
        48_000
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rtp::vp8;

    /// Ten frames a second, two seconds, a key frame each second; the frame's second byte is its number.
    fn clip() -> Arc<Clip> {
        let frames = (0..20u8).map(|number| vec![u8::from(number % 10 != 0), number]).collect();
        Arc::new(Clip { size: (2, 2), fps: 10, frames })
    }

    fn number(frame: &Frame) -> u8 {
        vp8::Payload::parse(&frame.payloads[0].bytes).unwrap().data[1]
    }

    #[test]
    fn starts_at_a_key_frame_in_step_with_the_wall_clock_and_loops() {
        let now = Instant::now();
        let clock = Clock::fixed(now, Duration::ZERO, Duration::from_millis(100_250));
        let mut video = Video::new(clip(), Pace::Own, 0x7FFE);
        assert_eq!(video.due(), None);
        video.start(now, &clock);
        assert_eq!(video.due(), Some(now + Duration::from_millis(750)), "at 101 s, second 1 of the loop");
        let frames: Vec<Frame> = (0..25).map(|_| video.next_frame(video.due().unwrap())).collect();
        let numbers: Vec<u8> = frames.iter().map(number).collect();
        assert_eq!(numbers, (10..20).chain(0..15).collect::<Vec<u8>>());
        let ids: Vec<_> = frames.iter().map(|frame| vp8::Payload::parse(&frame.payloads[0].bytes).unwrap().picture_id.unwrap()).collect();
        assert_eq!(ids[..4], [0x7FFE, 0x7FFF, 0, 1]);
        assert_eq!(frames[24].rtp_time, 24 * 9_000);
    }

    #[test]
    fn repeats_the_slide_each_second_and_when_asked_for() {
        let now = Instant::now();
        let clock = Clock::fixed(now, Duration::ZERO, Duration::from_secs(100));
        let slides = Arc::new(Clip { size: (2, 2), fps: 1, frames: (0..3).map(|number| vec![0, number]).collect() });
        let mut video = Video::new(slides, Pace::Slides(Duration::from_secs(10)), 0);
        video.start(now, &clock);
        let first = video.next_frame(now);
        assert_eq!((number(&first), video.due()), (1, Some(now + Duration::from_secs(1))));
        video.want_key_frame();
        assert_eq!(video.due(), Some(now + Duration::from_millis(200)));
        let again = video.next_frame(now + Duration::from_millis(300));
        assert_eq!((number(&again), again.rtp_time), (1, 27_000));
        assert_eq!(video.due(), Some(now + Duration::from_secs(1)));
        video.want_key_frame();
        let regular = video.next_frame(now + Duration::from_secs(1));
        assert_eq!(regular.rtp_time, 90_000);
        assert_eq!(video.due(), Some(now + Duration::from_secs(2)), "the regular one served the wish");
    }

    #[test]
    fn sound_loops_with_a_steady_clock() {
        let mut audio = Audio::new(Arc::new(vec![vec![1], vec![2]]), 30);
        let now = Instant::now();
        audio.start(now, &Clock::fixed(now, Duration::ZERO, Duration::ZERO));
        let frames: Vec<Frame> = (0..3).map(|_| audio.next_frame(now)).collect();
        assert_eq!(frames.iter().map(|frame| frame.payloads[0].bytes[0]).collect::<Vec<_>>(), [1, 2, 1]);
        assert_eq!(frames[2].rtp_time, 1_920);
        assert_eq!(audio.due(), Some(now + Duration::from_millis(60)));
    }
}
