//! What the sheet needs from the other parts: where it is, the shared texts, which styles show a day.

use super::package::Package;
use crate::sheet::error::Problem;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::collections::HashSet;

/// The most shared texts; a timetable has fewer, and each costs memory even where it is empty.
const MAX_SHARED: usize = 500_000;

/// The most styles; Excel itself allows 64,000.
const MAX_STYLES: usize = 65_536;

/// The first visible sheet, and what its cells refer to.
#[derive(Debug, Default)]
pub(super) struct Workbook {
    /// The path of the sheet's part.
    pub(super) sheet: String,
    /// The texts that cells share.
    pub(super) shared: Vec<String>,
    /// By the number of a style: whether it shows a number as a day.
    pub(super) shows_day: Vec<bool>,
    /// Days are counted from 1904, as on old Macintoshes.
    pub(super) from_1904: bool,
}

impl Workbook {
    pub(super) fn read(package: &mut Package<'_>) -> Result<Self, Problem> {
        let path = relations(package, "")?.into_iter().find(|relation| relation.is("officeDocument")).map_or_else(|| "xl/workbook.xml".into(), |r| r.target);
        let text = package.part(&path)?.ok_or(Problem::NotATable)?;
        let mut workbook = Self::default();
        let id = workbook.read_sheets(&text)?.ok_or(Problem::Broken("workbook"))?;
        let relations = relations(package, &path)?;
        workbook.sheet = relations.iter().find(|relation| relation.id == id).map(|relation| relation.target.clone()).ok_or(Problem::Broken("workbook"))?;
        if let Some(relation) = relations.iter().find(|relation| relation.is("sharedStrings")) {
            workbook.shared = package.part(&relation.target)?.map(|text| shared(&text)).transpose()?.unwrap_or_default();
        }
        if let Some(relation) = relations.iter().find(|relation| relation.is("styles")) {
            workbook.shows_day = package.part(&relation.target)?.map(|text| styles(&text)).transpose()?.unwrap_or_default();
        }
        Ok(workbook)
    }

    /// The relation of the first visible sheet.
    fn read_sheets(&mut self, text: &str) -> Result<Option<String>, Problem> {
        let mut first = None;
        each(text, "workbook", |event| {
            if let Event::Start(element) | Event::Empty(element) = event {
                match element.local_name().as_ref() {
                    "workbookPr" => self.from_1904 = attribute(element, "date1904").is_some_and(|value| value == "1" || value == "true"),
                    "sheet" if first.is_none() && attribute(element, "state").is_none_or(|state| state == "visible") => first = attribute(element, "id"),
                    _ => {}
                }
            }
            Ok(())
        })?;
        Ok(first)
    }
}

/// What a part points to.
struct Relation {
    id: String,
    kind: String,
    target: String,
}

impl Relation {
    fn is(&self, kind: &str) -> bool {
        self.kind.rsplit('/').next() == Some(kind)
    }
}

/// The relations of a part, of the package itself where the path is empty; their targets as paths in the package.
fn relations(package: &mut Package<'_>, of: &str) -> Result<Vec<Relation>, Problem> {
    let (folder, name) = of.rsplit_once('/').map_or((String::new(), of), |(folder, name)| (format!("{folder}/"), name));
    let text = package.part(&format!("{folder}_rels/{name}.rels"))?.unwrap_or_default();
    let mut relations = Vec::new();
    each(&text, "relationships", |event| {
        if let Event::Start(element) | Event::Empty(element) = event
            && element.local_name().as_ref() == "Relationship"
            && let (Some(id), Some(kind), Some(target)) = (attribute(element, "Id"), attribute(element, "Type"), attribute(element, "Target"))
        {
            let target = target.strip_prefix('/').map_or_else(|| format!("{folder}{target}"), str::to_owned);
            relations.push(Relation { id, kind, target });
        }
        Ok(())
    })?;
    Ok(relations)
}

/// The texts that cells share, without the reading aids above characters.
fn shared(text: &str) -> Result<Vec<String>, Problem> {
    let (mut shared, mut inside, mut aid) = (Vec::<String>::new(), false, false);
    each(text, "shared texts", |event| {
        match event {
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == "si" => shared.push(String::new()),
            Event::Start(element) if element.local_name().as_ref() == "rPh" => aid = true,
            Event::End(element) if element.local_name().as_ref() == "rPh" => aid = false,
            Event::Start(element) if element.local_name().as_ref() == "t" => inside = !aid,
            Event::End(element) if element.local_name().as_ref() == "t" => inside = false,
            event if inside => shared.last_mut().into_iter().try_for_each(|last| add_text(last, event))?,
            _ => {}
        }
        if shared.len() > MAX_SHARED { Err(Problem::TooMuch) } else { Ok(()) }
    })?;
    Ok(shared)
}

/// Which styles show a day.
fn styles(text: &str) -> Result<Vec<bool>, Problem> {
    let (mut own, mut shows_day, mut inside) = (HashSet::new(), Vec::new(), false);
    each(text, "styles", |event| {
        match event {
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                "numFmt" if own.len() < MAX_STYLES && attribute(element, "formatCode").is_some_and(|code| is_day(&code)) => {
                    own.extend(attribute(element, "numFmtId"));
                }
                "cellXfs" => inside = true,
                "xf" if inside && shows_day.len() < MAX_STYLES => {
                    let format = attribute(element, "numFmtId").unwrap_or_default();
                    shows_day.push(own.contains(&format) || matches!(format.parse(), Ok(14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => inside = false,
            _ => {}
        }
        Ok(())
    })?;
    Ok(shows_day)
}

/// Whether a number format shows a day: it speaks of years or days outside of quotes and brackets.
fn is_day(code: &str) -> bool {
    let (mut quoted, mut bracket, mut escaped) = (false, false, false);
    code.chars().any(|c| {
        let is_plain = !quoted && !bracket && !escaped;
        escaped = is_plain && matches!(c, '\\' | '_' | '*');
        match c {
            '"' if !bracket && (is_plain || quoted) => quoted = !quoted,
            '[' if is_plain => bracket = true,
            ']' => bracket = false,
            _ => {}
        }
        is_plain && matches!(c, 'y' | 'Y' | 'd' | 'D')
    })
}

/// Gives every event of a part to `take`.
pub(super) fn each<'a>(text: &'a str, part: &'static str, mut take: impl FnMut(&Event<'a>) -> Result<(), Problem>) -> Result<(), Problem> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return Ok(()),
            Ok(event) => take(&event)?,
            Err(_) => return Err(Problem::Broken(part)),
        }
    }
}

/// An attribute by its name without prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().with_checks(false).flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

/// Adds what an event holds of a text.
pub(super) fn add_text(to: &mut String, event: &Event<'_>) -> Result<(), Problem> {
    match event {
        Event::Text(text) => to.push_str(&text.xml10_content()),
        Event::CData(text) => to.push_str(&text.xml10_content()),
        Event::GeneralRef(reference) => to.push(character(reference).ok_or(Problem::Broken("text"))?),
        _ => {}
    }
    Ok(())
}

/// The character of `&amp;` or `&#65;`; an archive's own entities are not known and never unfolded.
fn character(reference: &BytesRef<'_>) -> Option<char> {
    match reference.xml10_content().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_formats_are_told_from_others() {
        for code in ["yyyy-mm-dd", "yyyy\"年\"m\"月\"d\"日\"", "[$-804]yyyy/m/d", "d"] {
            assert!(is_day(code), "{code}");
        }
        for code in ["General", "0.00", "\"day\" 0", "[Red]0", "h:mm", "\\d0", "_d0"] {
            assert!(!is_day(code), "{code}");
        }
    }
}
