//! The rules of a school timetable: pure, without input or output, clock or threads.
//!
//! ```text
//! Term ──► Calendar ─┐
//! BellPlan ► Bells ──┼─► occurrences ──► reconcile ──► Changes ──► Bookings ──► clashes
//! Entry ─────────────┘                      ▲ existing lessons
//! ```
//!
//! 1. A [`Calendar`] says as which weekday of which week each day of a term is taught (holidays, 调休), [`Bells`] when a school's periods are.
//! 2. [`occurrences`] lays an [`Entry`] over both: every date it is taught, with exact instants.
//! 3. [`reconcile`] compares these with the lessons there are, and says what to create, update and cancel; what has begun is never touched.
//! 4. [`clashes`] and [`Booked`] find the teacher, classroom or device that is wanted twice at a time.
//! 5. [`meetings`] say how much of a period two schools with different bells have in common.
//! 6. [`judge`] says afterwards whether the lesson was delivered to a classroom, and if not, what was at fault.
//! 7. [`sheet`] reads and writes entries as CSV and Excel files.
//!
//! Instants are milliseconds since 1970 (UTC), days are [`Date`]s, minutes of the day count from midnight. Everything that may have to be told to a person
//! implements [`Tell`]: Chinese first, English second; `Display` is the English one.

#![forbid(unsafe_code)]

mod bells;
mod calendar;
mod clash;
mod content;
mod delivery;
mod entry;
mod icalendar;
mod id;
mod interval;
mod language;
mod lesson;
mod occurrence;
mod reconcile;
pub mod sheet;
mod weeks;
mod window;
mod zone;

pub use bells::{BellError, BellPlan, Bells, MAX_PERIOD, Period, clock};
pub use calendar::{Calendar, Day, DayException, MAX_WEEKS, Taught, Term, TermError};
pub use clash::{Booked, Booking, Clash, MAX_CLASHES, Names, Resource, clashes, no_place};
pub use content::{Content, Field};
pub use delivery::{Cause, DELIVERED_PERCENT, Delivery, Evidence, PUNCTUAL_MS, Presence, judge, punctual};
pub use entry::{Defaults, Entry, EntryError, LessonKind, MAX_ASSISTANTS, MAX_INTERACTIVE, MAX_RECEIVERS, Parts, Receiver, UnknownKind, check_subject};
pub use icalendar::{Event, feed};
pub use id::{is_hidden, is_id, is_name};
pub use interval::{Interval, Intervals};
pub use jiff::civil::{Date, Weekday};
pub use language::{Language, Tell};
pub use lesson::{LONGEST_MS, LessonError, SHORTEST_MS, check_reason, check_times};
pub use occurrence::{Occurrence, Skipped, Why, occurrences};
pub use reconcile::{Cancel, CancelReason, Changes, Desired, Existing, Keep, KeepReason, Update, reconcile};
pub use weeks::{Weeks, WeeksError};
pub use window::{Meeting, SHORT_MINUTES, Spell, Window, meeting, meetings};
pub use zone::{Zone, ZoneError};
