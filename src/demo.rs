//! What the demo shows: its schools, its lessons, and what it prints.

mod announcement;
mod lessons;
mod schools;
mod simulation;

pub(crate) use lessons::Scene;
pub(crate) use simulation::simulate;
