//! Who is in which lesson: HTTP, WebSocket, WHIP/WHEP, roles, the stage, the store.
//!
//! ```text
//! ws::read → ClientMessage → permit::authorize → Command → Lesson::apply(now, Command) → Effects → store / media plane / notices → ws::write
//! ```
//!
//! The binary brings the parts that are joined only there: a [`media::MediaPlane`] with its events, the web client's files as [`Assets`], a metrics
//! registry, and the moment to stop.
//!
//! ```no_run
//! # async fn serve(media: std::sync::Arc<dyn signaling::media::MediaPlane>, events: tokio::sync::mpsc::Receiver<signaling::media::MediaEvent>,
//! #     assets: std::sync::Arc<dyn signaling::Assets>) -> Result<(), signaling::ServeError> {
//! let config = signaling::Config::new(([127, 0, 0, 1], 8080).into(), "data");
//! let store = signaling::Store::open(&signaling::Database::Sqlite(config.data.clone())).await?;
//! let server = signaling::Server::bind(config, store, media, events, assets, prometheus::Registry::new()).await?;
//! println!("http://{}/", server.local_addr());
//! server.run(std::future::pending()).await
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod access;
pub mod account;
mod alone;
pub mod api;
mod config;
mod housekeeping;
mod http;
mod hub;
pub mod lesson;
pub mod media;
mod metrics;
mod outbound;
pub mod permit;
pub mod refusal;
pub mod schedule;
mod server;
pub mod statistics;
pub mod tokens;
mod trust;
mod webhooks;
mod ws;

pub use ::store;
pub use ::store::{Classroom, Database, Membership, NewLesson, Pairing, PostgresUrl, School, SchoolKind, Store, StoreError};
pub use ::store::{record, resume};
pub use config::{Config, Oidc, Secret, Tls};
pub use http::{Asset, Assets};
pub use server::{ServeError, Server};
pub use tokens::{ALL_LESSONS, Claims, Holder, TokenError, Tokens};
pub use webhooks::WebhookTargets;
