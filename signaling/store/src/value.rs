//! Values on their way into a statement, and many rows in one.

use super::database::Engine;
use super::error::Fault;
use super::sql;
use super::transaction::Db;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe};

/// Rows in one statement: PostgreSQL takes 65,535 values in a statement, SQLite 32,766.
const ROWS: usize = 500;

/// The value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, or nothing where text could be.
    Text(Option<String>),
    /// A number, or nothing where a number could be.
    Number(Option<i64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Option<&'static str>> for Value {
    fn from(text: Option<&'static str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(Some(sql(number)))
    }
}

impl From<Option<u64>> for Value {
    fn from(number: Option<u64>) -> Self {
        Self::Number(number.map(sql))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Number(Some(i64::from(truth)))
    }
}

macro_rules! small_numbers {
    ($($number:ty)+) => {
        $(impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Number(Some(i64::from(number)))
            }
        }

        impl From<Option<$number>> for Value {
            fn from(number: Option<$number>) -> Self {
                Self::Number(number.map(i64::from))
            }
        })+
    };
}
small_numbers! { u8 u16 u32 }

/// A query of which values are given one by one.
pub(crate) type Statement<'q> = Query<'q, Any, AnyArguments>;

/// Gives the next value.
pub(crate) fn give(query: Statement<'_>, value: Value) -> Statement<'_> {
    match value {
        Value::Text(text) => query.bind(text),
        Value::Number(number) => query.bind(number),
    }
}

/// `$from, $from+1, …`, for a list of `count` values.
pub(crate) fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

/// A statement of which names of our own tables and the number of placeholders were put together at run time; values never are.
pub(crate) fn composed(text: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(text)
}

/// Inserts rows, 500 a statement.
pub(crate) async fn insert_rows(db: &mut Db, engine: Engine, table: &str, columns: &[&str], rows: Vec<Vec<Value>>) -> Result<(), Fault> {
    let mut rows = rows.into_iter();
    loop {
        let batch: Vec<Vec<Value>> = rows.by_ref().take(ROWS).collect();
        if batch.is_empty() {
            return Ok(());
        }
        // Whole batches are alike and prepared once; the rest is as long as it happens to be.
        let alike = batch.len() == ROWS || batch.len() == 1;
        let mut query = sqlx::query(composed(insertion(engine, table, columns, batch.len()))).persistent(alike);
        for value in batch.into_iter().flatten() {
            query = give(query, value);
        }
        query.execute(&mut *db).await?;
    }
}

/// SQLite looks a placeholder that has a number up among all others, each time: thousands of them take `?`.
fn insertion(engine: Engine, table: &str, columns: &[&str], rows: usize) -> String {
    let row = |index: usize| match engine {
        Engine::Sqlite => vec!["?"; columns.len()].join(", "),
        Engine::Postgres => places(index * columns.len() + 1, columns.len()),
    };
    let tuples: Vec<String> = (0..rows).map(|index| format!("({})", row(index))).collect();
    format!("INSERT INTO {table} ({}) VALUES {}", columns.join(", "), tuples.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_several_rows() {
        assert_eq!(insertion(Engine::Postgres, "t", &["a", "b"], 2), "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)");
        assert_eq!(insertion(Engine::Sqlite, "t", &["a", "b"], 2), "INSERT INTO t (a, b) VALUES (?, ?), (?, ?)");
    }
}
