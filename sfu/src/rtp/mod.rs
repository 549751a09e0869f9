//! RTP packets: headers and header extensions, read and written without allocation (RFC 3550, RFC 8285).

mod extension;

pub use extension::{ExtensionKind, ExtensionMap};
