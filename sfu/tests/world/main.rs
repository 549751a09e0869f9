//! Whole rooms in virtual time over an emulated network, seeded.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod network;
mod peer;
mod rooms;
mod world;
