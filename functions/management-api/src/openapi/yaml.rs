//! JSON as block YAML: maps and lists by indentation, texts quoted as in JSON where they must be.

use serde_json::Value;

/// Members that stand before others, as readers expect; the rest by name, whatever the map is
/// built on.
const FIRST: [&str; 7] = [
    "openapi",
    "info",
    "servers",
    "security",
    "paths",
    "operationId",
    "summary",
];

pub(super) fn write(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| {
                (FIRST.iter().position(|f| f == name).unwrap_or(99), *name)
            });
            for (name, member) in sorted {
                text.push_str(&format!("{indent}{}:", scalar(&Value::from(name.as_str()))));
                inside(member, depth + 1, text);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.push_str(&format!("{indent}-"));
                inside(item, depth + 1, text);
            }
        }
        other => text.push_str(&scalar(other)),
    }
}

fn inside(value: &Value, depth: usize, text: &mut String) {
    let nested = match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        text.push('\n');
        block(value, depth, text);
    } else {
        text.push_str(&format!(" {}\n", scalar(value)));
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Words that nobody takes for a number, a flag or nothing.
fn is_plain(text: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || "_-/.{}+$".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '$');
    let word = text.to_ascii_lowercase();
    starts
        && text.chars().all(letters)
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&word.as_str())
}

#[test]
fn what_could_be_misread_is_quoted() {
    let value = serde_json::json!({
        "200": ["a b", "no", 1, {}, [], { "x": null }],
        "/v1/{a}": { "$ref": "#/b" },
    });
    assert_eq!(
        write(&value),
        "/v1/{a}:\n  $ref: \"#/b\"\n\"200\":\n  - \"a b\"\n  - \"no\"\n  - 1\n  - {}\n  - []\n  -\n    x: null\n"
    );
}
