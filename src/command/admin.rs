//! `tongke admin`.

use super::data::Data;
use crate::failure::Failure;
use crate::node;
use signaling::account::admin::create_operator;
use signaling::store::unix_ms;
use std::io::BufRead;

#[derive(clap::Subcommand)]
pub(super) enum Admin {
    /// Makes a person who may do everything, for the first sign-in; also while a server runs on the same data. Prints a password that is to be changed.
    Create(Create),
}

#[derive(clap::Args)]
pub(super) struct Create {
    /// What the person signs in with: 1 to 64 characters without spaces.
    #[arg(long)]
    login: String,
    /// The name on screen, 1 to 200 characters.
    #[arg(long)]
    name: String,
    /// Takes the password from the first line of standard input (10 to 256 characters) and prints none.
    #[arg(long)]
    password_stdin: bool,
    #[command(flatten)]
    data: Data,
}

impl Admin {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let Admin::Create(create) = self;
        let given = create.password_stdin.then(first_line).transpose()?;
        node::runtime()?.block_on(async {
            let store = create.data.store().await?;
            let made = create_operator(&store, &create.login, &create.name, given, unix_ms()).await;
            store.close().await;
            match made.map_err(Failure::room("making the person"))? {
                Some(password) => println!("{password}"),
                None => eprintln!("{} was made", create.login),
            }
            Ok(())
        })
    }
}

fn first_line() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::room("reading the password"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
