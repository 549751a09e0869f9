//! Logins: one form for what people take for the same, and none that is taken for another's.

use crate::store::{Credentials, Person, Store, StoreError};
use unicode_normalization::UnicodeNormalization;

/// How a login is kept and compared: without spaces around it, in lower case, full-width and composed letters as the plain ones (NFKC).
pub(crate) fn fold(login: &str) -> String {
    login.nfkc().collect::<String>().to_lowercase().nfkc().collect::<String>().trim().to_owned()
}

/// As logins were compared before there was [`fold`].
fn plain(login: &str) -> String {
    login.trim().to_lowercase()
}

/// What is wrong with a new login, in the form of [`fold`], for a person to read: in Chinese and in English; none: nothing.
pub(crate) fn fault(login: &str) -> Option<(&'static str, &'static str)> {
    let mut scripts: Vec<Option<Script>> = login.chars().filter(|sign| !is_common(*sign)).map(script).collect();
    scripts.retain(|script| *script != Some(Script::Han));
    scripts.dedup();
    match scripts[..] {
        [] | [Some(_)] => None,
        _ => Some((
            "用户名只能由汉字、同一种文字的字母、数字和 . _ - + @ 组成",
            "a login consists of Chinese characters, letters of one other script, digits and . _ - + @",
        )),
    }
}

fn is_common(sign: char) -> bool {
    sign.is_ascii_digit() || ".-_+@".contains(sign)
}

/// What schools in China write in. The letters of other scripts look like these: а is not a.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Han,
    Latin,
    Arabic,
    Tibetan,
    Mongolian,
    Hangul,
    Yi,
}

/// The script of a visible letter.
fn script(sign: char) -> Option<Script> {
    if !sign.is_alphabetic() {
        return None;
    }
    match sign {
        '々' | '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' => Some(Script::Han),
        // Without the dotless i and the kra, which pass for i and k; with the tones of Pinyin.
        '\u{131}' | '\u{138}' => None,
        'a'..='z' | '\u{df}'..='\u{17f}' | '\u{1ce}'..='\u{1dc}' | '\u{1f9}' => Some(Script::Latin),
        '\u{620}'..='\u{6ff}' => Some(Script::Arabic),
        '\u{f40}'..='\u{fbc}' => Some(Script::Tibetan),
        '\u{1820}'..='\u{18aa}' => Some(Script::Mongolian),
        '\u{ac00}'..='\u{d7a3}' => Some(Script::Hangul),
        '\u{a000}'..='\u{a48c}' => Some(Script::Yi),
        _ => None,
    }
}

/// The person of a login as it is typed, also a closed one, with what it proves itself with.
///
/// # Errors
/// [`StoreError::Database`].
pub(crate) async fn person(store: &Store, typed: &str) -> Result<Option<(Person, Credentials)>, StoreError> {
    let (folded, plain) = (fold(typed), plain(typed));
    // A login from before that could not be folded, because another has that one, is still its person's.
    if plain != folded
        && let Some(found) = store.person_by_login(&plain).await?
    {
        return Ok(Some(found));
    }
    store.person_by_login(&folded).await
}

/// Folds the logins that the store has from before there was [`fold`]. Of those that only look like another's the log tells; they let their people in as before.
///
/// # Errors
/// [`StoreError::Database`].
pub(crate) async fn fold_all(store: &Store) -> Result<(), StoreError> {
    for (person, login) in store.logins().await? {
        let folded = fold(&login);
        if folded != login && !store.rewrite_login(&person, &login, &folded).await? {
            tracing::warn!(person, login, "this login is taken for {folded:?}, which is another person's; give it another");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        for typed in ["wang.li", " Wang.Li ", "ＷＡＮＧ．ｌｉ", "\u{3000}wang.li\u{a0}", "ｗang.li"] {
            assert_eq!(fold(typed), "wang.li", "{typed:?}");
        }
        assert_eq!(fold("Lǚ"), fold("lu\u{308}\u{30c}"), "composed or not");
        assert_eq!(fold("ﬁ①"), "fi1");
        for login in ["王丽", "Straße", "İstanbul", "ǅ", "ﬃ", "한글"] {
            assert_eq!(fold(&fold(login)), fold(login), "{login}");
        }
    }

    #[test]
    fn a_login_is_of_one_script_and_seen_whole() {
        for good in
            ["wang.li", "王丽", "王li-2", "li_2@school.example", "a+b@c.example", "lǚ", "ئالىم", "བཀྲ་ཤིས".replace('་', "").as_str(), "한글", "ꆈꌠ", "007"]
        {
            assert_eq!(fault(&fold(good)), None, "{good}");
        }
        let bad = [
            "wаng",
            "ванг",
            "wang\u{200b}li",
            "wang\u{ad}li",
            "wang li",
            "w\u{301}ang\u{202e}",
            "wang/li",
            "한글li",
            "\u{3164}",
            "lı",
            "ロ",
            "ɑ",
            "wang\u{fe0f}",
            "٣",
        ];
        for bad in bad {
            assert!(fault(&fold(bad)).is_some(), "{bad:?}");
        }
    }
}
