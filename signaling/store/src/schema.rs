//! The tables: numbered steps of `migrations/`, each run once, in the same words on both engines.

use sqlx::AnyPool;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Runs the steps that are missing.
pub(crate) async fn migrate(pool: &AnyPool) -> Result<(), sqlx::Error> {
    migrate_to(pool, i64::MAX).await
}

/// Runs the steps up to a number.
pub(crate) async fn migrate_to(pool: &AnyPool, last: i64) -> Result<(), sqlx::Error> {
    let step = |version, name: &'static str, sql: &'static str| Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false);
    let mut steps = vec![
        step(1, "lessons", include_str!("../migrations/0001_lessons.sql")),
        step(2, "timetable", include_str!("../migrations/0002_timetable.sql")),
        step(3, "attendance", include_str!("../migrations/0003_attendance.sql")),
        step(4, "blocks", include_str!("../migrations/0004_blocks.sql")),
        step(5, "webhooks", include_str!("../migrations/0005_webhooks.sql")),
        step(6, "floor", include_str!("../migrations/0006_floor.sql")),
        step(7, "unasked", include_str!("../migrations/0007_unasked.sql")),
        step(8, "strangers", include_str!("../migrations/0008_strangers.sql")),
        step(9, "hosted", include_str!("../migrations/0009_hosted.sql")),
        step(10, "audit", include_str!("../migrations/0010_audit.sql")),
        step(11, "causes", include_str!("../migrations/0011_causes.sql")),
    ];
    steps.retain(|step| step.version <= last);
    Migrator::with_migrations(steps).run(pool).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))
}
