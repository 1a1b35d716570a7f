//! What is posted: one message or an array of them, checked whole before anything happens.

use crate::refusal::Refusal;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::{
    api::{
        Endpoint, Invalid,
        custom::{SendCustomMessage, SetTyping},
        notify::SendSubscriptionMessage,
        subscribe_once::SendOneTimeMessage,
        template::SendTemplateMessage,
    },
    lambda::HttpRequest,
    sends::{Options, SendJob, SendKind, job::is_typing},
};
use std::{borrow::Cow, collections::BTreeSet};

/// Messages in an array, at most.
const MOST: usize = 500;
/// Longest message, in bytes; WeChat's own limits are far below.
const LONGEST: usize = 32 * 1024;
/// Levels of a message, at most; JSON of more than 128 is read by nobody.
const DEEPEST: usize = 64;
/// Members that are ours and not WeChat's.
const OPTIONS: [&str; 3] = ["on_unknown", "force", "cache_buster"];

/// Messages, and whether they came as an array.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) jobs: Vec<SendJob>,
    /// Messages whose id the caller gave; only those can have come before.
    pub(crate) given: BTreeSet<String>,
    pub(crate) array: bool,
}

/// The posted JSON, `longest` bytes at most. What it is called does not matter: `curl -d` calls
/// everything a form.
///
/// # Errors
/// A body of nothing, one that is too long, one whose base64 does not decode.
pub(crate) fn text(request: &HttpRequest, longest: usize) -> Result<Cow<'_, [u8]>, Refusal> {
    let text = request.body()?;
    if text.len() > longest {
        return Err(Refusal::TooLarge(longest));
    }
    Invalid::unless(!text.trim_ascii().is_empty(), "body", "must be JSON")?;
    Ok(text)
}

/// Reads messages of one kind; `request_id` makes the ids of those that have none.
///
/// # Errors
/// The JSON's fault, or the first rule broken, with its place: `[3].touser`.
pub(crate) fn read(
    account: &str,
    kind: SendKind,
    text: &[u8],
    request_id: &str,
) -> Result<Posted, Refusal> {
    let posted: Value = serde_json::from_slice(text)?;
    let array = posted.is_array();
    let messages = match posted {
        Value::Array(messages) => messages,
        message => vec![message],
    };
    let fits = (1..=MOST).contains(&messages.len());
    Invalid::unless(fits, "body", "must hold 1 to 500 messages")?;
    let (mut jobs, mut given) = (Vec::with_capacity(messages.len()), BTreeSet::new());
    for (n, message) in messages.into_iter().enumerate() {
        let made = format!("{request_id}-{n}");
        let read = job(account, kind, message).and_then(|(id, job)| {
            let fresh = id.as_ref().is_none_or(|id| given.insert(id.clone()));
            Invalid::unless(fresh, "client_msg_id", "is used twice in this array")?;
            Ok((id, job))
        });
        let (id, job) = read.map_err(|broken| match array {
            true => broken.inside(format!("[{n}]")),
            false => broken,
        })?;
        jobs.push(SendJob {
            client_msg_id: id.unwrap_or(made),
            ..job
        });
    }
    Ok(Posted { jobs, given, array })
}

fn job(
    account: &str,
    kind: SendKind,
    message: Value,
) -> Result<(Option<String>, SendJob), Invalid> {
    let Value::Object(mut body) = message else {
        return Err(invalid("body", "must be an object"));
    };
    let id: Option<String> = body
        .remove("client_msg_id")
        .map(|id| typed(&id).map_err(|broken| invalid("client_msg_id", &broken.rule)))
        .transpose()?;
    Invalid::unless(
        id.as_deref().is_none_or(SendJob::is_id),
        "client_msg_id",
        "must be 1 to 64 letters, digits, '-', '_', '.' or ':'",
    )?;
    let options: Map<String, Value> = OPTIONS
        .iter()
        .filter_map(|name| body.remove_entry(*name))
        .collect();
    let options: Options = typed(&Value::Object(options))?;
    let body = Value::Object(body);
    let short = body.to_string().len() <= LONGEST;
    Invalid::unless(short, "body", "must be at most 32 KiB")?;
    let flat = levels(&body) <= DEEPEST;
    Invalid::unless(flat, "body", "must have at most 64 levels")?;
    check(kind, &body)?;
    let is_text = kind == SendKind::CustomerService && body.get("text").is_some();
    Invalid::unless(
        is_text || !options.cache_buster,
        "cache_buster",
        "is for customer-service texts only",
    )?;
    let job = SendJob {
        account: account.to_owned(),
        kind,
        client_msg_id: String::new(),
        to_user: body
            .get("touser")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        body,
        options,
        unfiled: false,
        released: None,
    };
    Ok((id, job))
}

fn levels(value: &Value) -> usize {
    let inner = match value {
        Value::Array(values) => values.iter().map(levels).max(),
        Value::Object(members) => members.values().map(levels).max(),
        _ => return 0,
    };
    inner.unwrap_or_default().saturating_add(1)
}

/// The rules of WeChat's own request.
fn check(kind: SendKind, body: &Value) -> Result<(), Invalid> {
    match kind {
        SendKind::Template => typed::<SendTemplateMessage>(body)?.validate(),
        SendKind::Subscription => typed::<SendSubscriptionMessage>(body)?.validate(),
        SendKind::OneTimeSubscription => typed::<SendOneTimeMessage>(body)?.validate(),
        SendKind::CustomerService if is_typing(body) => {
            Endpoint::validate(&typed::<SetTyping>(body)?)
        }
        SendKind::CustomerService => typed::<SendCustomMessage>(body)?.validate(),
    }
}

fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, rule) = (error.path().to_string(), error.inner().to_string());
        match missing(&rule) {
            Some(name) if path == "." => invalid(&name, "must be given"),
            Some(name) => invalid(&format!("{path}.{name}"), "must be given"),
            None if path == "." => invalid("body", &rule),
            None => invalid(&path, &rule),
        }
    })
}

/// The name in "missing field `name`".
fn missing(rule: &str) -> Option<String> {
    let name = rule.strip_prefix("missing field `")?.strip_suffix('`')?;
    Some(name.to_owned())
}

fn invalid(field: &str, rule: &str) -> Invalid {
    Invalid {
        field: field.to_owned().into(),
        rule: rule.to_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use shared::sends::OnUnknown;

    const OPENID: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";

    fn template() -> Value {
        json!({ "touser": OPENID, "template_id": "T", "data": { "thing1": { "value": "你好" } } })
    }

    fn with(mut message: Value, name: &str, value: Value) -> Value {
        message[name] = value;
        message
    }

    fn post(kind: SendKind, body: &Value) -> Result<Posted, Refusal> {
        read("demo", kind, body.to_string().as_bytes(), "req")
    }

    fn broken(kind: SendKind, body: &Value) -> String {
        match post(kind, body).unwrap_err() {
            Refusal::Invalid(broken) => broken.field.into_owned(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_message_is_wechats_own_body_without_what_is_ours() {
        let message = with(template(), "client_msg_id", json!("order-1"));
        let message = with(message, "on_unknown", json!("retry"));
        let message = with(
            message,
            "unheard_of",
            json!({ "n": 18_446_744_073_709_551_615_u64 }),
        );
        let posted = post(SendKind::Template, &message).unwrap();
        let job = posted.jobs.first().unwrap();
        assert_eq!(
            (job.client_msg_id.as_str(), job.to_user.as_str()),
            ("order-1", OPENID)
        );
        assert_eq!(job.options.on_unknown, OnUnknown::Retry);
        assert_eq!(job.body["unheard_of"]["n"], u64::MAX);
        assert!(job.body.get("client_msg_id").is_none() && !posted.array);
        assert!(posted.given.contains("order-1"));
    }

    #[test]
    fn a_message_is_as_deep_as_the_queue_can_carry() {
        let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        let with = |levels| with(template(), "unheard_of", deep(levels));
        let posted = post(SendKind::Template, &with(63)).unwrap();
        let text = posted.jobs.first().unwrap().to_text().unwrap();
        assert!(serde_json::from_str::<SendJob>(&text).is_ok());
        assert_eq!(broken(SendKind::Template, &with(64)), "body");
    }

    #[test]
    fn an_array_keeps_its_order_and_gets_ids() {
        let posted = post(SendKind::Template, &json!([template(), template()])).unwrap();
        let ids: Vec<_> = posted
            .jobs
            .iter()
            .map(|job| job.client_msg_id.as_str())
            .collect();
        assert_eq!(
            (ids.as_slice(), posted.array),
            (&["req-0", "req-1"][..], true)
        );
        assert!(posted.given.is_empty());
    }

    fn named(kind: SendKind, message: &Value, field: &str) {
        assert_eq!(broken(kind, message), field, "{message:.200}");
        let second = broken(kind, &json!([message]));
        assert_eq!(second, format!("[0].{field}"));
    }

    #[test]
    fn a_broken_rule_is_named_with_its_place() {
        for (name, value, field) in [
            ("touser", json!("o A"), "touser"),
            ("force", json!("yes"), "force"),
            ("client_msg_id", json!("a b"), "client_msg_id"),
            ("client_msg_id", json!(7), "client_msg_id"),
            ("cache_buster", json!(true), "cache_buster"),
            (
                "data",
                json!({ "thing1": { "value": "字".repeat(21) } }),
                "data.thing1.value",
            ),
            (
                "data",
                json!({ "thing1.DATA": { "value": "x" } }),
                "data.thing1.DATA",
            ),
            (
                "miniprogram",
                json!({ "appid": "wx1" }),
                "miniprogram.pagepath",
            ),
            ("url", json!("x".repeat(33_000)), "body"),
        ] {
            named(SendKind::Template, &with(template(), name, value), field);
        }
        named(SendKind::Template, &json!(7), "body");
        named(
            SendKind::Template,
            &json!({ "touser": OPENID }),
            "template_id",
        );
    }

    #[test]
    fn each_kind_has_its_own_rules() {
        use SendKind::{CustomerService, OneTimeSubscription, Subscription};
        named(Subscription, &with(template(), "data", json!({})), "data");
        named(OneTimeSubscription, &template(), "data.content");
        for (part, value, field) in [
            ("msgtype", json!("smell"), "msgtype"),
            ("text", json!({}), "text.content"),
            ("command", json!("Sleeping"), "command"),
        ] {
            let message = json!({ "touser": OPENID, "msgtype": "text" });
            named(CustomerService, &with(message, part, value), field);
        }
    }

    #[test]
    fn arrays_have_one_to_five_hundred_messages_of_different_ids() {
        assert_eq!(broken(SendKind::Template, &json!([])), "body");
        let many = json!(vec![template(); MOST + 1]);
        assert_eq!(broken(SendKind::Template, &many), "body");
        let same = with(template(), "client_msg_id", json!("a"));
        let twice = json!([template(), same, same]);
        assert_eq!(broken(SendKind::Template, &twice), "[2].client_msg_id");
        assert!(post(SendKind::Template, &json!(vec![template(); MOST])).is_ok());
    }

    #[test]
    fn typing_is_a_command_without_a_message() {
        let typing = json!({ "touser": OPENID, "command": "Typing" });
        assert!(post(SendKind::CustomerService, &typing).is_ok());
    }
}
