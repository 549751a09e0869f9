//! The command line: one file a command.

mod admin;
mod data;
mod demo;
mod flags;
mod lesson;
mod serve;
mod token;

use crate::failure::Failure;
use clap::{Parser, Subcommand};

/// 同课 Tongke: one host school teaches, many rural classrooms see, hear and answer.
#[derive(Parser)]
#[command(name = "tongke", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves lessons until it is told to end.
    Serve(serve::Serve),
    /// Shows what it is: a lesson live now on this machine, with addresses to click.
    Demo(demo::Demo),
    /// Makes the first person, who makes all others.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Makes lessons outside the timetable.
    #[command(subcommand)]
    Lesson(lesson::Lesson),
    /// Makes the tokens that let people and classrooms into a lesson.
    Token(token::Token),
}

/// Reads the command line and does what it says.
///
/// # Errors
/// See [`Failure`]. A command line that cannot be read ends the process with clap's message and code 2.
pub(crate) fn run() -> Result<(), Failure> {
    match CommandLine::parse().command {
        Command::Serve(serve) => serve.run(),
        Command::Demo(demo) => demo.run(),
        Command::Admin(admin) => admin.run(),
        Command::Lesson(lesson) => lesson.run(),
        Command::Token(token) => token.run(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }
}
