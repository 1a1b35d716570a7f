//! A text in pieces that WeChat takes.

use unicode_segmentation::UnicodeSegmentation as _;

/// Longest text of a message, in bytes of UTF-8 (protocol section 3).
pub const LONGEST: usize = 2_048;
/// What a cut may look at behind the longest piece, so that it sees the whole character there.
const BEHIND: usize = 128;

/// Cuts a text into pieces of at most `most` bytes: at a paragraph, a line, a sentence or a word where one ends in
/// the second half of the piece, else between two characters as people see them, never inside a link. White space at
/// a cut goes.
///
/// ```
/// use shared::answers::pieces::cut;
///
/// assert_eq!(cut("一二。\n\n三四。", 12), ["一二。", "三四。"]);
/// assert_eq!(cut("short", 12), ["short"]);
/// assert!(cut(" \n", 12).is_empty());
/// ```
pub fn cut(text: &str, most: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = without_blank_start(text);
    while rest.len() > most {
        let (piece, after) = rest.split_at(place(rest, most));
        pieces.push(piece.trim_end());
        rest = without_blank_start(after);
    }
    pieces.push(rest.trim_end());
    let full = pieces.into_iter().filter(|piece| !piece.is_empty());
    full.map(str::to_owned).collect()
}

/// Lines without anything; how far the first other line is indented stays.
fn without_blank_start(text: &str) -> &str {
    let first = text.trim_start();
    let (blank, _) = text.split_at(text.len() - first.len());
    let line = blank.rfind('\n').map_or(0, |at| at + 1);
    text.split_at(line).1
}

/// Where the first piece of a text ends that is longer than `most`; never at its start.
fn place(text: &str, most: usize) -> usize {
    let (window, _) = text.split_at(text.floor_char_boundary(most + BEHIND));
    let fits = |at: &usize| (1..=most).contains(at);
    let last = |ends: &mut dyn Iterator<Item = usize>| ends.take_while(|at| *at <= most).last();
    let after = |mark: &str| {
        let (piece, _) = window.split_at(window.floor_char_boundary(most));
        piece.rfind(mark).map(|at| at + mark.len())
    };
    let far = |at: &usize| *at > most / 3;
    let at = (after("\n\n").filter(far))
        .or_else(|| after("\n").filter(far))
        .or_else(|| last(&mut window.split_sentence_bound_indices().map(|(at, _)| at)).filter(far))
        .or_else(|| last(&mut window.split_word_bound_indices().map(|(at, _)| at)).filter(far))
        .or_else(|| last(&mut window.grapheme_indices(true).map(|(at, _)| at)))
        .map(|at| before_link(window, at))
        .filter(fits);
    at.unwrap_or_else(|| text.floor_char_boundary(most).max(1))
}

/// The start of the link in which `at` lies, if it lies in one that does not begin the piece.
fn before_link(text: &str, at: usize) -> usize {
    let (before, _) = text.split_at(at);
    match (before.rfind("<a "), before.rfind("</a>")) {
        (Some(start), end) if start > 0 && end.is_none_or(|end| end < start) => start,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dense(text: &str) -> String {
        text.split_whitespace().collect()
    }

    #[test]
    fn a_piece_ends_where_a_reader_pauses() {
        for (text, most, pieces) in [
            ("aaaa bb.\n\ncccc", 12, &["aaaa bb.", "cccc"][..]),
            ("one line\ntwo", 10, &["one line", "two"]),
            ("他说。她也说了。", 18, &["他说。", "她也说了。"]),
            ("alpha beta gamma", 12, &["alpha beta", "gamma"]),
            ("一二三四五六", 10, &["一二三", "四五六"]),
            (
                "aaaa aaaa\n    indented",
                16,
                &["aaaa aaaa", "    indented"],
            ),
        ] {
            assert_eq!(cut(text, most), pieces, "{text}");
        }
    }

    #[test]
    fn what_people_see_as_one_character_is_not_cut() {
        let family = "👨‍👩‍👧‍👦";
        let pieces = cut(&family.repeat(9), 60);
        assert!(
            pieces.iter().all(|piece| piece.len() % family.len() == 0),
            "{pieces:?}"
        );
        let endless = format!("e{}", "\u{301}".repeat(3_000));
        let pieces = cut(&endless, LONGEST);
        assert!(pieces.iter().all(|piece| piece.len() <= LONGEST));
        assert_eq!(pieces.concat(), endless);
    }

    #[test]
    fn a_link_stays_whole() {
        let link = "<a href=\"https://www.example.com/\">here it is</a>";
        let pieces = cut(&format!("{} {link} and more words", "w".repeat(60)), 100);
        assert!(
            pieces.iter().any(|piece| piece.contains(link)),
            "{pieces:?}"
        );
        let huge = format!("<a href=\"{}\">x</a>", "u".repeat(500));
        assert_eq!(cut(&huge, 100).concat(), huge);
    }

    #[test]
    fn a_long_text_is_cut_in_no_time() {
        for unit in ["好", "a ", "x", "。", "\n", "👨‍👩‍👧‍👦", "<a href=\"b\">"] {
            let text = unit.repeat(300_000 / unit.len());
            let pieces = cut(&text, LONGEST);
            assert_eq!(dense(&pieces.concat()), dense(&text), "{unit}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_every_piece_fits(text in "(?s)([a-z。\n ]|\\PC|<a |</a>){0,400}", most in 16usize..200) {
            let pieces = cut(&text, most);
            prop_assert!(pieces.iter().all(|piece| piece.len() <= most && !piece.trim().is_empty()));
            prop_assert_eq!(dense(&pieces.concat()), dense(&text));
        }
    }
}
