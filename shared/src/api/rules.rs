//! Checks that many requests make before they are sent.

use super::endpoint::Invalid;
use std::ops::RangeInclusive;

/// The text is there.
pub(super) fn filled(field: &'static str, text: &str) -> Result<(), Invalid> {
    Invalid::unless(!text.trim().is_empty(), field, "must not be empty")
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
    fn an_item_is_named_by_its_place() {
        let broken = each("list", &["a", "b", ""], |id| filled("id", id)).unwrap_err();
        assert_eq!(broken.to_string(), "list[2].id: must not be empty");
    }
}
