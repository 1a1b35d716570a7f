//! Every text is there in both languages, with the same placeholders, and is said somewhere; and what is said are words.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use regex_lite::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

type Texts = BTreeMap<String, BTreeMap<String, String>>;

fn texts() -> Texts {
    let text = include_str!("../locales/texts.yml");
    let rest = text.split_once("_version: 2\n").unwrap().1;
    serde_saphyr::from_str(rest).unwrap()
}

fn names(text: &str) -> BTreeSet<String> {
    let placeholder = Regex::new(r"%\{(\w+)\}").unwrap();
    let found = placeholder.captures_iter(text);
    found.map(|found| found[1].to_owned()).collect()
}

/// All Rust files of the folder but the tests of this crate.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("texts/tests") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// What stands between the parentheses of the macro, from there on.
fn arguments(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|letter| {
        depth += match letter {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    &text[..end.unwrap_or(text.len())]
}

#[test]
fn every_text_is_there_in_both_languages_with_the_same_placeholders() {
    let texts = texts();
    assert!(texts.len() > 50, "{}", texts.len());
    for (key, told) in &texts {
        let languages: Vec<&str> = told.keys().map(String::as_str).collect();
        assert_eq!(languages, ["en", "zh"], "{key}");
        assert_eq!(names(&told["en"]), names(&told["zh"]), "{key}");
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        assert!(!told["en"].contains(is_chinese), "{key}: {}", told["en"]);
        assert!(!told.values().any(|text| text.trim().is_empty()), "{key}");
    }
}

#[test]
fn every_text_is_said_with_its_placeholders_and_no_other_is() {
    let texts = texts();
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    sources(infra, &mut found);
    let macros = Regex::new(r#"text!\(\s*"([^"]+)""#).unwrap();
    let argument = Regex::new(r"(?:^|,)\s*(\w+) = ").unwrap();
    let mut said = BTreeSet::new();
    for (file, source) in &found {
        for call in macros.captures_iter(source) {
            let key = &call[1];
            let at = file.display();
            let text = texts
                .get(key)
                .unwrap_or_else(|| panic!("{at}: no text {key}"));
            let given = arguments(&source[call.get(0).unwrap().end()..]);
            let given = argument
                .captures_iter(given)
                .map(|found| found[1].to_owned());
            let given: BTreeSet<String> = given.collect();
            assert_eq!(given, names(&text["en"]), "{at}: {key}");
            said.insert(key.to_owned());
        }
    }
    // Help is looked up by the names of arguments, which the tests of the commands do.
    let elsewhere = |key: &str| key.starts_with("help.") || key.starts_with("usage.");
    let unsaid: Vec<&String> = texts
        .keys()
        .filter(|key| !said.contains(*key) && !elsewhere(key))
        .collect();
    assert!(unsaid.is_empty(), "nothing says {unsaid:?}");
}

/// Debug shows how something is made, which is nothing to a person.
#[test]
fn nothing_that_is_printed_shows_a_type_of_rusts() {
    let debug = Regex::new(r"\{[a-z_.0-9]*:#?\?\}").unwrap();
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for folder in [
        "doctor",
        "local",
        "platform",
        "revision",
        "sam-local",
        "texts",
    ] {
        sources(&infra.join(folder), &mut found);
    }
    for (file, text) in found {
        let is_test = file
            .iter()
            .any(|part| part == "tests" || part == "tests.rs");
        let product = text.split("#[cfg(test)]\nmod").next().unwrap();
        let shown = debug.find(product).map(|shown| shown.as_str());
        assert!(is_test || shown.is_none(), "{}: {shown:?}", file.display());
    }
}
