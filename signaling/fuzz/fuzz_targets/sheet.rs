//! A timetable somebody uploads, as CSV or Excel: whatever is read can be written and read again as the same.
#![no_main]
use libfuzzer_sys::fuzz_target;
use timetable::sheet::{MAX_ERRORS, read, write_csv};

fuzz_target!(|bytes: &[u8]| match read(bytes) {
    Ok(table) => {
        let again = read(&write_csv(&table));
        assert_eq!(again.as_ref(), Ok(&table));
    }
    Err(errors) => assert!((1..=MAX_ERRORS + 1).contains(&errors.len()), "{}", errors.len()),
});
