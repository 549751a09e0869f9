//! Media that costs nothing to make: packets of the shape, size and rate of VP8 and Opus, each with room for a stamp.

use super::{Feed, Frame, MAX_PAYLOAD, Payload};
use crate::clock::Clock;
use crate::rtp::stamp;
use crate::rtp::vp8::{self, DESCRIPTOR_LEN, Packetiser};
use std::time::{Duration, Instant};

const FPS: u32 = 30;
const KEY_INTERVAL: Duration = Duration::from_secs(10);
/// A key frame is this many times an ordinary one.
const KEY_FACTOR: u32 = 3;
/// Key frames asked for come no faster than this, as browsers limit them.
const KEY_SPACING: Duration = Duration::from_millis(300);

/// The size and rate of one video layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// In pixels, for the key frame's header.
    pub size: (u16, u16),
    /// Packets in three consecutive frames (so that 17 gives 170 packets/s at 30 fps).
    pub packets_per_3_frames: u32,
    /// Bytes of each payload.
    pub payload: usize,
    /// Offset of its frames within the 33 ms, as an encoder delivers layer after layer.
    pub phase: Duration,
}

/// The layers of a host's camera, the smallest first: 150 kbit/s, 500 kbit/s, 1.5 Mbit/s at 30 fps; 30, 60 and 170 packets/s.
pub const HOST_LAYERS: [Shape; 3] = [
    Shape { size: (320, 180), packets_per_3_frames: 3, payload: 625, phase: Duration::ZERO },
    Shape { size: (640, 360), packets_per_3_frames: 6, payload: 1_042, phase: Duration::from_millis(2) },
    Shape { size: (1280, 720), packets_per_3_frames: 17, payload: MAX_PAYLOAD, phase: Duration::from_millis(5) },
];

/// A classroom's camera when it publishes: one layer of 150 kbit/s.
pub const CLASSROOM_LAYER: Shape = HOST_LAYERS[0];

/// VP8-shaped video.
#[derive(Debug)]
pub struct Video {
    shape: Shape,
    packetiser: Packetiser,
    started: Option<Instant>,
    frame: u32,
    last_key: Option<u32>,
    key_wanted: bool,
}

impl Video {
    /// A layer of this shape; `picture_id` is where its numbers start.
    pub fn new(shape: Shape, picture_id: u16) -> Video {
        Video { shape, packetiser: Packetiser::new(picture_id), started: None, frame: 0, last_key: None, key_wanted: false }
    }

    fn frames_since_key(&self) -> Option<u32> {
        self.last_key.map(|key| self.frame - key)
    }

    fn is_key(&self) -> bool {
        let frames = |duration: Duration| (duration.as_millis() as u32 * FPS).div_ceil(1_000);
        match self.frames_since_key() {
            None => true,
            Some(since) => since >= frames(KEY_INTERVAL) || (self.key_wanted && since >= frames(KEY_SPACING)),
        }
    }

    fn packets(&self) -> u32 {
        let upto = |frame: u32| u64::from(frame) * u64::from(self.shape.packets_per_3_frames) / 3;
        (upto(self.frame + 1) - upto(self.frame)) as u32
    }
}

impl Feed for Video {
    fn start(&mut self, now: Instant, _clock: &Clock) {
        self.started = Some(now + self.shape.phase);
    }

    fn due(&self) -> Option<Instant> {
        Some(self.started? + Duration::from_nanos(u64::from(self.frame) * 1_000_000_000 / u64::from(FPS)))
    }

    fn next_frame(&mut self, _now: Instant) -> Frame {
        let key = self.is_key();
        let packets = self.packets() * if key { KEY_FACTOR } else { 1 };
        let room = self.shape.payload - DESCRIPTOR_LEN;
        let len = packets as usize * room;
        let mut bytes = vp8::frame_header(key.then_some(self.shape.size), len);
        let header = bytes.len();
        bytes.resize(len, 0);
        let payloads = self.packetiser.packetise(&bytes, self.shape.payload).into_iter().enumerate();
        let payloads = payloads.map(|(index, bytes)| Payload { bytes, stamp_at: Some(DESCRIPTOR_LEN + if index == 0 { header } else { 0 }) }).collect();
        let rtp_time = self.frame.wrapping_mul(90_000 / FPS);
        if key {
            self.last_key = Some(self.frame);
            self.key_wanted = false;
        }
        self.frame += 1;
        Frame { rtp_time, payloads }
    }

    fn want_key_frame(&mut self) {
        self.key_wanted = true;
    }
}

/// Opus-shaped audio: a packet each 20 ms, 32 kbit/s.
#[derive(Debug)]
pub struct Audio {
    level: u8,
    started: Option<Instant>,
    packet: u32,
}

/// Bytes of an Opus-shaped packet.
const AUDIO_BYTES: usize = 80;
/// Table-of-contents byte (RFC 6716, section 3.1): CELT, full band, 20 ms, mono, one frame.
const AUDIO_TOC: u8 = 31 << 3;

impl Audio {
    /// `level`: dBov below full scale, as in the extension; 127 is silence.
    pub fn new(level: u8) -> Audio {
        Audio { level, started: None, packet: 0 }
    }
}

impl Feed for Audio {
    fn start(&mut self, now: Instant, _clock: &Clock) {
        self.started = Some(now);
    }

    fn due(&self) -> Option<Instant> {
        Some(self.started? + Duration::from_millis(20) * self.packet)
    }

    fn next_frame(&mut self, _now: Instant) -> Frame {
        let mut bytes = vec![0; AUDIO_BYTES.max(1 + stamp::LEN)];
        bytes[0] = AUDIO_TOC;
        let rtp_time = self.packet.wrapping_mul(960);
        self.packet += 1;
        Frame { rtp_time, payloads: vec![Payload { bytes, stamp_at: Some(1) }] }
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

    fn run(feed: &mut dyn Feed, seconds: u64) -> Vec<(Duration, Frame)> {
        let start = Instant::now();
        feed.start(start, &Clock::fixed(start, Duration::ZERO, Duration::ZERO));
        let mut frames = Vec::new();
        while let Some(due) = feed.due().filter(|due| *due < start + Duration::from_secs(seconds)) {
            frames.push((due - start, feed.next_frame(due)));
        }
        frames
    }

    #[test]
    fn the_top_layer_is_1_5_mbit_of_170_packets_a_second() {
        let mut top = Video::new(HOST_LAYERS[2], 0);
        let frames = run(&mut top, 10);
        assert_eq!(frames.len(), 300);
        let payloads: Vec<&Payload> = frames.iter().flat_map(|(_, frame)| &frame.payloads).collect();
        let extra = frames[0].1.payloads.len() - 5;
        assert_eq!(payloads.len() - extra, 1_700, "besides the longer key frame");
        assert!(payloads.iter().all(|payload| payload.bytes.len() == MAX_PAYLOAD));
    }

    #[test]
    fn key_frames_come_first_every_10_s_and_when_asked_for_but_not_in_a_row() {
        let mut video = Video::new(HOST_LAYERS[0], 0);
        let is_key = |frame: &Frame| vp8::Payload::parse(&frame.payloads[0].bytes).unwrap().starts_key_frame();
        let frames = run(&mut video, 21);
        let keys: Vec<usize> = frames.iter().enumerate().filter(|(_, (_, frame))| is_key(frame)).map(|(index, _)| index).collect();
        assert_eq!(keys, [0, 300, 600]);
        for _ in 0..5 {
            video.want_key_frame();
            video.next_frame(Instant::now());
        }
        video.want_key_frame();
        let next: Vec<bool> = (0..12).map(|_| is_key(&video.next_frame(Instant::now()))).collect();
        assert_eq!(next.iter().filter(|key| **key).count(), 1);
    }

    #[test]
    fn the_stamp_fits_behind_the_frame_header() {
        for shape in HOST_LAYERS {
            let mut video = Video::new(shape, 0);
            for (_, frame) in run(&mut video, 1) {
                for payload in frame.payloads {
                    let parsed = vp8::Payload::parse(&payload.bytes).unwrap();
                    let at = payload.bytes.len() - parsed.data.len() + parsed.frame_header_len();
                    assert_eq!(payload.stamp_at, Some(at));
                    assert!(at + stamp::LEN <= payload.bytes.len());
                }
            }
        }
    }

    #[test]
    fn audio_is_50_packets_a_second() {
        let frames = run(&mut Audio::new(30), 2);
        assert_eq!(frames.len(), 100);
        assert_eq!(frames[99].1.rtp_time, 99 * 960);
    }
}
