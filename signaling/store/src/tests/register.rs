//! Schools, classrooms and pairings.

use super::support::{Fresh, on_both_engines};
use crate::{Classroom, Pairing, School, SchoolKind};

on_both_engines! {
    the_register_takes_the_same_entry_twice
}

async fn the_register_takes_the_same_entry_twice(fresh: Fresh) {
    let store = fresh.open().await;
    for _ in 0..2 {
        store.create_school(&School { id: "s1".into(), name: "First".into(), kind: SchoolKind::Point }).await.unwrap();
        for id in ["r1", "r2"] {
            store.create_classroom(&Classroom { id: id.into(), school: "s1".into(), name: id.into() }).await.unwrap();
        }
        let pairing = Pairing { id: "x".into(), host_classroom: "r1".into(), receiving_classroom: "r2".into(), subject: "art".into(), term: "2026".into() };
        store.create_pairing(&pairing).await.unwrap();
    }
    assert_eq!(store.classrooms().await.unwrap().len(), 2);
    let lost = Classroom { id: "r3".into(), school: "nowhere".into(), name: "x".into() };
    assert!(matches!(store.create_classroom(&lost).await, Err(error) if error.kind() == "constraint"));
}
