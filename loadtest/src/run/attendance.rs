//! Light classrooms in the run, and who came.

use super::{Context, Phase, classroom_lines};
use crate::media::subscriber::Milestone;
use crate::participant::{Config, Happening};
use crate::report::Attendance;
use crate::seat::{Incident, Seat, SeatError};
use protocol::{ClientMessage, SlotWant};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// What a participant tells of its coming and going.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// ICE and DTLS are done, with this SRTP profile.
    Connected(&'static str),
    /// First media packet, counted from the WebSocket connect.
    Media(Duration),
    /// First key frame, counted from the WebSocket connect.
    Picture(Duration),
    /// It is gone.
    Gone(String),
}

/// Notes with the number of their participant.
pub type Notes = mpsc::UnboundedSender<(usize, Note)>;

/// Attends the lesson as classroom `index` until stopped.
pub(super) async fn attend(context: Arc<Context>, index: usize, delay: Duration, notes: Notes, mut stopped: watch::Receiver<bool>) {
    tokio::time::sleep(delay).await;
    let gone = tokio::select! {
        end = sit(&context, index, &notes) => end.err(),
        _ = stopped.changed() => None,
    };
    if let Some(error) = gone {
        let _ = notes.send((index, Note::Gone(error.to_string())));
    }
}

async fn sit(context: &Context, index: usize, notes: &Notes) -> Result<(), SeatError> {
    let plan = &context.plan;
    let lines = if index < plan.publish { classroom_lines() } else { Vec::new() };
    let config = Config { number: 1 + index as u16, lines, audio_slots: plan.audio_slots, video_slots: 1 };
    let started = Instant::now();
    let (mut seat, welcome) = Seat::take(&context.receiving, context.clock, &plan.url, &plan.tokens.classrooms[index], None, config).await?;
    if welcome.lesson.id != plan.lesson {
        return Err(SeatError::Media(format!("the token is for lesson {:?}, not for {:?}", welcome.lesson.id, plan.lesson)));
    }
    seat.send(&want(plan.layer)).await?;
    loop {
        let note = match seat.next().await? {
            Incident::Media(_, Happening::Connected { profile }) => Note::Connected(profile),
            Incident::Media(at, Happening::Milestone(Milestone::FirstMedia)) => Note::Media(at - started),
            Incident::Media(at, Happening::Milestone(Milestone::FirstKeyFrame)) => Note::Picture(at - started),
            Incident::Media(_, Happening::Closed { reason }) => return Err(SeatError::Media(reason)),
            Incident::Message(protocol::ServerMessage::Error(notice)) => return Err(SeatError::Media(format!("{:?}: {}", notice.code, notice.message))),
            Incident::Message(_) => continue,
        };
        let _ = notes.send((index, note));
    }
}

/// The top layer wanted in the first video slot.
pub fn want(layer: u8) -> ClientMessage {
    ClientMessage::Want { slots: vec![SlotWant { slot: "v0".into(), spatial: Some(layer), temporal: None }] }
}

/// Who came, and when.
pub(super) struct Attendees {
    inbox: mpsc::UnboundedReceiver<(usize, Note)>,
    light: usize,
    pub(super) classrooms: Attendance,
    pub(super) full_stack: Attendance,
    pub(super) joins: Vec<Duration>,
    pub(super) pictures: Vec<Duration>,
    pub(super) profiles: BTreeSet<&'static str>,
    heard: BTreeSet<usize>,
    seen: BTreeSet<usize>,
    gone: BTreeSet<usize>,
}

impl Attendees {
    /// Numbers below `light` are light classrooms.
    pub(super) fn new(light: usize, full_stack: usize, inbox: mpsc::UnboundedReceiver<(usize, Note)>) -> Attendees {
        Attendees {
            inbox,
            light,
            classrooms: Attendance { asked: light, ..Attendance::default() },
            full_stack: Attendance { asked: full_stack, ..Attendance::default() },
            joins: Vec::new(),
            pictures: Vec::new(),
            profiles: BTreeSet::new(),
            heard: BTreeSet::new(),
            seen: BTreeSet::new(),
            gone: BTreeSet::new(),
        }
    }

    /// Waits until everybody has a picture or is gone, or until `deadline`; says who is still missing then.
    pub(super) async fn wait(&mut self, deadline: Instant, progress: &mut (dyn FnMut(Phase) + Send)) {
        let of = self.classrooms.asked + self.full_stack.asked;
        loop {
            let there = self.seen.len();
            progress(Phase::Joining { there, of });
            if self.seen.union(&self.gone).count() >= of {
                return;
            }
            match tokio::time::timeout_at(deadline.into(), self.inbox.recv()).await {
                Ok(Some((index, note))) => self.note(index, note),
                Ok(None) => return,
                Err(_) => break,
            }
        }
        for index in 0..of {
            if !self.seen.contains(&index) && !self.gone.contains(&index) {
                let reason = if self.heard.contains(&index) { "media but no key frame in time" } else { "no media in time" };
                *self.of_kind(index).failures.entry(reason.to_owned()).or_default() += 1;
            }
        }
    }

    /// Reads what came in the meantime.
    pub(super) fn catch_up(&mut self) {
        while let Ok((index, note)) = self.inbox.try_recv() {
            self.note(index, note);
        }
    }

    fn note(&mut self, index: usize, note: Note) {
        match note {
            Note::Connected(profile) => {
                self.profiles.insert(profile);
            }
            Note::Media(after) => self.media(index, after),
            Note::Picture(after) => {
                self.media(index, after);
                if self.seen.insert(index) {
                    self.pictures.push(after);
                    self.of_kind(index).joined += 1;
                }
            }
            Note::Gone(reason) => {
                if self.gone.insert(index) {
                    let seen = self.seen.contains(&index);
                    let kind = self.of_kind(index);
                    kind.lost += usize::from(seen);
                    *kind.failures.entry(reason).or_default() += 1;
                }
            }
        }
    }

    fn media(&mut self, index: usize, after: Duration) {
        if self.heard.insert(index) {
            self.joins.push(after);
        }
    }

    fn of_kind(&mut self, index: usize) -> &mut Attendance {
        if index < self.light { &mut self.classrooms } else { &mut self.full_stack }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn counts_who_came_who_failed_and_who_left_again() {
        let (notes, inbox) = mpsc::unbounded_channel();
        let mut attendees = Attendees::new(3, 1, inbox);
        let ms = Duration::from_millis;
        for (index, note) in
            [(0, Note::Media(ms(10))), (0, Note::Picture(ms(30))), (1, Note::Gone("refused".into())), (2, Note::Media(ms(5))), (3, Note::Picture(ms(40)))]
        {
            notes.send((index, note)).unwrap_or_else(|_| unreachable!());
        }
        let mut last = None;
        attendees.wait(Instant::now() + ms(100), &mut |phase| last = Some(phase)).await;
        assert_eq!(last, Some(Phase::Joining { there: 2, of: 4 }));
        notes.send((0, Note::Gone("lost".into()))).unwrap_or_else(|_| unreachable!());
        attendees.catch_up();
        assert_eq!((attendees.classrooms.joined, attendees.classrooms.lost, attendees.full_stack.joined), (1, 1, 1));
        let failures: Vec<_> = attendees.classrooms.failures.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
        assert_eq!(failures, [("lost", 1), ("media but no key frame in time", 1), ("refused", 1)]);
        assert_eq!(attendees.joins, [ms(10), ms(5), ms(40)]);
        assert_eq!(attendees.pictures, [ms(30), ms(40)]);
    }
}
