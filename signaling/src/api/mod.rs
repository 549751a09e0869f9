//! `/api/v1`: schools, people, the timetable and its lessons, for our own pages and for a district's portal alike.
//!
//! [`route`] holds the list of routes, [`caller`] the guard before them; a file each has the handlers of one thing.

mod attempts;
mod attendance;
mod audit;
mod calendars;
pub(crate) mod caller;
mod clash;
mod deliveries;
mod devices;
mod entries;
pub(crate) mod extract;
mod lesson_list;
mod lessons;
mod live;
mod oidc;
mod people;
pub(crate) mod problem;
mod register;
mod resource;
mod route;
mod session;
mod sheets;
mod statistics;
mod today;
pub mod view;
mod webhooks;
mod written;

pub(crate) use caller::{Caller, guard};
pub(crate) use lessons::{place, places};

use crate::access::Geography;
use crate::account::oidc::Provider;
use crate::account::throttle::Throttle;
use crate::config::Config;
use crate::hub::Hub;
use crate::schedule::pages;
use crate::store::{Answers, Store, StoreError};
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use route::{Routes, Rules};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use timetable::Zone;
use written::{Known, Written};

/// A picture of the register is taken anew after so long, for other processes may have changed it and memberships begin and end by the day.
const PICTURE_MS: u64 = 5_000;

/// What the interface keeps between requests.
pub(crate) struct Api {
    pub(crate) rules: Rules,
    document: String,
    /// Attempts to sign in, by address.
    pub(crate) sign_ins: Throttle,
    /// Codes asked for by panels, by address.
    pub(crate) codes: Throttle,
    /// Attempts with reset tokens, by address.
    pub(crate) resets: Throttle,
    /// Ways through the identity provider, by address; wider than sign-ins, for nobody guesses there.
    pub(crate) ways: Throttle,
    /// The district's identity provider, where there is one.
    pub(crate) provider: Option<Provider>,
    /// Of lists of lessons that were asked for.
    pub(crate) lessons: Answers<lesson_list::Question, Arc<Written>>,
    /// The lessons in them.
    pub(crate) written: Known,
    /// Whoever finds it locked waits for whoever reads the register: it is read once.
    picture: tokio::sync::Mutex<Option<(u64, Arc<Geography>)>>,
    generation: AtomicU64,
    router: Mutex<Option<Router<Arc<Hub>>>>,
}

impl Api {
    pub(crate) fn new(config: &Config) -> Self {
        let (router, rules, document, _) = list().finish();
        Self {
            rules,
            document: document.to_json().unwrap_or_default(),
            sign_ins: Throttle::new(20, Duration::from_secs(6)),
            codes: Throttle::new(30, Duration::from_secs(10)),
            resets: Throttle::new(10, Duration::from_secs(30)),
            ways: Throttle::new(60, Duration::from_secs(2)),
            provider: config.oidc.clone().map(Provider::new),
            lessons: Answers::default(),
            written: Known::default(),
            picture: tokio::sync::Mutex::default(),
            generation: AtomicU64::new(0),
            router: Mutex::new(Some(router)),
        }
    }

    /// The register's picture.
    pub(crate) async fn geography(&self, store: &Store, zone: &Zone, now_ms: u64) -> Result<Arc<Geography>, StoreError> {
        let mut kept = self.picture.lock().await;
        let generation = self.generation.load(Ordering::Acquire);
        if let Some((at_ms, picture)) = kept.as_ref()
            && picture.generation == generation
            && now_ms.abs_diff(*at_ms) < PICTURE_MS
        {
            return Ok(picture.clone());
        }
        let (regions, schools) = (pages(store, None, true).await?, pages(store, None, true).await?);
        let (alliances, classrooms) = (pages(store, None, true).await?, pages(store, None, true).await?);
        let today = zone.wall(now_ms).map(|(day, _)| day.to_string()).unwrap_or_default();
        let mut picture = Geography::new(regions, schools, alliances, classrooms, &today);
        picture.generation = generation;
        let picture = Arc::new(picture);
        *kept = Some((now_ms, picture.clone()));
        Ok(picture)
    }

    /// The register changed: the next request looks at it anew.
    pub(crate) fn register_changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}

/// All routes.
fn list() -> Routes {
    let mut routes = Routes::default();
    session::routes(&mut routes);
    oidc::routes(&mut routes);
    register::routes(&mut routes);
    people::routes(&mut routes);
    entries::routes(&mut routes);
    sheets::routes(&mut routes);
    lessons::routes(&mut routes);
    live::routes(&mut routes);
    today::routes(&mut routes);
    attendance::routes(&mut routes);
    calendars::routes(&mut routes);
    devices::routes(&mut routes);
    statistics::routes(&mut routes);
    deliveries::routes(&mut routes);
    audit::routes(&mut routes);
    webhooks::routes(&mut routes);
    routes
}

/// The routes as every role would be tried on them: method, path, and whether it is public.
pub fn routes_for_tests() -> Vec<(String, String, String)> {
    list().finish().3.into_iter().map(|route| (route.method.to_string(), route.path, format!("{:?}", route.rule))).collect()
}

/// The interface, with its guard, and its description.
pub(crate) fn router(hub: &Arc<Hub>) -> Router<Arc<Hub>> {
    let routes = hub.api.router.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
    let guarded = routes.route_layer(from_fn_with_state(hub.clone(), guard));
    guarded.route("/api/openapi.json", get(document))
}

async fn document(State(hub): State<Arc<Hub>>) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], hub.api.document.clone()).into_response()
}
