//! From a push request to the clear message: a tree of elements, or a raw body.

use super::{
    catalog::{self, Field, Push, Sender, Shape},
    damage::Damage,
    format::Format,
};
use crate::{element::Element, refusal::Refusal};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// Who writes when the request names nobody.
pub(super) const DEFAULT_FOLLOWER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
/// The sender of events that no follower causes.
const PLATFORM_SENDER: &str = "oT3x_uSystemPush00000000000x";

/// A push in the clear, with what delivery and judgement need to know of it.
#[derive(Clone, Debug)]
pub(super) struct Composed {
    /// Nearly always a text; a damaged one need not be.
    pub(super) body: Vec<u8>,
    /// FromUserName.
    pub(super) openid: String,
    /// MsgType; empty when a raw body does not tell.
    pub(super) msg_type: String,
    /// Event; empty for a message.
    pub(super) event: String,
    /// MsgId of a message, MsgID of a result.
    pub(super) msg_id: Option<u64>,
    /// The message as a tree; none when a raw body is no XML.
    pub(super) tree: Option<Element>,
}

/// Writes the push. Refused with the field when one is missing, unknown or of the wrong type.
pub(super) fn compose(
    push: &Map<String, Value>,
    damage: &Damage,
    original_id: &str,
    format: Format,
    now_ms: i64,
) -> Result<Composed, Refusal> {
    for name in ["raw", "raw_base64"] {
        if let Some(raw) = push.get(name) {
            return raw_push(push, name, raw, damage);
        }
    }
    let mut fields = Fields { left: push.clone() };
    let tree = write(&mut fields, original_id, now_ms)?;
    fields.finish()?;
    let body = damage.apply(&tree, format)?;
    let openid = tree.text_of("FromUserName").unwrap_or_default().to_owned();
    Ok(composition(body, openid, Some(tree)))
}

fn raw_push(
    push: &Map<String, Value>,
    name: &str,
    raw: &Value,
    damage: &Damage,
) -> Result<Composed, Refusal> {
    let wrong = |rule: &str| Refusal::field(format!("push.{name}"), rule);
    let text = raw.as_str().ok_or_else(|| wrong("must be a string"))?;
    if push.len() > 1 || *damage != Damage::default() {
        return Err(Refusal::field("push", format!("{name} stands alone")));
    }
    let body = match name {
        "raw" => text.as_bytes().to_vec(),
        _ => STANDARD.decode(text).map_err(|_| wrong("must be base64"))?,
    };
    let tree = Element::parse(&String::from_utf8_lossy(&body)).ok();
    let openid = tree.as_ref().and_then(|tree| tree.text_of("FromUserName"));
    let openid = openid.unwrap_or(DEFAULT_FOLLOWER).to_owned();
    Ok(composition(body, openid, tree))
}

fn composition(body: Vec<u8>, openid: String, tree: Option<Element>) -> Composed {
    let text = |name| {
        let tree = tree.as_ref()?;
        tree.text_of(name).map(str::to_owned)
    };
    Composed {
        body,
        openid,
        msg_type: text("MsgType").unwrap_or_default(),
        event: text("Event").unwrap_or_default(),
        msg_id: text("MsgId")
            .or_else(|| text("MsgID"))
            .and_then(|id| id.parse().ok()),
        tree,
    }
}

fn write(fields: &mut Fields, original_id: &str, now_ms: i64) -> Result<Element, Refusal> {
    let kind = fields
        .text("kind")?
        .ok_or_else(|| Refusal::field("push.kind", "is missing"))?;
    let (push, is_event) = look_up(fields, &kind)?;
    let from = fields.text("from")?.unwrap_or_else(|| match push.sender {
        Sender::Follower => DEFAULT_FOLLOWER.to_owned(),
        Sender::Platform => PLATFORM_SENDER.to_owned(),
    });
    let created = fields
        .number("create_time")?
        .unwrap_or_else(|| (now_ms / 1_000).to_string());
    let mut children = vec![
        Element::cdata("ToUserName", original_id),
        Element::cdata("FromUserName", from),
        Element::number("CreateTime", created),
        Element::cdata("MsgType", if is_event { "event" } else { push.name }),
    ];
    if is_event {
        children.push(Element::cdata("Event", push.name));
    }
    write_fields(&mut fields.left, "push", push.fields, &mut children)?;
    if !is_event {
        let id = fields
            .number("msg_id")?
            .unwrap_or_else(|| new_msg_id().to_string());
        children.push(Element::number("MsgId", id));
        write_fields(
            &mut fields.left,
            "push",
            catalog::ANY_MESSAGE,
            &mut children,
        )?;
    }
    Ok(Element::group("xml", children))
}

/// `kind` is a MsgType, `event` beside an `event` field, or an event's name where no message has it.
fn look_up(fields: &mut Fields, kind: &str) -> Result<(&'static Push, bool), Refusal> {
    if let Some(message) = catalog::message(kind) {
        return Ok((message, false));
    }
    let name = if kind == "event" {
        fields.text("event")?.unwrap_or_default()
    } else {
        kind.to_owned()
    };
    let event =
        catalog::event(&name).ok_or_else(|| Refusal::field("push.kind", unknown_kind(&name)))?;
    Ok((event, true))
}

fn unknown_kind(name: &str) -> String {
    let kinds: Vec<_> = catalog::all().map(|push| push.name).collect();
    format!(
        "no push is called '{name}'; there are: {}",
        kinds.join(", ")
    )
}

/// A MsgId as they are today: 17 digits, far beyond 2⁵³.
fn new_msg_id() -> u64 {
    fastrand::u64(20_000_000_000_000_000..99_000_000_000_000_000)
}

/// The fields of a request that were not used yet.
struct Fields {
    left: Map<String, Value>,
}

impl Fields {
    fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let path = format!("push.{name}");
        self.left
            .remove(name)
            .map(|value| text_value(&path, &value))
            .transpose()
    }

    fn number(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let path = format!("push.{name}");
        self.left
            .remove(name)
            .map(|value| number_value(&path, &value))
            .transpose()
    }

    fn finish(self) -> Result<(), Refusal> {
        no_rest("push", &self.left)
    }
}

fn no_rest(path: &str, left: &Map<String, Value>) -> Result<(), Refusal> {
    match left.keys().next() {
        Some(name) => Err(Refusal::field(
            format!("{path}.{name}"),
            "is no field of this push",
        )),
        None => Ok(()),
    }
}

fn write_fields(
    left: &mut Map<String, Value>,
    path: &str,
    fields: &[Field],
    out: &mut Vec<Element>,
) -> Result<(), Refusal> {
    for field in fields {
        let path = format!("{path}.{}", field.name);
        match left.remove(field.name) {
            Some(value) => write_field(&path, field, &value, out)?,
            None if field.required => return Err(Refusal::field(path, "is missing")),
            None => {}
        }
    }
    Ok(())
}

fn write_field(
    path: &str,
    field: &Field,
    value: &Value,
    out: &mut Vec<Element>,
) -> Result<(), Refusal> {
    match field.shape {
        Shape::Text => out.push(Element::cdata(field.element, text_value(path, value)?)),
        Shape::Number => out.push(Element::number(field.element, number_value(path, value)?)),
        Shape::Group(fields) => out.push(group(path, field.element, fields, value)?),
        Shape::Many(fields) => {
            for one in one_or_many(value) {
                out.push(group(path, field.element, fields, one)?);
            }
        }
        Shape::Numbers => {
            for one in one_or_many(value) {
                out.push(Element::number(field.element, number_value(path, one)?));
            }
        }
    }
    Ok(())
}

fn group(path: &str, element: &str, fields: &[Field], value: &Value) -> Result<Element, Refusal> {
    let mut left = value
        .as_object()
        .cloned()
        .ok_or_else(|| Refusal::field(path, "must be an object"))?;
    let mut children = Vec::new();
    write_fields(&mut left, path, fields, &mut children)?;
    no_rest(path, &left)?;
    Ok(Element::group(element, children))
}

fn one_or_many(value: &Value) -> &[Value] {
    value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn text_value(path: &str, value: &Value) -> Result<String, Refusal> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Refusal::field(path, "must be a string"))
}

fn number_value(path: &str, value: &Value) -> Result<String, Refusal> {
    match value {
        Value::Number(number) => Ok(number.to_string()),
        Value::String(digits) if digits.parse::<f64>().is_ok() => Ok(digits.clone()),
        _ => Err(Refusal::field(path, "must be a number")),
    }
}

#[cfg(test)]
mod tests;
