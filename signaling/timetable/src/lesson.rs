//! What holds for a single lesson, whether it came from an entry or was made by hand.

use crate::language::{Language, Tell, told_errors};
use crate::zone::Zone;

/// The longest a lesson may be planned, in milliseconds: a day.
pub const LONGEST_MS: u64 = 24 * 60 * 60 * 1_000;

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
