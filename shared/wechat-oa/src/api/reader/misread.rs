//! What does not read, in words for the person who wrote it.

use super::place::Place;
use crate::api::endpoint::Invalid;
use serde::de::{Error, Expected, Unexpected};
use std::fmt;

/// A value that does not read, with its place as soon as that is known.
#[derive(Debug)]
pub(super) struct Misread {
    field: Option<String>,
    missing: Option<String>,
    rule: String,
}

impl Misread {
    fn of(rule: impl Into<String>) -> Self {
        Self {
            field: None,
            missing: None,
            rule: rule.into(),
        }
    }

    /// The innermost place counts.
    pub(super) fn at(mut self, place: &Place<'_>) -> Self {
        if self.field.is_none() {
            let (outer, name) = (place.field(), self.missing.take().unwrap_or_default());
            self.field = Some(match (outer.as_str(), name.as_str()) {
                ("", name) => name.to_owned(),
                (_, "") => outer,
                (outer, name) => format!("{outer}.{name}"),
            });
        }
        self
    }

    pub(super) fn invalid(self) -> Invalid {
        let field = self.field.filter(|field| !field.is_empty());
        Invalid {
            field: field.unwrap_or_else(|| "body".to_owned()).into(),
            rule: self.rule.into(),
        }
    }
}

/// What a type wants, where serde names it by what it is in Rust.
fn wanted(expected: &str) -> String {
    let first = expected.split([' ', '`']).next().unwrap_or_default();
    let number = first
        .strip_prefix(['u', 'i'])
        .is_some_and(|bits| bits == "size" || bits.parse::<u8>().is_ok());
    let words = match expected {
        "a string" | "a borrowed string" | "string" => "text",
        "a boolean" => "true or false",
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if number => "a whole number",
        _ if matches!(first, "struct" | "internally" | "adjacently") => "an object",
        _ if matches!(first, "tuple") => "a list",
        _ if matches!(first, "enum" | "variant" | "field" | "unit" | "newtype") => {
            "what WeChat's page gives"
        }
        own => own,
    };
    format!("must be {words}")
}

impl Error for Misread {
    fn custom<T: fmt::Display>(message: T) -> Self {
        /// How serde and the crates around it begin what they say.
        const THEIRS: [&str; 6] = [
            "invalid ",
            "data did not match",
            "unknown ",
            "duplicate ",
            "expected ",
            "cannot ",
        ];
        let message = message.to_string();
        let missing = message.strip_prefix("missing field `");
        if let Some(name) = missing.and_then(|rest| rest.strip_suffix('`')) {
            return Self::missing(name);
        }
        match THEIRS.iter().any(|start| message.starts_with(start)) {
            true => Self::of("must be of the type that WeChat's page gives"),
            false => Self::of(message),
        }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(wanted(&expected.to_string()))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(wanted(&expected.to_string()))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::of(wanted(&expected.to_string()))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::of(format!("must be one of {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::missing(field)
    }
}

impl Misread {
    fn missing(name: &str) -> Self {
        Self {
            missing: Some(name.to_owned()),
            ..Self::of("must be given")
        }
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)
    }
}

impl std::error::Error for Misread {}
