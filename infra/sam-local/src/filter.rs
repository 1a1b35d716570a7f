//! `FilterCriteria` patterns, as the Lambda guide's "event filtering" page lists them.

use serde_json::Value;

/// Reads a pattern and refuses operators this file does not play.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let pattern: Value = serde_json::from_str(text).map_err(|e| format!("is not JSON: {e}"))?;
    check(&pattern)?;
    Ok(pattern)
}

/// Whether any of the patterns matches; no pattern lets everything through.
pub(crate) fn any_matches(patterns: &[Value], event: &Value) -> bool {
    patterns.is_empty() || patterns.iter().any(|p| matches(p, Some(event)))
}

fn check(pattern: &Value) -> Result<(), String> {
    let Some(fields) = pattern.as_object() else {
        return Err("a pattern is an object whose leaves are lists".into());
    };
    for (key, rule) in fields {
        match rule {
            Value::Object(_) => check(rule)?,
            Value::Array(choices) if key == "$or" => choices.iter().try_for_each(check)?,
            Value::Array(choices) if !choices.is_empty() => {
                choices.iter().try_for_each(check_choice)?
            }
            _ => {
                return Err(format!(
                    "{key} must be an object or a list that is not empty"
                ));
            }
        }
    }
    Ok(())
}

fn check_choice(choice: &Value) -> Result<(), String> {
    let Some(operator) = choice.as_object() else {
        return match choice {
            Value::Array(_) => Err("a list inside a list is no rule".into()),
            _ => Ok(()),
        };
    };
    let mut entries = operator.iter();
    match (entries.next(), entries.next()) {
        (Some((name, operand)), None) => check_operator(name, operand),
        _ => Err("an operator object has one key".into()),
    }
}

fn check_operator(name: &str, operand: &Value) -> Result<(), String> {
    let fits = match name {
        "prefix" | "suffix" | "equals-ignore-case" => operand.is_string(),
        "exists" => operand.is_boolean(),
        "numeric" => bounds(operand).is_some(),
        "anything-but" => !operand.is_null(),
        other => return Err(format!("operator {other} is not supported")),
    };
    fits.then_some(())
        .ok_or_else(|| format!("{name} does not take {operand}"))
}

fn matches(pattern: &Value, event: Option<&Value>) -> bool {
    let Some(fields) = pattern.as_object() else {
        return false;
    };
    fields.iter().all(|(key, rule)| match rule {
        Value::Array(choices) if key == "$or" => choices.iter().any(|p| matches(p, event)),
        Value::Array(choices) => {
            let field = event.and_then(|e| e.get(key));
            choices.iter().any(|c| leaf(c, field))
        }
        nested => descend(nested, event.and_then(|e| e.get(key))),
    })
}

fn descend(pattern: &Value, event: Option<&Value>) -> bool {
    match event {
        Some(Value::Array(items)) => items.iter().any(|i| matches(pattern, Some(i))),
        other => matches(pattern, other),
    }
}

fn leaf(choice: &Value, field: Option<&Value>) -> bool {
    if let Some(wanted) = choice.get("exists").and_then(Value::as_bool) {
        return wanted == field.is_some_and(|f| !f.is_object());
    }
    match field {
        Some(Value::Array(items)) => items.iter().any(|i| single(choice, i)),
        Some(value) => single(choice, value),
        None => false,
    }
}

fn single(choice: &Value, value: &Value) -> bool {
    let Some((name, operand)) = choice.as_object().and_then(|o| o.iter().next()) else {
        return equal(choice, value);
    };
    let text = value.as_str();
    let operand_text = operand.as_str().unwrap_or_default();
    match name.as_str() {
        "prefix" => text.is_some_and(|t| t.starts_with(operand_text)),
        "suffix" => text.is_some_and(|t| t.ends_with(operand_text)),
        "equals-ignore-case" => {
            text.is_some_and(|t| t.to_lowercase() == operand_text.to_lowercase())
        }
        "numeric" => value.as_f64().is_some_and(|n| in_bounds(operand, n)),
        "anything-but" => !excluded(operand, value),
        _ => false,
    }
}

fn excluded(operand: &Value, value: &Value) -> bool {
    match operand {
        Value::Array(items) => items.iter().any(|i| equal(i, value)),
        Value::Object(_) => single(operand, value),
        one => equal(one, value),
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn bounds(operand: &Value) -> Option<Vec<(&str, f64)>> {
    let parts = operand.as_array().filter(|p| matches!(p.len(), 2 | 4))?;
    parts
        .chunks(2)
        .map(|pair| match pair {
            [Value::String(op), number] if ["=", "<", "<=", ">", ">="].contains(&op.as_str()) => {
                Some((op.as_str(), number.as_f64()?))
            }
            _ => None,
        })
        .collect()
}

fn in_bounds(operand: &Value, n: f64) -> bool {
    bounds(operand).is_some_and(|all| {
        all.iter().all(|(op, limit)| match *op {
            "=" => n == *limit,
            "<" => n < *limit,
            "<=" => n <= *limit,
            ">" => n > *limit,
            _ => n >= *limit,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hit(pattern: Value, event: Value) -> bool {
        let pattern = parse(&pattern.to_string()).unwrap();
        any_matches(&[pattern], &event)
    }

    #[test]
    fn each_operator_hits_and_misses() {
        for (rule, yes, no) in [
            (json!("a"), json!("a"), json!("A")),
            (json!(5), json!(5.0), json!("5")),
            (json!(null), json!(null), json!("")),
            (json!({"prefix": "MASS"}), json!("MASSSEND"), json!("xMASS")),
            (
                json!({"suffix": "_event"}),
                json!("sent_event"),
                json!("event_"),
            ),
            (
                json!({"equals-ignore-case": "scan"}),
                json!("SCAN"),
                json!("SCANS"),
            ),
            (json!({"anything-but": ["a", "b"]}), json!("c"), json!("b")),
            (json!({"anything-but": "a"}), json!("c"), json!("a")),
            (
                json!({"anything-but": {"prefix": "x"}}),
                json!("a"),
                json!("xa"),
            ),
            (json!({"numeric": [">", 0, "<=", 5]}), json!(5), json!(0)),
            (json!({"exists": true}), json!("x"), json!({"deep": 1})),
            (json!("a"), json!(["b", "a"]), json!(["b"])),
        ] {
            let pattern = json!({"k": [rule]});
            assert!(hit(pattern.clone(), json!({"k": yes})), "{pattern} {yes}");
            assert!(!hit(pattern.clone(), json!({"k": no})), "{pattern} {no}");
        }
    }

    #[test]
    fn absence_nesting_or_and_and() {
        assert!(hit(
            json!({"a": {"b": [{"exists": false}]}}),
            json!({"a": {}})
        ));
        assert!(hit(json!({"a": {"b": [{"exists": false}]}}), json!({})));
        assert!(!hit(json!({"a": ["x"]}), json!({})));
        let record =
            json!({"eventName": "INSERT", "dynamodb": {"NewImage": {"state": {"S": "received"}}}});
        assert!(hit(
            json!({"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"state": {"S": ["received"]}}}}),
            record.clone()
        ));
        assert!(!hit(
            json!({"eventName": ["REMOVE"], "dynamodb": {"NewImage": {"state": {"S": ["received"]}}}}),
            record
        ));
        let or = json!({"$or": [{"a": [1]}, {"b": [2]}]});
        assert!(hit(or.clone(), json!({"b": 2})));
        assert!(!hit(or, json!({"b": 3})));
    }

    #[test]
    fn no_pattern_passes_all_and_two_are_alternatives() {
        assert!(any_matches(&[], &json!({})));
        let two = [
            parse(r#"{"a":[1]}"#).unwrap(),
            parse(r#"{"a":[2]}"#).unwrap(),
        ];
        assert!(any_matches(&two, &json!({"a": 2})));
        assert!(!any_matches(&two, &json!({"a": 3})));
    }

    #[test]
    fn refuses_what_it_does_not_play() {
        for bad in [
            "nonsense",
            "[]",
            r#"{"a": "x"}"#,
            r#"{"a": []}"#,
            r#"{"a": [{"wildcard": "*"}]}"#,
            r#"{"a": [{"numeric": ["~", 1]}]}"#,
            r#"{"a": [{"prefix": 1}]}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
