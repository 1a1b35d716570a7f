//! Why the bundle does not start, as a person reads it: in their language, the line at fault beneath it, and what to do next.

use crate::{BundleError, terminal::WIDTH};
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use owo_colors::OwoColorize as _;
use shared::router::RulesError;
use std::{error::Error, fs, ops::Range};
use texts::{language, text};

/// Their values are not shown: a terminal is looked at by others, too.
const SECRET: [&str; 5] = [
    "app_secret",
    "token",
    "encoding_aes_key",
    "previous_encoding_aes_key",
    "secrets",
];

/// What to print of an error that ends the program.
pub fn of(error: &(dyn Error + 'static)) -> String {
    match error.downcast_ref::<BundleError>() {
        Some(error) => told(error),
        None => plain(&error.to_string()),
    }
}

/// What is wrong with the bundle.
pub(crate) fn told(error: &BundleError) -> String {
    match error {
        BundleError::Rules(faulty) | BundleError::Assistants(faulty) => faults(faulty),
        BundleError::Accounts {
            file,
            position: Some(position),
            source,
        } => {
            let reason = text!("files.accounts", reason = source);
            let shown = fault(file, *position, &reason, is_secret(&reason));
            format!("{shown}\n{}", text!("files.next"))
        }
        BundleError::Accounts { source, .. } => plain(&text!("files.accounts", reason = source)),
        BundleError::NoTemplate(path) => plain(&text!("files.no_template", path = path)),
        BundleError::NoSimulator(name) => plain(&text!("files.no_simulator", name = name)),
        BundleError::Handler { name, prefix } => {
            plain(&text!("files.handler", name = name, prefix = prefix))
        }
        BundleError::File { path, source } => plain(&text!(
            "error.file",
            path = path,
            reason = texts::reason(source)
        )),
        BundleError::Stack(error) => plain(&error.told()),
        BundleError::Wechat(reason) => plain(&text!("files.wechat", reason = reason)),
    }
}

/// An error without a place.
fn plain(reason: &str) -> String {
    let word = text!("error.word");
    format!("{}: {reason}", word.red().bold())
}

/// Every fault of a file, and what to do next.
fn faults(faulty: &RulesError) -> String {
    let shown = faulty.faults.iter().map(|of| {
        let reason = language().part(&of.reason);
        fault(&faulty.file, (of.line, of.column), reason, false)
    });
    let shown: Vec<String> = shown.chain([text!("files.next")]).collect();
    shown.join("\n")
}

/// Whether a fault of an accounts file is told of a value that nobody else should see.
fn is_secret(reason: &str) -> bool {
    SECRET.iter().any(|field| reason.contains(field))
}

/// A fault, with the line it stands on unless that is to stay hidden.
fn fault(file: &str, (line, column): (usize, usize), reason: &str, is_hidden: bool) -> String {
    let word = text!("error.word");
    let title = Level::ERROR.with_name(word.as_str()).primary_title(reason);
    let text = fs::read_to_string(file).unwrap_or_default();
    let span = span(&text, line, column).filter(|_| !is_hidden);
    let group = match span {
        Some(span) => {
            let source = Snippet::source(text.as_str()).path(file);
            title.element(source.annotation(AnnotationKind::Primary.span(span)))
        }
        None => title.element(Origin::path(file).line(line).char_column(column)),
    };
    Renderer::styled().term_width(WIDTH).render(&[group])
}

/// The bytes of the word that begins at that place, from 1; none where the text has no such place.
fn span(text: &str, line: usize, column: usize) -> Option<Range<usize>> {
    let lines = text.split_inclusive('\n').take(line.checked_sub(1)?);
    let start: usize = lines.map(str::len).sum();
    let line = text.get(start..)?.lines().next()?;
    let mut letters = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    let within = letters.nth(column.checked_sub(1)?)?;
    let word = line.get(within..)?;
    let end = match word.chars().next() {
        Some(quote @ ('"' | '\'')) => word.get(1..)?.find(quote).map(|end| end + 2),
        _ => word.find(|letter: char| letter.is_whitespace() || "=,]}#".contains(letter)),
    };
    let begin = start + within;
    Some(begin..begin + end.unwrap_or(word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::router::Fault;
    use texts::{Language, speak};

    fn shown(name: &str, text: &str, line: usize, column: usize) -> String {
        speak(Language::English);
        let file = std::env::temp_dir().join(format!("{name}-{}.toml", std::process::id()));
        fs::write(&file, text).unwrap();
        let reason = "unknown field `replly` （没有这个字段）".to_owned();
        let told = told(&BundleError::Rules(RulesError {
            file: file.display().to_string(),
            faults: vec![Fault {
                line,
                column,
                reason,
            }],
        }));
        fs::remove_file(&file).unwrap();
        anstream::adapter::strip_str(&told).to_string()
    }

    #[test]
    fn a_fault_is_shown_with_its_line_and_a_caret() {
        let told = shown("caret", "[[rule]]\ntext = 'a'\nreplly = '好'\n", 3, 1);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines[0], "error: unknown field `replly`");
        assert!(
            lines[1].contains("caret-") && lines[1].ends_with(".toml:3:1"),
            "{told}"
        );
        assert!(
            told.contains("replly = '好'") && told.contains("^^^^^^\n"),
            "{told}"
        );
        assert!(told.ends_with("starts nothing."), "{told}");
    }

    #[test]
    fn a_place_that_is_nowhere_is_told_all_the_same() {
        for (text, line, column) in [
            ("", 1, 1),
            ("a", 1, 2),
            ("a\n", 2, 1),
            ("a\n", 9, 9),
            ("a", 0, 0),
            ("'a", 1, 1),
            ("好 = '一二'", 1, 5),
            ("\t\u{1b}[31m = 1\r\n", 1, 2),
        ] {
            let told = shown("nowhere", text, line, column);
            assert!(
                told.contains("unknown field") && told.contains("nowhere-"),
                "{told}"
            );
        }
        assert_eq!(span("x = 'a b' # c\n", 1, 5), Some(4..9));
        assert_eq!(span("好 = 1", 1, 5), Some(6..7));
        assert_eq!(span("a\nbc = 1\n", 2, 1), Some(2..4));
    }
}
