//! Whether two requests are one: a digest of what they ask for.

use super::SendKind;
use serde_json::Value;
use sha1::{Digest as _, Sha1};

/// The digest of a message, 40 hexadecimal digits: the same for bodies that differ in the order of
/// their members alone. It decides whether an id that comes again brings the same message.
///
/// ```
/// use serde_json::json;
/// use shared::sends::{SendKind, digest};
///
/// let (one, other) = (json!({ "a": 1, "b": 2 }), json!({ "b": 2, "a": 1 }));
/// assert_eq!(digest(SendKind::Template, &one), digest(SendKind::Template, &other));
/// assert_ne!(digest(SendKind::Template, &one), digest(SendKind::Subscription, &one));
/// ```
pub fn digest(kind: SendKind, body: &Value) -> String {
    digest_of(kind.route(), body)
}

/// The digest of anything that is asked for, under a word that tells its kind.
pub fn digest_of(word: &str, body: &Value) -> String {
    let mut canonical = String::from(word);
    write(body, &mut canonical);
    hex::encode(Sha1::digest(canonical))
}

/// Sorted here, whatever the map of `serde_json` is built on.
fn write(value: &Value, to: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            to.push('{');
            for (name, member) in sorted {
                to.push_str(&Value::from(name.as_str()).to_string());
                to.push(':');
                write(member, to);
                to.push(',');
            }
            to.push('}');
        }
        Value::Array(items) => {
            to.push('[');
            for item in items {
                write(item, to);
                to.push(',');
            }
            to.push(']');
        }
        scalar => to.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_str, json};

    fn of(text: &str) -> String {
        digest(SendKind::Template, &from_str(text).unwrap())
    }

    #[test]
    fn the_order_of_members_does_not_matter_and_everything_else_does() {
        let one = of(r#"{"touser":"oA","data":{"a":{"value":"1"},"b":[1,2]}}"#);
        assert_eq!(one.len(), 40);
        assert_eq!(
            one,
            of(r#"{"data":{"b":[1,2],"a":{"value":"1"}},"touser":"oA"}"#)
        );
        for other in [
            r#"{"touser":"oA","data":{"a":{"value":1},"b":[1,2]}}"#,
            r#"{"touser":"oA","data":{"a":{"value":"1"},"b":[2,1]}}"#,
            r#"{"touser":"oA","data":{"a":{"value":"1"},"b":[12]}}"#,
        ] {
            assert_ne!(one, of(other), "{other}");
        }
        let body = json!({});
        assert_ne!(
            digest(SendKind::Template, &body),
            digest(SendKind::Subscription, &body)
        );
    }
}
