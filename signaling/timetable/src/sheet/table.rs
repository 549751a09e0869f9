//! A table of texts, and the bounds of what a stranger may make us keep.

use super::error::{Errors, Problem, SheetError};
use std::borrow::Cow;

/// The most rows of a table.
pub const MAX_ROWS: usize = 20_000;

/// The most columns of a table.
pub const MAX_COLUMNS: usize = 200;

/// The most cells, empty ones before the last of each row included.
pub const MAX_CELLS: usize = 400_000;

/// The most characters of a cell; no more fit into one of Excel's.
pub const MAX_CELL_CHARS: usize = 32_767;

/// The most text of all cells, in bytes of UTF-8.
pub const MAX_TEXT_BYTES: usize = 16 * 1024 * 1024;

/// Rows of cells. A row ends with its last cell that holds something: rows differ in length.
pub type Table = Vec<Vec<String>>;

/// A table that is being read. Nothing is kept beyond the bounds.
#[derive(Debug, Default)]
pub(super) struct Builder {
    table: Table,
    cells: usize,
    text: usize,
    errors: Errors,
}

/// Files joined by hand hold it inside, too.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

impl Builder {
    /// Puts a text into a cell, by its indices from 0.
    ///
    /// # Errors
    /// A bound is passed: reading must stop.
    pub(super) fn put(&mut self, row: usize, column: usize, text: &str) -> Result<(), SheetError> {
        // A byte order mark in the midst of a text is nothing that anybody wrote or sees.
        let text = &*if text.contains(BYTE_ORDER_MARK) { Cow::Owned(text.replace(BYTE_ORDER_MARK, "")) } else { Cow::Borrowed(text) };
        if text.is_empty() {
            return Ok(());
        }
        if row >= MAX_ROWS {
            return Err(SheetError::of_file(Problem::TooManyRows));
        }
        if column >= MAX_COLUMNS {
            return Err(SheetError::of_file(Problem::TooManyColumns));
        }
        if text.chars().nth(MAX_CELL_CHARS).is_some() {
            return Err(SheetError::at(row, column, Problem::CellTooLong));
        }
        if self.table.len() <= row {
            self.table.resize(row + 1, Vec::new());
        }
        let Some(cells) = self.table.get_mut(row) else { return Ok(()) };
        let wider = (column + 1).saturating_sub(cells.len());
        (self.cells, self.text) = (self.cells + wider, self.text + text.len());
        if self.cells > MAX_CELLS || self.text > MAX_TEXT_BYTES {
            return Err(SheetError::of_file(Problem::TooMuch));
        }
        cells.resize(cells.len() + wider, String::new());
        if let Some(cell) = cells.get_mut(column) {
            text.clone_into(cell);
        }
        Ok(())
    }

    /// Notes that a cell holds a formula.
    pub(super) fn refuse_formula(&mut self, row: usize, column: usize) {
        self.errors.push(SheetError::at(row, column, Problem::Formula));
    }

    /// The table, or the errors that were noted, or the one that stopped the reading.
    pub(super) fn finish(mut self, read: Result<(), SheetError>) -> Result<Table, Vec<SheetError>> {
        if let Err(error) = read {
            self.errors.push(error);
        }
        self.errors.or(self.table)
    }
}
