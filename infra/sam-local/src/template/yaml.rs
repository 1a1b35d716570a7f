//! YAML to JSON, with CloudFormation's short tags turned into their long form.

use saphyr::{LoadableYamlNode, Scalar, Tag, Yaml};
use serde_json::{Map, Number, Value, json};

/// Why a template's text could not be read.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// The text is not YAML, or a mapping has a key twice.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// A tag that is not a CloudFormation intrinsic function.
    #[error("unknown YAML tag !{0}")]
    UnknownTag(String),
    /// A construct a template cannot hold: a key that is no string, an alias, a second document.
    #[error("{0}")]
    Unsupported(String),
}

/// Reads one YAML document (JSON is YAML too). `!Ref X` becomes `{"Ref": "X"}` and so on.
///
/// # Errors
/// What it cannot hold as JSON.
pub fn parse(text: &str) -> Result<Value, YamlError> {
    let documents = Yaml::load_from_str(text).map_err(|e| YamlError::Syntax(e.to_string()))?;
    match documents.as_slice() {
        [one] => value(one),
        other => Err(YamlError::Unsupported(format!(
            "expected one YAML document, found {}",
            other.len()
        ))),
    }
}

fn value(node: &Yaml<'_>) -> Result<Value, YamlError> {
    match node {
        Yaml::Value(scalar) => scalar_value(scalar),
        Yaml::Sequence(items) => items
            .iter()
            .map(value)
            .collect::<Result<_, _>>()
            .map(Value::Array),
        Yaml::Mapping(entries) => entries
            .iter()
            .map(|(k, v)| Ok((key(k)?, value(v)?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        Yaml::Tagged(tag, inner) => tagged(tag, value(inner)?),
        Yaml::Representation(text, _, Some(tag)) => tagged(tag, Value::from(text.as_ref())),
        Yaml::Representation(text, ..) => Ok(Value::from(text.as_ref())),
        Yaml::Alias(_) => Err(YamlError::Unsupported("an alias that names nothing".into())),
        Yaml::BadValue => Err(YamlError::Unsupported(
            "a value that does not fit its tag".into(),
        )),
    }
}

fn scalar_value(scalar: &Scalar<'_>) -> Result<Value, YamlError> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(b) => json!(b),
        Scalar::Integer(n) => json!(n),
        Scalar::FloatingPoint(n) => Number::from_f64(n.into_inner())
            .map(Value::Number)
            .ok_or_else(|| YamlError::Unsupported("a number that is not finite".into()))?,
        Scalar::String(s) => json!(s),
    })
}

fn key(node: &Yaml<'_>) -> Result<String, YamlError> {
    match value(node)? {
        Value::String(s) => Ok(s),
        Value::Number(n) => Ok(n.to_string()),
        other => Err(YamlError::Unsupported(format!(
            "a key must be a string, not {other}"
        ))),
    }
}

fn tagged(tag: &Tag, inner: Value) -> Result<Value, YamlError> {
    if tag.handle != "!" {
        return Ok(inner);
    }
    match (tag.suffix.as_str(), inner) {
        ("Ref", v) => Ok(json!({ "Ref": v })),
        ("Condition", v) => Ok(json!({ "Condition": v })),
        ("GetAtt", Value::String(s)) => {
            let (id, attribute) = s.split_once('.').unwrap_or((&s, ""));
            Ok(json!({ "Fn::GetAtt": [id, attribute] }))
        }
        (
            name @ ("GetAtt" | "Sub" | "Join" | "If" | "Equals" | "Not" | "And" | "Or"
            | "FindInMap" | "Select" | "Split" | "Base64" | "GetAZs" | "ImportValue"
            | "Cidr" | "Transform"),
            v,
        ) => Ok(json!({ format!("Fn::{name}"): v })),
        (other, _) => Err(YamlError::UnknownTag(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_become_long_forms() {
        let text = "a: !Ref X\nb: !GetAtt T.Arn\nc: !Sub '${A}-x'\nd: !If [C, !Ref Y, 1]\ne: !Condition P\nf: !Sub\n  - '${V}'\n  - V: !Ref Z\n";
        assert_eq!(
            parse(text).unwrap(),
            json!({
                "a": {"Ref": "X"}, "b": {"Fn::GetAtt": ["T", "Arn"]}, "c": {"Fn::Sub": "${A}-x"},
                "d": {"Fn::If": ["C", {"Ref": "Y"}, 1]}, "e": {"Condition": "P"},
                "f": {"Fn::Sub": ["${V}", {"V": {"Ref": "Z"}}]}
            })
        );
    }

    #[test]
    fn scalars_keep_their_kind() {
        assert_eq!(
            parse("{a: 5, b: true, c: '5', d: 2012-10-17, e: null, f: 1.5}").unwrap(),
            json!({"a": 5, "b": true, "c": "5", "d": "2012-10-17", "e": null, "f": 1.5})
        );
    }

    #[test]
    fn refuses_unknown_tags_duplicate_keys_and_broken_text() {
        assert!(matches!(parse("a: !Nope x"), Err(YamlError::UnknownTag(t)) if t == "Nope"));
        assert!(matches!(parse("a: 1\na: 2"), Err(YamlError::Syntax(_))));
        assert!(matches!(parse("a: [1"), Err(YamlError::Syntax(_))));
    }
}
