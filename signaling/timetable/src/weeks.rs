//! Which weeks of a term: all, the odd, the even, or ranges, in the notation of school timetables: `全`, `单`, `双`, `1-8,10,12-16`, `1-16单`.

use crate::calendar::MAX_WEEKS;
use crate::language::{Language, Tell, short, told_errors};
use std::fmt;
use std::str::FromStr;

/// The longest text that is read as weeks, in bytes.
const LONGEST: usize = 400;

/// Every week, or every other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Parity {
    Every,
    Odd,
    Even,
}

/// From a week to a week, both of them inside where their parity fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    first: u8,
    last: u8,
    parity: Parity,
}

/// A selection of weeks, never empty. Two are equal where they select the same weeks, however they were written.
#[derive(Clone, Debug)]
pub struct Weeks {
    /// In order, as they were written: whoever wrote `1-16单` does not want to read `1-15单`.
    parts: Vec<Part>,
    /// Bit n: week n is in it.
    bits: u64,
}

impl PartialEq for Weeks {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl Eq for Weeks {}

/// Why a text names no weeks. `part` is what could not be read, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeeksError {
    /// Nothing is written.
    Empty,
    /// More is written than any selection needs.
    TooLong,
    /// Neither a number nor a range.
    Unreadable {
        /// As it was written.
        part: String,
    },
    /// A week that no term has.
    NoSuchWeek {
        /// As it was written.
        part: String,
    },
    /// A range whose end comes before its beginning.
    Backwards {
        /// As it was written.
        part: String,
    },
    /// An odd or even range in which no such week lies, as 4单.
    Nothing {
        /// As it was written.
        part: String,
    },
}

told_errors!(WeeksError);

impl Tell for WeeksError {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Empty => ("没有填周次：请填 全、单、双 或 1-8,10".to_owned(), "no weeks: write all, odd, even or 1-8,10".to_owned()),
            Self::TooLong => ("周次写得太长：请合并成区间，例如 1-16".to_owned(), "the weeks are too long a text: use ranges such as 1-16".to_owned()),
            Self::Unreadable { part } => (
                format!("看不懂周次“{part}”：请填 全、单、双、一个数或区间，例如 1-8,10,12-16单"),
                format!("the weeks “{part}” cannot be read: write all, odd, even, a number or a range, such as 1-8,10,12-16 odd"),
            ),
            Self::NoSuchWeek { part } => {
                (format!("周次“{part}”超出 1 至 {MAX_WEEKS}：请更正"), format!("the weeks “{part}” are not within 1 to {MAX_WEEKS}: correct them"))
            }
            Self::Backwards { part } => {
                (format!("周次“{part}”前后颠倒：请把小的写在前面"), format!("the weeks “{part}” run backwards: write the smaller first"))
            }
            Self::Nothing { part } => {
                (format!("周次“{part}”里没有这样的周：请去掉单、双或改区间"), format!("no week is in “{part}”: leave out odd or even, or change the range"))
            }
        };
        language.pick(chinese, english)
    }
}

impl Parity {
    fn takes(self, week: u8) -> bool {
        match self {
            Self::Every => true,
            Self::Odd => week % 2 == 1,
            Self::Even => week.is_multiple_of(2),
        }
    }

    const fn whole(self) -> Part {
        Part { first: 1, last: MAX_WEEKS, parity: self }
    }
}

impl Part {
    fn bits(self) -> u64 {
        (self.first..=self.last).filter(|&week| self.parity.takes(week)).fold(0, |bits, week| bits | 1 << week)
    }

    /// The same as a plain week, where it is just one: 3-4单 is 3.
    fn simple(self) -> Self {
        let mut weeks = (self.first..=self.last).filter(|&week| self.parity.takes(week));
        match (weeks.next(), weeks.next()) {
            (Some(week), None) => Self { first: week, last: week, parity: Parity::Every },
            _ => self,
        }
    }

    /// Both as one, where they are of a kind and nothing lies between them; `next` does not begin before this one.
    fn joined(self, next: Self) -> Option<Self> {
        (self.parity == next.parity && next.first <= self.last.saturating_add(1)).then_some(Self { last: self.last.max(next.last), ..self })
    }
}

impl Weeks {
    /// Every week.
    pub fn all() -> Self {
        Self::of(vec![Parity::Every.whole()])
    }

    /// The odd weeks (单周).
    pub fn odd() -> Self {
        Self::of(vec![Parity::Odd.whole()])
    }

    /// The even weeks (双周).
    pub fn even() -> Self {
        Self::of(vec![Parity::Even.whole()])
    }

    /// Ranges of weeks, both ends inside.
    ///
    /// # Errors
    /// There are none, one runs backwards, or a week is not within 1 to [`MAX_WEEKS`].
    pub fn ranges(ranges: &[(u8, u8)]) -> Result<Self, WeeksError> {
        let parts: Result<Vec<Part>, WeeksError> = ranges.iter().map(|&(first, last)| part(first, last, Parity::Every, &format!("{first}-{last}"))).collect();
        let parts = parts?;
        if parts.is_empty() { Err(WeeksError::Empty) } else { Ok(Self::of(parts)) }
    }

    /// Sorts the parts and joins those that are one.
    fn of(parts: Vec<Part>) -> Self {
        let bits = parts.iter().fold(0, |bits, part| bits | part.bits());
        if let Some(parity) = [Parity::Every, Parity::Odd, Parity::Even].into_iter().find(|parity| parity.whole().bits() == bits) {
            return Self { parts: vec![parity.whole()], bits };
        }
        let mut sorted: Vec<Part> = parts.into_iter().map(Part::simple).collect();
        sorted.sort_unstable();
        let mut tidy: Vec<Part> = Vec::with_capacity(sorted.len());
        for part in sorted {
            match tidy.last_mut().and_then(|last| last.joined(part).map(|joined| (last, joined))) {
                Some((last, joined)) => *last = joined,
                None => tidy.push(part),
            }
        }
        Self { parts: tidy, bits }
    }

    /// Whether a week is in it.
    pub fn contains(&self, week: u8) -> bool {
        week <= MAX_WEEKS && self.bits & (1 << week) != 0
    }

    /// Whether every week is in it.
    pub fn is_all(&self) -> bool {
        self.bits == Parity::Every.whole().bits()
    }

    /// The weeks in it that a term of `weeks` weeks has, in order.
    pub fn within(&self, weeks: u8) -> impl Iterator<Item = u8> + '_ {
        (1..=weeks.min(MAX_WEEKS)).filter(|&week| self.contains(week))
    }

    fn written(&self, words: [&str; 3], between: &str) -> String {
        let [all, odd, even] = words;
        let parts = self.parts.iter().map(|part| {
            let parity = match part.parity {
                Parity::Every => "",
                Parity::Odd => odd,
                Parity::Even => even,
            };
            match *part {
                part if part == Parity::Every.whole() => all.to_owned(),
                part if part == part.parity.whole() => parity.to_owned(),
                Part { first, last, .. } if first == last => first.to_string(),
                Part { first, last, parity: Parity::Every } => format!("{first}-{last}"),
                Part { first, last, .. } => format!("{first}-{last}{between}{parity}"),
            }
        });
        parts.collect::<Vec<_>>().join(",")
    }
}

impl fmt::Display for Weeks {
    /// As a school writes it, and as it is stored: `全`, `单`, `双`, `1-8,10`, `1-16单`. Reads back as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(["全", "单", "双"], ""))
    }
}

impl Tell for Weeks {
    fn tell(&self, language: Language) -> String {
        match language {
            Language::Chinese => self.to_string(),
            Language::English => self.written(["all", "odd", "even"], " "),
        }
    }
}

impl FromStr for Weeks {
    type Err = WeeksError;

    /// Reads what [`Weeks`] prints, and what else is usual: `all`, `odd`, `even`, full-width digits, commas and dashes, spaces, `周`, `第3周`,
    /// `1-15周(单)`.
    fn from_str(text: &str) -> Result<Self, WeeksError> {
        if text.len() > LONGEST {
            return Err(WeeksError::TooLong);
        }
        let pieces = text.split([',', '，', '、', ';', '；']).filter(|piece| !piece.trim().is_empty());
        let parts: Result<Vec<Part>, WeeksError> = pieces.map(read).collect();
        let parts = parts?;
        if parts.is_empty() { Err(WeeksError::Empty) } else { Ok(Self::of(parts)) }
    }
}

/// One piece between commas.
fn read(piece: &str) -> Result<Part, WeeksError> {
    let unreadable = || WeeksError::Unreadable { part: short(piece.trim()) };
    let plain = plain(piece).ok_or_else(unreadable)?;
    let (range, parity) = split_parity(&plain);
    match range {
        "" if parity != Parity::Every => return Ok(parity.whole()),
        "全" | "全部" | "所有" | "all" | "每" | "every" if parity == Parity::Every => return Ok(parity.whole()),
        _ => {}
    }
    let number = |text: &str| -> Result<u8, WeeksError> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(unreadable());
        }
        text.parse().map_err(|_| WeeksError::NoSuchWeek { part: short(piece.trim()) })
    };
    let (first, last) = match range.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(range)?, number(range)?),
    };
    part(first, last, parity, piece)
}

fn part(first: u8, last: u8, parity: Parity, piece: &str) -> Result<Part, WeeksError> {
    let written = || short(piece.trim());
    if last < first {
        return Err(WeeksError::Backwards { part: written() });
    }
    if first == 0 || last > MAX_WEEKS {
        return Err(WeeksError::NoSuchWeek { part: written() });
    }
    let part = Part { first, last, parity };
    if part.bits() == 0 { Err(WeeksError::Nothing { part: written() }) } else { Ok(part) }
}

/// `1-16单` as `1-16` and odd.
fn split_parity(plain: &str) -> (&str, Parity) {
    for (word, parity) in [("单", Parity::Odd), ("双", Parity::Even), ("odd", Parity::Odd), ("even", Parity::Even)] {
        if let Some(range) = plain.strip_suffix(word).or_else(|| plain.strip_prefix(word)) {
            return (range, parity);
        }
    }
    (plain, Parity::Every)
}

/// The piece in half width and lower case, without what only decorates it; none where a space stands between digits: `1 2` is not 12.
fn plain(piece: &str) -> Option<String> {
    let mut plain = String::with_capacity(piece.len());
    let mut space = false;
    for c in piece.chars() {
        let c = match c {
            '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0'))?,
            '－' | '—' | '–' | '‐' | '‑' | '−' | '～' | '~' | '至' | '到' => '-',
            _ => c.to_ascii_lowercase(),
        };
        if c.is_whitespace() || matches!(c, '第' | '周' | '(' | ')' | '（' | '）') {
            space = true;
            continue;
        }
        if space && c.is_ascii_digit() && plain.ends_with(|last: char| last.is_ascii_digit()) {
            return None;
        }
        space = false;
        plain.push(c);
    }
    let bare = plain.strip_prefix("weeks").or_else(|| plain.strip_prefix("week")).unwrap_or(&plain);
    let bare = bare.strip_suffix("weeks").or_else(|| bare.strip_suffix("week")).unwrap_or(bare);
    Some(bare.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn shown(text: &str) -> String {
        match text.parse::<Weeks>() {
            Ok(weeks) => weeks.to_string(),
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn schools_write_it_in_many_ways() {
        for (written, canonical) in [
            ("全", "全"),
            ("全周", "全"),
            ("全部", "全"),
            ("每周", "全"),
            ("ALL", "全"),
            ("1-53", "全"),
            ("单,双", "全"),
            ("单", "单"),
            ("单周", "单"),
            ("odd weeks", "单"),
            ("1-53单", "单"),
            ("（双）", "双"),
            ("even", "双"),
            ("1-8,10,12-16", "1-8,10,12-16"),
            ("１２－１６，１０、 1 — 8 周", "1-8,10,12-16"),
            ("第3周", "3"),
            ("第1至8周", "1-8"),
            ("weeks 1-8", "1-8"),
            ("1-16单", "1-16单"),
            ("1-16 odd", "1-16单"),
            ("1-15周(单),16周", "1-15单,16"),
            ("单1-15", "1-15单"),
            ("1-16双周", "1-16双"),
            ("9-16,1-8", "1-16"),
            ("3,3,4", "3-4"),
            ("3-4单", "3"),
            ("1-8单,9-16双", "1-8单,9-16双"),
            ("1-8,,10,", "1-8,10"),
        ] {
            assert_eq!(shown(written), canonical, "{written}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_as_it_was_written() {
        let error = |text: &str| text.parse::<Weeks>().unwrap_err();
        let part = |text: &str| text.to_owned();
        assert_eq!(error(" ， "), WeeksError::Empty);
        assert_eq!(error(&"1,".repeat(201)), WeeksError::TooLong);
        assert_eq!(error("1-8, 一到八"), WeeksError::Unreadable { part: part("一到八") });
        assert_eq!(error("1 2"), WeeksError::Unreadable { part: part("1 2") });
        assert_eq!(error("1-2-3"), WeeksError::Unreadable { part: part("1-2-3") });
        assert_eq!(error("-"), WeeksError::Unreadable { part: part("-") });
        assert_eq!(error("全单"), WeeksError::Unreadable { part: part("全单") });
        assert_eq!(error("0-3"), WeeksError::NoSuchWeek { part: part("0-3") });
        assert_eq!(error("50-54周"), WeeksError::NoSuchWeek { part: part("50-54周") });
        assert_eq!(error("1-300"), WeeksError::NoSuchWeek { part: part("1-300") });
        assert_eq!(error("8-1"), WeeksError::Backwards { part: part("8-1") });
        assert_eq!(error("4单"), WeeksError::Nothing { part: part("4单") });
        assert_eq!(error("8-1").tell(Language::Chinese), "周次“8-1”前后颠倒：请把小的写在前面");
        assert_eq!(Weeks::ranges(&[]), Err(WeeksError::Empty));
    }

    #[test]
    fn equal_is_what_selects_the_same() {
        let weeks = |text: &str| text.parse::<Weeks>().unwrap();
        assert_eq!(weeks("1-16单"), weeks("1-15单"));
        assert_eq!(Weeks::ranges(&[(1, 8), (9, 9)]).unwrap(), weeks("1-9"));
        assert_ne!(Weeks::odd(), Weeks::even());
        assert!(Weeks::all().is_all() && Weeks::all().contains(53) && !Weeks::all().contains(54) && !Weeks::all().contains(0));
        assert_eq!(weeks("3-8双,20").within(10).collect::<Vec<_>>(), [4, 6, 8]);
        assert_eq!(weeks("1-16单,18").tell(Language::English), "1-16 odd,18");
    }

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select("0123456789-—,，、 单双全周第()oddeven１".chars().collect::<Vec<_>>()), 0..12)
            .prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_printed_reads_back(text in text()) {
            if let Ok(weeks) = text.parse::<Weeks>() {
                let printed = weeks.to_string();
                let again: Weeks = printed.parse().unwrap();
                prop_assert_eq!(&again, &weeks);
                prop_assert_eq!(again.to_string(), printed);
                let english: Weeks = weeks.tell(Language::English).parse().unwrap();
                prop_assert_eq!(english, weeks);
            }
        }
    }
}
