//! `tongke` (同课, "the same lesson"): one binary that serves lessons, shows a demo and makes lessons and tokens.

#![forbid(unsafe_code)]

mod access;
mod addresses;
mod assets;
mod command;
mod config;
mod demo;
mod failure;
mod log;
mod media;
mod metrics;
mod node;
mod shutdown;

use std::process::ExitCode;

fn main() -> ExitCode {
    match command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("tongke: {failure}");
            failure.exit_code()
        }
    }
}
