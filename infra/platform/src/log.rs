//! What the functions behind the callbacks write, as whoever runs them passes it on.

use serde::Serialize;
use std::collections::VecDeque;

/// Lines remembered; older ones fall out.
const KEPT: usize = 2_000;
/// Longer lines are cut.
const LINE_BYTES: usize = 16 * 1024;

/// A line of a function.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Line {
    /// Counts from 1.
    n: u64,
    at_ms: i64,
    function: String,
    instance: u64,
    text: String,
}

/// The lines, oldest first.
#[derive(Default)]
pub(crate) struct Log {
    lines: VecDeque<Line>,
    made: u64,
}

impl Log {
    /// Takes a line down; `instance` is 0 for what is said about the function.
    pub(crate) fn add(&mut self, at_ms: i64, function: &str, instance: u64, text: &str) -> Line {
        self.made += 1;
        let line = Line {
            n: self.made,
            at_ms,
            function: function.to_owned(),
            instance,
            text: cut(text),
        };
        if self.lines.len() >= KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line.clone());
        line
    }

    /// The newest lines, oldest first.
    pub(crate) fn newest(&self, count: usize) -> Vec<Line> {
        let before = self.lines.len().saturating_sub(count);
        self.lines.iter().skip(before).cloned().collect()
    }
}

fn cut(text: &str) -> String {
    if text.len() <= LINE_BYTES {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(LINE_BYTES);
    let begin = text.get(..end).unwrap_or_default();
    format!("{begin}… <{} bytes>", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_stay_and_long_ones_are_cut() {
        let mut log = Log::default();
        for n in 0..KEPT + 3 {
            log.add(0, "Send", 1, &n.to_string());
        }
        let lines = log.newest(usize::MAX);
        assert_eq!((lines.len(), &*lines[0].text), (KEPT, "3"));
        let line = log.add(0, "Send", 1, &"长".repeat(LINE_BYTES));
        assert!(line.text.ends_with("bytes>") && line.text.len() < LINE_BYTES + 40);
    }
}
