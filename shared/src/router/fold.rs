//! Texts without the case of their letters, in every alphabet that has cases.

/// The letters of a text without their case: `Straße` is `STRASSE`, `ΟΔΟΣ` is `οδος`.
pub(super) fn fold(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(|c| {
        // By way of the capital, for letters that share one: σ and ς, s and ſ; ẞ has to be small first.
        let folded = has_case(c).then(|| {
            let capitals = c.to_lowercase().flat_map(char::to_uppercase);
            capitals.flat_map(char::to_lowercase)
        });
        let bare = folded.is_none().then_some(c);
        bare.into_iter().chain(folded.into_iter().flatten())
    })
}

/// Whether every text that folds to the same is written the same: it has no letter with a case.
pub(super) fn is_caseless(text: &str) -> bool {
    text.to_lowercase() == text.to_uppercase()
}

/// Quick for what most texts consist of: no script from the Chinese radicals to Vai has cases.
fn has_case(c: char) -> bool {
    match c {
        '\u{2e80}'..='\u{a63f}' => false,
        _ => !c.is_ascii() || c.is_ascii_alphabetic(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_case_fold_to_the_same() {
        let folded = |text: &str| fold(text).collect::<String>();
        for same in [
            ["ping", "PiNg", "PING"],
            ["привет", "Привет", "ПРИВЕТ"],
            ["οδος", "ΟΔΟΣ", "οδοσ"],
            ["straße", "STRASSE", "STRAẞE"],
            ["été 你好", "ÉTÉ 你好", "Été 你好"],
            ["ﬁn", "FIN", "fin"],
            ["ｐｉｎｇ", "ＰＩＮＧ", "Ｐｉｎｇ"],
            ["𐐨", "𐐀", "𐐨"],
        ] {
            let [first, second, third] = same.map(folded);
            assert!(first == second && second == third, "{same:?}");
        }
        assert_ne!(folded("a"), folded("ä"));
    }

    #[test]
    fn folding_twice_changes_nothing_and_no_case_is_overlooked() {
        for c in '\0'..='\u{1ffff}' {
            let once: String = fold(&c.to_string()).collect();
            assert!(fold(&once).eq(once.chars()), "{c:?}");
            if !has_case(c) {
                assert!(is_caseless(&c.to_string()), "{c:?}");
            }
        }
    }
}
