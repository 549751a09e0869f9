//! Excel files (`.xlsx`): the first visible sheet is read, as texts.
//!
//! Written for strangers' files: only the parts that are needed are unpacked, within one budget; a cell is looked at when its end is read, and nothing is
//! reserved on the word of the file.

mod package;
mod parts;
mod sheet;

use self::package::Package;
use self::parts::Workbook;
use super::MAX_BYTES;
use super::error::{Problem, SheetError};
use super::table::{Builder, Table};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook as Writer};

pub use self::package::MAX_UNPACKED_BYTES;

/// Reads an Excel file. Cells with a formula are refused; days are read as `2026-10-12`, whole numbers without a point.
///
/// # Errors
/// It is too large, damaged, or holds formulas; each error says where and what to do.
pub fn read_xlsx(bytes: &[u8]) -> Result<Table, Vec<SheetError>> {
    let mut builder = Builder::default();
    let read = read_into(bytes, &mut builder);
    builder.finish(read)
}

fn read_into(bytes: &[u8], builder: &mut Builder) -> Result<(), SheetError> {
    if bytes.len() > MAX_BYTES {
        return Err(SheetError::of_file(Problem::TooBig(bytes.len())));
    }
    let opened = Package::open(bytes).and_then(|mut package| {
        let workbook = Workbook::read(&mut package)?;
        let sheet = package.part(&workbook.sheet)?.ok_or(Problem::Broken("worksheet"))?;
        Ok((workbook, sheet))
    });
    let (workbook, sheet) = opened.map_err(SheetError::of_file)?;
    sheet::read(&sheet, &workbook, builder)
}

/// Writes an Excel file: a sheet of that name, every cell a text, so that nothing in it is ever run, the first row bold. The bytes depend on the table
/// alone.
///
/// # Errors
/// The table is larger than what is read, or the name is none for a sheet.
pub fn write_xlsx(name: &str, table: &Table) -> Result<Vec<u8>, SheetError> {
    let mut writer = Writer::new();
    if let Ok(epoch) = ExcelDateTime::from_ymd(2000, 1, 1) {
        writer.set_properties(&DocProperties::new().set_creation_datetime(&epoch));
    }
    let broken = |_| SheetError::of_file(Problem::Broken("worksheet"));
    let worksheet = writer.add_worksheet().set_name(name).map_err(broken)?;
    let head = Format::new().set_bold();
    let mut bounds = Builder::default();
    for (row, cells) in table.iter().enumerate() {
        for (column, text) in cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            bounds.put(row, column, text)?;
            // Within the bounds the indices fit.
            let (Ok(row_number), Ok(column_number)) = (u32::try_from(row), u16::try_from(column)) else { continue };
            let wrapped = if row == 0 { head.clone() } else { Format::new() };
            let wrapped = if text.contains('\n') { wrapped.set_text_wrap() } else { wrapped };
            let too_long = |_| SheetError::at(row, column, Problem::CellTooLong);
            worksheet.write_string_with_format(row_number, column_number, text, &wrapped).map_err(too_long)?;
        }
    }
    worksheet.autofit();
    writer.save_to_buffer().map_err(broken)
}

#[cfg(test)]
mod tests;
