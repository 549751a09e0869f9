//! One county: a host school and six rural schools, two of them teaching points (教学点). Invented; the kinds and the sizes are those of real ones.

use crate::failure::Failure;
use signaling::store::{Classroom, ClassroomKind, Pairing, School, SchoolKind, Store};

/// Who teaches, where that is simulated.
pub(crate) const TEACHER: &str = "李晓岚老师";

/// Whoever tries the demo out.
pub(crate) const VISITOR: &str = "主讲老师";

/// Who watches the figures.
pub(crate) const OPERATOR: &str = "云岭县电教中心";

const HOST_SCHOOL: &str = "云岭县第一小学";

const RURAL_SCHOOLS: [(&str, SchoolKind); 6] = [
    ("石门中心小学", SchoolKind::Main),
    ("白水河小学", SchoolKind::Main),
    ("红岩村小学", SchoolKind::Main),
    ("梨园村小学", SchoolKind::Main),
    ("柳树沟教学点", SchoolKind::Point),
    ("大坪教学点", SchoolKind::Point),
];

const GRADES: [&str; 3] = ["三年级", "四年级", "五年级"];

/// How many rural classes there are.
pub(crate) const CLASSES: usize = RURAL_SCHOOLS.len() * GRADES.len();

/// The name on screen of a class, 0 to [`CLASSES`] − 1: first the third grade of every school, then the fourth, then the fifth.
pub(crate) fn class_name(number: usize) -> String {
    format!("{}{}", RURAL_SCHOOLS[number % RURAL_SCHOOLS.len()].0, GRADES[number / RURAL_SCHOOLS.len() % GRADES.len()])
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
    let failed = Failure::room::<signaling::StoreError>;
    let what = "writing the demo's schools";
    let host_classroom = "host-1".to_owned();
    store.put_school(&School::new("host", HOST_SCHOOL, SchoolKind::Main)).await.map_err(failed(what))?;
    let room = Classroom { kind: ClassroomKind::Recording, ..Classroom::new(&host_classroom, "host", "录播教室") };
    store.put_classroom(&room).await.map_err(failed(what))?;
    for (index, (name, kind)) in RURAL_SCHOOLS.into_iter().enumerate() {
        store.put_school(&School::new(format!("rural-{}", index + 1), name, kind)).await.map_err(failed(what))?;
    }
    for number in 0..CLASSES {
        let school = format!("rural-{}", number % RURAL_SCHOOLS.len() + 1);
        let classroom = Classroom::new(classroom_id(number), school, class_name(number));
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
        assert_eq!((class_name(7), classroom_id(7)), ("白水河小学四年级".to_owned(), "rural-2-4".to_owned()));
    }
}
