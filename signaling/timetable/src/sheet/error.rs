//! What is wrong with a sheet, and where.

use super::register::What;
use super::table::{MAX_CELL_CHARS, MAX_COLUMNS, MAX_ROWS};
use super::xlsx::MAX_UNPACKED_BYTES;
use super::{MAX_BYTES, words};
use crate::entry::{EntryError, UnknownKind};
use crate::language::{Language, Tell, short, told_errors};
use crate::weeks::WeeksError;

/// The most errors of one sheet; then reading stops.
pub const MAX_ERRORS: usize = 100;

/// An error in a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetError {
    /// The row, from 1 as Excel counts; 0: the whole file.
    pub row: usize,
    /// The column, from 1; 0: the whole row.
    pub column: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Larger than [`MAX_BYTES`]: so many bytes.
    TooBig(usize),
    /// Neither CSV nor Excel.
    NotATable,
    /// An Excel file of before 2007, or one with a password.
    OldExcel,
    /// Neither UTF-8 nor GB18030.
    Encoding,
    /// An Excel file that does not hold what it should.
    Broken(&'static str),
    /// Unpacks to more than [`MAX_UNPACKED_BYTES`].
    Bomb,
    /// More than [`MAX_ROWS`].
    TooManyRows,
    /// More than [`MAX_COLUMNS`].
    TooManyColumns,
    /// More cells or text than a timetable has.
    TooMuch,
    /// A cell of more than [`MAX_CELL_CHARS`].
    CellTooLong,
    /// A quotation mark opens a cell, and none closes it.
    Unclosed,
    /// A cell holds a formula.
    Formula,
    /// There is no row with anything in it.
    Empty,
    /// No row names the weekdays.
    NoWeekdays,
    /// A heading that is none of the columns.
    UnknownColumn(String),
    /// Two headings for one column.
    ColumnTwice(String),
    /// A column is missing.
    NoColumn {
        /// Its heading in Chinese.
        chinese: &'static str,
        /// Its heading in English.
        english: &'static str,
    },
    /// A cell that must hold something is empty.
    NoValue {
        /// The heading of its column in Chinese.
        chinese: &'static str,
        /// The heading in English.
        english: &'static str,
    },
    /// Not a weekday.
    Weekday(String),
    /// Not a period.
    Period(String),
    /// Not a day.
    Date(String),
    /// Not a kind of lesson.
    Kind(UnknownKind),
    /// Not weeks.
    Weeks(WeeksError),
    /// A cell of the grid that cannot be read.
    Cell(String),
    /// A name that nobody bears.
    Unknown {
        /// What was looked for.
        what: What,
        /// The name.
        name: String,
    },
    /// A name that several bear.
    Several {
        /// What was looked for.
        what: What,
        /// The name.
        name: String,
        /// Names that tell them apart.
        candidates: Vec<String>,
    },
    /// What the row says contradicts itself.
    Entry(EntryError),
    /// There are more errors than are listed.
    More,
}

told_errors!(SheetError);

impl SheetError {
    /// One about the whole file.
    pub fn of_file(problem: Problem) -> Self {
        Self { row: 0, column: 0, problem }
    }

    /// One about a cell, by its indices from 0.
    pub(super) fn at(row: usize, column: usize, problem: Problem) -> Self {
        Self { row: row + 1, column: column + 1, problem }
    }
}

impl Tell for SheetError {
    fn tell(&self, language: Language) -> String {
        let what = self.problem.tell(language);
        let (row, letters) = (self.row, words::letters(self.column));
        match (self.row, self.column) {
            (0, _) => what,
            (_, 0) => language.pick(format!("第 {row} 行：{what}"), format!("row {row}: {what}")),
            _ => language.pick(format!("第 {row} 行 {letters} 列：{what}"), format!("row {row}, column {letters}: {what}")),
        }
    }
}

impl Problem {
    fn of_file(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::TooBig(bytes) => (
                format!("文件有 {:.1} MB，最大 {} MB：请删去其他内容或分成几个文件", megabytes(*bytes), MAX_BYTES >> 20),
                format!("the file has {:.1} MB, {} MB at most: remove what does not belong to it or make several files", megabytes(*bytes), MAX_BYTES >> 20),
            ),
            Self::NotATable => ("文件不是表格：请上传 .xlsx 或 .csv 文件".into(), "the file is no table: upload an .xlsx or .csv file".into()),
            Self::OldExcel => (
                "文件是旧版 Excel（.xls）或有密码：请去掉密码并另存为 .xlsx".into(),
                "the file is an old Excel file (.xls) or has a password: remove it and save as .xlsx".into(),
            ),
            Self::Encoding => (
                "看不懂文件的文字编码：请在 Excel 中另存为“CSV UTF-8”或 .xlsx".into(),
                "the encoding of the file cannot be read: save it as “CSV UTF-8” or .xlsx".into(),
            ),
            Self::Broken(what) => (
                format!("Excel 文件已损坏（{what}）：请用 Excel 或 WPS 打开后重新保存"),
                format!("the Excel file is damaged ({what}): open it in Excel or WPS and save it again"),
            ),
            Self::Bomb => (
                format!("Excel 文件解压后超过 {} MB：请只保留课表后重新保存", MAX_UNPACKED_BYTES >> 20),
                format!("the Excel file unpacks to more than {} MB: keep just the timetable and save it again", MAX_UNPACKED_BYTES >> 20),
            ),
            Self::TooManyRows => (format!("超过 {MAX_ROWS} 行：请分成几个文件"), format!("more than {MAX_ROWS} rows: make several files")),
            Self::TooManyColumns => {
                (format!("超过 {MAX_COLUMNS} 列：请删去多余的列"), format!("more than {MAX_COLUMNS} columns: remove those that are not needed"))
            }
            Self::TooMuch => ("表格内容过多：请分成几个文件".into(), "there is too much in the table: make several files".into()),
            Self::Empty => ("表格是空的：请至少填一行".into(), "the table is empty: enter at least one row".into()),
            Self::NoWeekdays => {
                ("没有找到写有 周一、周二…… 的表头：请在第一行写星期".into(), "no row names the weekdays: write Monday, Tuesday, … into the first row".into())
            }
            _ => {
                (format!("还有更多错误，只列出前 {MAX_ERRORS} 条：请先更正这些"), format!("there are more errors than these {MAX_ERRORS}: correct these first"))
            }
        };
        language.pick(chinese, english)
    }
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

impl Tell for Problem {
    fn tell(&self, language: Language) -> String {
        let (chinese, english) = match self {
            Self::CellTooLong => (
                format!("单元格超过 {MAX_CELL_CHARS} 个字：请缩短；CSV 文件请检查引号是否成对"),
                format!("the cell has more than {MAX_CELL_CHARS} characters: shorten it; in a CSV file see whether a quotation mark is missing"),
            ),
            Self::Unclosed => (
                "引号没有结束：请在这一格末尾补上引号，或删去开头的引号".into(),
                "the quotation mark is not closed: put one at the end of the cell, or remove the first".into(),
            ),
            Self::Formula => ("单元格是公式：请改为文字（复制后“选择性粘贴—数值”）".into(), "the cell is a formula: paste it as a value".into()),
            Self::UnknownColumn(text) => (
                format!("没有“{text}”这一列：请改用导出的课表里的列名，或删去这一列"),
                format!("no column is called “{text}”: use the headings of an exported timetable or remove it"),
            ),
            Self::ColumnTwice(text) => (format!("“{text}”这一列重复：请只留一列"), format!("the column “{text}” is there twice: keep one")),
            Self::NoColumn { chinese, english } => {
                (format!("缺少“{chinese}”这一列：请在表头中加上"), format!("the column “{english}” is missing: add it to the headings"))
            }
            Self::NoValue { chinese, english } => (format!("没有填{chinese}：请填写"), format!("no {english}: enter it")),
            Self::Weekday(text) => (format!("“{text}”不是星期：请填 周一 至 周日"), format!("“{text}” is no weekday: write Monday to Sunday")),
            Self::Period(text) => (format!("“{text}”不是节次：请填 1 至 20"), format!("“{text}” is no period: write 1 to 20")),
            Self::Date(text) => (format!("“{text}”不是日期：请填 2026-10-12 这样的日期"), format!("“{text}” is no day: write it as 2026-10-12")),
            Self::Kind(error) => return error.tell(language),
            Self::Weeks(error) => return error.tell(language),
            Self::Entry(error) => return error.tell(language),
            Self::Cell(text) => (
                format!("看不懂“{text}”：请写成 语文 李老师 → 石门三年级、白水河三年级 (单周)"),
                format!("“{text}” cannot be read: write it as 语文 李老师 → 石门三年级、白水河三年级 (单周)"),
            ),
            Self::Unknown { what, name } => (
                format!("没有叫“{name}”的{}：请更正，或先登记", what.tell(Language::Chinese)),
                format!("no {} is called “{name}”: correct the name or register it first", what.tell(Language::English)),
            ),
            Self::Several { what, name, candidates } => (
                format!("有几个{}叫“{name}”（{}）：请写全名", what.tell(Language::Chinese), candidates.join("、")),
                format!("several {}s are called “{name}” ({}): write the full name", what.tell(Language::English), candidates.join(", ")),
            ),
            file => return file.of_file(language),
        };
        language.pick(chinese, english)
    }
}

/// The errors of a sheet, as many as are worth listing.
#[derive(Debug, Default)]
pub(super) struct Errors(Vec<SheetError>);

impl Errors {
    /// Notes an error.
    pub(super) fn push(&mut self, error: SheetError) {
        match self.0.len() {
            0..MAX_ERRORS => self.0.push(error),
            MAX_ERRORS => self.0.push(SheetError::of_file(Problem::More)),
            _ => {}
        }
    }

    /// Whether no more are noted.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() > MAX_ERRORS
    }

    /// Everything, or every error.
    pub(super) fn or<T>(self, done: T) -> Result<T, Vec<SheetError>> {
        if self.0.is_empty() { Ok(done) } else { Err(self.0) }
    }
}

/// A text from a cell, for an error about it.
pub(super) fn quoted(text: &str) -> String {
    short(text.trim())
}
