//! Many rows read as one text: a driver that hands over each value of each row costs more than what is in them.

use super::error::Fault;
use super::lessons::usable_id;
use super::row::Columns;
use super::transaction::Db;
use super::value::{Value, composed, give};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// The value of a column: `TEXT` or `BIGINT`, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    Nothing,
    Number(i64),
    Text(String),
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct OfJson;

        impl Visitor<'_> for OfJson {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("null, a whole number or a text")
            }
            fn visit_unit<E: Error>(self) -> Result<Cell, E> {
                Ok(Cell::Nothing)
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Cell, E> {
                Ok(Cell::Number(number))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Cell, E> {
                i64::try_from(number).map(Cell::Number).map_err(E::custom)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::Text(text.to_owned()))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Cell, E> {
                Ok(Cell::Text(text))
            }
        }

        from.deserialize_any(OfJson)
    }
}

/// A row of [`listed`].
#[derive(Debug)]
pub struct Listed<'a> {
    columns: &'a [&'static str],
    cells: Vec<Cell>,
}

impl Listed<'_> {
    fn cell(&self, column: &str) -> Result<&Cell, Fault> {
        let found = self.columns.iter().position(|name| *name == column).and_then(|index| self.cells.get(index));
        found.ok_or_else(|| sqlx::Error::ColumnNotFound(column.to_owned()).into())
    }
}

impl Columns for Listed<'_> {
    fn text_or_none(&self, column: &str) -> Result<Option<String>, Fault> {
        match self.cell(column)? {
            Cell::Nothing => Ok(None),
            Cell::Text(text) => Ok(Some(text.clone())),
            Cell::Number(_) => Err(undecodable(column, "it is a number, not a text").into()),
        }
    }

    fn number_or_none(&self, column: &str) -> Result<Option<i64>, Fault> {
        match self.cell(column)? {
            Cell::Nothing => Ok(None),
            Cell::Number(number) => Ok(Some(*number)),
            Cell::Text(_) => Err(undecodable(column, "it is a text, not a number").into()),
        }
    }
}

fn undecodable(column: &str, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: why.into() }
}

/// The rows of `SELECT columns rest`, in their order; `rest` begins with its `FROM` and takes the values as `$1`, `$2`, ….
pub(crate) async fn listed<'a>(db: &mut Db, columns: &'a [&'static str], rest: &str, values: Vec<Value>) -> Result<Vec<Listed<'a>>, Fault> {
    let names = columns.join(", ");
    let (all, each) = if is_sqlite(db) { ("json_group_array", "json_array") } else { ("json_agg", "json_build_array") };
    let text = format!("SELECT CAST({all}({each}({names})) AS TEXT) FROM (SELECT {names} {rest}) listed");
    let query = values.into_iter().fold(sqlx::query(composed(text)), give);
    let row = query.fetch_one(db).await?;
    // PostgreSQL says nothing of nothing.
    let list: Option<&str> = sqlx::Row::try_get(&row, 0)?;
    let rows: Vec<Vec<Cell>> = serde_json::from_str(list.unwrap_or("[]")).map_err(|error| undecodable(&names, error))?;
    Ok(rows.into_iter().map(|cells| Listed { columns, cells }).collect())
}

/// The condition of being one of the ids in `$1`, which [`ids`] makes: one value, so that the statement is prepared once, and planned for as many ids as
/// there are.
pub(crate) fn among(db: &Db) -> &'static str {
    if is_sqlite(db) { "IN (SELECT value FROM json_each($1))" } else { "= ANY(string_to_array($1, ','))" }
}

/// Ids as one text, in which nothing needs to be escaped: those that nothing can have (somebody may have asked for them) are left out.
pub(crate) fn ids(db: &Db, ids: &[String]) -> String {
    let possible: Vec<&str> = ids.iter().map(String::as_str).filter(|id| usable_id(id)).collect();
    match is_sqlite(db) {
        true if possible.is_empty() => "[]".into(),
        true => format!("[\"{}\"]", possible.join("\",\"")),
        false => possible.join(","),
    }
}

fn is_sqlite(db: &Db) -> bool {
    db.backend_name() == "SQLite"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::tests::support::{Fresh, on_both_engines};
    use crate::{Region, RegionLevel};

    on_both_engines! { rows_come_as_they_are_and_in_their_order ids_that_nothing_can_have_find_nothing nothing_is_an_empty_list a_column_of_another_kind_is_an_error }

    const COLUMNS: [&str; 4] = ["id", "parent_id", "name", "version"];

    async fn rows_come_as_they_are_and_in_their_order(fresh: Fresh) {
        let store = fresh.open().await;
        let names = ["a", "[\"b\",1]", "\\u0041 \\ \" / ' %", "石门县𠮷👩‍🏫", "<b>null</b>", "1"];
        for (number, name) in names.into_iter().enumerate() {
            let (parent, level) = if number > 0 { (Some("r0".to_owned()), RegionLevel::County) } else { (None, RegionLevel::City) };
            store.create(&Region { id: format!("r{number}"), parent, level, name: name.to_owned(), version: 1 }, 1).await.unwrap();
        }
        let mut connection = store.read.acquire().await.unwrap();
        for (order, backwards) in [("ASC", false), ("DESC", true)] {
            let rest = format!("FROM regions WHERE version = $1 ORDER BY id {order} LIMIT 5");
            let rows = listed(&mut connection, &COLUMNS, &rest, vec![1u64.into()]).await.unwrap();
            let read = |row: &Listed<'_>| (row.text("name").unwrap(), row.text_or_none("parent_id").unwrap(), row.count("version").unwrap());
            let row = |(number, name): (usize, &str)| (name.to_owned(), (number > 0).then(|| "r0".to_owned()), 1);
            let mut wanted: Vec<_> = names.into_iter().enumerate().map(row).collect();
            if backwards {
                wanted.reverse();
            }
            assert_eq!(rows.iter().map(read).collect::<Vec<_>>(), wanted[..5]);
        }
    }

    async fn ids_that_nothing_can_have_find_nothing(fresh: Fresh) {
        let store = fresh.open().await;
        for id in ["a", "b"] {
            let region = Region { id: id.into(), parent: None, level: RegionLevel::City, name: id.to_uppercase(), version: 1 };
            store.create(&region, 1).await.unwrap();
        }
        let mut connection = store.read.acquire().await.unwrap();
        for (asked, found) in [
            (vec!["a", "b\"", "b\",\"b", "b,b", "b\\", "", "b\u{1}", "石"], vec!["A"]),
            (vec!["b\"", "a,b"], vec![]),
            (vec![""], vec![]),
            (vec![], vec![]),
            (vec!["b", "a"], vec!["A", "B"]),
        ] {
            let asked: Vec<String> = asked.into_iter().map(str::to_owned).collect();
            let rest = format!("FROM regions WHERE id {} ORDER BY id", among(&connection));
            let value = ids(&connection, &asked).as_str().into();
            let rows = listed(&mut connection, &["name"], &rest, vec![value]).await.unwrap();
            assert_eq!(rows.iter().map(|row| row.text("name").unwrap()).collect::<Vec<_>>(), found, "{asked:?}");
        }
    }

    async fn nothing_is_an_empty_list(fresh: Fresh) {
        let store = fresh.open().await;
        let mut connection = store.read.acquire().await.unwrap();
        assert!(listed(&mut connection, &COLUMNS, "FROM regions WHERE id = $1", vec!["none".into()]).await.unwrap().is_empty());
    }

    async fn a_column_of_another_kind_is_an_error(fresh: Fresh) {
        let store = fresh.open().await;
        let region = Region { id: "r".into(), parent: None, level: RegionLevel::County, name: "n".into(), version: 1 };
        store.create(&region, 1).await.unwrap();
        let mut connection = store.read.acquire().await.unwrap();
        let rows = listed(&mut connection, &COLUMNS, "FROM regions", Vec::new()).await.unwrap();
        let [row] = &rows[..] else { panic!("{rows:?}") };
        assert!(row.count("name").is_err() && row.text("version").is_err() && row.text("parent_id").is_err() && row.text("nowhere").is_err());
    }
}
