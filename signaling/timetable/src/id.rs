//! What a name for programs looks like, and what one for people.

/// Whether a text is an id: 1 to 64 of `A-Z a-z 0-9 _ -`, because it stands in URLs.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// Whether a text can be shown as a name: 1 to `longest` characters, not only spaces, no control characters.
pub(crate) fn is_name(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.chars().nth(longest).is_none() && !text.chars().any(char::is_control)
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
        assert!(is_name("三年级 美术", 6));
        for wrong in ["", "  ", "三年级 美术课", "a\nb"] {
            assert!(!is_name(wrong, 6), "{wrong}");
        }
    }
}
