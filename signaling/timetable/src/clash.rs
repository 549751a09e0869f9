//! A teacher, a classroom or a device that is wanted twice at a time.

use crate::bells::clock;
use crate::interval::Interval;
use crate::language::{Language, Tell, day_and_month};
use crate::zone::Zone;
use jiff::civil::Date;
use std::collections::HashMap;

/// The most clashes one search returns: nobody reads more, and a timetable of one teacher alone has as many as it has pairs.
pub const MAX_CLASHES: usize = 1000;

/// What can be in one lesson at a time only. Names an id of 1 to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// A person who teaches.
    Teacher(String),
    /// A person beside a receiving class; the same person as a teacher of that id.
    Assistant(String),
    /// A classroom, whether it teaches or receives.
    Classroom(String),
    /// A device.
    Device(String),
}

impl Resource {
    /// Its kind and id: a person is the same, whatever part it has.
    fn key(&self) -> (&'static str, &str) {
        match self {
            Self::Teacher(id) | Self::Assistant(id) => ("person", id),
            Self::Classroom(id) => ("classroom", id),
            Self::Device(id) => ("device", id),
        }
    }

    /// As the store names it: `person:li`, `classroom:shimen-3`, `device:7`. Two with the same code cannot be in two lessons at a time.
    pub fn code(&self) -> String {
        let (kind, id) = self.key();
        format!("{kind}:{id}")
    }
}

impl Tell for Resource {
    /// What it is, without its name: 教师, classroom.
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::Teacher(_) => ("教师", "teacher"),
            Self::Assistant(_) => ("助教", "assistant"),
            Self::Classroom(_) => ("教室", "classroom"),
            Self::Device(_) => ("设备", "device"),
        };
        language.pick(chinese, english).to_owned()
    }
}

/// A lesson wants something for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The id of the lesson.
    pub lesson: String,
    /// What it wants.
    pub what: Resource,
    /// From when, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// Until when; another lesson may begin at that instant.
    pub end_ms: u64,
}

/// Two lessons want the same at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The lesson that has it: the one that is booked already, or the one that starts first.
    pub a: Booking,
    /// The lesson that wants it too.
    pub b: Booking,
    /// The time both want it.
    pub overlap: Interval,
}

/// The names a message needs, and the clock it tells the time by.
pub trait Names {
    /// The name of a person, classroom or device: 李老师.
    fn resource(&self, what: &Resource) -> String;
    /// The title of a lesson: 三年级美术; none: whoever reads the message may not know of it, and nothing is said about it.
    fn lesson(&self, id: &str) -> Option<String>;
    /// Where a lesson is taught: 石门中心小学; none: nothing is said about it.
    fn place(&self, lesson: &str) -> Option<String>;
    /// The clock on the wall.
    fn zone(&self) -> &Zone;
    /// The week of the term a day lies in; none: nothing is said about it.
    fn week(&self, date: Date) -> Option<u8>;
}

impl Booking {
    fn interval(&self) -> Interval {
        Interval::new(self.start_ms, self.end_ms)
    }

    /// The clash with a later one that wants the same.
    fn clash(&self, other: &Self) -> Option<Clash> {
        let overlap = self.interval().overlap(other.interval()).filter(|_| self.lesson != other.lesson)?;
        Some(Clash { a: self.clone(), b: other.clone(), overlap })
    }
}

/// Every pair of bookings of different lessons that want the same at the same time, in the order of what is wanted and of time; at most [`MAX_CLASHES`].
/// O(n log n), and as much again as there are clashes. A lesson may have several bookings of one person: it never clashes with itself.
pub fn clashes(bookings: &[Booking]) -> Vec<Clash> {
    let mut sorted: Vec<&Booking> = bookings.iter().filter(|booking| !booking.interval().is_empty()).collect();
    sorted.sort_by(|a, b| (a.what.key(), a.start_ms, a.end_ms, &a.lesson).cmp(&(b.what.key(), b.start_ms, b.end_ms, &b.lesson)));
    let mut found = Vec::new();
    for same in sorted.chunk_by(|a, b| a.what.key() == b.what.key()) {
        let mut running: Vec<&Booking> = Vec::new();
        for booking in same {
            running.retain(|earlier| earlier.end_ms > booking.start_ms);
            for clash in running.iter().filter_map(|earlier| earlier.clash(booking)) {
                found.push(clash);
                if found.len() == MAX_CLASHES {
                    return found;
                }
            }
            // A lesson's bookings of one person run as one, so that they do not pile up.
            match running.iter_mut().find(|earlier| earlier.lesson == booking.lesson) {
                Some(own) if own.end_ms < booking.end_ms => *own = booking,
                Some(_) => {}
                None => running.push(booking),
            }
        }
    }
    found
}

/// The bookings there are, kept so that new ones are checked against them quickly.
#[derive(Clone, Debug, Default)]
pub struct Booked(HashMap<String, Timeline>);

/// The bookings of one thing, in the order of their beginnings.
#[derive(Clone, Debug, Default)]
struct Timeline {
    bookings: Vec<Booking>,
    /// By index: the latest end up to and with that booking. Nothing before an index overlaps what starts after its end.
    latest_end: Vec<u64>,
}

impl Booked {
    /// Sorts them. Bookings that overlap already are taken as they are.
    pub fn new(bookings: impl IntoIterator<Item = Booking>) -> Self {
        let mut by_code: HashMap<String, Timeline> = HashMap::new();
        for booking in bookings {
            by_code.entry(booking.what.code()).or_default().bookings.push(booking);
        }
        for timeline in by_code.values_mut() {
            timeline.bookings.sort_by_key(|booking| booking.start_ms);
            let latest = timeline.bookings.iter().scan(0, |latest: &mut u64, booking| {
                *latest = booking.end_ms.max(*latest);
                Some(*latest)
            });
            timeline.latest_end = latest.collect();
        }
        Self(by_code)
    }

    /// Every clash of new bookings with those there are, in the order of the new ones; at most [`MAX_CLASHES`]. A lesson does not clash with its own
    /// earlier bookings, so that it can be moved. The new ones among themselves are [`clashes`]' to find.
    pub fn clashes_with(&self, new: &[Booking]) -> Vec<Clash> {
        let of_one = |booking: &Booking| self.0.get(&booking.what.code()).map(|timeline| timeline.clashes_with(booking));
        new.iter().filter_map(of_one).flatten().take(MAX_CLASHES).collect()
    }
}

impl Timeline {
    fn clashes_with(&self, new: &Booking) -> Vec<Clash> {
        let before_its_end = self.bookings.partition_point(|booking| booking.start_ms < new.end_ms);
        let first = self.latest_end.partition_point(|&end| end <= new.start_ms).min(before_its_end);
        self.bookings[first..before_its_end].iter().filter_map(|booking| booking.clash(new)).take(MAX_CLASHES).collect()
    }
}

impl Clash {
    /// What both want, in the part it has in the second lesson.
    pub fn what(&self) -> &Resource {
        &self.b.what
    }

    /// Names the thing, both lessons and the times; of a lesson that is not to be told, as [`no_place`] does: 教师 李老师 在 10月12日（第6周 周一）09:00–09:40 已有《三年级美术》（石门中心小学），与《四年级音乐》重叠
    /// 20 分钟.
    pub fn message(&self, names: &impl Names, language: Language) -> String {
        let (kind, name) = (self.what().tell(language), names.resource(self.what()));
        let second = names.lesson(&self.b.lesson).unwrap_or_default();
        let Some(first) = names.lesson(&self.a.lesson) else { return no_place(&second, language) };
        let when = when(self.a.interval(), names, language);
        let place = names.place(&self.a.lesson);
        let minutes = self.overlap.length_ms().div_ceil(60_000);
        match language {
            Language::Chinese => {
                let place = place.map(|place| format!("（{place}）")).unwrap_or_default();
                format!("{kind} {name} 在 {when} 已有《{first}》{place}，与《{second}》重叠 {minutes} 分钟")
            }
            Language::English => {
                let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
                let plural = if minutes == 1 { "" } else { "s" };
                format!("the {kind} {name} already has “{first}”{place} on {when}; “{second}” overlaps it by {minutes} minute{plural}")
            }
        }
    }
}

/// Says of a lesson that something it needs is taken, and nothing of what takes it.
pub fn no_place(title: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!("《{title}》排不下：教师或教室在这段时间已被占用；请换时间、教师或教室"),
        Language::English => format!("“{title}” has no place: a teacher or a room is taken at this time; choose another time, person or classroom"),
    }
}

/// `10月12日（第6周 周一）09:00–09:40`, or `12 October (week 6, Monday), 09:00–09:40`.
fn when(interval: Interval, names: &impl Names, language: Language) -> String {
    let (start, end) = (names.zone().wall(interval.start_ms), names.zone().wall(interval.end_ms));
    let (Some((date, start)), Some((_, end))) = (start, end) else {
        return format!("{}–{} ms", interval.start_ms, interval.end_ms);
    };
    let (day, weekday, times) = (day_and_month(date, language), date.weekday().tell(language), format!("{}–{}", clock(start), clock(end)));
    match (language, names.week(date)) {
        (Language::Chinese, Some(week)) => format!("{day}（第{week}周 {weekday}）{times}"),
        (Language::Chinese, None) => format!("{day}（{weekday}）{times}"),
        (Language::English, Some(week)) => format!("{day} (week {week}, {weekday}), {times}"),
        (Language::English, None) => format!("{day} ({weekday}), {times}"),
    }
}

#[cfg(test)]
mod tests;
