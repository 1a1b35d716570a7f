//! What is posted about mass sends. `posted` reads it member by member; so it is written here.

use crate::{limits, schema::reference};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use wechat_oa::api::mass::{Kept, MassCard, MassText, MassVideo, Pictures};

/// Receivers of a page, at most.
const MOST: usize = 10_000;

/// A time with its zone.
const ZONED: &str = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?|\])$";

/// Kinds of message: schema, `msgtype`, the object that goes with it, the schema of that.
type Kind = (&'static str, &'static str, &'static str, &'static str);

const KINDS: [Kind; 4] = [
    ("MpnewsMass", "mpnews", "mpnews", "Kept"),
    ("TextMass", "text", "text", "MassText"),
    ("VoiceMass", "voice", "voice", "Kept"),
    ("ImagesMass", "image", "images", "Pictures"),
];
const TO_MANY: [Kind; 2] = [
    ("MpvideoMass", "mpvideo", "mpvideo", "MassVideo"),
    ("WxcardMass", "wxcard", "wxcard", "MassCard"),
];
const TO_ONE: [Kind; 3] = [
    ("ImagePreview", "image", "image", "Kept"),
    ("MpvideoMass", "mpvideo", "mpvideo", "MassVideo"),
    ("WxcardPreview", "wxcard", "wxcard", "PreviewCard"),
];

/// The objects that go with a `msgtype`.
pub(crate) fn shapes(schemas: &mut SchemaGenerator) {
    fn know<T: JsonSchema>(schemas: &mut SchemaGenerator) {
        schemas.subschema_for::<T>();
    }
    know::<Kept>(schemas);
    know::<MassText>(schemas);
    know::<Pictures>(schemas);
    know::<MassVideo>(schemas);
    know::<MassCard>(schemas);
}

/// The bodies themselves.
pub(crate) fn compose(components: &mut Map<String, Value>) {
    let mut add = |name: &str, schema: Value| components.insert(name.to_owned(), schema);
    let to_many = [&KINDS[..], &TO_MANY].concat();
    let to_one = [&KINDS[..], &TO_ONE].concat();
    for (name, msgtype, object, schema) in [&to_many[..], &to_one].concat() {
        let kind = json!({ "type": "string", "enum": [msgtype] });
        let members = json!({ "msgtype": kind, object: reference(schema) });
        add(name, only(&["msgtype", object], members));
    }
    let any = |kinds: &[Kind]| {
        let kinds: Vec<_> = kinds.iter().map(|(name, ..)| reference(name)).collect();
        json!({ "description": "WeChat's own: `msgtype` and the object that goes with it.", "oneOf": kinds })
    };
    add("MassMessage", any(&to_many));
    add("PreviewMessage", any(&to_one));
    // A boolean that is never false; no generator reads `enum: [true]` as that.
    let all = json!({ "type": "boolean", "not": { "const": false } });
    let tag = json!({ "type": "integer", "format": "int64", "minimum": 0 });
    add("ToAll", only(&["all"], json!({ "all": all })));
    add("ToTag", only(&["tag_id"], json!({ "tag_id": tag })));
    add(
        "ToOpenids",
        only(&["openids"], json!({ "openids": openids(0) })),
    );
    let targets = ["ToAll", "ToTag", "ToOpenids"].map(reference);
    let target =
        json!({ "description": "All, those with a tag, or these; exactly one.", "oneOf": targets });
    add("MassTarget", target);
    add("MassSend", mass_send());
    add(
        "MassRecipients",
        only(&["openids"], json!({ "openids": openids(1) })),
    );
    let (openid, name) = (
        reference("OpenId"),
        json!({ "type": "string", "pattern": limits::FILLED }),
    );
    let preview = |name: &str, to: Value| {
        only(
            &["message", name],
            json!({ "message": reference("PreviewMessage"), name: to, "force": force() }),
        )
    };
    add("PreviewToUser", preview("to_user", openid));
    add("PreviewToWechatName", preview("to_wechat_name", name));
    let previews = ["PreviewToUser", "PreviewToWechatName"].map(reference);
    add("MassPreview", json!({ "oneOf": previews }));
    let speed =
        json!({ "type": "integer", "minimum": 0, "maximum": 4, "description": "0 is fastest." });
    let speed =
        json!({ "type": "object", "required": ["speed"], "properties": { "speed": speed } });
    add("MassSpeed", speed);
    // What signs a card is for previews only.
    let card = components["MassCard"].clone();
    components.insert("PreviewCard".to_owned(), card);
    let members = components["MassCard"]["properties"].as_object_mut();
    members.map(|members| members.remove("card_ext"));
    components["MassCard"]["not"] = json!({ "required": ["card_ext"] });
}

/// An object with these members and no other.
fn only(required: &[&str], members: Value) -> Value {
    json!({
        "type": "object", "required": required, "properties": members,
        "additionalProperties": false,
    })
}

fn openids(least: usize) -> Value {
    json!({
        "type": "array", "minItems": least, "maxItems": MOST,
        "items": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$" },
        "description": "Each is sent to once, however often it is named.",
    })
}

fn force() -> Value {
    json!({ "type": "boolean", "description": "Sent even where the account's class may not." })
}

fn mass_send() -> Value {
    let mut body = only(
        &["message", "to"],
        json!({
            "client_msg_id": {
                "type": "string", "pattern": limits::ID,
                "not": { "enum": ["preview", "speed"] },
                "description": "Tells this campaign from every other one of the account; a repeat \
                    with the same id and body is not sent again. Ours if absent.",
            },
            "message": reference("MassMessage"),
            "to": reference("MassTarget"),
            "send_ignore_reprint": {
                "type": "boolean", "description": "Send articles that turn out to be reprints.",
            },
            "not_before": {
                "type": "string", "pattern": ZONED,
                "description": "Not before this time; with its zone, such as \
                    2027-02-06T09:00:00+08:00, and within 30 days.",
            },
            "draft": {
                "type": "boolean",
                "description": "Wait for more receivers and for `submit`; without it `openids` \
                    names two or more, for WeChat sends to no list of one.",
            },
            "force": force(),
        }),
    );
    body["if"] = json!({ "required": ["draft"], "properties": { "draft": { "const": true } } });
    body["else"] =
        json!({ "properties": { "to": { "properties": { "openids": { "minItems": 2 } } } } });
    body
}
