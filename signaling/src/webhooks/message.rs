//! What is posted to a webhook, how it is signed, and when it is tried again.

use crate::api::view::{Place, WebhookLesson, WebhookMessage};
use crate::store::{LessonEvent, LessonKind};
use aws_lc_rs::hmac;
use std::time::Duration;

/// After so long an event is given up.
pub(super) const GIVEN_UP_MS: u64 = 24 * 3_600 * 1_000;

/// The pause after the first attempt; each further one is four times as long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// `v1=` and the HMAC-SHA256 of `TIMESTAMP.BODY` in hexadecimal digits.
pub(super) fn signature(secret: &str, timestamp_s: u64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{timestamp_s}.{body}").as_bytes());
    tag.as_ref().iter().fold(String::from("v1="), |text, byte| text + &format!("{byte:02x}"))
}

/// How long to wait after so many attempts.
pub(super) fn pause(attempts: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(4_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_PAUSE)
}

/// What is known of a lesson when its event is told.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) title: String,
    pub(super) subject: Option<String>,
    pub(super) kind: Option<LessonKind>,
    pub(super) start_ms: Option<u64>,
    pub(super) end_ms: Option<u64>,
    pub(super) teacher: Option<String>,
    pub(super) host: Option<Place>,
    pub(super) receivers: Vec<Place>,
}

/// The body.
pub(super) fn body(event: &LessonEvent, about: About, classroom: Option<Place>) -> String {
    let About { title, subject, kind, start_ms, end_ms, teacher, host, receivers } = about;
    let lesson = WebhookLesson { id: event.lesson.clone(), title, subject, kind, start_ms, end_ms, teacher, host, receivers };
    let message = WebhookMessage { id: event.id.clone(), event: event.event, at_ms: event.at_ms, lesson, classroom };
    serde_json::to_string(&message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::WebhookEvent;

    /// The example of docs/api.md; computed with `printf '1790000000.{"id":"e1"}' | openssl dgst -sha256 -hmac secret`.
    #[test]
    fn a_signature_is_what_openssl_says() {
        let expected = "v1=f68aea333ebe74321f05ee49661ebfe4d31207c8b70d9a80d619983782d86bae";
        assert_eq!(signature("secret", 1_790_000_000, "{\"id\":\"e1\"}"), expected);
        assert_ne!(signature("secret", 1_790_000_001, "{\"id\":\"e1\"}"), expected);
        assert_ne!(signature("Secret", 1_790_000_000, "{\"id\":\"e1\"}"), expected);
    }

    #[test]
    fn pauses_grow_to_an_hour_and_a_day_is_some_thirty_attempts() {
        assert_eq!([1, 2, 3, 4, 5, 6, 7].map(|attempts| pause(attempts).as_secs()), [5, 20, 80, 320, 1_280, 3_600, 3_600]);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
        let mut waited = Duration::ZERO;
        let attempts = (1..).find(|attempts| {
            waited += pause(*attempts);
            waited.as_millis() > u128::from(GIVEN_UP_MS)
        });
        assert_eq!(attempts, Some(29));
    }

    #[test]
    fn a_body_names_lesson_and_classroom() {
        let event = LessonEvent { id: "e".into(), at_ms: 7, event: WebhookEvent::ClassroomLost, lesson: "l".into(), classroom: Some("r".into()) };
        let place = Place { classroom: "r".into(), name: "三年级".into(), school: "s".into(), school_name: "石门小学".into() };
        let text = body(&event, About { title: "美术".into(), ..About::default() }, Some(place));
        let expected = "{\"id\":\"e\",\"event\":\"classroom.lost\",\"at_ms\":7,\"lesson\":{\"id\":\"l\",\"title\":\"美术\",\"subject\":null,\"kind\":null,\
                        \"start_ms\":null,\"end_ms\":null,\"teacher\":null,\"host\":null,\"receivers\":[]},\
                        \"classroom\":{\"classroom\":\"r\",\"name\":\"三年级\",\"school\":\"s\",\"school_name\":\"石门小学\"}}";
        assert_eq!(text, expected);
    }
}
