//! Who did what, when and from where. Only ever added to.

use super::error::Fault;
use super::row::Columns;
use super::transaction::{reading, writing};
use super::value::composed;
use super::{Store, StoreError, sql};
use sqlx::any::AnyRow;

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Its id.
    pub id: String,
    /// When, in milliseconds since 1970 (UTC).
    pub at_ms: u64,
    /// Who; none: nobody who is known, or the operator of the machine.
    pub person: Option<String>,
    /// From which address.
    pub address: String,
    /// What, for example `lesson.cancel`.
    pub act: String,
    /// To what kind of thing. Who may read the line follows from where such a thing is: see [`AuditPlaces`].
    pub thing: String,
    /// To which.
    pub thing_id: String,
    /// More, as JSON.
    pub detail: String,
}

/// Where the things are that lines are about: in these regions, and in these schools, wherever they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPlaces {
    /// Regions, by their ids, each with those within it.
    pub regions: Vec<String>,
    /// Schools, by their ids.
    pub schools: Vec<String>,
}

/// Which lines are wanted, the latest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditList<'a> {
    /// Only this person's.
    pub person: Option<&'a str>,
    /// Only about this kind of thing.
    pub thing: Option<&'a str>,
    /// Only about this thing.
    pub thing_id: Option<&'a str>,
    /// Only about what is there; none: wherever it is.
    pub within: Option<&'a AuditPlaces>,
    /// Only those before this one: time and id of the last of the page before.
    pub before: Option<(u64, &'a str)>,
    /// At most so many, 1 to 1,000.
    pub limit: u32,
}

fn line(row: &AnyRow) -> Result<AuditLine, Fault> {
    Ok(AuditLine {
        id: row.text("id")?,
        at_ms: row.count("at_ms")?,
        person: row.text_or_none("person_id")?,
        address: row.text("address")?,
        act: row.text("act")?,
        thing: row.text("thing")?,
        thing_id: row.text("thing_id")?,
        detail: row.text("detail")?,
    })
}

impl Store {
    /// Adds a line.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn add_audit(&self, line: &AuditLine) -> Result<(), StoreError> {
        let text = "INSERT INTO audit (id, at_ms, person_id, address, act, thing, thing_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&line.id).bind(sql(line.at_ms)).bind(&line.person).bind(&line.address).bind(&line.act);
            Ok(query.bind(&line.thing).bind(&line.thing_id).bind(&line.detail).execute(db).await.map(drop)?)
        })
    }

    /// Lines, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn audit(&self, list: &AuditList<'_>) -> Result<Vec<AuditLine>, StoreError> {
        let wanted = [("person_id", list.person), ("thing", list.thing), ("thing_id", list.thing_id)];
        let wanted: Vec<(&str, &str)> = wanted.into_iter().filter_map(|(column, value)| Some((column, value?))).collect();
        let mut only: String = wanted.iter().enumerate().map(|(index, (column, _))| format!(" AND a.{column} = ${}", index + 4)).collect();
        let (mut own, mut places) = (String::new(), Vec::new());
        if let Some(within) = list.within {
            let clause;
            (own, clause) = about(within, wanted.len() + 4);
            only += &clause;
            places.extend(within.regions.iter().chain(&within.schools));
        }
        let text = format!(
            "{own}SELECT id, at_ms, person_id, address, act, thing, thing_id, detail FROM audit a \
             WHERE (at_ms < $1 OR (at_ms = $1 AND id < $2)){only} ORDER BY at_ms DESC, id DESC LIMIT $3"
        );
        let (at, id) = list.before.unwrap_or((u64::MAX, ""));
        reading!(self, |db| {
            let mut query = sqlx::query(composed(text)).bind(sql(at)).bind(id).bind(i64::from(list.limit.clamp(1, 1_000)));
            for (_, value) in wanted {
                query = query.bind(value);
            }
            for place in places {
                query = query.bind(place);
            }
            query.fetch_all(db).await?.iter().map(line).collect()
        })
    }
}

/// What lies in the places, before the statement, and the clause that a line is about it; the first value of a place is `$first`.
///
/// A thing is where access to it is given: a lesson in its host's and its receiving classrooms, a person in the school or else the region. What was removed, and a
/// term of all, are nowhere: such a line counts to where its person is.
fn about(places: &AuditPlaces, first: usize) -> (String, String) {
    let values = |from: usize, count: usize| match count {
        // Nothing is equal to it.
        0 => "NULL".to_owned(),
        _ => (from..from + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", "),
    };
    let (regions, schools) = (values(first, places.regions.len()), values(first + places.regions.len(), places.schools.len()));
    let own = format!(
        "WITH own_schools AS (SELECT id FROM schools WHERE region_id IN ({regions}) OR id IN ({schools})), \
         own_rooms AS (SELECT id FROM classrooms WHERE school_id IN (SELECT id FROM own_schools)), \
         own_people AS (SELECT id FROM people WHERE school_id IN (SELECT id FROM own_schools) OR (school_id IS NULL AND region_id IN ({regions}))) "
    );
    let (in_schools, in_rooms, in_people) = ("IN (SELECT id FROM own_schools)", "IN (SELECT id FROM own_rooms)", "IN (SELECT id FROM own_people)");
    let in_regions = format!("IN ({regions})");
    let has = |table: &str, id: &str, is: &str| format!("EXISTS (SELECT 1 FROM {table} t WHERE t.{id} = a.thing_id AND t.{is})");
    let of = |table: &str, column: &str, set: &str| has(table, "id", &format!("{column} {set}"));
    let or_by_own =
        |table: &str, column: &str, set: &str| format!("{} OR (a.person_id {in_people} AND NOT {})", of(table, column, set), of(table, column, "IS NOT NULL"));
    let taught = |table: &str, receivers: &str, id: &str| {
        format!("{} OR {}", of(table, "host_classroom_id", in_rooms), has(receivers, id, &format!("classroom_id {in_rooms}")))
    };
    let things = [
        ("'region'", format!("a.thing_id {in_regions}")),
        ("'school', 'schools'", format!("a.thing_id {in_schools}")),
        ("'classroom', 'classrooms'", format!("a.thing_id {in_rooms}")),
        ("'person', 'people'", format!("a.thing_id {in_people}")),
        ("'device'", of("devices", "classroom_id", in_rooms)),
        ("'alliance'", of("alliances", "region_id", &in_regions)),
        ("'pairing'", format!("{} OR {}", of("pairings", "host_classroom_id", in_rooms), of("pairings", "receiving_classroom_id", in_rooms))),
        ("'term'", or_by_own("terms", "region_id", &in_regions)),
        ("'bell plan'", or_by_own("bell_plans", "school_id", in_schools)),
        ("'entry'", taught("entries", "entry_receivers", "entry_id")),
        ("'lesson'", taught("lessons", "lesson_receivers", "lesson_id")),
        ("'webhook'", or_by_own("webhooks", "region_id", &in_regions)),
    ];
    let things: Vec<String> = things.into_iter().map(|(names, is)| format!("(a.thing IN ({names}) AND ({is}))")).collect();
    (own, format!(" AND ({})", things.join(" OR ")))
}
