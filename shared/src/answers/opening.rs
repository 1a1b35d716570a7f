//! What of an answer can be shown while the rest is still being said.

use unicode_segmentation::UnicodeSegmentation as _;

/// Ends a sentence even where nothing follows yet.
const STOPS: [char; 5] = ['。', '！', '？', '!', '?'];
/// Marks of Markdown in whose middle nothing is cut.
const MARKS: [char; 7] = ['*', '_', '`', '~', '[', '<', '|'];
/// How a list's item, a heading or a quote begins.
const STARTS: [char; 4] = ['-', '+', '#', '>'];

/// Where the part of a text ends that can be shown, in bytes: behind a paragraph, or a sentence of a plain one, never
/// in the middle of a list, a table or a block of code; at most `most`. `None` while there is none.
///
/// ```
/// use shared::answers::opening::end;
///
/// let said = "好的。\n\n第一步，打开";
/// assert_eq!(end(said, 100).map(|at| &said[..at]), Some("好的。\n\n"));
/// assert_eq!(end("第一步，打开", 100), None);
/// ```
pub fn end(text: &str, most: usize) -> Option<usize> {
    let (window, _) = text.split_at(text.floor_char_boundary(most));
    let mut paragraph = Paragraph::default();
    let (mut at, mut in_code) = (0, false);
    for line in window.split_inclusive('\n') {
        in_code ^= line.trim_start().starts_with("```");
        at += line.len();
        if in_code || line.trim_start().starts_with("```") {
            paragraph.is_plain = false;
        } else if line.trim().is_empty() && line.ends_with('\n') {
            paragraph = Paragraph {
                start: at,
                is_plain: true,
            };
        } else {
            paragraph.is_plain &= is_plain(line);
        }
    }
    let sentence = || {
        paragraph
            .is_plain
            .then(|| sentence(window, paragraph.start))
    };
    let end = sentence().flatten().unwrap_or(paragraph.start);
    let (shown, _) = window.split_at(end);
    (!shown.trim().is_empty()).then_some(end)
}

/// The one that is being written.
struct Paragraph {
    start: usize,
    is_plain: bool,
}

impl Default for Paragraph {
    fn default() -> Self {
        let (start, is_plain) = (0, true);
        Self { start, is_plain }
    }
}

fn is_plain(line: &str) -> bool {
    let first = line.trim_start().chars().next();
    let is_item = first.is_some_and(|first| STARTS.contains(&first) || first.is_ascii_digit());
    !is_item && !line.contains(MARKS)
}

/// Where its last whole sentence ends.
fn sentence(window: &str, start: usize) -> Option<usize> {
    let (_, paragraph) = window.split_at(start);
    if paragraph.ends_with(STOPS) {
        return Some(window.len());
    }
    let ends = paragraph.split_sentence_bound_indices().map(|(at, _)| at);
    ends.last().filter(|at| *at > 0).map(|at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Option<&str> {
        end(text, 60).map(|at| text.split_at(at).0)
    }

    #[test]
    fn a_paragraph_or_a_sentence_is_shown_and_no_half_of_anything() {
        for (said, expected) in [
            ("", None),
            ("你好", None),
            ("你好。", Some("你好。")),
            ("First one. Second", Some("First one. ")),
            ("一。二。三", Some("一。二。")),
            ("一。\n\n二", Some("一。\n\n")),
            ("一\n\n**二。三", Some("一\n\n")),
            ("一\n\n- 二。三。", Some("一\n\n")),
            ("一\n\n1. 二。", Some("一\n\n")),
            ("```\na.\n\nb. ", None),
            ("一。\n\n```\na。\n```\n", Some("一。\n\n")),
            (
                "一。\n\n```\na。\n```\n\n",
                Some("一。\n\n```\na。\n```\n\n"),
            ),
            ("| 一 |\n|---|\n| 二。", None),
            ("\n\n", None),
        ] {
            assert_eq!(shown(said), expected, "{said}");
        }
        let long = "一二三四五六七八九十。".repeat(3);
        assert_eq!(shown(&long), Some("一二三四五六七八九十。"));
        assert_eq!(shown(&"一".repeat(100)), None);
    }

    proptest! {
        #[test]
        fn it_is_within_its_bounds_and_between_characters(text in "[一。！a. \n`*|-]{0,60}", most in 0usize..90) {
            if let Some(at) = end(&text, most) {
                prop_assert!(at <= most && text.is_char_boundary(at));
                prop_assert!(!text[..at].trim().is_empty());
            }
        }
    }
}
