//! The two file formats of the demo's clips.

pub mod ivf;
pub mod ogg;
