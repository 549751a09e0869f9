//! A timetable as a sheet: read from and written to CSV and Excel files, whole or not at all.
//!
//! ```text
//! bytes ──read──► Table ──read_list / read_grid──► Vec<EntryDraft>
//! bytes ◄─write_csv / write_xlsx── Table ◄──write_list / write_grid── entries
//! ```
//!
//! Two layouts: the list has a row for each entry ([`read_list`]), the grid is the week of one host classroom, a row for each period and a column for
//! each weekday ([`read_grid`]). Reading returns either every entry or every error, each with its row and column and what to do about it. Names are
//! resolved by a [`Register`]; an unknown one and one that several bear are errors.
//!
//! A file comes from a stranger: its size, rows, columns, cells, text and what it unpacks to are bounded ([`MAX_BYTES`] and so on).

mod csv;
mod draft;
mod error;
mod grid;
mod list;
mod register;
mod table;
mod words;
mod xlsx;

pub use self::csv::{read_csv, write_csv};
pub use self::draft::EntryDraft;
pub use self::error::{MAX_ERRORS, Problem, SheetError};
pub use self::grid::{GridOf, read_grid, write_grid};
pub use self::list::{read_list, write_list};
pub use self::register::{Found, Register, What};
pub use self::table::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TEXT_BYTES, Table};
pub use self::xlsx::{MAX_UNPACKED_BYTES, read_xlsx, write_xlsx};

/// The largest file that is read.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;

/// A column from 1, as Excel names it: `C`.
pub fn column_name(column: usize) -> String {
    words::letters(column)
}

/// Reads a file, whichever of the two it is; its name does not matter.
///
/// # Errors
/// It is too large, neither CSV nor Excel, damaged, or holds formulas; each error says where and what to do.
pub fn read(bytes: &[u8]) -> Result<Table, Vec<SheetError>> {
    match bytes {
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(vec![SheetError::of_file(Problem::OldExcel)]),
        [b'P', b'K', ..] => read_xlsx(bytes),
        _ => read_csv(bytes),
    }
}

#[cfg(test)]
mod tests;
