//! What is made, read, changed and closed alike: rows with an id and a version, some with lists that belong to them.

use super::answers::Answers;
use super::counters::{Counter, count};
use super::database::Engine;
use super::error::Fault;
use super::lessons::usable_id;
use super::listing::{Listed, among, ids, listed};
use super::memory::Memory;
use super::needs::{Needed, check_open, check_unneeded, each_once};
use super::row::Columns;
use super::transaction::{Db, reading, writing};
use super::value::{Value, composed, give, insert_rows, places};
use super::{Store, StoreError, bookings, sql};
use std::collections::HashMap;
use timetable::is_name;

/// Owners asked for at once when lists are read.
const OWNERS: usize = 10_000;

/// A list that belongs to a row, in a table of its own.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The table.
    pub table: &'static str,
    /// Its column with the id of the row that it belongs to.
    pub owner: &'static str,
    /// Its other columns.
    pub columns: &'static [&'static str],
    /// In what order the list is read.
    pub order: &'static str,
}

/// How a type is laid down in its table, which has a column `id` and a column `version` besides.
pub trait Stored: Clone + Send + Sync + 'static {
    /// What an error calls it.
    const NAME: &'static str;
    /// Its table.
    const TABLE: &'static str;
    /// Its columns but `id`, `version`, `closed_ms`, `created_ms`.
    const COLUMNS: &'static [&'static str];
    /// The column that [`List::of`] selects by.
    const OWNER: &'static str;
    /// Whether there is a column `created_ms`.
    const CREATED: bool = false;
    /// Whether there is a column `closed_ms`.
    const CLOSES: bool = false;
    /// A further column in which no two rows have the same.
    const UNIQUE: Option<&'static str> = None;
    /// How many of the last of [`Stored::COLUMNS`] are written only when the row is made.
    const MADE_ONLY: usize = 0;
    /// A further condition of a change, with its `AND`.
    const CONDITION: &'static str = "";
    /// Its lists.
    const PARTS: &'static [Part] = &[];
    /// What counts its changes.
    const COUNTER: Option<Counter> = None;

    /// Its id.
    fn id(&self) -> &str;
    /// The version that was read.
    fn version(&self) -> u64;
    /// The values of [`Stored::COLUMNS`].
    fn values(&self) -> Vec<Value>;
    /// From a row.
    fn of(row: &Listed<'_>) -> Result<Self, Fault>;
    /// Whether it may be stored; the id is looked at before.
    ///
    /// # Errors
    /// [`StoreError::Invalid`].
    fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
    /// Whether it may stand beside what is stored; asked before it is written, in the same transaction.
    fn check_beside(&self, _db: &mut Db) -> impl Future<Output = Result<(), Fault>> + Send {
        std::future::ready(Ok(()))
    }
    /// The people and the classrooms that are in it: when it is written, none of them may be closed.
    fn needs(&self) -> (Vec<&String>, Vec<&String>) {
        (Vec::new(), Vec::new())
    }
    /// The value of [`Stored::UNIQUE`].
    fn unique(&self) -> &str {
        ""
    }
    /// Where such rows are kept in memory; then they have a [`Stored::COUNTER`].
    fn kept(_memory: &Memory) -> Option<&Answers<String, Self>> {
        None
    }
    /// The rows of each of [`Stored::PARTS`].
    fn parts(&self) -> Vec<Vec<Vec<Value>>> {
        Vec::new()
    }
    /// Takes one row of a list.
    fn take_part(&mut self, _part: usize, _row: &Listed<'_>) -> Result<(), Fault> {
        Ok(())
    }
}

/// A type that [`Store::create`], [`Store::update`], [`Store::get`] and [`Store::list`] take.
pub trait Kept: Stored {}

/// A type that [`Store::close_row`] takes: attendance may refer to it, so it is not removed.
pub trait Closable: Kept {
    /// As what lessons and entries need it: it is not closed while they do.
    const NEEDED: Needed = Needed::Never;
}

/// What may refer to a row.
#[derive(Clone, Copy, Debug)]
pub struct Referrer {
    /// What an error calls these.
    pub what: &'static str,
    /// Where they are, in SQL, from its `FROM` on; `$1` is the row's id, `{now_ms}` the time.
    pub counted: &'static str,
}

/// A type that [`Store::remove_row`] takes: one that was made by mistake is removed, as long as nothing refers to it.
pub trait Removable: Kept {
    /// What may refer to it.
    const REFERRERS: &'static [Referrer] = &[];
    /// What to do where something does.
    const REMEDY: &'static str = "move them elsewhere, remove or end them first";
    /// What could no longer be without it, though it does not refer to it, and how much of that there is.
    fn lost(_db: &mut Db, _id: &str, _now_ms: u64) -> impl Future<Output = Result<Option<(&'static str, u64)>, Fault>> + Send {
        std::future::ready(Ok(None))
    }
}

/// Which part of a list is wanted. In the order of ids.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Only those of this school, region, term, …, by its id.
    pub of: Option<&'a str>,
    /// Only those whose id comes after this one: the last of the page before.
    pub after: Option<&'a str>,
    /// At most so many, 1 to 1,000.
    pub limit: u32,
    /// Also closed ones.
    pub closed: bool,
}

impl Default for List<'_> {
    /// The first 1,000 that are not closed.
    fn default() -> Self {
        Self { of: None, after: None, limit: 1_000, closed: false }
    }
}

impl Store {
    /// Makes a row; its version becomes 1.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::Invalid`], [`StoreError::Reference`] where it refers to what is not there, [`StoreError::Database`].
    pub async fn create<K: Kept>(&self, kept: &K, now_ms: u64) -> Result<(), StoreError> {
        check(kept)?;
        writing!(self, |db| insert(db, self.engine, kept, now_ms).await)
    }

    /// Replaces a row and its lists, if it still has the version that `kept` has. Returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Changed`], [`StoreError::Missing`], and as [`Store::create`].
    pub async fn update<K: Kept>(&self, kept: &K) -> Result<u64, StoreError> {
        check(kept)?;
        writing!(self, |db| replace(db, self.engine, kept).await)
    }

    /// A row, also a closed one.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn get<K: Kept>(&self, id: &str) -> Result<Option<K>, StoreError> {
        let ask = async { reading!(self, |db| find(db, id).await) };
        let Some((kept, counter)) = K::kept(&self.memory).zip(K::COUNTER) else { return ask.await };
        kept.one(id.to_owned(), self.as_of(&[counter]).await?, ask).await
    }

    /// A page of rows.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn list<K: Kept>(&self, list: &List<'_>) -> Result<Vec<K>, StoreError> {
        reading!(self, |db| select(db, list).await)
    }

    /// Closes a row, if it still has this version and nothing to come needs it. Returns the new version.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Changed`], [`StoreError::Missing`], [`StoreError::Database`].
    pub async fn close_row<K: Closable>(&self, id: &str, version: u64, now_ms: u64) -> Result<u64, StoreError> {
        let text = format!("UPDATE {} SET closed_ms = COALESCE(closed_ms, $3), version = version + 1 WHERE id = $1 AND version = $2", K::TABLE);
        writing!(self, |db| {
            if K::NEEDED != Needed::Never {
                bookings::take_turn(db).await?;
            }
            let query = sqlx::query(composed(text.clone())).bind(id).bind(sql(version)).bind(sql(now_ms));
            let rows = query.execute(&mut *db).await?.rows_affected();
            let version = replaced::<K>(db, rows, id, version).await?;
            check_unneeded::<K>(db, K::NEEDED, id, now_ms).await?;
            counted::<K>(db).await?;
            Ok(version)
        })
    }

    /// Takes the closing back, if the row still has this version; nothing is changed of one that is not closed but its version. Returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Changed`], [`StoreError::Missing`], [`StoreError::Database`].
    pub async fn reopen_row<K: Closable>(&self, id: &str, version: u64) -> Result<u64, StoreError> {
        let text = format!("UPDATE {} SET closed_ms = NULL, version = version + 1 WHERE id = $1 AND version = $2", K::TABLE);
        writing!(self, |db| {
            let rows = sqlx::query(composed(text.clone())).bind(id).bind(sql(version)).execute(&mut *db).await?.rows_affected();
            let version = replaced::<K>(db, rows, id, version).await?;
            counted::<K>(db).await?;
            Ok(version)
        })
    }

    /// Removes a row and its lists, if it still has this version and nothing refers to it or is lost with it, at the time `now_ms` (milliseconds since 1970, UTC).
    ///
    /// # Errors
    /// [`StoreError::Referred`], [`StoreError::Changed`], [`StoreError::Missing`], [`StoreError::Database`].
    pub async fn remove_row<K: Removable>(&self, id: &str, version: u64, now_ms: u64) -> Result<(), StoreError> {
        writing!(self, |db| {
            // Nobody makes lessons meanwhile; what else comes to refer to the row is seen by the database.
            bookings::take_turn(db).await?;
            let text = format!("UPDATE {} SET version = version WHERE id = $1 AND version = $2", K::TABLE);
            let rows = sqlx::query(composed(text)).bind(id).bind(sql(version)).execute(&mut *db).await?.rows_affected();
            replaced::<K>(db, rows, id, version).await?;
            let mut by = Vec::new();
            for Referrer { what, counted } in K::REFERRERS {
                let text = format!("SELECT COUNT(*) AS referrers {}", counted.replace("{now_ms}", &sql(now_ms).to_string()));
                let count = sqlx::query(composed(text)).bind(id).fetch_one(&mut *db).await?.count("referrers")?;
                by.extend((count > 0).then_some((*what, count)));
            }
            by.extend(K::lost(db, id, now_ms).await?);
            if !by.is_empty() {
                return Err(StoreError::Referred { thing: K::NAME, id: id.to_owned(), by, remedy: K::REMEDY }.into());
            }
            for (table, column) in K::PARTS.iter().map(|part| (part.table, part.owner)).chain([(K::TABLE, "id")]) {
                sqlx::query(composed(format!("DELETE FROM {table} WHERE {column} = $1"))).bind(id).execute(&mut *db).await?;
            }
            counted::<K>(db).await
        })
    }
}

/// Whether a row may be stored.
pub(crate) fn check<S: Stored>(stored: &S) -> Result<(), StoreError> {
    if !usable_id(stored.id()) {
        return Err(StoreError::invalid(S::NAME, stored.id(), "use 1 to 64 of A-Z a-z 0-9 _ - as its id"));
    }
    stored.check()
}

/// A name for a person to read.
pub(crate) fn check_name(thing: &'static str, name: &str) -> Result<(), StoreError> {
    if is_name(name, 200) { Ok(()) } else { Err(StoreError::invalid(thing, name, "use 1 to 200 characters, none of them hidden")) }
}

/// A day as `YYYY-MM-DD`.
pub(crate) fn check_day(day: &str) -> Result<timetable::Date, StoreError> {
    match day.parse::<timetable::Date>() {
        Ok(date) if date.to_string() == day => Ok(date),
        _ => Err(StoreError::invalid("day", day, "give one of the calendar, as YYYY-MM-DD")),
    }
}

/// Two days that may be missing, the first not after the second.
pub(crate) fn check_days(from: Option<&str>, to: Option<&str>) -> Result<(), StoreError> {
    from.map(check_day).transpose()?;
    to.map(check_day).transpose()?;
    match (from, to) {
        (Some(from), Some(to)) if from > to => Err(StoreError::invalid("last day", to, "give one that is not before the first")),
        _ => Ok(()),
    }
}

pub(crate) async fn insert<S: Stored>(db: &mut Db, engine: Engine, stored: &S, now_ms: u64) -> Result<(), Fault> {
    check_unique(db, stored).await?;
    stored.check_beside(db).await?;
    check_needs(db, stored).await?;
    let mut columns = vec!["id"];
    columns.extend(S::COLUMNS);
    columns.extend(S::CREATED.then_some("created_ms"));
    let text = format!("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT (id) DO NOTHING", S::TABLE, columns.join(", "), places(1, columns.len()));
    let mut query = sqlx::query(composed(text)).bind(stored.id());
    for value in stored.values() {
        query = give(query, value);
    }
    if S::CREATED {
        query = query.bind(sql(now_ms));
    }
    if query.execute(&mut *db).await?.rows_affected() == 0 {
        return Err(StoreError::Exists { thing: S::NAME, id: stored.id().to_owned() }.into());
    }
    insert_parts(db, engine, std::slice::from_ref(stored)).await
}

/// The lists of several rows, in as few statements as can be.
pub(crate) async fn insert_parts<S: Stored>(db: &mut Db, engine: Engine, stored: &[S]) -> Result<(), Fault> {
    let mut parts = vec![Vec::new(); S::PARTS.len()];
    for one in stored {
        for (rows, own) in parts.iter_mut().zip(one.parts()) {
            rows.extend(own.into_iter().map(|values| std::iter::once(Value::from(one.id())).chain(values).collect::<Vec<_>>()));
        }
    }
    for (part, rows) in S::PARTS.iter().zip(parts) {
        let mut columns = vec![part.owner];
        columns.extend(part.columns);
        insert_rows(db, engine, part.table, &columns, rows).await?;
    }
    Ok(())
}

pub(crate) async fn replace<S: Stored>(db: &mut Db, engine: Engine, stored: &S) -> Result<u64, Fault> {
    check_unique(db, stored).await?;
    stored.check_beside(db).await?;
    check_needs(db, stored).await?;
    let changed = S::COLUMNS.len() - S::MADE_ONLY;
    let sets: Vec<String> = S::COLUMNS.iter().take(changed).enumerate().map(|(index, column)| format!("{column} = ${}", index + 3)).collect();
    let text = format!("UPDATE {} SET {}, version = version + 1 WHERE id = $1 AND version = $2 {}", S::TABLE, sets.join(", "), S::CONDITION);
    let mut query = sqlx::query(composed(text)).bind(stored.id()).bind(sql(stored.version()));
    for value in stored.values().into_iter().take(changed) {
        query = give(query, value);
    }
    let rows = query.execute(&mut *db).await?.rows_affected();
    let version = replaced::<S>(db, rows, stored.id(), stored.version()).await?;
    for part in S::PARTS {
        let text = format!("DELETE FROM {} WHERE {} = $1", part.table, part.owner);
        sqlx::query(composed(text)).bind(stored.id()).execute(&mut *db).await?;
    }
    insert_parts(db, engine, std::slice::from_ref(stored)).await?;
    counted::<S>(db).await?;
    Ok(version)
}

/// Counts a change. As the last of a transaction: whoever waits for the count then has all that others could wait for.
async fn counted<S: Stored>(db: &mut Db) -> Result<(), Fault> {
    match S::COUNTER {
        Some(counter) => Ok(count(db, counter).await?),
        None => Ok(()),
    }
}

/// The version after an update of one row, or why there was none.
pub(crate) async fn replaced<S: Stored>(db: &mut Db, rows: u64, id: &str, version: u64) -> Result<u64, Fault> {
    if rows > 0 {
        return Ok(version + 1);
    }
    let text = format!("SELECT version FROM {} WHERE id = $1", S::TABLE);
    let there = sqlx::query(composed(text)).bind(id).fetch_optional(db).await?.is_some();
    let id = id.to_owned();
    Err(if there { StoreError::Changed { thing: S::NAME, id, version } } else { StoreError::Missing { thing: S::NAME, id } }.into())
}

async fn check_unique<S: Stored>(db: &mut Db, stored: &S) -> Result<(), Fault> {
    let Some(column) = S::UNIQUE else { return Ok(()) };
    let text = format!("SELECT id FROM {} WHERE {column} = $1 AND id <> $2", S::TABLE);
    match sqlx::query(composed(text)).bind(stored.unique()).bind(stored.id()).fetch_optional(db).await? {
        Some(_) => Err(StoreError::Exists { thing: column, id: stored.unique().to_owned() }.into()),
        None => Ok(()),
    }
}

async fn check_needs<S: Stored>(db: &mut Db, stored: &S) -> Result<(), Fault> {
    let (people, rooms) = stored.needs();
    let (people, rooms) = (each_once(people.into_iter()), each_once(rooms.into_iter()));
    check_open(db, people, rooms).await
}

/// What is read of a row.
fn read_columns<S: Stored>() -> Vec<&'static str> {
    let mut columns = vec!["id", "version"];
    columns.extend(S::COLUMNS);
    columns.extend(S::CLOSES.then_some("closed_ms"));
    columns
}

/// The rows of which this is true, with their lists; `condition` takes the values as `$1`, `$2`, … and may end with an order and a limit.
pub(crate) async fn find_all<S: Stored>(db: &mut Db, condition: &str, values: Vec<Value>) -> Result<Vec<S>, Fault> {
    let columns = read_columns::<S>();
    let rows = listed(db, &columns, &format!("FROM {} WHERE {condition}", S::TABLE), values).await?;
    let mut found = rows.iter().map(S::of).collect::<Result<Vec<S>, Fault>>()?;
    fetch_parts(db, &mut found).await?;
    Ok(found)
}

pub(crate) async fn find<S: Stored>(db: &mut Db, id: &str) -> Result<Option<S>, Fault> {
    Ok(find_all(db, "id = $1", vec![id.into()]).await?.pop())
}

async fn select<S: Stored>(db: &mut Db, list: &List<'_>) -> Result<Vec<S>, Fault> {
    let mut values = vec![Value::from(list.after.unwrap_or_default()), list.limit.clamp(1, 1_000).into()];
    let mut condition = "id > $1".to_owned();
    if let Some(of) = list.of {
        values.push(of.into());
        condition.push_str(&format!(" AND {} = $3", S::OWNER));
    }
    if S::CLOSES && !list.closed {
        condition.push_str(" AND closed_ms IS NULL");
    }
    condition.push_str(" ORDER BY id LIMIT $2");
    find_all(db, &condition, values).await
}

async fn fetch_parts<S: Stored>(db: &mut Db, found: &mut [S]) -> Result<(), Fault> {
    if found.is_empty() || S::PARTS.is_empty() {
        return Ok(());
    }
    let index: HashMap<String, usize> = found.iter().enumerate().map(|(index, one)| (one.id().to_owned(), index)).collect();
    let owners: Vec<String> = found.iter().map(|one| one.id().to_owned()).collect();
    for (number, part) in S::PARTS.iter().enumerate() {
        let columns: Vec<&'static str> = std::iter::once(part.owner).chain(part.columns.iter().copied()).collect();
        let rest = format!("FROM {} WHERE {} {} ORDER BY {}, {}", part.table, part.owner, among(db), part.owner, part.order);
        for owners in owners.chunks(OWNERS) {
            for row in listed(db, &columns, &rest, vec![ids(db, owners).as_str().into()]).await? {
                if let Some(one) = index.get(&row.text(part.owner)?).and_then(|index| found.get_mut(*index)) {
                    one.take_part(number, &row)?;
                }
            }
        }
    }
    Ok(())
}
