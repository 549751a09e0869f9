//! A fresh store for each test, on either engine.

use crate::record::Write;
use crate::{Database, Store, StoreError, running};
use sqlx::{AssertSqlSafe, Executor};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory that goes away.
pub(crate) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tongke-store-{}", unique()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn unique() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A new, empty database.
pub(crate) struct Fresh {
    pub(crate) database: Database,
    _folder: Option<Folder>,
}

impl Fresh {
    pub(crate) fn sqlite() -> Self {
        let folder = Folder::new();
        Self { database: Database::Sqlite(folder.0.clone()), _folder: Some(folder) }
    }

    /// A schema of its own in the database of `TONGKE_TEST_POSTGRES`; none where the tests are to be of SQLite only.
    pub(crate) async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("TONGKE_TEST_POSTGRES") else {
            let only = std::env::var("TONGKE_TEST_SQLITE_ONLY").is_ok_and(|value| value == "1");
            assert!(only, "TONGKE_TEST_POSTGRES is not set: run the tests under .ci/postgres, or set TONGKE_TEST_SQLITE_ONLY=1");
            return None;
        };
        let schema = format!("t{}", unique());
        sqlx::any::install_default_drivers();
        let pool = sqlx::any::AnyPoolOptions::new().max_connections(1).connect(&server).await.unwrap();
        pool.execute(sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")))).await.unwrap();
        pool.close().await;
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options[search_path]={schema}");
        Some(Self { database: Database::Postgres(url.parse().unwrap()), _folder: None })
    }

    pub(crate) async fn open(&self) -> Store {
        self.try_open().await.unwrap()
    }

    pub(crate) async fn try_open(&self) -> Result<Store, StoreError> {
        Store::open(&self.database).await
    }
}

/// Writes what a running lesson writes.
pub(crate) async fn write(store: &Store, write: Write) {
    let mut transaction = store.begin().await.unwrap();
    running::execute(&mut transaction, &write).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Makes two tests of each function that takes a [`Fresh`] database: one of each engine.
macro_rules! on_both_engines {
    ($($test:ident)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::tests::support::Fresh::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                if let Some(fresh) = $crate::tests::support::Fresh::postgres().await {
                    super::$test(fresh).await;
                }
            })+
        }
    };
}
pub(crate) use on_both_engines;
