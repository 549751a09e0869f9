//! The two languages of the pages, and the words of the calendar in them.

use crate::id::is_hidden;
use jiff::civil::{Date, Weekday};

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// zh-CN.
    #[default]
    Chinese,
    /// en.
    English,
}

/// Something that can be told to a person.
pub trait Tell {
    /// In the words of that language: one sentence or name, without a full stop.
    fn tell(&self, language: Language) -> String;
}

impl Language {
    /// The one of two that is in this language.
    pub fn pick<T>(self, chinese: T, english: T) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// Makes an error of a type that can be told: `Display` is its English.
macro_rules! told_errors {
    ($($error:ty),+) => {$(
        impl std::fmt::Display for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::Tell::tell(self, $crate::Language::English))
            }
        }
        impl std::error::Error for $error {}
    )+};
}
pub(crate) use told_errors;

impl Tell for Weekday {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Monday => ("周一", "Monday"),
            Self::Tuesday => ("周二", "Tuesday"),
            Self::Wednesday => ("周三", "Wednesday"),
            Self::Thursday => ("周四", "Thursday"),
            Self::Friday => ("周五", "Friday"),
            Self::Saturday => ("周六", "Saturday"),
            Self::Sunday => ("周日", "Sunday"),
        };
        language.pick(chinese, english).to_owned()
    }
}

/// `10月12日` or `12 October`.
pub(crate) fn day_and_month(date: Date, language: Language) -> String {
    const MONTHS: [&str; 12] = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    let (month, day) = (date.month(), date.day());
    let english = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default();
    language.pick(format!("{month}月{day}日"), format!("{day} {english}"))
}

/// The beginning of a text that a person wrote, for an error about it: at most 40 characters, without hidden ones.
pub(crate) fn short(text: &str) -> String {
    let clean = |c: char| if is_hidden(c) { ' ' } else { c };
    let mut shown: String = text.chars().take(40).map(clean).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_are_named_in_both_languages() {
        assert_eq!(day_and_month(date(2026, 10, 12), Language::Chinese), "10月12日");
        assert_eq!(day_and_month(date(2026, 1, 2), Language::English), "2 January");
        assert_eq!(Weekday::Sunday.tell(Language::Chinese), "周日");
    }

    #[test]
    fn long_and_wild_texts_are_cut() {
        assert_eq!(short("a\u{7}b"), "a b");
        assert_eq!(short(&"课".repeat(41)), format!("{}…", "课".repeat(40)));
    }
}
