//! The file: TOML, one key a line, unknown keys refused by name.

use super::{ConfigError, KEYS, Key, Layer};
use std::collections::BTreeMap;
use std::path::Path;

/// A parsed file.
pub(crate) struct FileLayer {
    name: String,
    values: BTreeMap<String, Vec<String>>,
}

impl Layer for FileLayer {
    fn get(&self, key: &Key) -> Option<Result<Vec<String>, String>> {
        self.values.get(key.name).cloned().map(Ok)
    }

    fn name(&self, key: &Key) -> String {
        format!("{}: {}", self.name, key.name)
    }
}

/// Reads the file.
///
/// # Errors
/// It cannot be read, is not TOML (with line and column), holds a key that does not exist, or a value of a type no key has.
pub(crate) fn read(path: &Path) -> Result<FileLayer, ConfigError> {
    let unreadable =
        |error| ConfigError::new("--config (TONGKE_CONFIG)", path.display(), format!("cannot be read ({error}): give a file that exists and may be read"));
    parse(&path.display().to_string(), &std::fs::read_to_string(path).map_err(unreadable)?)
}

pub(super) fn parse(name: &str, text: &str) -> Result<FileLayer, ConfigError> {
    let table: toml::Table = text.parse().map_err(|error| not_toml(name, text, &error))?;
    let mut values = BTreeMap::new();
    for (name_of_key, value) in table {
        let named = format!("{name}: {name_of_key}");
        let Some(key) = KEYS.iter().find(|key| key.name == name_of_key) else {
            return Err(ConfigError::new(named, shown(&value), unknown(&name_of_key)));
        };
        let parsed = match &value {
            toml::Value::Array(several) if key.many => several.iter().map(scalar).collect(),
            other => scalar(other).map(|one| vec![one]),
        };
        let list = parsed.ok_or_else(|| ConfigError::new(named, shown(&value), if key.many { "takes text or a list of texts" } else { "takes one value" }))?;
        values.insert(name_of_key, list);
    }
    Ok(FileLayer { name: name.to_owned(), values })
}

/// Where it ceases to be TOML, and why. Of the text only the name of a key is shown: a value may be a secret.
fn not_toml(name: &str, text: &str, error: &toml::de::Error) -> ConfigError {
    let span = error.span().unwrap_or_default();
    let before = text.get(..span.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let what = match (error.message(), text.get(span)) {
        ("duplicate key", Some(key)) => format!("{key} is given a second time: keep one of the two"),
        (message, _) => format!("not TOML: {}: write key = value, with text in quotes", message.trim_end_matches(", expected nothing")),
    };
    ConfigError::new(format!("{name}, line {line}, column {column}:"), "", what)
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn shown(value: &toml::Value) -> String {
    scalar(value).unwrap_or_else(|| value.to_string()).chars().take(80).collect()
}

fn unknown(name: &str) -> String {
    let all = KEYS.iter().map(|key| key.name);
    match all.clone().find(|known| known.replace('-', "") == name.to_ascii_lowercase().replace(['-', '_'], "")) {
        Some(meant) => format!("is not a key: write {meant}"),
        None => format!("is not a key: the keys are {}", all.collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn error(text: &str) -> String {
        parse("t.toml", text).err().unwrap().to_string()
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        assert_eq!(error("media_port = 1"), "t.toml: media_port = \"1\" is not a key: write media-port");
        assert!(error("colour = 'red'").starts_with("t.toml: colour = \"red\" is not a key: the keys are listen, media-ip, "));
        assert!(error("[server]\nlisten = 'x'").starts_with("t.toml: server = "));
    }

    #[test]
    fn what_is_not_toml_is_refused_with_line_and_column() {
        for (text, begins) in [
            ("workers = 2\nlisten = 0.0.0.0:80", "t.toml, line 2, column 13: not TOML: invalid float: write "),
            ("workers = 2\n\n  = 3\n", "t.toml, line 3, column 3: not TOML: "),
            ("数据 = ", "t.toml, line 1, column 1: not TOML: "),
            ("log = 'a\nworkers = 2", "t.toml, line 1, column 9: not TOML: "),
            ("log = \"\\q\"", "t.toml, line 1, column 9: not TOML: "),
            ("workers 2", "t.toml, line 1, column 9: not TOML: "),
        ] {
            let said = error(text);
            assert!(said.starts_with(begins) && said.ends_with(": write key = value, with text in quotes") && !said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_named_with_its_place() {
        assert_eq!(error("listen = '[::]:80'\n# later\n listen = '[::]:81'"), "t.toml, line 3, column 2: listen is given a second time: keep one of the two");
    }

    #[test]
    fn a_file_that_is_not_toml_tells_no_secret() {
        for text in ["oidc-client-secret = hunter2", "oidc-client-secret = 'hunter2\n", "oidc-client-secret = \"hunter2\\q\"", "oidc-client-secret hunter2"] {
            assert!(!error(text).contains("hunter2"), "{}", error(text));
        }
    }

    #[test]
    fn types_no_key_has_are_refused() {
        assert_eq!(error("workers = [1, 2]"), "t.toml: workers = \"[1, 2]\" takes one value");
        assert!(error("media-ip = [['a']]").ends_with("takes text or a list of texts"));
        assert!(error("workers = 1.5").ends_with("takes one value"));
    }

    #[test]
    fn the_example_names_every_key() {
        let example = include_str!("../../deploy/tongke.toml");
        let uncommented: String = example
            .lines()
            .filter_map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).or(Some(line)))
            .map(|line| format!("{line}\n"))
            .collect();
        let layer = parse("deploy/tongke.toml", &uncommented).unwrap();
        for key in KEYS {
            assert!(layer.get(key).is_some(), "{} is missing in deploy/tongke.toml", key.name);
        }
    }

    #[test]
    fn the_example_as_it_stands_changes_nothing_but_the_directory() {
        let layer = parse("deploy/tongke.toml", include_str!("../../deploy/tongke.toml")).unwrap();
        let config = super::super::Config::resolve(&[&layer]).unwrap();
        assert_eq!(config, super::super::Config { data: "/var/lib/tongke".into(), ..Default::default() });
    }

    #[test]
    fn the_documentation_names_every_key() {
        let page = include_str!("../../docs/configuration.md");
        for key in KEYS {
            assert!(page.contains(&format!("| `{}` |", key.name)), "{} is missing in docs/configuration.md", key.name);
            assert!(page.contains(&key.variable()), "{} is missing in docs/configuration.md", key.variable());
        }
    }
}
