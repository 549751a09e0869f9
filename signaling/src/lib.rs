//! Who is in which lesson.
#![forbid(unsafe_code)]
pub mod media;
