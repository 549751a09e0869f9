//! `tongke token`.

use super::data::Data;
use crate::access::{Access, unix_seconds};
use crate::failure::Failure;
use crate::node;
use protocol::Role;
use signaling::tokens::{ALL_LESSONS, Tokens};

/// Prints a token, or with --count a JSON array of tokens.
#[derive(clap::Args)]
pub(super) struct Token {
    /// The lesson's id; an operator's may be '*', for all lessons.
    #[arg(long, value_name = "ID")]
    lesson: String,
    /// As what it lets in.
    #[arg(long)]
    role: RoleName,
    /// The name on screen, 1 to 80 characters; with --count, a number is put behind it.
    #[arg(long)]
    name: String,
    /// How many, each for a place of its own.
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    count: u16,
    /// How long it is good, in hours from now; 87600 is ten years.
    #[arg(long, value_name = "H", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=87_600))]
    hours: u32,
    #[command(flatten)]
    data: Data,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum RoleName {
    /// The lead teacher; one at a time in a lesson.
    Host,
    /// A rural classroom.
    Classroom,
    /// Watches, sends nothing.
    Observer,
    /// Watches the figures.
    Operator,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Host => Role::Host,
            RoleName::Classroom => Role::Classroom,
            RoleName::Observer => Role::Observer,
            RoleName::Operator => Role::Operator,
        }
    }
}

impl Token {
    pub(super) fn run(&self) -> Result<(), Failure> {
        node::runtime()?.block_on(self.check_lesson())?;
        let tokens = self.data.existing_tokens()?;
        let now = unix_seconds();
        let made = (1..=self.count).map(|number| self.issue(&tokens, number, now)).collect::<Result<Vec<_>, _>>()?;
        match made.as_slice() {
            [token] => println!("{token}"),
            several => println!("{}", serde_json::to_string(several).unwrap_or_default()),
        }
        Ok(())
    }

    fn issue(&self, tokens: &Tokens, number: u16, now: u64) -> Result<String, Failure> {
        let name = if self.count == 1 { self.name.clone() } else { format!("{} {number}", self.name) };
        let sub = format!("{:032x}", rand::random::<u128>());
        Access { lesson: &self.lesson, role: self.role.into(), name: &name, classroom: None, sub, hours: self.hours }.issue(tokens, now)
    }

    /// A token for a lesson that does not exist would be refused when it is used, by somebody who cannot mend it.
    async fn check_lesson(&self) -> Result<(), Failure> {
        if self.lesson == ALL_LESSONS {
            return Ok(());
        }
        let store = self.data.existing_store().await?;
        let found = store.lesson(&self.lesson).await;
        store.close().await;
        match found.map_err(Failure::room("looking for the lesson"))? {
            Some(_) => Ok(()),
            None => Err(Failure::Room {
                what: "looking for the lesson",
                reason: format!(
                    "there is no lesson {:?} in {}; make it with tongke lesson create --id, or give the server's --data and --database",
                    self.lesson,
                    store.place()
                ),
            }),
        }
    }
}
