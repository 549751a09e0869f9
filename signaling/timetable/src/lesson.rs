//! What holds for a single lesson, whether it came from an entry or was made by hand.

use crate::id::is_name;
use crate::language::{Language, Tell, short, told_errors};
use crate::zone::Zone;

/// The longest a lesson may be planned, in milliseconds: a day.
pub const LONGEST_MS: u64 = 24 * 60 * 60 * 1_000;

/// The shortest a lesson is planned by hand, in milliseconds: a minute, as short as a period can be.
pub const SHORTEST_MS: u64 = 60 * 1_000;

/// Why a lesson is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LessonError {
    /// It does not end after it begins, or not within [`LONGEST_MS`], or no calendar shows its end.
    Times {
        /// When it is to begin, in milliseconds since 1970 (UTC).
        start_ms: u64,
        /// When it is to end.
        end_ms: u64,
    },
    /// It is shorter than [`SHORTEST_MS`].
    Short,
    /// It would be over already.
    Past,
    /// The reason is empty, longer than 200 characters or not text.
    Reason(String),
}

told_errors!(LessonError);

impl Tell for LessonError {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Times { start_ms, end_ms } => (
                format!("课的时间 {start_ms} 至 {end_ms}（1970 年以来的毫秒数）不可用：须在开始之后 24 小时内结束，且早于公元 9999 年底"),
                format!(
                    "the times {start_ms} to {end_ms} (ms since 1970) cannot be used: let the lesson end within 24 hours of its beginning, before the year 10000"
                ),
            ),
            Self::Short => ("这节课不到 1 分钟：请更正开始和结束时间".to_owned(), "the lesson is shorter than a minute: correct its times".to_owned()),
            Self::Past => ("这段时间已经过去：请选以后的时间".to_owned(), "this time is past: choose a later one".to_owned()),
            Self::Reason(text) => (format!("原因“{text}”不可用：请填 1 至 200 个字"), format!("the reason “{text}” cannot be used: use 1 to 200 characters")),
        };
        language.pick(chinese, english)
    }
}

/// Whether a lesson can be at these times.
///
/// # Errors
/// [`LessonError::Times`].
pub fn check_times(start_ms: u64, end_ms: u64) -> Result<(), LessonError> {
    let follows = end_ms > start_ms && end_ms - start_ms <= LONGEST_MS;
    if follows && Zone::default().wall(end_ms).is_some() { Ok(()) } else { Err(LessonError::Times { start_ms, end_ms }) }
}

/// Whether a reason can be shown.
///
/// # Errors
/// [`LessonError::Reason`].
pub fn check_reason(reason: &str) -> Result<(), LessonError> {
    if is_name(reason, 200) { Ok(()) } else { Err(LessonError::Reason(short(reason))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_has_times_of_the_calendar() {
        assert_eq!(check_times(0, LONGEST_MS), Ok(()));
        for (start_ms, end_ms) in [(1, 1), (2, 1), (0, LONGEST_MS + 1), (1 << 62, (1 << 62) + 1), (1 << 63, (1 << 63) + 1)] {
            assert_eq!(check_times(start_ms, end_ms), Err(LessonError::Times { start_ms, end_ms }));
        }
    }
}
