//! The small words of a timetable's cells, as people write them.

use crate::bells::MAX_PERIOD;
use crate::entry::LessonKind;
use crate::id::is_hidden;
use jiff::civil::{Date, Weekday};

/// What stands between names in a cell.
const BETWEEN: [char; 6] = ['、', ';', '；', ',', '，', '\n'];

/// What stands between a lesson and its receiving classrooms.
pub(super) const ARROWS: [&str; 4] = ["→", "->", "=>", "⇒"];

/// The names of a cell.
pub(super) fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(BETWEEN).map(str::trim).filter(|name| !name.is_empty())
}

/// Whether a name stands in a cell among others without being taken apart.
pub(super) fn is_plain(name: &str) -> bool {
    let is_trimmed = !name.is_empty() && name.trim() == name && !name.chars().any(is_hidden);
    // The end of a bracket that began before the name, or a title.
    let is_torn = (name.ends_with([')', '）']) && !name.contains(['(', '（'])) || name.starts_with('《');
    is_trimmed
        && !is_torn
        && !name.contains(BETWEEN)
        && !ARROWS.iter().any(|arrow| name.contains(arrow))
        && marked(name).1.is_none()
        && trailing_group(name).is_none()
}

/// A classroom without its mark, and the mark: whether it is said to be interactive.
pub(super) fn marked(name: &str) -> (&str, Option<bool>) {
    for (mark, interactive) in [("只听", false), ("listen", false), ("互动", true), ("interactive", true)] {
        for (open, close) in [("(", ")"), ("（", "）")] {
            let rest = name.strip_suffix(close).and_then(|rest| rest.strip_suffix(mark)).and_then(|rest| rest.strip_suffix(open));
            if let Some(rest) = rest {
                return (rest.trim_end(), Some(interactive));
            }
        }
    }
    (name, None)
}

/// A text's last bracket and what stands before it, where it is set apart by a space or speaks of weeks or a kind of lesson: a class is called 三(2) too.
pub(super) fn trailing_group(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_suffix([')', '）'])?;
    let open = inner.rfind(['(', '（'])?;
    let before = inner.get(..open)?;
    let group = inner.get(open..)?.trim_start_matches(['(', '（']);
    let says_when = group.contains('周') || group.parse::<LessonKind>().is_ok();
    let is_apart = before.ends_with(char::is_whitespace) || says_when || before.is_empty();
    is_apart.then_some((before.trim_end(), group.trim()))
}

/// Signs that end a subject or a title, unless [`ESCAPE`] stands before them; of an arrow its last one.
const ENDS: [char; 6] = ['《', '》', '→', '⇒', '>', ESCAPE];

/// Takes its meaning away from the sign of [`ENDS`], or the space, that follows.
const ESCAPE: char = '\\';

fn is_end(sign: char) -> bool {
    sign.is_whitespace() || ENDS.contains(&sign)
}

/// A text in which nothing ends it.
pub(super) fn escaped(text: &str) -> String {
    text.chars().flat_map(|sign| is_end(sign).then_some(ESCAPE).into_iter().chain([sign])).collect()
}

/// The signs of a text with where they end, and whether they mean themselves.
fn signs(text: &str) -> impl Iterator<Item = (char, usize, bool)> {
    let mut rest = text.char_indices().map(|(at, sign)| (sign, at + sign.len_utf8())).peekable();
    std::iter::from_fn(move || {
        let (sign, end) = rest.next()?;
        let follows = if sign == ESCAPE { rest.next_if(|(next, _)| is_end(*next)) } else { None };
        Some(follows.map_or((sign, end, false), |(next, end)| (next, end, true)))
    })
}

/// What a cell begins with, up to a space or a title, and what follows; none: it holds nothing else.
pub(super) fn subject(line: &str) -> Option<(String, &str)> {
    let mut subject = String::new();
    for (sign, end, is_escaped) in signs(line) {
        let is_arrow = matches!(sign, '→' | '⇒') || (sign == '>' && subject.ends_with(['-', '=']));
        match sign {
            _ if is_escaped => {}
            _ if is_arrow => return None,
            _ if sign.is_whitespace() || sign == '《' => return Some((subject, line.get(end - sign.len_utf8()..)?)),
            _ => {}
        }
        subject.push(sign);
    }
    None
}

/// A title in 《》, which may hold others, and what follows; none: it does not end. `text` follows the first 《.
pub(super) fn title(text: &str) -> Option<(String, &str)> {
    let (mut title, mut depth) = (String::new(), 1);
    for (sign, end, is_escaped) in signs(text) {
        match sign {
            '《' if !is_escaped => depth += 1,
            '》' if !is_escaped => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((title, text.get(end..)?));
        }
        title.push(sign);
    }
    None
}

/// A title as [`title`] reads it.
pub(super) fn titled(text: &str) -> String {
    let as_it_is = format!("{text}》");
    let reads_back = title(&as_it_is).is_some_and(|(read, rest)| read == text && rest.is_empty());
    if reads_back { format!("《{as_it_is}") } else { format!("《{}》", escaped(text)) }
}

/// Whether a text is to be read as [`days`]: a range with a year in it, which weeks are not.
pub(super) fn are_days(text: &str) -> bool {
    text.contains(BETWEEN_DAYS) && folded(text).split(|c: char| !c.is_ascii_digit()).any(|number| number.len() == 4)
}

/// `2026-10-01～2026-12-31`, either of which may be missing; none: it is not of this form, or a day is none.
pub(super) fn days(text: &str) -> Option<(Option<Date>, Option<Date>)> {
    let (from, to) = text.split_once(BETWEEN_DAYS)?;
    let day = |text: &str| if text.trim().is_empty() { Some(None) } else { date(text).map(Some) };
    Some((day(from)?, day(to)?))
}

/// What stands between a first and a last day.
const BETWEEN_DAYS: [char; 2] = ['～', '~'];

/// The same in half width and lower case, without spaces.
pub(super) fn folded(text: &str) -> String {
    let half = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(half).flat_map(char::to_lowercase).collect()
}

/// `周一`, `星期一`, `一`, `1`, `Monday`, `mon`.
pub(super) fn weekday(text: &str) -> Option<Weekday> {
    let folded = folded(text);
    let bare = ["星期", "礼拜", "周"].iter().find_map(|word| folded.strip_prefix(word)).unwrap_or(&folded);
    let number = match bare {
        "一" | "1" | "monday" | "mon" => 1,
        "二" | "2" | "tuesday" | "tue" => 2,
        "三" | "3" | "wednesday" | "wed" => 3,
        "四" | "4" | "thursday" | "thu" => 4,
        "五" | "5" | "friday" | "fri" => 5,
        "六" | "6" | "saturday" | "sat" => 6,
        "日" | "天" | "7" | "sunday" | "sun" => 7,
        _ => return None,
    };
    Weekday::from_monday_one_offset(number).ok()
}

/// `3`, `第3节`, `第三节`, `period 3`; 1 to [`MAX_PERIOD`].
pub(super) fn period(text: &str) -> Option<u8> {
    let folded = folded(text);
    let bare = folded.strip_prefix("period").unwrap_or(&folded);
    let bare = bare.strip_prefix('第').unwrap_or(bare);
    let bare = bare.strip_suffix("节课").or_else(|| bare.strip_suffix('节')).unwrap_or(bare);
    let number = if !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()) { bare.parse().ok()? } else { chinese_number(bare)? };
    (1..=MAX_PERIOD).contains(&number).then_some(number)
}

/// `一` to `二十`.
fn chinese_number(text: &str) -> Option<u8> {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |text: &str| DIGITS.iter().zip(0u8..).find(|(name, _)| **name == text).map(|(_, number)| number);
    match text.split_once('十') {
        None => digit(text),
        Some(("", ones)) => Some(10 + digit(ones)?),
        Some(("二", "")) => Some(20),
        Some(_) => None,
    }
}

/// `2026-10-12`, `2026/10/12`, `2026.10.12`, `2026年10月12日`.
pub(super) fn date(text: &str) -> Option<Date> {
    let folded = folded(text);
    let mut parts = folded.trim_end_matches('日').split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || ![year, month, day].into_iter().all(is_number) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A column as Excel names it, from 1: `A` to `Z`, `AA`.
pub(super) fn letters(column: usize) -> String {
    let (mut rest, mut letters) = (column, Vec::new());
    while let Some(left) = rest.checked_sub(1) {
        letters.push(char::from(b'A' + u8::try_from(left % 26).unwrap_or_default()));
        rest = left / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil;

    #[test]
    fn weekdays_and_periods_are_read_as_people_write_them() {
        for text in ["周三", "星期三", "三", " 3 ", "３", "Wednesday", "WED", "礼拜三"] {
            assert_eq!(weekday(text), Some(Weekday::Wednesday), "{text}");
        }
        assert_eq!([weekday("周日"), weekday("星期天")], [Some(Weekday::Sunday); 2]);
        assert_eq!([weekday(""), weekday("周"), weekday("周八"), weekday("节次")], [None; 4]);
        for text in ["12", "第12节", "第十二节", "Period 12", "十二", "１２"] {
            assert_eq!(period(text), Some(12), "{text}");
        }
        assert_eq!([period("二十"), period("十"), period("第一节课")], [Some(20), Some(10), Some(1)]);
        assert_eq!([period("0"), period("21"), period(""), period("第节"), period("三十"), period("1.5"), period("999")], [None; 7]);
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        for text in ["2026-10-02", "2026/10/2", "2026.10.2", "2026年10月2日"] {
            assert_eq!(date(text), Some(civil::date(2026, 10, 2)), "{text}");
        }
        for text in ["", "2026-10", "2026-13-01", "2026-10-02-03", "10月2日", "2026-10-+2"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn brackets_are_weeks_only_where_they_stand_apart() {
        assert_eq!(trailing_group("白水河三年级 (单周)"), Some(("白水河三年级", "单周")));
        assert_eq!(trailing_group("白水河三年级（1-8周）"), Some(("白水河三年级", "1-8周")));
        assert_eq!(trailing_group("白水河三年级（名师课堂）"), Some(("白水河三年级", "名师课堂")));
        assert_eq!(trailing_group("石门三(2)"), None);
        assert_eq!(marked("石门三年级（只听）"), ("石门三年级", Some(false)));
        assert_eq!(marked("石门三(2)(interactive)"), ("石门三(2)", Some(true)));
        assert!(is_plain("石门三(2)") && !is_plain("石门、三") && !is_plain("石门 (2)") && !is_plain(""));
    }

    #[test]
    fn columns_have_letters() {
        assert_eq!([1, 26, 27, 52, 200, 703].map(letters), ["A", "Z", "AA", "AZ", "GR", "AAA"]);
    }
}
