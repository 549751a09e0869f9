//! Keeps `web-client/src/generated/protocol.ts` equal to the Rust types. `UPDATE_TYPES=1 cargo test -p tongke-protocol` (`make types`) rewrites it.
#![allow(clippy::unwrap_used)]

use protocol::{ClientMessage, LessonList, Problem, ServerMessage};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use ts_rs::{Config, TS, TypeVisitor};

/// Collects the declarations of a type and of everything it names, by name.
struct Declarations {
    config: Config,
    found: BTreeMap<String, String>,
}

impl Declarations {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
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

fn typescript() -> String {
    let mut all = Declarations { config: Config::new(), found: BTreeMap::new() };
    all.add::<ClientMessage>();
    all.add::<ServerMessage>();
    all.add::<LessonList>();
    all.add::<Problem>();
    let mut text = String::from("// Generated from signaling/protocol by `make types`. Do not edit.\n");
    let _ = write!(text, "\n/** The version of the protocol these types describe. */\nexport const VERSION = {};\n", protocol::VERSION);
    let _ = write!(text, "\n/** The longest text frame the service reads, in bytes. */\nexport const MAX_FRAME_BYTES = {};\n", protocol::MAX_FRAME_BYTES);
    for declaration in all.found.values() {
        text.push('\n');
        text.push_str(declaration);
    }
    text
}

#[test]
fn committed_typescript_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web-client/src/generated/protocol.ts");
    let wanted = typescript();
    if std::env::var_os("UPDATE_TYPES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "{} does not match signaling/protocol; run `make types`", path.display());
}
