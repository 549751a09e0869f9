//! Alliances of schools and who is in them.

use super::error::Fault;
use super::kept::{Closable, Kept, Part, Stored, check_days, check_name, find_all};
use super::listing::Listed;
use super::row::{Columns, words};
use super::transaction::reading;
use super::value::{Value, composed};
use super::{Store, StoreError, sql};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

words! {
    /// What a school is in an alliance.
    MemberRole {
        /// Leads (牵头).
        Lead = "lead",
        /// Works with it (协作).
        Collaborating = "collaborating",
        /// Is paired (对子).
        Paired = "paired",
    }
}

/// A school in an alliance, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Member {
    /// The school's id.
    pub school: String,
    /// As what.
    pub role: MemberRole,
    /// Its first day, as `YYYY-MM-DD`.
    pub from_day: String,
    /// Its last day, as `YYYY-MM-DD`; none while it lasts.
    pub to_day: Option<String>,
}

impl Member {
    /// Whether this is the same membership as another one, and lasts no longer.
    pub fn is_within(&self, other: &Self) -> bool {
        let no_longer = other.to_day.is_none() || self.to_day.as_ref().is_some_and(|day| other.to_day.as_ref().is_some_and(|other| day <= other));
        self.school == other.school && self.from_day == other.from_day && no_longer
    }
}

/// An alliance (联盟) of schools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Alliance {
    /// Its id.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", required = true)]
    pub id: String,
    /// The region it is of.
    pub region: String,
    /// Its name on screen.
    pub name: String,
    /// Who is or was in it, by school and day.
    pub members: Vec<Member>,
    /// When it was closed, in milliseconds since 1970 (UTC).
    #[serde(default)]
    #[schema(read_only)]
    pub closed_ms: Option<u64>,
    /// Counted up with each change, also of members; 1 when made.
    #[serde(default)]
    #[schema(read_only, required = true)]
    pub version: u64,
}

impl Alliance {
    /// A school that is in it twice on one day.
    pub fn twice(&self) -> Option<&str> {
        let mut members: Vec<&Member> = self.members.iter().collect();
        members.sort_by_key(|member| (&member.school, &member.from_day));
        let overlap = |one: &Member, next: &Member| one.school == next.school && one.to_day.as_ref().is_none_or(|day| *day >= next.from_day);
        members.iter().zip(members.iter().skip(1)).find(|(one, next)| overlap(one, next)).map(|(one, _)| one.school.as_str())
    }

    /// Whether the ends that are past stay as they were in `old`: only a membership that has not ended by `today` (`YYYY-MM-DD`) gets another end, `today` or
    /// later. Of who is left out [`Alliance::left_out`] tells.
    pub fn keeps_past(&self, old: &Self, today: &str) -> bool {
        let open = |day: &Option<String>| day.as_ref().is_none_or(|day| day.as_str() >= today);
        let kept = |old: &Member| {
            let same = self.members.iter().find(|member| member.school == old.school && member.from_day == old.from_day);
            same.is_none_or(|member| member.to_day == old.to_day || (open(&member.to_day) && open(&old.to_day)))
        };
        old.members.iter().filter(|member| member.from_day.as_str() <= today).all(kept)
    }

    /// The memberships of `old` that are not in this one, or begin on another day.
    pub fn left_out<'a>(&'a self, old: &'a Self) -> impl Iterator<Item = &'a Member> {
        old.members.iter().filter(|old| !self.members.iter().any(|member| member.school == old.school && member.from_day == old.from_day))
    }
}

impl Store {
    /// How many lessons an alliance has of a member: those in a classroom of its school that begin between two times (in milliseconds since 1970, UTC) and take
    /// place or count in statistics, or else the deliveries of its days.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn member_lessons(&self, member: &Member, from_ms: u64, until_ms: u64) -> Result<u64, StoreError> {
        let rooms = "SELECT id FROM classrooms WHERE school_id = $1";
        let held = format!(
            "SELECT COUNT(*) AS held FROM lessons WHERE planned_start_ms >= $2 AND planned_start_ms < $3 \
             AND (state <> 'cancelled' OR id IN (SELECT lesson_id FROM deliveries WHERE school_id = $1)) \
             AND (host_classroom_id IN ({rooms}) OR id IN (SELECT lesson_id FROM lesson_receivers WHERE classroom_id IN ({rooms})))"
        );
        let counted = "SELECT COUNT(*) AS held FROM deliveries WHERE school_id = $1 AND week_end >= $2 AND week_end <= $3";
        reading!(self, |db| {
            let lessons = sqlx::query(composed(held)).bind(&member.school).bind(sql(from_ms)).bind(sql(until_ms)).fetch_one(&mut *db).await?.count("held")?;
            let last = member.to_day.as_deref().unwrap_or("9999-12-31");
            let deliveries = sqlx::query(counted).bind(&member.school).bind(&member.from_day).bind(last).fetch_one(&mut *db).await?.count("held")?;
            Ok(lessons.max(deliveries))
        })
    }
}

impl Store {
    /// The alliances, but closed ones, in which a school is or will be a member on days after this one (`YYYY-MM-DD`), in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub async fn alliances_beyond(&self, school: &str, day: &str) -> Result<Vec<Alliance>, StoreError> {
        let condition = "closed_ms IS NULL AND id IN (SELECT alliance_id FROM alliance_members WHERE school_id = $1 AND (to_day IS NULL OR to_day > $2)) \
                         ORDER BY id";
        reading!(self, |db| find_all(db, condition, vec![school.into(), day.into()]).await)
    }
}

impl Kept for Alliance {}
impl Closable for Alliance {}
impl Stored for Alliance {
    const NAME: &'static str = "alliance";
    const TABLE: &'static str = "alliances";
    const COLUMNS: &'static [&'static str] = &["region_id", "name"];
    const OWNER: &'static str = "region_id";
    const CLOSES: bool = true;
    const PARTS: &'static [Part] =
        &[Part { table: "alliance_members", owner: "alliance_id", columns: &["school_id", "role", "from_day", "to_day"], order: "school_id, from_day" }];

    fn id(&self) -> &str {
        &self.id
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn check(&self) -> Result<(), StoreError> {
        check_name("name of an alliance", &self.name)?;
        self.members.iter().try_for_each(|member| check_days(Some(&member.from_day), member.to_day.as_deref()))?;
        let twice = |school: &str| StoreError::invalid("member of an alliance", school, "end one membership before the next of the same school begins");
        self.twice().map_or(Ok(()), |school| Err(twice(school)))
    }
    fn values(&self) -> Vec<Value> {
        vec![(&self.region).into(), (&self.name).into()]
    }
    fn of(row: &Listed<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.text("id")?,
            region: row.text("region_id")?,
            name: row.text("name")?,
            members: Vec::new(),
            closed_ms: row.count_or_none("closed_ms")?,
            version: row.count("version")?,
        })
    }
    fn parts(&self) -> Vec<Vec<Vec<Value>>> {
        let member = |member: &Member| vec![(&member.school).into(), member.role.name().into(), (&member.from_day).into(), (&member.to_day).into()];
        vec![self.members.iter().map(member).collect()]
    }
    fn take_part(&mut self, _part: usize, row: &Listed<'_>) -> Result<(), Fault> {
        self.members.push(Member {
            school: row.text("school_id")?,
            role: row.word("member", "role")?,
            from_day: row.text("from_day")?,
            to_day: row.text_or_none("to_day")?,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alliance(members: &[(&str, &str, Option<&str>)]) -> Alliance {
        let member = |(school, from, to): &(&str, &str, Option<&str>)| Member {
            school: (*school).into(),
            role: MemberRole::Paired,
            from_day: (*from).into(),
            to_day: to.map(str::to_owned),
        };
        let members = members.iter().map(member).collect();
        Alliance { id: "a".into(), region: "c".into(), name: "a".into(), members, closed_ms: None, version: 1 }
    }

    #[test]
    fn a_school_is_in_it_once_on_a_day() {
        assert_eq!(alliance(&[("s", "2026-09-01", None), ("s", "2025-09-01", Some("2026-08-31")), ("t", "2026-01-01", None)]).twice(), None);
        assert_eq!(alliance(&[("s", "2026-09-01", None), ("s", "2025-09-01", Some("2026-09-01"))]).twice(), Some("s"), "a day is the first's and the second's");
        assert_eq!(alliance(&[("s", "2025-09-01", None), ("t", "2025-09-01", None), ("s", "2026-09-01", Some("2026-09-02"))]).twice(), Some("s"));
    }

    #[test]
    fn the_past_stays() {
        let old = alliance(&[("s", "2025-09-01", None), ("t", "2025-09-01", Some("2026-06-30")), ("u", "2027-02-01", None)]);
        let keeps = |members: &[(&str, &str, Option<&str>)]| alliance(members).keeps_past(&old, "2026-11-27");
        let (s, t) = (("s", "2025-09-01", None), ("t", "2025-09-01", Some("2026-06-30")));
        assert!(keeps(&[s, t]), "who has not begun may be left out");
        assert!(keeps(&[("s", "2025-09-01", Some("2026-11-27")), t]), "the end is today");
        assert!(!keeps(&[("s", "2025-09-01", Some("2026-11-26")), t]), "an end in the past");
        let left_out = |members: &[(&str, &str, Option<&str>)]| alliance(members).left_out(&old).map(|member| member.school.clone()).collect::<Vec<_>>();
        assert_eq!((keeps(&[t]), left_out(&[t])), (true, vec!["s".to_owned(), "u".into()]), "left out");
        assert_eq!(left_out(&[("s", "2025-09-02", None), t]), ["s", "u"], "another beginning");
        assert!(!keeps(&[s, ("t", "2025-09-01", None)]) && !keeps(&[s, ("t", "2025-09-01", Some("2026-01-31"))]), "another end of what has ended");
        assert!(keeps(&[s, t, ("t", "2026-12-01", None)]), "comes back");
    }
}
