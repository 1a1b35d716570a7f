//! Schemas in the words that generators of clients read.

use serde_json::{Value, json};

/// Rewrites a schema and all below it.
pub(crate) fn make(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(make),
        Value::Object(members) => {
            if let Some(words) = members
                .get("oneOf")
                .and_then(Value::as_array)
                .and_then(words)
            {
                members.remove("oneOf");
                let said = members.get("description").and_then(Value::as_str);
                let said = said.map(without_example);
                let lines = words.iter().filter(|(_, text)| !text.is_empty());
                let lines = lines.map(|(word, text)| format!("`{word}`: {text}"));
                let all: Vec<_> = said.map(str::to_owned).into_iter().chain(lines).collect();
                let names: Vec<_> = words.iter().map(|(word, _)| word).collect();
                members.insert("enum".into(), json!(names));
                members.insert("type".into(), json!("string"));
                members.insert("description".into(), json!(all.join(" ")));
            }
            // The kinds of unsigned number have no name in OpenAPI; their least value stays.
            let format = members.get("format").and_then(Value::as_str);
            if format.is_some_and(|format| format.starts_with("uint")) {
                members.remove("format");
            }
            if let Some(Value::String(text)) = members.get_mut("description") {
                *text = sentence(text);
            }
            members.values_mut().for_each(make);
        }
        _ => {}
    }
}

/// Words and what they mean, where a schema is one of several words.
fn words(choices: &Vec<Value>) -> Option<Vec<(String, String)>> {
    let mut words = Vec::new();
    for choice in choices {
        let text = |name: &str| choice.get(name).and_then(Value::as_str);
        let one = choice.get("const").into_iter();
        let several = choice.get("enum").and_then(Value::as_array);
        let before = words.len();
        for word in one.chain(several.into_iter().flatten()) {
            let meaning = text("description").unwrap_or_default().to_owned();
            words.push((word.as_str()?.to_owned(), meaning));
        }
        if words.len() == before {
            return None;
        }
    }
    Some(words)
}

/// A doc comment up to its example, which is Rust.
fn without_example(text: &str) -> &str {
    text.split_once("```")
        .map_or(text, |(before, _)| before.trim_end())
}

/// A doc comment as one line, without its example, links to other types as their text.
fn sentence(text: &str) -> String {
    let mut line = without_example(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    while let Some((before, rest)) = line.split_once("](") {
        let Some((_, after)) = rest.split_once(')') else {
            break;
        };
        let (before, label) = before.rsplit_once('[').unwrap_or((before, ""));
        line = format!("{before}{label}{after}");
    }
    line
}

#[test]
fn words_become_an_enum_that_says_what_they_mean() {
    let mut schema = json!({
        "description": "Where it\nis, see [`X`](Self::X).\n\n```\nassert!(true);\n```", "oneOf": [
            { "const": "queued", "type": "string", "description": "On the queue." },
            { "enum": ["a", "b"], "type": "string" },
        ],
    });
    make(&mut schema);
    assert_eq!(
        schema,
        json!({
            "description": "Where it is, see `X`. `queued`: On the queue.",
            "type": "string", "enum": ["queued", "a", "b"],
        })
    );
}

#[test]
fn other_choices_stay() {
    let other = json!({ "oneOf": [{ "$ref": "#/a" }, { "type": "string", "const": "a" }] });
    let mut schema = other.clone();
    make(&mut schema);
    assert_eq!(schema, other);
}
