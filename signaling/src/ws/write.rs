//! From the queue to the WebSocket.

use crate::hub::Outbox;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use protocol::GoodbyeReason;
use std::sync::Arc;
use std::time::Duration;

/// A page that takes nothing for so long is sent away.
pub(super) const WRITE_LIMIT: Duration = Duration::from_secs(10);

/// How often the page is asked whether it lives: browsers answer by themselves, also in a hidden tab whose timers are slowed down.
const PING_EVERY: Duration = Duration::from_secs(10);

/// Writes until a goodbye is written or the page does not read. Returns why it ended; none: the connection broke.
pub(super) async fn write(mut sink: SplitSink<WebSocket, Message>, outbox: Arc<Outbox>) -> Option<GoodbyeReason> {
    let mut ping = tokio::time::interval(PING_EVERY);
    ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let batch = tokio::select! {
            batch = outbox.next() => Some(batch),
            _ = ping.tick() => None,
        };
        let closing = batch.as_ref().and_then(|batch| batch.closing);
        let writing = async {
            match batch {
                Some(batch) => {
                    for text in batch.texts {
                        sink.feed(Message::Text(text)).await?;
                    }
                    if let Some(reason) = batch.closing {
                        sink.feed(Message::Close(Some(CloseFrame { code: code(reason), reason: reason.name().into() }))).await?;
                    }
                }
                None => sink.feed(Message::Ping(axum::body::Bytes::new())).await?,
            }
            sink.flush().await
        };
        let written = tokio::select! {
            written = tokio::time::timeout(WRITE_LIMIT, writing) => written,
            () = outbox.overflowed() => return Some(GoodbyeReason::TooSlow),
        };
        match written {
            Ok(Ok(())) if closing.is_some() => return closing,
            Ok(Ok(())) => {}
            Ok(Err(_)) => return None,
            Err(_) => return Some(GoodbyeReason::TooSlow),
        }
    }
}

fn code(reason: GoodbyeReason) -> u16 {
    match reason {
        GoodbyeReason::Shutdown => close_code::RESTART,
        GoodbyeReason::Refused | GoodbyeReason::TooSlow | GoodbyeReason::Blocked => close_code::POLICY,
        GoodbyeReason::Replaced | GoodbyeReason::LessonEnded | GoodbyeReason::Left | GoodbyeReason::Removed => close_code::NORMAL,
    }
}
