#![allow(clippy::unwrap_used)]

use super::*;
use crate::sheet::{MAX_CELLS, MAX_ROWS};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

fn table(rows: &[&[&str]]) -> Table {
    rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
}

/// An archive of some parts.
fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const ROOT: (&str, &str) = ("_rels/.rels", r#"<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#);
const RELATIONS: (&str, &str) = (
    "xl/_rels/workbook.xml.rels",
    r#"<Relationships><Relationship Id="a" Type="http://x/worksheet" Target="worksheets/hidden.xml"/>
    <Relationship Id="b" Type="http://x/worksheet" Target="/xl/worksheets/sheet2.xml"/>
    <Relationship Id="s" Type="http://x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="t" Type="http://x/styles" Target="styles.xml"/></Relationships>"#,
);
const WORKBOOK: (&str, &str) = (
    "xl/workbook.xml",
    r#"<workbook xmlns:r="x"><sheets><sheet name="h" sheetId="1" state="hidden" r:id="a"/><sheet name="课表" sheetId="2" r:id="b"/></sheets></workbook>"#,
);
const SHARED: (&str, &str) = (
    "xl/sharedStrings.xml",
    r#"<sst uniqueCount="999999999999999"><si><t>星期</t></si><si><r><t>周</t></r><r><t xml:space="preserve">一 &amp; &#20108;</t></r><rPh><t>zhou</t></rPh></si><si/></sst>"#,
);
const STYLES: (&str, &str) = (
    "xl/styles.xml",
    r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="14"><alignment/></xf><xf numFmtId="164"/></cellXfs></styleSheet>"#,
);

/// A file with these cells in its visible sheet.
fn with_cells(cells: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{cells}</sheetData><mergeCells/></worksheet>");
    packed(&[ROOT, RELATIONS, WORKBOOK, SHARED, STYLES, ("xl/worksheets/sheet2.xml", &sheet), ("xl/worksheets/hidden.xml", "<worksheet/>")])
}

fn problem(bytes: &[u8]) -> Problem {
    read_xlsx(bytes).unwrap_err().swap_remove(0).problem
}

#[test]
fn the_visible_sheet_is_read_as_texts() {
    let cells = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c><c r="D1" t="s"><v>2</v></c></row>
        <row r="3"><c r="B3"><v>3.0</v></c><c><v>2.5</v></c><c t="b"><v>1</v></c><c s="1"><v>46307</v></c><c s="2"><v>46307.5</v></c></row>
        <row><c t="inlineStr"><is><t>甲</t><rPh><t>jia</t></rPh></is></c><c t="str"><v>乙</v></c><c t="e"><v>#N/A</v></c><c s="1" t="d"><v>2026-10-12T00:00</v></c></row>"#;
    let expected = table(&[&["星期", "", "周一 & 二"], &[], &["", "3", "2.5", "TRUE", "2026-10-12", "2026-10-12"], &["甲", "乙", "#N/A", "2026-10-12"]]);
    assert_eq!(read_xlsx(&with_cells(cells)), Ok(expected));
}

#[test]
fn formulas_are_refused_with_their_place() {
    let cells = r#"<row r="2"><c r="B2"><f>1+1</f><v>2</v></c><c r="AA2"><f t="shared" ref="A1:B2" si="999999999999"/><v>2</v></c></row>"#;
    let errors = read_xlsx(&with_cells(cells)).unwrap_err();
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["row 2, column B: the cell is a formula: paste it as a value", "row 2, column AA: the cell is a formula: paste it as a value"]);
}

#[test]
fn what_is_written_reads_back_and_is_never_run() {
    let written = table(&[&["星期", "节次"], &["=1+1", "'x", "3\n4"], &[], &["", "<&>"]]);
    let bytes = write_xlsx("课表", &written).unwrap();
    assert_eq!(read_xlsx(&bytes), Ok(written.clone()));
    assert_eq!(write_xlsx("课表", &written).unwrap(), bytes, "the same bytes every time");
    let mut sheet = String::new();
    ZipArchive::new(Cursor::new(bytes)).unwrap().by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert!(!sheet.contains("<f"));
    assert!(write_xlsx("a/b", &written).is_err());
}

#[test]
fn a_bomb_is_not_unpacked() {
    let huge = " ".repeat(usize::try_from(MAX_UNPACKED_BYTES).unwrap() + 1);
    let sheet = format!("<worksheet><sheetData/>{huge}</worksheet>");
    let bomb = packed(&[ROOT, RELATIONS, WORKBOOK, ("xl/worksheets/sheet2.xml", &sheet)]);
    assert!(bomb.len() < 100_000);
    assert_eq!(problem(&bomb), Problem::Bomb);
    let half = " ".repeat(usize::try_from(MAX_UNPACKED_BYTES).unwrap() / 2);
    let two = packed(&[ROOT, RELATIONS, WORKBOOK, ("xl/sharedStrings.xml", &half), ("xl/worksheets/sheet2.xml", &half)]);
    assert_eq!(problem(&two), Problem::Bomb, "one budget for all parts");
    let aside = packed(&[ROOT, RELATIONS, WORKBOOK, ("xl/media/huge.bin", &huge), ("xl/worksheets/sheet2.xml", "<worksheet/>")]);
    assert_eq!(read_xlsx(&aside), Ok(vec![]), "what is not needed is not unpacked");
}

#[test]
fn a_strangers_sheet_is_bounded() {
    assert_eq!(problem(&with_cells(r#"<row r="1048576"><c r="A1048576"><v>1</v></c></row>"#)), Problem::TooManyRows);
    assert_eq!(problem(&with_cells(r#"<c r="XFD1"><v>1</v></c>"#)), Problem::TooManyColumns);
    let wide = |row: usize| format!(r#"<c r="GR{row}"><v>1</v></c>"#);
    let sparse: String = (1..=MAX_CELLS / 200 + 1).map(wide).collect();
    assert_eq!(problem(&with_cells(&sparse)), Problem::TooMuch, "empty cells count");
    assert_eq!(problem(&with_cells(&format!(r#"<c t="str"><v>{}</v></c>"#, "a".repeat(40_000)))), Problem::CellTooLong);
    // One long text that thousands of cells share.
    let shared = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(30_000));
    let cells: String = (1..MAX_ROWS).map(|row| format!(r#"<c r="A{row}" t="s"><v>0</v></c>"#)).collect();
    let sheet = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
    assert_eq!(problem(&packed(&[ROOT, RELATIONS, WORKBOOK, ("xl/sharedStrings.xml", &shared), ("xl/worksheets/sheet2.xml", &sheet)])), Problem::TooMuch);
    let many = format!("<sst>{}</sst>", "<si/>".repeat(500_001));
    assert_eq!(problem(&packed(&[ROOT, RELATIONS, WORKBOOK, ("xl/sharedStrings.xml", &many), ("xl/worksheets/sheet2.xml", &sheet)])), Problem::TooMuch);
}

#[test]
fn what_is_no_excel_file_is_named() {
    assert_eq!(problem(b"PK\x03\x04 and no more"), Problem::Broken("zip"));
    assert_eq!(problem(&packed(&[("word/document.xml", "<document/>")])), Problem::NotATable);
    assert_eq!(problem(&packed(&[ROOT, RELATIONS, WORKBOOK])), Problem::Broken("worksheet"));
    assert_eq!(problem(&with_cells(r#"<c t="s"><v>77</v></c>"#)), Problem::Broken("shared texts"));
    assert_eq!(problem(&with_cells("<c><v>1</c>")), Problem::Broken("worksheet"));
    assert_eq!(problem(&with_cells(r#"<c t="str"><v>&own;</v></c>"#)), Problem::Broken("text"), "no entities of its own");
    assert_eq!(problem(&vec![b'P'; MAX_BYTES + 1]), Problem::TooBig(MAX_BYTES + 1));
    let errors = crate::sheet::read(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1]).unwrap_err();
    assert_eq!(errors[0].problem, Problem::OldExcel);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = crate::sheet::read(&bytes);
        let _ = read_xlsx(&bytes);
    }

    #[test]
    fn a_damaged_archive_is_read_or_refused(at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = write_xlsx("课表", &table(&[&["星期", "节次"], &["周一", "2"]])).unwrap();
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let _ = read_xlsx(&bytes);
    }

    #[test]
    fn damaged_parts_are_read_or_refused(cuts in prop::collection::vec((0usize..5, any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..12), 1..5)) {
        let cells = r#"<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c r="C1" t="s"><v>1</v></c><c s="2"><v>46307.5</v></c><c><is><t>x</t></is><f>1</f></c></row>"#;
        let sheet = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
        let names = [RELATIONS.0, WORKBOOK.0, SHARED.0, STYLES.0, "xl/worksheets/sheet2.xml"];
        let mut parts = [RELATIONS.1, WORKBOOK.1, SHARED.1, STYLES.1, sheet.as_str()].map(|part| part.chars().collect::<Vec<char>>());
        for (part, from, to, length) in cuts {
            let part = &mut parts[part];
            let (from, to) = (from.index(part.len()), to.index(part.len()));
            let piece: Vec<char> = part.iter().skip(from).take(length).copied().collect();
            if to % 2 == 0 { part.splice(to..to, piece) } else { part.splice(to..to + length.min(part.len() - to), piece) }.for_each(drop);
        }
        let texts = parts.map(|part| part.into_iter().collect::<String>());
        let all: Vec<(&str, &str)> = std::iter::once(ROOT).chain(names.into_iter().zip(texts.iter().map(String::as_str))).collect();
        let _ = read_xlsx(&packed(&all));
    }

    #[test]
    fn any_table_reads_back(cells in prop::collection::vec(prop::collection::vec("[a课=0-9<&> \n]{1,6}", 1..4), 1..5)) {
        prop_assert_eq!(read_xlsx(&write_xlsx("课表", &cells).unwrap()), Ok(cells));
    }
}
