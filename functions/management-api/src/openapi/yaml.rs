//! The document as YAML.

use saphyr::{Mapping, Scalar, Yaml, YamlEmitter};
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
    YamlEmitter::new(&mut text).dump(&node(value)).unwrap();
    text + "\n"
}

fn node(value: &Value) -> Yaml<'_> {
    match value {
        Value::Null => Yaml::Value(Scalar::Null),
        Value::Bool(yes) => Yaml::Value(Scalar::Boolean(*yes)),
        Value::Number(number) => Yaml::Value(Scalar::Integer(number.as_i64().unwrap())),
        Value::String(text) => Yaml::Value(Scalar::String(text.into())),
        Value::Array(items) => Yaml::Sequence(items.iter().map(node).collect()),
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| {
                let place = FIRST.iter().position(|first| first == name);
                (place.unwrap_or(FIRST.len()), *name)
            });
            let named = |name| Yaml::Value(Scalar::String(std::borrow::Cow::from(name)));
            let entries = sorted.into_iter();
            let entries = entries.map(|(name, member)| (named(name.as_str()), node(member)));
            Yaml::Mapping(entries.collect::<Mapping<'_>>())
        }
    }
}

#[test]
fn what_could_be_misread_is_quoted() {
    let value = serde_json::json!({
        "200": ["a b", "off", 1, {}, []],
        "/v1/{a}": { "$ref": "#/b" },
    });
    assert_eq!(
        write(&value),
        "---\n\"/v1/{a}\":\n  $ref: \"#/b\"\n\"200\":\n  - a b\n  - \"off\"\n  - 1\n  - {}\n  - []\n"
    );
}
