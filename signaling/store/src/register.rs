//! Schools, classrooms and pairings.

use super::transaction::{reading, writing};
use super::{Store, StoreError, sql, unix_ms};

/// What kind of school.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchoolKind {
    /// A main school.
    Main,
    /// A teaching point (教学点).
    Point,
}

/// A school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    /// Its id.
    pub id: String,
    /// Its name on screen.
    pub name: String,
    /// Main school or teaching point.
    pub kind: SchoolKind,
}

/// A classroom of a school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classroom {
    /// Its id.
    pub id: String,
    /// The school's id.
    pub school: String,
    /// Its name on screen.
    pub name: String,
}

/// A host classroom and one of its receiving classrooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// Its id.
    pub id: String,
    /// The host classroom's id.
    pub host_classroom: String,
    /// The receiving classroom's id.
    pub receiving_classroom: String,
    /// The subject.
    pub subject: String,
    /// The term, for example `2026-autumn`.
    pub term: String,
}

impl Store {
    /// Writes a school; one of the same id gets the new name and kind.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn create_school(&self, school: &School) -> Result<(), StoreError> {
        let kind = match school.kind {
            SchoolKind::Main => "main",
            SchoolKind::Point => "point",
        };
        let text = "INSERT INTO schools (id, name, kind, created_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&school.id).bind(&school.name).bind(kind).bind(sql(unix_ms()));
            Ok(query.execute(db).await.map(drop)?)
        })
    }

    /// Writes a classroom; one of the same id gets the new name and school.
    ///
    /// # Errors
    /// [`StoreError::Database`], also where the school is not in the register.
    pub async fn create_classroom(&self, classroom: &Classroom) -> Result<(), StoreError> {
        let text = "INSERT INTO classrooms (id, school_id, name, created_ms) VALUES ($1, $2, $3, $4) \
                    ON CONFLICT (id) DO UPDATE SET name = excluded.name, school_id = excluded.school_id";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&classroom.id).bind(&classroom.school).bind(&classroom.name).bind(sql(unix_ms()));
            Ok(query.execute(db).await.map(drop)?)
        })
    }

    /// Writes a pairing; one of the same id is replaced.
    ///
    /// # Errors
    /// [`StoreError::Database`], also where a classroom is not in the register or the same pairing has another id.
    pub async fn create_pairing(&self, pairing: &Pairing) -> Result<(), StoreError> {
        let text = "INSERT INTO pairings (id, host_classroom_id, receiving_classroom_id, subject, term, created_ms) VALUES ($1, $2, $3, $4, $5, $6) \
                    ON CONFLICT (id) DO UPDATE SET host_classroom_id = excluded.host_classroom_id, \
                    receiving_classroom_id = excluded.receiving_classroom_id, subject = excluded.subject, term = excluded.term";
        writing!(self, |db| {
            let query = sqlx::query(text).bind(&pairing.id).bind(&pairing.host_classroom).bind(&pairing.receiving_classroom);
            let query = query.bind(&pairing.subject).bind(&pairing.term).bind(sql(unix_ms()));
            Ok(query.execute(db).await.map(drop)?)
        })
    }

    /// Every classroom, by id.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn classrooms(&self) -> Result<Vec<Classroom>, StoreError> {
        let text = "SELECT id, school_id, name FROM classrooms ORDER BY id";
        let rows: Vec<(String, String, String)> = reading!(self, |db| Ok(sqlx::query_as(text).fetch_all(db).await?))?;
        Ok(rows.into_iter().map(|(id, school, name)| Classroom { id, school, name }).collect())
    }
}
