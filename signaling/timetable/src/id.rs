//! What a name for programs looks like, and what one for people.

/// Whether a text is an id: 1 to 64 of `A-Z a-z 0-9 _ -`, because it stands in URLs.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Whether a sign is not one to be read, but does something to those that are: control characters, and what overrides or isolates the direction of writing
/// (U+202A to U+202E, U+2066 to U+2069), which lets a text show as another. What joins the parts of an emoji is none of these.
pub fn is_hidden(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a text can be shown as a name: 1 to `longest` characters, not only spaces, no hidden ones.
pub fn is_name(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.chars().nth(longest).is_none() && !text.chars().any(is_hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_in_urls() {
        assert!(is_id("shimen-3_A") && is_id(&"a".repeat(64)));
        for wrong in ["", "a b", "石门", "a/b", &"a".repeat(65)] {
            assert!(!is_id(wrong), "{wrong}");
        }
    }

    #[test]
    fn names_are_for_people() {
        assert!(is_name("三年级 美术", 6) && is_name("👩\u{200d}🏫 老师", 6));
        for wrong in ["", "  ", "三年级 美术课", "a\nb", "a\0", "a\u{85}", "\u{202e}exe", "a\u{202a}", "\u{2066}a", "a\u{2069}"] {
            assert!(!is_name(wrong, 6), "{wrong}");
        }
    }
}
