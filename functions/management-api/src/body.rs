//! What is posted: one message or an array of them, checked whole before anything happens.

use crate::refusal::Refusal;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use shared::{
    lambda::HttpRequest,
    problem::Problem,
    sends::{Options, SendJob, SendKind, job::is_typing},
    time::Timestamp,
};
use std::{borrow::Cow, collections::BTreeSet, time::Duration};
use wechat_oa::{
    api::{
        Endpoint, Invalid,
        custom::{SendCustomMessage, SetTyping},
        notify::SendSubscriptionMessage,
        reader,
        subscribe_once::SendOneTimeMessage,
        template::SendTemplateMessage,
    },
    ids::OpenId,
};

/// Messages in an array, at most.
const MOST: usize = 500;
/// Longest message, in bytes; WeChat's own limits are far below.
const LONGEST: usize = 32 * 1024;
/// Levels of a message, at most; JSON of more than 128 is read by nobody.
const DEEPEST: usize = 64;
/// Members that are ours and not WeChat's: how the message is treated, and how it is taken in.
const OPTIONS: [&str; 3] = ["on_unknown", "force", "cache_buster"];
const INTAKE: [&str; 2] = ["allow_unknown", "check"];
/// All of them, for whoever misspells one.
const OURS: [&str; 7] = [
    "client_msg_id",
    "not_before",
    "on_unknown",
    "force",
    "cache_buster",
    "allow_unknown",
    "check",
];
/// How far ahead a message may be scheduled.
const AHEAD: Duration = Duration::from_secs(30 * 86_400);
/// The rule of a time.
const MOMENT: &str = "must be a time with its zone, such as 2027-02-06T09:00:00+08:00";

/// How a message is taken in.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Intake {
    /// Members nobody knows go to WeChat as they came.
    allow_unknown: bool,
    check: Check,
}

/// Whether a message is held against the rules of WeChat's page.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Check {
    #[default]
    On,
    /// WeChat judges.
    Off,
}

/// Messages, and whether they came as an array.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) jobs: Vec<SendJob>,
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
        let why = format!("the body is longer than {longest} bytes");
        return Err(Problem::new("too_large", 413, why).into());
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
    now: Timestamp,
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
        let read = job(account, kind, message, now).and_then(|(id, job)| {
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
    Ok(Posted { jobs, array })
}

fn job(
    account: &str,
    kind: SendKind,
    message: Value,
    now: Timestamp,
) -> Result<(Option<String>, SendJob), Invalid> {
    let Value::Object(mut body) = message else {
        return Err(invalid("body", "must be an object"));
    };
    let id = body.remove("client_msg_id").unwrap_or_default();
    let rule = "must be 1 to 64 letters, digits, '-', '_', '.' or ':', and not redrive";
    let id = client_msg_id(&id, &["redrive"], rule)?;
    let not_before = body.remove("not_before").unwrap_or_default();
    let not_before = self::not_before(&not_before, now)?;
    let Intake {
        allow_unknown,
        check: how,
    } = reader::read(&take(&mut body, &INTAKE)).0?;
    let options: Options = reader::read(&take(&mut body, &OPTIONS)).0?;
    let body = Value::Object(body);
    let short = body.to_string().len() <= LONGEST;
    Invalid::unless(short, "body", "must be at most 32 KiB")?;
    let flat = levels(&body) <= DEEPEST;
    Invalid::unless(flat, "body", "must have at most 64 levels")?;
    check(kind, &body, allow_unknown, how)?;
    let is_text = kind == SendKind::CustomerService && body.get("text").is_some();
    let rule = "is for customer-service texts only";
    Invalid::unless(is_text || !options.cache_buster, "cache_buster", rule)?;
    let to_user = body.get("touser").and_then(Value::as_str);
    let to_user = OpenId::try_from(to_user.unwrap_or_default())
        .map_err(|error| invalid("touser", &error.to_string()))?;
    let job = SendJob {
        account: account.to_owned(),
        kind,
        client_msg_id: String::new(),
        to_user: to_user.as_str().to_owned(),
        body,
        options,
        unfiled: false,
        filed: None,
        not_before,
        released: None,
        answer: None,
    };
    Ok((id, job))
}

/// The members of those names, as an object of their own.
fn take(body: &mut Map<String, Value>, names: &[&str]) -> Value {
    let taken = names.iter().filter_map(|name| body.remove_entry(*name));
    Value::Object(taken.collect())
}

/// A time that a query names. A `+` that stands in a query as it is comes as a space.
pub(crate) fn moment(name: &'static str, text: &str) -> Result<Timestamp, Invalid> {
    Timestamp::parse(&text.replace(' ', "+")).ok_or_else(|| invalid(name, MOMENT))
}

/// The time before which nothing is sent; null is none.
///
/// # Errors
/// A text that is no time with its zone, and a time more than 30 days ahead.
pub(crate) fn not_before(value: &Value, now: Timestamp) -> Result<Option<Timestamp>, Invalid> {
    if value.is_null() {
        return Ok(None);
    }
    let read = value.as_str().and_then(Timestamp::parse);
    let at = read.ok_or_else(|| invalid("not_before", MOMENT))?;
    Invalid::unless(at <= now + AHEAD, "not_before", "must be within 30 days")?;
    Ok(Some(at))
}

/// An id that is none of the `routes`, as `rule` says. Null is none; a number is what its digits say.
///
/// # Errors
/// That rule.
pub(crate) fn client_msg_id(
    value: &Value,
    routes: &[&str],
    rule: &'static str,
) -> Result<Option<String>, Invalid> {
    let id = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => number.to_string(),
        value => value.as_str().unwrap_or_default().to_owned(),
    };
    let fits = SendJob::is_id(&id) && !routes.contains(&id.as_str());
    Invalid::unless(fits, "client_msg_id", rule)?;
    Ok(Some(id))
}

fn levels(value: &Value) -> usize {
    let inner = match value {
        Value::Array(values) => values.iter().map(levels).max(),
        Value::Object(members) => members.values().map(levels).max(),
        _ => return 0,
    };
    inner.unwrap_or_default() + 1
}

/// The rules of WeChat's own request.
fn check(kind: SendKind, body: &Value, allow_unknown: bool, how: Check) -> Result<(), Invalid> {
    type Rules<T> = fn(&T) -> Result<(), Invalid>;
    fn of<T: DeserializeOwned>(
        body: &Value,
        (allow_unknown, how): (bool, Check),
        rules: Rules<T>,
    ) -> Result<(), Invalid> {
        let (read, unknown) = reader::read::<T>(body);
        match (unknown.first(), how) {
            (Some(unknown), _) if !allow_unknown => Err(unknown.invalid(&OURS)),
            (_, Check::Off) => Ok(()),
            (_, Check::On) => rules(&read?),
        }
    }
    let how = (allow_unknown, how);
    match kind {
        SendKind::Template => of(body, how, SendTemplateMessage::validate),
        SendKind::Subscription => of(body, how, SendSubscriptionMessage::validate),
        SendKind::OneTimeSubscription => of(body, how, SendOneTimeMessage::validate),
        SendKind::CustomerService if is_typing(body) => {
            of(body, how, <SetTyping as Endpoint>::validate)
        }
        SendKind::CustomerService => of(body, how, SendCustomMessage::validate),
    }
}

/// A field, and the rule it breaks.
pub(crate) fn invalid(field: &str, rule: &str) -> Invalid {
    let (field, rule) = (field.to_owned().into(), rule.to_owned().into());
    Invalid { field, rule }
}

#[cfg(test)]
mod document;
#[cfg(test)]
mod tests;
