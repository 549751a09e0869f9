//! HTTP: routes, problems, headers, the address a request came to.

mod arrival;
mod direct;
mod headers;
mod health;
pub(crate) mod origin;
mod pages;
mod patience;
mod problem;
mod proxies;
mod router;
mod whep;
mod whip;

pub use pages::{Asset, Assets};

pub(crate) use arrival::{Acceptor, Arrival};
pub(crate) use direct::bearer;
pub(crate) use pages::Pages;
pub(crate) use problem::Problem;
pub(crate) use router::router;
