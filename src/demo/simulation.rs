//! The simulated people, in the same process as the server they visit.

use super::lessons::Lesson;
use loadtest::demo::{DemoConfig, run};
use std::future::pending;

/// Sends them in; they stay, and come back by themselves, until the process ends.
pub(crate) fn simulate(url: &str, lessons: Vec<Lesson>) {
    for lesson in lessons {
        let config = DemoConfig { url: url.to_owned(), host_token: lesson.host, classroom_tokens: lesson.classrooms };
        tokio::spawn(async move {
            if let Err(error) = run(config, pending()).await {
                tracing::error!(lesson = lesson.id, %error, "the simulated people cannot come");
            }
        });
    }
}
