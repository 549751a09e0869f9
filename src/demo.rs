//! What the demo shows: its schools, its lessons, and what it prints.

mod announcement;
mod county;
mod lessons;
mod schools;
mod simulation;

pub(crate) use county::{accounts, seed};
pub(crate) use lessons::Scene;
pub(crate) use simulation::simulate;
