//! What every push has in its head, and what it holds beside that.

use super::element::Element;
use serde_json::Value;

/// What every push has; of these a key names what it needs.
pub(super) const HEAD: [&str; 5] = [
    "ToUserName",
    "FromUserName",
    "CreateTime",
    "MsgType",
    "Event",
];

/// Everything that stands nowhere else in the push.
pub(super) fn raw(root: &Element<'_>) -> Value {
    let mut raw = root.to_json();
    if let Some(fields) = raw.as_object_mut() {
        fields.retain(|name, _| !HEAD.contains(&name.as_str()));
    }
    raw
}
