//! What a page says on its WebSocket.
#![no_main]
use libfuzzer_sys::fuzz_target;
use protocol::{ClientMessage, ErrorCode};

fuzz_target!(|text: &str| {
    match ClientMessage::parse(text) {
        Ok(message) => {
            // What was understood is understood again, as the same.
            let again = serde_json::to_string(&message).expect("our own types serialize");
            assert_eq!(ClientMessage::parse(&again).as_ref(), Ok(&message), "{again}");
            assert!(ClientMessage::NAMES.contains(&message.name()));
        }
        Err(refused) => {
            assert!(matches!(refused.code, ErrorCode::Malformed | ErrorCode::UnknownType), "{refused:?}");
            assert!(refused.message.len() < 512, "a refusal repeats what was sent: {}", refused.message.len());
        }
    }
});
