//! CSV, as Excel writes it in China: UTF-8 with or without a mark, UTF-16, or GB18030 (GBK); apart by commas or tabs.

use super::MAX_BYTES;
use super::error::{Problem, SheetError};
use super::table::{BYTE_ORDER_MARK, Builder, Table};
use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use encoding_rs::{Encoding, GB18030, UTF_8};

/// What makes Excel take a cell for a formula, or cut it at.
const DANGEROUS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Reads a CSV file. A cell that begins with `=` is a formula and refused; the `'` that [`write_csv`] puts before a text that looks like one is taken away.
///
/// # Errors
/// It is too large, no text, or holds formulas; each error says where and what to do.
pub fn read_csv(bytes: &[u8]) -> Result<Table, Vec<SheetError>> {
    let text = decoded(bytes).map_err(|problem| vec![SheetError::of_file(problem)])?;
    let delimiter = delimiter(bytes, &text);
    if let Some((row, column)) = unclosed(&text, delimiter) {
        return Err(vec![SheetError::at(row, column, Problem::Unclosed)]);
    }
    let mut builder = Builder::default();
    let read = read_text(&text, delimiter, &mut builder);
    builder.finish(read)
}

fn decoded(bytes: &[u8]) -> Result<String, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(Problem::TooBig(bytes.len()));
    }
    let (encoding, mark) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, 0),
        None => (GB18030, 0),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes.get(mark..).unwrap_or_default()).ok_or(Problem::Encoding)?;
    if text.contains('\0') {
        return Err(Problem::NotATable);
    }
    // Also where a formula would hide behind it.
    Ok(text.replace(BYTE_ORDER_MARK, ""))
}

/// A comma; a tab in what Excel calls text, which never has the mark of UTF-8.
fn delimiter(bytes: &[u8], text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let is_marked = bytes.starts_with(&[0xEF, 0xBB, 0xBF]);
    if !is_marked && first.contains('\t') && !first.contains(',') { b'\t' } else { b',' }
}

fn read_text(text: &str, delimiter: u8, builder: &mut Builder) -> Result<(), SheetError> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut record, mut row) = (StringRecord::new(), 0);
    loop {
        let before = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        row += blank_lines(text, before);
        // A text in memory always reads.
        if !reader.read_record(&mut record).unwrap_or(false) {
            return Ok(());
        }
        for (column, cell) in record.iter().enumerate() {
            if cell.starts_with('=') {
                builder.refuse_formula(row, column);
            }
            builder.put(row, column, unguarded(cell))?;
        }
        row += 1;
    }
}

/// Where a quotation mark opens a cell that nothing closes, by row and column from 0: the reader would take all that follows for one cell.
fn unclosed(text: &str, delimiter: u8) -> Option<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum In {
        /// Before the first sign of a cell.
        Start,
        /// A cell without a quotation mark before it, or what follows the one that closes it.
        Plain,
        Quoted,
        /// Behind a quotation mark within quotation marks: the end, or the first of two that stand for one.
        Closed,
    }
    let (mut state, mut row, mut column, mut before) = (In::Start, 0, 0, b'\n');
    for sign in text.bytes() {
        state = match (state, sign) {
            (In::Quoted, b'"') => In::Closed,
            (In::Quoted, _) => In::Quoted,
            (In::Start | In::Closed, b'"') => In::Quoted,
            (_, b'\r' | b'\n') => {
                if sign == b'\r' || before != b'\r' {
                    row += 1;
                }
                column = 0;
                In::Start
            }
            (_, sign) if sign == delimiter => {
                column += 1;
                In::Start
            }
            _ => In::Plain,
        };
        before = sign;
    }
    (state == In::Quoted).then_some((row, column))
}

/// How many lines without anything follow a place; the reader passes over them, but Excel counts them as rows.
fn blank_lines(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    // The reader stops between the two characters of a line's end.
    let is_within = from > 0 && text.as_bytes().get(from - 1) == Some(&b'\r');
    let rest = rest.strip_prefix('\n').filter(|_| is_within).unwrap_or(rest);
    let blank = rest.get(..rest.find(|c| c != '\r' && c != '\n').unwrap_or(rest.len())).unwrap_or_default();
    blank.replace("\r\n", "\n").len()
}

/// Whether Excel might take a text for a formula, or a guarded text for what it guards.
fn is_dangerous(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(DANGEROUS)
}

fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_dangerous(text)).unwrap_or(cell)
}

/// Writes a CSV file: UTF-8 with a mark, so that Excel shows Chinese, and with a `'` before every cell that Excel would take for a formula.
pub fn write_csv(table: &Table) -> Vec<u8> {
    let mut writer = WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(vec![0xEF, 0xBB, 0xBF]);
    let guarded = |cell: &String| if is_dangerous(cell) { format!("'{cell}") } else { cell.clone() };
    for row in table {
        // Writing into memory always succeeds.
        let _ = writer.write_record(row.iter().map(guarded));
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::sheet::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn table(rows: &[&[&str]]) -> Table {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    fn problem(bytes: &[u8]) -> Problem {
        read_csv(bytes).unwrap_err().swap_remove(0).problem
    }

    #[test]
    fn every_encoding_excel_writes_is_read() {
        let expected = table(&[&["星期", "节次"], &["周一", "2"]]);
        let text = "星期,节次\r\n周一,2\r\n";
        assert_eq!(read_csv(text.as_bytes()), Ok(expected.clone()));
        assert_eq!(read_csv(format!("\u{feff}{text}").as_bytes()), Ok(expected.clone()));
        assert_eq!(read_csv(&GB18030.encode(text).0), Ok(expected.clone()));
        let tabs = text.replace(',', "\t");
        let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(tabs.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(read_csv(&utf16), Ok(expected));
    }

    #[test]
    fn what_is_no_text_is_said_in_plain_words() {
        assert_eq!(problem(&[0x81, 0xFF, 0xFF, 0x0A]), Problem::Encoding);
        assert_eq!(problem(b"a\0b"), Problem::NotATable);
        assert_eq!(problem(&vec![b'a'; MAX_BYTES + 1]), Problem::TooBig(MAX_BYTES + 1));
    }

    #[test]
    fn byte_order_marks_inside_are_nothing() {
        // UTF-16 with two of them, and a file that another was appended to.
        assert_eq!(read_csv(&[0xFF, 0xFE, 0xFF, 0xFE, 0x0B, 0xF5]).unwrap(), [["\u{f50b}"]]);
        assert_eq!(read_csv("a\n\u{feff}b".as_bytes()).unwrap(), [["a"], ["b"]]);
        assert!(read_csv("a\n\u{feff}=1+1".as_bytes()).is_err(), "a formula cannot hide behind one");
    }

    #[test]
    fn rows_are_counted_as_excel_does() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["", "a,\"x", "y\"", "", "", "b"].join(end);
            let read = read_csv(text.as_bytes()).unwrap();
            let rows: Vec<usize> = read.iter().enumerate().filter(|(_, row)| !row.is_empty()).map(|(index, _)| index).collect();
            assert_eq!(rows, [1, 4], "{end:?}");
        }
    }

    #[test]
    fn formulas_are_refused_with_their_place() {
        let errors = read_csv("星期,节次\n\n周一,=1+1\n=A1,\"=HYPERLINK(\"\"x\"\")\"".as_bytes()).unwrap_err();
        assert_eq!(errors.iter().map(|error| (error.row, error.column)).collect::<Vec<_>>(), [(3, 2), (4, 1), (4, 2)]);
        assert_eq!(errors[0].to_string(), "row 3, column B: the cell is a formula: paste it as a value");
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_is_told_with_its_place() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["星期,节次", "", "周一,\"a\"\"b", "c\",\"2\"", "周\"二,\"3", "周三,4", ""].join(end);
            let errors = read_csv(text.as_bytes()).unwrap_err();
            assert_eq!(errors, [SheetError { row: 4, column: 2, problem: Problem::Unclosed }], "{end:?}");
        }
        assert_eq!(problem(b"a\n\"b"), Problem::Unclosed);
        assert_eq!(problem(b"a\n\"b\"\""), Problem::Unclosed, "two stand for one");
        assert!(read_csv(b"a\"\nb\"c,\"d\"e\"").is_ok(), "what is no first sign is one as any");
    }

    #[test]
    fn what_excel_would_run_is_guarded() {
        let wild = table(&[&["=cmd()", "+1", "-", "@x", "\tx", "'=x", "'x", "a\"b"]]);
        let written = write_csv(&wild);
        let text = std::str::from_utf8(&written).unwrap();
        assert_eq!(text, "\u{feff}'=cmd(),'+1,'-,'@x,'\tx,''=x,'x,\"a\"\"b\"\r\n");
        assert_eq!(read_csv(&written), Ok(wild));
    }

    #[test]
    fn a_strangers_file_is_bounded() {
        assert_eq!(problem(&"a\n".repeat(MAX_ROWS + 1).into_bytes()), Problem::TooManyRows);
        assert_eq!(problem(format!("{}a", ",".repeat(MAX_COLUMNS)).as_bytes()), Problem::TooManyColumns);
        assert_eq!(problem(format!("{}a\n", ",".repeat(99)).repeat(MAX_CELLS / 100 + 1).as_bytes()), Problem::TooMuch);
        assert_eq!(problem(format!("\"{}\"", "a,\n".repeat(MAX_CELL_CHARS)).as_bytes()), Problem::CellTooLong);
        assert_eq!(read_csv(",".repeat(MAX_BYTES).as_bytes()), Ok(vec![]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_reads_back(cells in prop::collection::vec(prop::collection::vec("[a课=+@'\",\t -]{1,5}", 1..4), 1..5)) {
            prop_assert_eq!(read_csv(&write_csv(&cells)), Ok(cells));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(prop::sample::select(b"a,\"\r\n\t=';\xff\x81\xe8\xaf\xbe\0".to_vec()), 0..200)) {
            let _ = read_csv(&bytes);
        }
    }
}
