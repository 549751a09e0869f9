//! Keeps `web-client/src/generated/protocol.ts` equal to the Rust types. `make types` rewrites it.

mod declarations;

use declarations::{Declarations, committed};
use protocol::{ClientMessage, LessonList, Problem, ServerMessage};

#[test]
fn committed_typescript_is_current() {
    let mut all = Declarations::new();
    all.add::<ClientMessage>();
    all.add::<ServerMessage>();
    all.add::<LessonList>();
    all.add::<Problem>();
    let mut text = String::from("// Generated from signaling/protocol by `make types`. Do not edit.\n");
    text += &format!("\n/** The version of the protocol these types describe. */\nexport const VERSION = {};\n", protocol::VERSION);
    text += &format!("\n/** The longest text frame the service reads, in bytes. */\nexport const MAX_FRAME_BYTES = {};\n", protocol::MAX_FRAME_BYTES);
    committed("protocol.ts", &(text + &all.text()));
}
