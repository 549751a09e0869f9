//! Every key of the configuration as a flag.

use crate::config::{KEYS, Key, Layer};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use std::collections::BTreeMap;

/// The keys given as flags.
#[derive(Default)]
pub(super) struct Flags(BTreeMap<&'static str, Vec<String>>);

impl Layer for Flags {
    fn get(&self, key: &Key) -> Option<Result<Vec<String>, String>> {
        self.0.get(key.name).cloned().map(Ok)
    }

    fn name(&self, key: &Key) -> String {
        format!("--{}", key.name)
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        command.args(KEYS.iter().map(|key| {
            Arg::new(key.name).long(key.name).value_name(key.placeholder).help(format!("{} [env: {}]", key.help, key.variable())).action(if key.many {
                ArgAction::Append
            } else {
                ArgAction::Set
            })
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Flags::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for key in KEYS {
            if let Some(values) = matches.get_many::<String>(key.name) {
                self.0.insert(key.name, values.cloned().collect());
            }
        }
        Ok(())
    }
}
