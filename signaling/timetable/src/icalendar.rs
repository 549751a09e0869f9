//! Lessons as an iCalendar feed (RFC 5545), for the calendars of telephones and mail programs.

use jiff::Timestamp;

/// The longest line in bytes, without its end (RFC 5545, 3.1).
const LINE: usize = 75;

/// A lesson for the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Unique in the world and the same for ever: `LESSON@host`.
    pub uid: String,
    /// Grows with every change of the lesson; its version.
    pub sequence: u32,
    /// When it begins, in milliseconds since 1970 (UTC).
    pub start_ms: u64,
    /// When it ends, in milliseconds since 1970 (UTC).
    pub end_ms: u64,
    /// It does not take place.
    pub cancelled: bool,
    /// What it is: 三年级美术.
    pub summary: String,
    /// Where; may be empty.
    pub location: String,
    /// More about it, with line breaks; may be empty.
    pub description: String,
}

/// The text of the feed, with the media type `text/calendar; charset=utf-8`. `name` is what calendars show as its title, `made_ms` when it is made.
pub fn feed(name: &str, made_ms: u64, events: &[Event]) -> String {
    let mut text = String::with_capacity(256 + 400 * events.len());
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tongke//Timetable//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"] {
        push(&mut text, line);
    }
    push(&mut text, &format!("X-WR-CALNAME:{}", escaped(name)));
    push(&mut text, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    push(&mut text, "X-PUBLISHED-TTL:PT1H");
    let made = instant(made_ms);
    for event in events {
        event.write(&mut text, &made);
    }
    push(&mut text, "END:VCALENDAR");
    text
}

impl Event {
    fn write(&self, text: &mut String, made: &str) {
        push(text, "BEGIN:VEVENT");
        push(text, &format!("UID:{}", escaped(&self.uid)));
        push(text, &format!("DTSTAMP:{made}"));
        push(text, &format!("SEQUENCE:{}", self.sequence));
        push(text, &format!("DTSTART:{}", instant(self.start_ms)));
        push(text, &format!("DTEND:{}", instant(self.end_ms)));
        push(text, if self.cancelled { "STATUS:CANCELLED" } else { "STATUS:CONFIRMED" });
        push(text, &format!("SUMMARY:{}", escaped(&self.summary)));
        for (property, value) in [("LOCATION", &self.location), ("DESCRIPTION", &self.description)] {
            if !value.is_empty() {
                push(text, &format!("{property}:{}", escaped(value)));
            }
        }
        push(text, "END:VEVENT");
    }
}

/// `20261012T010000Z`.
fn instant(ms: u64) -> String {
    let instant = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::MAX);
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A value of type TEXT: backslash, comma and semicolon escaped, line breaks written out, other control characters left out.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' | ',' | ';' => escaped.extend(['\\', c]),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' => escaped.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Adds a line with its end, folded between characters where it is too long.
fn push(text: &mut String, line: &str) {
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > LINE {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(c);
        length += c.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn event() -> Event {
        Event {
            uid: "art-3-6@tongke.example".into(),
            sequence: 2,
            start_ms: 1_791_766_800_000,
            end_ms: 1_791_769_200_000,
            cancelled: false,
            summary: "三年级美术".into(),
            location: String::new(),
            description: String::new(),
        }
    }

    #[test]
    fn a_feed_is_what_calendars_read() {
        let moved =
            Event {
                cancelled: true, location: "石门中心小学, 录播室; 2 楼".into(), description: "主讲：李老师\r\n助教：王老师\\张老师".into(), ..event()
            };
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tongke//Timetable//ZH\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n\
            X-WR-CALNAME:李老师的课\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\nBEGIN:VEVENT\r\nUID:art-3-6@tongke.example\r\n\
            DTSTAMP:20260901T000000Z\r\nSEQUENCE:2\r\nDTSTART:20261012T010000Z\r\nDTEND:20261012T014000Z\r\nSTATUS:CANCELLED\r\nSUMMARY:三年级美术\r\n\
            LOCATION:石门中心小学\\, 录播室\\; 2 楼\r\nDESCRIPTION:主讲：李老师\\n助教：王老师\\\\张老师\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(feed("李老师的课", 1_788_220_800_000, &[moved]), expected);
        assert!(feed("", 0, &[event()]).contains("STATUS:CONFIRMED\r\nSUMMARY:三年级美术\r\nEND:VEVENT"));
    }

    #[test]
    fn nobody_adds_a_property_through_a_title() {
        let wild = Event { summary: "a\r\nATTENDEE:mailto:x\u{0}\u{2028}".into(), uid: "x\nURL:y".into(), ..event() };
        let text = feed("课", 0, &[wild]);
        assert!(text.contains("SUMMARY:a\\nATTENDEE:mailto:x"));
        assert!(!text.lines().any(|line| line.starts_with("ATTENDEE") || line.starts_with("URL")));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn lines_are_folded_between_characters(summary in "[a课é😀,; \\\\]{0,120}") {
            let text = feed("课", 0, &[Event { summary: summary.clone(), ..event() }]);
            prop_assert!(text.ends_with("\r\n") && text.split("\r\n").all(|line| line.len() <= LINE && !line.contains(['\r', '\n'])));
            let unfolded = text.replace("\r\n ", "");
            let line = format!("\r\nSUMMARY:{}\r\n", summary.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;"));
            prop_assert!(unfolded.contains(&line));
        }
    }
}
