//! Checks that many requests make before they are sent.

use super::endpoint::Invalid;
use secrecy::{ExposeSecret as _, SecretString};
use std::ops::RangeInclusive;

/// The text is there.
pub(super) fn filled(field: &'static str, text: &str) -> Result<(), Invalid> {
    Invalid::unless(!text.trim().is_empty(), field, "must not be empty")
}

/// The secret is there.
pub(super) fn filled_secret(field: &'static str, secret: &SecretString) -> Result<(), Invalid> {
    filled(field, secret.expose_secret())
}

/// The text has that many characters, as a reader counts them.
pub(super) fn characters(
    field: &'static str,
    text: &str,
    range: RangeInclusive<usize>,
    rule: &'static str,
) -> Result<(), Invalid> {
    Invalid::unless(range.contains(&text.chars().count()), field, rule)
}

/// The text is an address of the web.
pub(super) fn web_address(field: &'static str, text: &str) -> Result<(), Invalid> {
    let fits = ["https://", "http://"]
        .iter()
        .any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    Invalid::unless(fits, field, "must start with https:// or http://")
}

/// So many items.
pub(super) fn count<T>(
    list: &'static str,
    items: &[T],
    range: RangeInclusive<usize>,
    rule: &'static str,
) -> Result<(), Invalid> {
    Invalid::unless(range.contains(&items.len()), list, rule)
}

/// Each item fits; a broken rule names the item: `list[2].id`.
pub(super) fn each<T>(
    list: &'static str,
    items: &[T],
    check: impl Fn(&T) -> Result<(), Invalid>,
) -> Result<(), Invalid> {
    items.iter().enumerate().try_for_each(|(index, item)| {
        check(item).map_err(|broken| broken.inside(format_args!("{list}[{index}]")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_is_empty_and_characters_are_not_bytes() {
        assert!(filled("tid", " \n").is_err() && filled("tid", "1").is_ok());
        assert!(characters("name", "您好", 1..=2, "rule").is_ok());
        assert!(characters("name", "您好!", 1..=2, "rule").is_err());
    }

    #[test]
    fn addresses_are_of_the_web_and_lists_have_their_length() {
        assert!(web_address("url", "https://a.cn").is_ok());
        assert!(web_address("url", "https://").is_err() && web_address("url", "ftp://a").is_err());
        assert!(count("list", &[1, 2], 1..=2, "rule").is_ok());
        assert!(count("list", &[0; 0], 1..=2, "rule").is_err());
    }

    #[test]
    fn an_item_is_named_by_its_place() {
        let broken = each("list", &["a", "b", ""], |id| filled("id", id)).unwrap_err();
        assert_eq!(broken.to_string(), "list[2].id: must not be empty");
    }
}
