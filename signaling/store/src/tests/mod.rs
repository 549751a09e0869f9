#![allow(clippy::unwrap_used)]
//! Each test runs on a database of its own, of either engine where it is not about one of them.

mod attendance;
mod people;
mod planned;
mod register;
mod running;
mod safety;
pub(crate) mod support;
mod told;
mod world;
