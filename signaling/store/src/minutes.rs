//! Media quality, minute by minute: written while it happens.

use super::error::Fault;
use super::row::Columns;
use super::transaction::{Db, reading};
use super::{Store, StoreError, sql};
use protocol::ParticipantId;
use sqlx::any::AnyRow;
use timetable::Interval;

/// Milliseconds of a minute.
pub(crate) const MINUTE_MS: u64 = 60_000;

/// A set of the seconds of one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seconds(u64);

impl Seconds {
    /// Every second of a minute.
    const ALL: u64 = (1 << 60) - 1;

    /// Adds a second, 0 to 59; others are ignored.
    pub fn insert(&mut self, second: u8) {
        self.0 |= 1_u64.checked_shl(second.into()).unwrap_or_default() & Self::ALL;
    }

    /// Whether a second is in it.
    pub fn contains(self, second: u8) -> bool {
        second < 60 && self.0 >> second & 1 == 1
    }

    /// How many.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Those that are in both.
    pub(crate) fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What they are in the minute that begins at `minute_ms`.
    pub fn intervals(self, minute_ms: u64) -> impl Iterator<Item = Interval> {
        let at = move |second: u8| minute_ms + u64::from(second) * 1_000;
        (0..60).filter(move |second| self.contains(*second)).map(move |second| Interval::new(at(second), at(second + 1)))
    }

    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn of_bits(bits: u64) -> Self {
        Self(bits & Self::ALL)
    }
}

/// What passed between the server and a participant in one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaMinute {
    /// Who.
    pub participant: ParticipantId,
    /// The minute's beginning, in milliseconds since 1970 (UTC): a multiple of 60,000.
    pub minute_ms: u64,
    /// When its measuring began, in milliseconds since 1970 (UTC). A server that was started anew within the minute has made two rows of it.
    pub begun_ms: u64,
    /// When media came to the participant.
    pub received: Seconds,
    /// When media came from the participant.
    pub sent: Seconds,
    /// When no media was asked of the participant: by the lesson's kind, its switches, or because it was not called on.
    pub unasked: Seconds,
    /// RTP payload and header to the participant, without UDP and IP.
    pub received_bytes: u64,
    /// The same from the participant.
    pub sent_bytes: u64,
    /// Mean share of packets lost on the way to the participant, in millionths.
    pub received_loss_ppm: u32,
    /// The same from the participant, before repair.
    pub sent_loss_ppm: u32,
    /// Mean round trip, in milliseconds; none: never measured.
    pub rtt_ms: Option<u32>,
    /// The longest round trip of a second, in milliseconds.
    pub rtt_max_ms: Option<u32>,
    /// How long nothing came to the participant although the host sent and the lesson was live, in milliseconds.
    pub freeze_ms: u32,
    /// How long it spoke, in milliseconds.
    pub speech_ms: u32,
}

impl MediaMinute {
    /// Nothing yet.
    pub fn new(participant: ParticipantId, minute_ms: u64, begun_ms: u64) -> Self {
        Self {
            participant,
            minute_ms,
            begun_ms,
            received: Seconds::default(),
            sent: Seconds::default(),
            unasked: Seconds::default(),
            received_bytes: 0,
            sent_bytes: 0,
            received_loss_ppm: 0,
            sent_loss_ppm: 0,
            rtt_ms: None,
            rtt_max_ms: None,
            freeze_ms: 0,
            speech_ms: 0,
        }
    }

    /// Bits per second to the participant, over the seconds in which media came.
    pub fn received_bps(&self) -> u64 {
        self.received_bytes.saturating_mul(8) / u64::from(self.received.count().max(1))
    }

    /// Bits per second from the participant, over the seconds in which media came.
    pub fn sent_bps(&self) -> u64 {
        self.sent_bytes.saturating_mul(8) / u64::from(self.sent.count().max(1))
    }
}

impl Store {
    /// The media of a lesson, minute by minute, in the order of time.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn media_minutes(&self, lesson: &str) -> Result<Vec<MediaMinute>, StoreError> {
        reading!(self, |db| read(db, lesson).await)
    }
}

pub(crate) async fn read(db: &mut Db, lesson: &str) -> Result<Vec<MediaMinute>, Fault> {
    let text = "SELECT participant_id, minute_ms, begun_ms, received_bits, sent_bits, received_bytes, sent_bytes, received_loss_ppm, sent_loss_ppm, rtt_ms, \
                rtt_max_ms, freeze_ms, speech_ms, unasked_bits FROM media_minutes WHERE lesson_id = $1 ORDER BY minute_ms, participant_id, begun_ms";
    sqlx::query(text).bind(lesson).fetch_all(db).await?.iter().map(minute).collect()
}

fn minute(row: &AnyRow) -> Result<MediaMinute, Fault> {
    Ok(MediaMinute {
        participant: ParticipantId(row.text("participant_id")?),
        minute_ms: row.count("minute_ms")?,
        begun_ms: row.count("begun_ms")?,
        received: Seconds::of_bits(row.count("received_bits")?),
        sent: Seconds::of_bits(row.count("sent_bits")?),
        unasked: Seconds::of_bits(row.count("unasked_bits")?),
        received_bytes: row.count("received_bytes")?,
        sent_bytes: row.count("sent_bytes")?,
        received_loss_ppm: row.small("received_loss_ppm")?,
        sent_loss_ppm: row.small("sent_loss_ppm")?,
        rtt_ms: row.small_or_none("rtt_ms")?,
        rtt_max_ms: row.small_or_none("rtt_max_ms")?,
        freeze_ms: row.small("freeze_ms")?,
        speech_ms: row.small("speech_ms")?,
    })
}

/// Writes a minute as it is so far: what was written of it before is replaced.
pub(crate) async fn write(db: &mut Db, lesson: &str, row: &MediaMinute) -> Result<(), sqlx::Error> {
    let text = "INSERT INTO media_minutes (lesson_id, participant_id, minute_ms, begun_ms, received_bits, sent_bits, received_bytes, sent_bytes, \
                received_loss_ppm, sent_loss_ppm, rtt_ms, rtt_max_ms, freeze_ms, speech_ms, unasked_bits) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
                ON CONFLICT (lesson_id, participant_id, minute_ms, begun_ms) DO UPDATE SET received_bits = excluded.received_bits, \
                sent_bits = excluded.sent_bits, received_bytes = excluded.received_bytes, sent_bytes = excluded.sent_bytes, \
                received_loss_ppm = excluded.received_loss_ppm, sent_loss_ppm = excluded.sent_loss_ppm, rtt_ms = excluded.rtt_ms, \
                rtt_max_ms = excluded.rtt_max_ms, freeze_ms = excluded.freeze_ms, speech_ms = excluded.speech_ms, \
                unasked_bits = excluded.unasked_bits";
    let query = sqlx::query(text).bind(lesson).bind(&row.participant.0).bind(sql(row.minute_ms)).bind(sql(row.begun_ms));
    let query = query.bind(sql(row.received.bits())).bind(sql(row.sent.bits())).bind(sql(row.received_bytes)).bind(sql(row.sent_bytes));
    let query = query.bind(i64::from(row.received_loss_ppm)).bind(i64::from(row.sent_loss_ppm));
    let query = query.bind(row.rtt_ms.map(i64::from)).bind(row.rtt_max_ms.map(i64::from));
    query.bind(i64::from(row.freeze_ms)).bind(i64::from(row.speech_ms)).bind(sql(row.unasked.bits())).execute(db).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use timetable::Intervals;

    #[test]
    fn seconds_are_those_that_were_added() {
        let mut seconds = Seconds::default();
        for second in [0, 1, 2, 58, 59, 60, 200] {
            seconds.insert(second);
        }
        assert_eq!(seconds.count(), 5);
        assert!(seconds.contains(59) && !seconds.contains(3) && !seconds.contains(60) && !seconds.contains(200));
        let set: Intervals = seconds.intervals(120_000).collect();
        assert_eq!(set.as_slice(), [Interval::new(120_000, 123_000), Interval::new(178_000, 180_000)]);
        assert_eq!(Seconds::of_bits(u64::MAX).count(), 60);
    }
}
