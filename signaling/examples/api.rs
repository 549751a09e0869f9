//! A server with two counties of made-up data and the session of somebody who operates everything, for programs that try the REST interface.
//!
//! Prints one line of JSON, `{"url", "cookie"}`, and serves until its standard input ends. `.ci/schemathesis` uses it; `cargo run -p signaling --example api`
//! gives it to whoever wants to try the interface by hand. On SQLite in a temporary directory, or on the PostgreSQL of `TONGKE_TEST_POSTGRES`, which is empty.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use signaling::WebhookTargets;
use signaling::store::Database;
use std::io::Read;
use support::{Folder, Running, county};

#[tokio::main]
async fn main() {
    let folder = Folder::new();
    let database = match std::env::var("TONGKE_TEST_POSTGRES") {
        Ok(url) => Database::Postgres(url.parse().unwrap()),
        Err(_) => Database::Sqlite(folder.0.clone()),
    };
    // Nobody outside is called, whatever webhooks are made.
    let server = Running::start_on(&folder.0, database, |config| config.webhook_targets = WebhookTargets::Public).await;
    county::counties(&server.store).await;
    let (operator, _) = county::operator(&server.store).await;
    let (_, cookie) = county::session(&server.store, &operator, true).await;
    println!("{}", serde_json::json!({ "url": format!("http://{}", server.address), "cookie": cookie }));
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = ended.await;
    server.stop().await;
}
