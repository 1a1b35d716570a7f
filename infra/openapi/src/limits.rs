//! What the code holds bodies to and their types do not say; tests hold each line to the code.

use serde_json::{Map, Value, json};

/// An account's name, an openid.
pub(crate) const NAME: &str = "^[A-Za-z0-9_-]{1,64}$";
/// A `client_msg_id`.
pub(crate) const ID: &str = "^[A-Za-z0-9_.:-]{1,64}$";
/// A path of WeChat's without its first slash.
pub(crate) const PATH: &str = "^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$";
/// A text with more in it than blanks. It fits from the first letter on, for generators that do not
/// look further.
pub(crate) const FILLED: &str = r"^\s*\S";

/// Schema, member (none for the schema itself), what is added.
fn limits() -> Vec<(&'static str, &'static str, Value)> {
    let non_empty = || json!({ "pattern": FILLED });
    let values = json!({
        "minProperties": 1, "propertyNames": { "pattern": r"^[^.{}\x00-\x20]+$" },
    });
    let agent = "^[A-Za-z0-9_]{1,10}@.";
    let one = json!({ "minItems": 1, "maxItems": 1 });
    vec![
        ("OpenId", "", json!({ "pattern": NAME })),
        ("AppId", "", json!({ "pattern": "^wx[A-Za-z0-9]{1,62}$" })),
        ("SendTemplateMessage", "template_id", non_empty()),
        ("SendTemplateMessage", "data", values.clone()),
        ("SendSubscriptionMessage", "template_id", non_empty()),
        ("SendSubscriptionMessage", "data", values),
        ("SendOneTimeMessage", "template_id", non_empty()),
        ("SendOneTimeMessage", "scene", json!({ "maximum": 10_000 })),
        (
            "SendOneTimeMessage",
            "title",
            json!({ "minLength": 1, "maxLength": 15 }),
        ),
        ("Agent", "kf_account", json!({ "pattern": agent })),
        (
            "Text",
            "content",
            json!({ "pattern": FILLED, "maxLength": 2048 }),
        ),
        ("Media", "media_id", non_empty()),
        ("Video", "media_id", non_empty()),
        ("Music", "thumb_media_id", non_empty()),
        ("News", "articles", one),
        ("Article", "title", non_empty()),
        ("PublishedArticle", "article_id", non_empty()),
        ("Menu", "list", json!({ "minItems": 1 })),
        ("MenuItem", "id", non_empty()),
        ("MenuItem", "content", non_empty()),
        ("Card", "card_id", non_empty()),
        ("MiniProgramPage", "pagepath", non_empty()),
        ("MiniProgramPage", "thumb_media_id", non_empty()),
        ("RefreshLogin", "refresh_token", non_empty()),
        (
            "OneTimeValue",
            "value",
            json!({ "minLength": 1, "maxLength": 200 }),
        ),
        ("Kept", "media_id", non_empty()),
        ("MassText", "content", non_empty()),
        (
            "Pictures",
            "media_ids",
            json!({ "minItems": 1, "items": { "type": "string", "pattern": FILLED } }),
        ),
        ("MassVideo", "media_id", non_empty()),
        ("MassCard", "card_id", non_empty()),
        ("PreviewCard", "card_id", non_empty()),
    ]
}

/// Adds the limits, and takes away the values that absent members would have: a member that must be
/// there has none, and one that need not is optional.
pub(crate) fn set(components: &mut Map<String, Value>) {
    for (schema, member, limit) in limits() {
        let schema = components
            .get_mut(schema)
            .unwrap_or_else(|| panic!("{schema}"));
        let place = match member {
            "" => schema,
            member => &mut schema["properties"][member],
        };
        let place = place.as_object_mut().unwrap_or_else(|| panic!("{member}"));
        place.extend(limit.as_object().unwrap().clone());
    }
    for schema in components.values_mut() {
        let members = schema.get_mut("properties").and_then(Value::as_object_mut);
        for member in members.into_iter().flat_map(Map::values_mut) {
            member
                .as_object_mut()
                .map(|member| member.remove("default"));
        }
    }
}
