//! TypeScript declarations of Rust types, in a file of their own.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use ts_rs::{Config, TS, TypeVisitor};

/// Collects the declarations of a type and of everything it names, by name.
pub(crate) struct Declarations {
    config: Config,
    pub(crate) found: BTreeMap<String, String>,
}

impl Declarations {
    pub(crate) fn new() -> Self {
        // A browser's numbers hold every millisecond and every id of ours.
        Self { config: Config::new().with_large_int("number"), found: BTreeMap::new() }
    }

    /// The declarations, by name.
    pub(crate) fn text(&self) -> String {
        self.found.values().fold(String::new(), |text, declaration| text + "\n" + declaration)
    }

    pub(crate) fn add<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(&self.config);
        if self.found.contains_key(&name) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        self.found.insert(name, format!("{}export {}\n", docs, T::decl(&self.config)));
        T::visit_dependencies(self);
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.add::<T>();
    }
}

/// Compares a committed file with what it should be; with `UPDATE_TYPES=1` writes it.
pub(crate) fn committed(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("web-client").is_dir()).unwrap();
    let path = path.join("web-client/src/generated").join(name);
    if std::env::var_os("UPDATE_TYPES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "{} does not match the Rust types; run `make types`", path.display());
}
