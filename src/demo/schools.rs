//! One county: a host school and six rural schools, two of them teaching points (教学点). Invented; the kinds and the sizes are those of real ones.

use crate::failure::Failure;
use signaling::store::{Alliance, Classroom, ClassroomKind, Member, MemberRole, Pairing, Region, RegionLevel, School, SchoolKind, Store, StoreError};

/// Who teaches, where that is simulated.
pub(crate) const TEACHER: &str = "李晓岚老师";

/// Whoever tries the demo out.
pub(crate) const VISITOR: &str = "主讲老师";

/// Who watches the figures.
pub(crate) const OPERATOR: &str = "云岭县电教中心";

/// The county's region.
pub(crate) const REGION: &str = "yunling";

const HOST_SCHOOL: &str = "云岭县第一小学";

const RURAL_SCHOOLS: [(&str, SchoolKind); 6] = [
    ("桐木中心小学", SchoolKind::Main),
    ("月亮湾小学", SchoolKind::Main),
    ("枣林村小学", SchoolKind::Main),
    ("鹿角村小学", SchoolKind::Main),
    ("磨盘教学点", SchoolKind::Point),
    ("瓦窑教学点", SchoolKind::Point),
];

const GRADES: [&str; 3] = ["三年级", "四年级", "五年级"];

/// How many rural classes there are.
pub(crate) const CLASSES: usize = RURAL_SCHOOLS.len() * GRADES.len();

/// The name on screen of a class, 0 to [`CLASSES`] − 1: first the third grade of every school, then the fourth, then the fifth.
pub(crate) fn class_name(number: usize) -> String {
    format!("{} {}", RURAL_SCHOOLS[number % RURAL_SCHOOLS.len()].0, grade(number))
}

fn grade(number: usize) -> &'static str {
    GRADES[number / RURAL_SCHOOLS.len() % GRADES.len()]
}

/// Its classroom's id in the register.
pub(crate) fn classroom_id(number: usize) -> String {
    format!("rural-{}-{}", number % RURAL_SCHOOLS.len() + 1, number / RURAL_SCHOOLS.len() % GRADES.len() + 3)
}

/// Writes the county into the register; a second time changes nothing.
///
/// # Errors
/// The store refused.
pub(crate) async fn register(store: &Store) -> Result<(), Failure> {
    let failed = Failure::room::<StoreError>;
    let what = "writing the demo's schools";
    let host_classroom = "host-1".to_owned();
    school(store, School::new("host", HOST_SCHOOL, SchoolKind::Main)).await.map_err(failed(what))?;
    let room = Classroom { kind: ClassroomKind::Recording, ..Classroom::new(&host_classroom, "host", "录播教室") };
    store.put_classroom(&room).await.map_err(failed(what))?;
    for (index, (name, kind)) in RURAL_SCHOOLS.into_iter().enumerate() {
        school(store, School::new(format!("rural-{}", index + 1), name, kind)).await.map_err(failed(what))?;
    }
    alliance(store).await.map_err(failed(what))?;
    for number in 0..CLASSES {
        let school = format!("rural-{}", number % RURAL_SCHOOLS.len() + 1);
        let classroom = Classroom::new(classroom_id(number), school, grade(number));
        store.put_classroom(&classroom).await.map_err(failed(what))?;
        let pairing = Pairing {
            id: format!("pair-{}", classroom.id),
            host_classroom: host_classroom.clone(),
            receiving_classroom: classroom.id,
            subject: "语文".to_owned(),
            term: "demo".to_owned(),
            from_day: None,
            to_day: None,
            version: 1,
        };
        store.put_pairing(&pairing).await.map_err(failed(what))?;
    }
    Ok(())
}

/// A school of the county; one that is there gets its name.
async fn school(store: &Store, school: School) -> Result<(), StoreError> {
    let now = crate::access::unix_seconds() * 1_000;
    if store.get::<Region>(REGION).await?.is_none() {
        store.create(&Region { id: REGION.into(), parent: None, level: RegionLevel::County, name: "云岭县".into(), version: 1 }, now).await?;
    }
    match store.get::<School>(&school.id).await? {
        Some(_) => store.put_school(&school).await,
        None => store.create(&School { region: Some(REGION.into()), uplink_kbit: Some(50_000), ..school }, now).await,
    }
}

/// The schools of the demo's lessons are partners.
async fn alliance(store: &Store) -> Result<(), StoreError> {
    let id = "alliance-first";
    if store.get::<Alliance>(id).await?.is_some() {
        return Ok(());
    }
    let member = |school: String, role| Member { school, role, from_day: "2025-09-01".into(), to_day: None };
    let rural = (1..=RURAL_SCHOOLS.len()).map(|number| member(format!("rural-{number}"), MemberRole::Collaborating));
    let members = std::iter::once(member("host".into(), MemberRole::Lead)).chain(rural).collect();
    let row = Alliance { id: id.into(), region: REGION.into(), name: "第一小学教育联盟".into(), members, closed_ms: None, version: 1 };
    store.create(&row, crate::access::unix_seconds() * 1_000).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_class_has_a_name_and_a_classroom_of_its_own() {
        let names: HashSet<String> = (0..CLASSES).map(class_name).collect();
        let ids: HashSet<String> = (0..CLASSES).map(classroom_id).collect();
        assert_eq!((names.len(), ids.len()), (18, 18));
        assert_eq!((class_name(7), classroom_id(7)), ("月亮湾小学 四年级".to_owned(), "rural-2-4".to_owned()));
    }
}
