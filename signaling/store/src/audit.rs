//! Who did what, when and from where. Only ever added to.

use super::database::Engine;
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
        let Some(places) = list.within else { return self.lines(list, &Asked::everywhere(list)).await };
        // Of a person or a thing there are not many.
        if list.person.is_some() || list.thing_id.is_some() {
            return self.lines(list, &Asked::among(list, places, "")).await;
        }
        // Where much happens the page is among the latest lines; where little does, what is there is sooner asked than all lines whether they are about it.
        let recent = self.lines(list, &Asked::among(list, places, &format!("{LATEST} {RECENT}"))).await?;
        let whole = recent.len() >= usize::try_from(list.most()).unwrap_or(usize::MAX);
        if whole { Ok(recent) } else { self.lines(list, &Asked::by_thing(self.engine, list, places)).await }
    }

    async fn lines(&self, list: &AuditList<'_>, asked: &Asked) -> Result<Vec<AuditLine>, StoreError> {
        let (at, id) = list.before.unwrap_or((u64::MAX, ""));
        reading!(self, |db| {
            let query = sqlx::query(composed(asked.0.clone())).bind(sql(at)).bind(id).bind(list.most());
            let query = list.wanted().into_iter().fold(query, |query, (_, value)| query.bind(value));
            let places = list.within.into_iter().flat_map(|within| within.regions.iter().chain(&within.schools));
            places.fold(query, sqlx::query::Query::bind).fetch_all(db).await?.iter().map(line).collect()
        })
    }
}

impl<'a> AuditList<'a> {
    fn most(&self) -> i64 {
        i64::from(self.limit.clamp(1, 1_000))
    }

    /// The columns that are to have a value.
    fn wanted(&self) -> Vec<(&'static str, &'a str)> {
        let wanted = [("person_id", self.person), ("thing", self.thing), ("thing_id", self.thing_id)];
        wanted.into_iter().filter_map(|(column, value)| Some((column, value?))).collect()
    }
}

const COLUMNS: &str = "a.id, a.at_ms, a.person_id, a.address, a.act, a.thing, a.thing_id, a.detail";
const LATEST: &str = "ORDER BY at_ms DESC, id DESC LIMIT";

/// Lines that are looked at one by one whether they are about what is in the places.
const RECENT: usize = 5_000;

/// A statement: `$1` and `$2` are time and id of the last line of the page before, `$3` is the limit; then come the columns' values, the regions, the schools.
struct Asked(String);

impl Asked {
    /// What all lines fulfil, wherever they belong.
    fn only(list: &AuditList<'_>) -> String {
        let wanted = list.wanted().into_iter().enumerate().map(|(index, (column, _))| format!(" AND a.{column} = ${}", index + 4));
        format!("a.at_ms <= $1 AND (a.at_ms < $1 OR a.id < $2){}", wanted.collect::<String>())
    }

    fn everywhere(list: &AuditList<'_>) -> Self {
        Self(format!("SELECT {COLUMNS} FROM audit a WHERE {} {LATEST} $3", Self::only(list)))
    }

    /// Those about what is in the places, of the lines that `bound` leaves.
    fn among(list: &AuditList<'_>, places: &AuditPlaces, bound: &str) -> Self {
        let (own, sets) = own(places, list.wanted().len() + 4);
        let about: Vec<String> = KINDS.iter().map(|kind| format!("(a.thing IN ({}) AND ({}))", kind.names, kind.is(&sets))).collect();
        let bounded = format!("SELECT {COLUMNS} FROM audit a WHERE {} {bound}", Self::only(list));
        Self(format!("{own}SELECT {COLUMNS} FROM ({bounded}) a WHERE {} {LATEST} $3", about.join(" OR ")))
    }

    /// The lines of the things that are in the places.
    fn by_thing(engine: Engine, list: &AuditList<'_>, places: &AuditPlaces) -> Self {
        let (own, sets) = own(places, list.wanted().len() + 4);
        let things: Vec<String> = KINDS.iter().flat_map(|kind| kind.things(&sets)).collect();
        let (of_thing, only) = ("a.thing = things.thing AND a.thing_id = things.thing_id", Self::only(list));
        // Things first, by the index: SQLite keeps the order of a cross join, PostgreSQL must not guess how many lines there will be.
        let theirs = match engine {
            Engine::Sqlite => format!("SELECT {COLUMNS} FROM things CROSS JOIN audit a WHERE {of_thing} AND {only}"),
            Engine::Postgres => {
                format!("SELECT {COLUMNS} FROM things CROSS JOIN LATERAL (SELECT * FROM audit a WHERE {of_thing} AND {only} {LATEST} $3) a")
            }
        };
        let others = KINDS.iter().filter(|kind| kind.or_by_person);
        let others =
            others.map(|kind| format!(" UNION ALL SELECT {COLUMNS} FROM audit a WHERE a.thing IN ({}) AND {} AND {only}", kind.names, kind.by_own(&sets)));
        let others: String = others.collect();
        Self(format!("{own}, things (thing, thing_id) AS ({}) {theirs}{others} {LATEST} $3", things.join(" UNION ALL ")))
    }
}

/// What in the places there is.
struct Sets {
    regions: String,
}

impl Sets {
    fn of(&self, set: Set) -> &str {
        match set {
            Set::Regions => &self.regions,
            Set::Schools => "IN (SELECT id FROM own_schools)",
            Set::Rooms => "IN (SELECT id FROM own_rooms)",
            Set::People => "IN (SELECT id FROM own_people)",
        }
    }
}

/// The beginning of a statement, which makes the sets; the first value of a place is `$first`.
fn own(places: &AuditPlaces, first: usize) -> (String, Sets) {
    let values = |from: usize, count: usize| match count {
        // Nothing is equal to it.
        0 => "NULL".to_owned(),
        _ => super::value::places(from, count),
    };
    let (regions, schools) = (values(first, places.regions.len()), values(first + places.regions.len(), places.schools.len()));
    let own = format!(
        "WITH own_schools AS (SELECT id FROM schools WHERE region_id IN ({regions}) OR id IN ({schools})), \
         own_rooms AS (SELECT id FROM classrooms WHERE school_id IN (SELECT id FROM own_schools)), \
         own_people AS (SELECT id FROM people WHERE school_id IN (SELECT id FROM own_schools) OR (school_id IS NULL AND region_id IN ({regions}))) "
    );
    (own, Sets { regions: format!("IN ({regions})") })
}

#[derive(Clone, Copy)]
enum Set {
    Regions,
    Schools,
    Rooms,
    People,
}

/// Where things of a kind are: where access to them is given. A thing is in the places where one of these tables has a row of it (by its id, in the one
/// column) of which the other column is in the set.
struct Kind {
    /// What lines call them, quoted.
    names: &'static str,
    rows: &'static [(&'static str, &'static str, &'static str, Set)],
    /// What was removed, and what belongs to all, is nowhere: a line about such a one counts to where its person is.
    or_by_person: bool,
}

const fn kind(names: &'static str, rows: &'static [(&'static str, &'static str, &'static str, Set)]) -> Kind {
    Kind { names, rows, or_by_person: false }
}

const KINDS: [Kind; 12] = [
    kind("'school', 'schools'", &[("schools", "id", "id", Set::Schools)]),
    kind("'classroom', 'classrooms'", &[("classrooms", "id", "school_id", Set::Schools)]),
    kind("'person', 'people'", &[("people", "id", "id", Set::People)]),
    kind("'device'", &[("devices", "id", "classroom_id", Set::Rooms)]),
    kind("'alliance'", &[("alliances", "id", "region_id", Set::Regions)]),
    kind("'entry'", &[("entries", "id", "host_classroom_id", Set::Rooms), ("entry_receivers", "entry_id", "classroom_id", Set::Rooms)]),
    kind("'lesson'", &[("lessons", "id", "host_classroom_id", Set::Rooms), ("lesson_receivers", "lesson_id", "classroom_id", Set::Rooms)]),
    Kind { or_by_person: true, ..kind("'region'", &[("regions", "id", "id", Set::Regions)]) },
    Kind {
        or_by_person: true,
        ..kind("'pairing'", &[("pairings", "id", "host_classroom_id", Set::Rooms), ("pairings", "id", "receiving_classroom_id", Set::Rooms)])
    },
    Kind { or_by_person: true, ..kind("'term'", &[("terms", "id", "region_id", Set::Regions)]) },
    Kind { or_by_person: true, ..kind("'bell plan'", &[("bell_plans", "id", "school_id", Set::Schools)]) },
    Kind { or_by_person: true, ..kind("'webhook'", &[("webhooks", "id", "region_id", Set::Regions)]) },
];

impl Kind {
    /// Whether the line `a` belongs to the places.
    fn is(&self, sets: &Sets) -> String {
        let rows = self.rows.iter().map(|(table, id, column, set)| has(table, id, column, sets.of(*set)));
        rows.chain(self.or_by_person.then(|| self.by_own(sets))).collect::<Vec<_>>().join(" OR ")
    }

    /// Whether the line `a` is about a thing that is nowhere, and of a person in the places.
    fn by_own(&self, sets: &Sets) -> String {
        let somewhere: Vec<String> = self.rows.iter().map(|(table, id, column, _)| has(table, id, column, "IS NOT NULL")).collect();
        format!("(a.person_id {} AND NOT ({}))", sets.of(Set::People), somewhere.join(" OR "))
    }

    /// The things in the places, for each name of theirs.
    fn things(&self, sets: &Sets) -> Vec<String> {
        let rows = self.rows.iter().map(|(table, id, column, set)| format!("SELECT {id} AS id FROM {table} WHERE {column} {}", sets.of(*set)));
        // Each once, if several tables have it.
        let all = rows.collect::<Vec<_>>().join(" UNION ");
        self.names.split(", ").map(|name| format!("SELECT CAST({name} AS TEXT), id FROM ({all}) of_kind")).collect()
    }
}

fn has(table: &str, id: &str, column: &str, is: &str) -> String {
    format!("EXISTS (SELECT 1 FROM {table} t WHERE t.{id} = a.thing_id AND t.{column} {is})")
}
