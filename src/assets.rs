//! The pages: `web-client/dist`, inside the binary in release builds, read from the folder in debug builds.

use signaling::{Asset, Assets};
use std::borrow::Cow;
use std::fmt::Write as _;

#[derive(rust_embed::Embed)]
#[folder = "web-client/dist"]
struct Dist;

/// What stands in for the start page where the web client was not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>同课 Tongke</title>\n\
<p>页面尚未构建：请运行 <code>make build</code>，再重新启动。</p>\n\
<p lang=\"en\">The pages were not built: run <code>make build</code>, then start again.</p></html>\n";

/// The pages as signaling serves them.
pub(crate) struct Pages;

impl Assets for Pages {
    fn get(&self, path: &str) -> Option<Asset> {
        match Dist::get(path) {
            Some(file) => Some(Asset { bytes: file.data, mime: mime(path), etag: hex(&file.metadata.sha256_hash()[..12]) }),
            None if is_page(path) && Dist::get("index.html").is_none() => {
                Some(Asset { bytes: Cow::Borrowed(NOT_BUILT.as_bytes()), mime: mime(path), etag: "not-built".to_owned() })
            }
            None => None,
        }
    }
}

fn is_page(path: &str) -> bool {
    const PAGES: [&str; 8] = ["index", "console", "panel", "operator", "signin", "teacher", "school", "county"];
    path.strip_suffix(".html").is_some_and(|name| PAGES.contains(&name))
}

fn mime(path: &str) -> String {
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let is_text = mime.type_() == "text" || matches!(mime.subtype().as_str(), "javascript" | "json");
    if is_text { format!("{mime}; charset=utf-8") } else { mime.to_string() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_start_page() {
        for page in ["index.html", "panel.html"] {
            let found = Pages.get(page);
            assert!(found.as_ref().is_some_and(|page| page.bytes.to_ascii_lowercase().starts_with(b"<!doctype html>")), "{found:?}");
            assert!(found.is_some_and(|page| page.mime == "text/html; charset=utf-8"));
        }
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        for path in ["../package.json", "/etc/passwd", "../../Cargo.toml", "a/../../package.json", "", "no-such-file"] {
            assert!(Pages.get(path).is_none(), "{path}");
        }
    }

    #[test]
    fn media_types() {
        let types = [("a.js", "text/javascript; charset=utf-8"), ("a.css", "text/css; charset=utf-8"), ("a.svg", "image/svg+xml"), ("a.woff2", "font/woff2")];
        for (path, expected) in types {
            assert_eq!(mime(path), expected);
        }
    }
}
