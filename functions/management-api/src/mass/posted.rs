//! What is posted about mass sends, checked whole before anything happens.

use crate::body::{client_msg_id, invalid, not_before};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::{
    account::Account,
    sends::{
        campaign::{
            page::Page,
            record::{Campaign, Target},
        },
        digest_of,
    },
    time::Timestamp,
};
use wechat_oa::{
    api::{
        Invalid,
        mass::{MassFilter, MassMessage, Picture, PreviewMass, PreviewTo, SendMassToAll},
        reader,
    },
    ids::OpenId,
};

/// Ids that are routes.
const ROUTES: [&str; 3] = ["preview", "speed", "quota"];
/// Longest message as JSON text, in bytes: it stands in the campaign's row, beside the names of its
/// pages.
const LONGEST_MESSAGE: usize = 32_768;
/// What a campaign's body may hold.
const MEMBERS: [&str; 7] = [
    "client_msg_id",
    "message",
    "to",
    "send_ignore_reprint",
    "not_before",
    "draft",
    "force",
];

/// A campaign as it came in, with its first receivers.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) campaign: Campaign,
    pub(super) page: Page,
    pub(super) draft: bool,
    /// Whether WeChat is to judge if the account may.
    pub(super) force: bool,
}

/// Reads a campaign; `request_id` is its id where it has none.
///
/// # Errors
/// The first rule broken, with its place.
pub(super) fn read(
    account: &Account,
    posted: &Value,
    request_id: &str,
    now: Timestamp,
) -> Result<Posted, Invalid> {
    let members = members(posted, "", &MEMBERS)?;
    let draft = flag(members, "draft")?.unwrap_or(false);
    let force = flag(members, "force")?.unwrap_or(false);
    let send_ignore_reprint = flag(members, "send_ignore_reprint")?;
    let message = message(members.get("message"))?;
    let check = SendMassToAll::new(MassFilter::ALL, message).validate();
    check.map_err(|broken| broken.inside("message"))?;
    let kept = members.get("message").map(Value::to_string);
    let kept = kept.unwrap_or_default();
    let fits = kept.len() <= LONGEST_MESSAGE;
    Invalid::unless(fits, "message", "must be at most 32,768 bytes of JSON")?;
    let (target, page) = target(members.get("to"), draft)?;
    let rule =
        "must be 1 to 64 letters, digits, '-', '_', '.' or ':', and not preview, speed or quota";
    let given = members.get("client_msg_id").unwrap_or(&Value::Null);
    let id = client_msg_id(given, &ROUTES, rule)?;
    let id = id.unwrap_or_else(|| request_id.to_owned());
    let account_name = account.name.as_str();
    let campaign = Campaign {
        digest: digest(posted),
        target,
        message: kept,
        send_ignore_reprint,
        not_before: not_before(members.get("not_before").unwrap_or(&Value::Null), now)?,
        ..Campaign::new(account_name, account.app_id().clone(), id, now)
    };
    Ok(Posted {
        campaign,
        page,
        draft,
        force,
    })
}

/// Reads a preview: `{"message", "to_user"}` or `{"message", "to_wechat_name"}`; and its `force`.
///
/// # Errors
/// The first rule broken, with its place.
pub(super) fn preview(posted: &Value) -> Result<(PreviewMass, bool), Invalid> {
    let known = ["message", "to_user", "to_wechat_name", "force"];
    let members = members(posted, "", &known)?;
    let force = flag(members, "force")?.unwrap_or(false);
    let to = match (members.get("to_user"), members.get("to_wechat_name")) {
        (Some(openid), None) => {
            let openid = openid.as_str().unwrap_or_default();
            let openid = OpenId::try_from(openid).ok();
            PreviewTo::OpenId(openid.ok_or_else(|| invalid("to_user", "must be an openid"))?)
        }
        (None, Some(name)) => {
            let name = name.as_str().filter(|name| !name.trim().is_empty());
            let name = name.ok_or_else(|| invalid("to_wechat_name", "must be a WeChat name"))?;
            PreviewTo::WeChatName(name.to_owned())
        }
        _ => {
            let rule = "must be given, or to_wechat_name in its place";
            return Err(invalid("to_user", rule));
        }
    };
    let preview = PreviewMass {
        to,
        message: message(members.get("message"))?,
    };
    let check = preview.validate();
    check.map_err(|broken| broken.inside("message"))?;
    Ok((preview, force))
}

/// Whom it is for: exactly one of `all`, `tag_id` and `openids`.
fn target(to: Option<&Value>, draft: bool) -> Result<(Target, Page), Invalid> {
    let to = to.ok_or_else(|| invalid("to", "must be given"))?;
    let named = members(to, "to.", &["all", "tag_id", "openids"])?;
    let rule = "must hold exactly one of all, tag_id and openids";
    Invalid::unless(named.len() == 1, "to", rule)?;
    if let Some(all) = named.get("all") {
        Invalid::unless(all == true, "to.all", "must be true")?;
        return Ok((Target::All, Page::default()));
    }
    if let Some(tag_id) = named.get("tag_id") {
        let written = tag_id.as_str().and_then(|text| text.trim().parse().ok());
        let tag_id = tag_id.as_u64().or(written);
        let tag_id = tag_id.ok_or_else(|| invalid("to.tag_id", "must be a number"))?;
        return Ok((Target::Tag(tag_id), Page::default()));
    }
    let openids = named.get("openids").unwrap_or(&Value::Null);
    let page = Page::read(openids).map_err(|broken| broken.inside("to"))?;
    let rule = "must be at least 2: WeChat sends to no list of one";
    Invalid::unless(draft || page.openids().len() >= 2, "to.openids", rule)?;
    Ok((Target::Openids, page))
}

/// One kind of message: `msgtype`, and the object of that name alone.
fn message(message: Option<&Value>) -> Result<MassMessage, Invalid> {
    let message = message.ok_or_else(|| invalid("message", "must be given"))?;
    let kind = message.get("msgtype").and_then(Value::as_str);
    let kind = kind.ok_or_else(|| invalid("message.msgtype", "must be given"))?;
    let object = match kind {
        "image" if message.get("images").is_some() => "images",
        kind => kind,
    };
    let members = members(message, "message.", &["msgtype", object])?;
    let part = members.get(object).unwrap_or(&Value::Null);
    match object {
        "mpnews" => read_part(object, part).map(|mpnews| MassMessage::Mpnews { mpnews }),
        "text" => read_part(object, part).map(|text| MassMessage::Text { text }),
        "voice" => read_part(object, part).map(|voice| MassMessage::Voice { voice }),
        "images" => {
            read_part(object, part).map(|images| MassMessage::Image(Picture::Many { images }))
        }
        "image" => read_part(object, part).map(|image| MassMessage::Image(Picture::One { image })),
        "mpvideo" => read_part(object, part).map(|mpvideo| MassMessage::Mpvideo { mpvideo }),
        "wxcard" => read_part(object, part).map(|wxcard| MassMessage::Wxcard { wxcard }),
        _ => {
            let rule = "must be one of mpnews, text, voice, image, mpvideo, wxcard";
            Err(invalid("message.msgtype", rule))
        }
    }
}

/// The object that says what is sent, without members nobody knows.
fn read_part<T: DeserializeOwned>(object: &str, part: &Value) -> Result<T, Invalid> {
    let place = format!("message.{object}");
    if part.is_null() {
        return Err(invalid(&place, "must be given"));
    }
    let (read, unknown) = reader::read(part);
    let unknown = unknown.first().map(|unknown| unknown.invalid(&[]));
    let read = unknown.map_or(read, Err);
    read.map_err(|broken| match broken.field.as_ref() {
        "body" => invalid(&place, &broken.rule),
        _ => broken.inside(&place),
    })
}

fn flag(members: &Map<String, Value>, name: &'static str) -> Result<Option<bool>, Invalid> {
    // WeChat's own samples write 1 and 0.
    let flag = members.get(name).filter(|flag| !flag.is_null());
    let flag = flag.map(|flag| match flag.as_u64() {
        Some(0) => Some(false),
        Some(1) => Some(true),
        _ => flag.as_bool(),
    });
    Invalid::unless(flag != Some(None), name, "must be true or false")?;
    Ok(flag.flatten())
}

/// The members of an object that has no others.
fn members<'a>(
    value: &'a Value,
    place: &str,
    known: &[&str],
) -> Result<&'a Map<String, Value>, Invalid> {
    let whole = || match place.trim_end_matches('.') {
        "" => "body".to_owned(),
        place => place.to_owned(),
    };
    let object = value.as_object();
    let members = object.ok_or_else(|| invalid(&whole(), "must be an object"))?;
    let other = members.keys().find(|name| !known.contains(&name.as_str()));
    match other {
        Some(name) => Err(reader::unknown(&format!("{place}{name}"), name, known)),
        None => Ok(members),
    }
}

/// What was asked for; the id tells campaigns apart and is no part of it.
fn digest(posted: &Value) -> String {
    let mut asked = posted.clone();
    if let Some(members) = asked.as_object_mut() {
        members.remove("client_msg_id");
    }
    digest_of("mass-sends", &asked)
}

#[cfg(test)]
mod tests;
