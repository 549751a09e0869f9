//! A place's clock: from a day and a minute on the wall to an instant, and back.

use crate::language::{Language, Tell, short, told_errors};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Minutes of a day on the wall.
pub(crate) const DAY_MIN: u16 = 24 * 60;

/// A time zone by its IANA name, from the database that is part of the program.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone(TimeZone);

/// No such time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneError {
    /// What was asked for.
    pub name: String,
}

told_errors!(ZoneError);

impl Tell for ZoneError {
    fn tell(&self, language: Language) -> String {
        let name = &self.name;
        language.pick(format!("没有时区“{name}”：请填 IANA 名称，例如 Asia/Shanghai"), format!("no time zone “{name}”: use an IANA name such as Asia/Shanghai"))
    }
}

impl Zone {
    /// The zone of the whole of China, and the one used where nothing else is said.
    pub const DEFAULT: &str = "Asia/Shanghai";

    /// The zone of that name.
    ///
    /// # Errors
    /// The name is not in the IANA database.
    pub fn named(name: &str) -> Result<Self, ZoneError> {
        TimeZoneDatabase::bundled().get(name).map(Self).map_err(|_| ZoneError { name: short(name) })
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// When a clock on the wall shows `minute` (0 to 1440, which is the next midnight) on that day, in milliseconds since 1970 (UTC). A time that the
    /// change to summer time leaves out is as much later as the clock was put forward; of one that comes twice it is the first. None outside of 1970
    /// to 9999.
    pub fn instant(&self, date: Date, minute: u16) -> Option<u64> {
        let instant = self.0.to_ambiguous_timestamp(wall(date, minute)?).compatible().ok()?;
        u64::try_from(instant.as_millisecond()).ok()
    }

    /// What calendar and clock on the wall show at an instant: the day and the minute of it.
    pub fn wall(&self, instant_ms: u64) -> Option<(Date, u16)> {
        let instant = Timestamp::from_millisecond(i64::try_from(instant_ms).ok()?).ok()?;
        let shown = self.0.to_datetime(instant);
        let minute = u16::from(shown.hour().unsigned_abs()) * 60 + u16::from(shown.minute().unsigned_abs());
        Some((shown.date(), minute))
    }
}

impl Default for Zone {
    fn default() -> Self {
        // The database is part of the program and has it; UTC+8 is what it says of every day since 1992.
        Self::named(Self::DEFAULT).unwrap_or_else(|_| Self(TimeZone::fixed(jiff::tz::offset(8))))
    }
}

fn wall(date: Date, minute: u16) -> Option<DateTime> {
    let (date, minute) = if minute == DAY_MIN { (date.tomorrow().ok()?, 0) } else { (date, minute) };
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    Some(date.to_datetime(jiff::civil::Time::new(hour, minute, 0, 0).ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use jiff::civil::date;

    #[test]
    fn china_is_eight_hours_ahead() {
        let zone = Zone::default();
        assert_eq!(zone.name(), "Asia/Shanghai");
        assert_eq!(zone.instant(date(1970, 1, 1), 8 * 60), Some(0));
        assert_eq!(zone.instant(date(2026, 10, 12), 9 * 60), Some(1_791_766_800_000));
        assert_eq!(zone.wall(1_791_766_800_000), Some((date(2026, 10, 12), 540)));
        assert_eq!(zone.instant(date(2026, 10, 11), 1440), zone.instant(date(2026, 10, 12), 0));
    }

    #[test]
    fn a_time_that_is_left_out_comes_later() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        // On 29 March 2026 the clock goes from 2:00 to 3:00.
        assert_eq!(zone.instant(date(2026, 3, 29), 2 * 60 + 30), zone.instant(date(2026, 3, 29), 3 * 60 + 30));
        // On 25 October it goes from 3:00 back to 2:00: the first half past two is 40 minutes after 1:50.
        let (before, twice) = (zone.instant(date(2026, 10, 25), 110).unwrap(), zone.instant(date(2026, 10, 25), 150).unwrap());
        assert_eq!(twice - before, 40 * 60_000);
    }

    #[test]
    fn what_cannot_be_is_none_or_named() {
        let zone = Zone::default();
        assert_eq!(zone.instant(date(1950, 1, 1), 0), None);
        assert_eq!(zone.instant(date(2026, 1, 1), 1441), None);
        assert_eq!(zone.wall(u64::MAX), None);
        let error = Zone::named("Mars/Olympus").unwrap_err();
        assert_eq!(error.to_string(), "no time zone “Mars/Olympus”: use an IANA name such as Asia/Shanghai");
    }
}
