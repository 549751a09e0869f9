//! The cells of a sheet.

use super::parts::{Workbook, add_text, attribute};
use crate::sheet::error::{Problem, SheetError};
use crate::sheet::table::Builder;
use jiff::Span;
use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// A cell that is being read.
#[derive(Default)]
struct Cell {
    row: usize,
    column: usize,
    kind: String,
    style: usize,
    text: String,
    is_formula: bool,
}

/// Where the reading stands.
#[derive(Default)]
struct Cursor {
    row: usize,
    column: usize,
    cell: Option<Cell>,
    /// Within the value of the cell.
    inside: bool,
    /// Within the reading aid above a character.
    aid: bool,
}

/// Reads every cell into the table.
pub(super) fn read(text: &str, workbook: &Workbook, builder: &mut Builder) -> Result<(), SheetError> {
    let mut reader = Reader::from_str(text);
    let mut cursor = Cursor::default();
    loop {
        let event = reader.read_event().map_err(|_| SheetError::of_file(Problem::Broken("worksheet")))?;
        match &event {
            Event::Eof => return Ok(()),
            Event::End(element) if element.local_name().as_ref() == "sheetData" => return Ok(()),
            Event::Start(element) => cursor.start(element),
            Event::Empty(element) => {
                cursor.start(element);
                cursor.end(element.local_name().as_ref(), workbook, builder)?;
            }
            Event::End(element) => cursor.end(element.local_name().as_ref(), workbook, builder)?,
            event => cursor.text(event).map_err(SheetError::of_file)?,
        }
    }
}

impl Cursor {
    fn start(&mut self, element: &BytesStart<'_>) {
        match (element.local_name().as_ref(), &mut self.cell) {
            ("row", _) => {
                // Rows and cells may be numbered; where they are not, they follow each other.
                self.row = attribute(element, "r").and_then(|number| index(&number)).unwrap_or(self.row);
                self.column = 0;
            }
            ("c", _) => {
                let (row, column) = attribute(element, "r").and_then(|name| place(&name)).unwrap_or((self.row, self.column));
                self.column = column;
                let style = attribute(element, "s").and_then(|style| style.parse().ok()).unwrap_or_default();
                self.cell = Some(Cell { row, column, style, kind: attribute(element, "t").unwrap_or_default(), ..Cell::default() });
            }
            ("f", Some(cell)) => cell.is_formula = true,
            ("rPh", _) => self.aid = true,
            ("v", Some(cell)) => self.inside = cell.kind != "inlineStr",
            ("t", Some(_)) => self.inside = !self.aid,
            _ => {}
        }
    }

    fn end(&mut self, name: &str, workbook: &Workbook, builder: &mut Builder) -> Result<(), SheetError> {
        match name {
            "row" => self.row = self.row.saturating_add(1),
            "c" => {
                self.column = self.column.saturating_add(1);
                self.inside = false;
                if let Some(cell) = self.cell.take() {
                    cell.put(workbook, builder)?;
                }
            }
            "rPh" => self.aid = false,
            "v" | "t" => self.inside = false,
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, event: &Event<'_>) -> Result<(), Problem> {
        self.cell.as_mut().filter(|_| self.inside).map_or(Ok(()), |cell| add_text(&mut cell.text, event))
    }
}

impl Cell {
    fn put(self, workbook: &Workbook, builder: &mut Builder) -> Result<(), SheetError> {
        if self.is_formula {
            builder.refuse_formula(self.row, self.column);
            return Ok(());
        }
        let day = || self.shown_day(workbook);
        let text = match self.kind.as_str() {
            "s" => {
                let index = self.text.trim().parse::<usize>().ok();
                let shared = index.and_then(|index| workbook.shared.get(index));
                let missing = || SheetError::at(self.row, self.column, Problem::Broken("shared texts"));
                if self.text.is_empty() { "" } else { shared.ok_or_else(missing)? }
            }
            "b" if self.text == "1" => "TRUE",
            "b" if self.text == "0" => "FALSE",
            "" | "n" => &day().or_else(|| whole_number(&self.text)).unwrap_or_else(|| self.text.clone()),
            "d" => self.text.split('T').next().unwrap_or_default(),
            _ => &self.text,
        };
        builder.put(self.row, self.column, text)
    }

    /// The day a number stands for, where its style shows one.
    fn shown_day(&self, workbook: &Workbook) -> Option<String> {
        let shows_day = workbook.shows_day.get(self.style).copied().unwrap_or(false);
        let serial = self.text.trim().parse::<f64>().ok().filter(|serial| shows_day && (61.0..2_958_466.0).contains(serial))?;
        let first = if workbook.from_1904 { Date::constant(1904, 1, 1) } else { Date::constant(1899, 12, 30) };
        // Within the range it is a whole number of days that fits.
        first.checked_add(Span::new().days(serial.trunc() as i64)).ok().map(|day| day.to_string())
    }
}

/// `3.0`, `3` and `3E0` as `3`; none: it is not whole.
fn whole_number(text: &str) -> Option<String> {
    let number = text.trim().parse::<f64>().ok().filter(|number| text.len() <= 32 && number.fract() == 0.0 && number.abs() < 1e15)?;
    Some(format!("{number:.0}"))
}

/// The row and column, from 0, of a cell's name: `C7`.
fn place(name: &str) -> Option<(usize, usize)> {
    let digits = name.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = name.split_at_checked(digits).filter(|(letters, _)| (1..=3).contains(&letters.len()))?;
    let column = letters.chars().try_fold(0, |column, c| Some(column * 26 + c.to_digit(36).filter(|_| c.is_ascii_alphabetic())? as usize - 9))?;
    Some((index(row)?, column - 1))
}

/// The index from 0 of a row's number.
fn index(number: &str) -> Option<usize> {
    usize::try_from(number.parse::<u32>().ok()?.checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_by_letters_and_numbers() {
        assert_eq!([place("A1"), place("C7"), place("AA10"), place("gr2")], [Some((0, 0)), Some((6, 2)), Some((9, 26)), Some((1, 199))]);
        assert_eq!([place(""), place("A"), place("7"), place("A0"), place("AAAA1"), place("Ä1"), place("A1B")], [None; 7]);
        assert_eq!(whole_number("3.0").as_deref(), Some("3"));
        assert_eq!([whole_number("3.5"), whole_number("x"), whole_number("1e300")], [None, None, None]);
    }
}
