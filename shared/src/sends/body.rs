//! The body as WeChat gets it.

use super::{SendKind, job::is_typing, record::Record};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use wechat_oa::api::{
    custom::{SendCustomMessage, SetTyping, message::Text},
    notify::SendSubscriptionMessage,
    reader::tidied,
    subscribe_once::SendOneTimeMessage,
    template::SendTemplateMessage,
};

/// Longest id handed to WeChat, in bytes; longer ones are digested (no limit is documented, 32 is
/// that of mass sends).
const ID_LIMIT: usize = 32;
/// Characters without width, by which equal-looking texts differ.
const INVISIBLE: [char; 2] = ['\u{200b}', '\u{200c}'];
/// How many of them: one message in 65,536 looks like another.
const MARKS: usize = 16;

/// WeChat's request body for a message. The row keeps it as it was posted, for that is what tells
/// a repeat from another message.
pub fn wire(record: &Record) -> Value {
    let tidied = match record.kind {
        SendKind::Template => tidied::<SendTemplateMessage>(&record.body),
        SendKind::Subscription => tidied::<SendSubscriptionMessage>(&record.body),
        SendKind::OneTimeSubscription => tidied::<SendOneTimeMessage>(&record.body),
        SendKind::CustomerService if is_typing(&record.body) => tidied::<SetTyping>(&record.body),
        SendKind::CustomerService => tidied::<SendCustomMessage>(&record.body),
    };
    // A body that does not read was accepted without a check of its fields.
    let mut body = tidied.unwrap_or_else(|| record.body.clone());
    if record.kind == SendKind::Template
        && let Some(members) = body.as_object_mut()
    {
        members.insert("client_msg_id".to_owned(), json!(wechat_id(record)));
    }
    if record.options.cache_buster
        && let Some(content) = body.pointer_mut("/text/content")
        && let Some(text) = content.as_str()
    {
        *content = json!(distinct(text, &record.client_msg_id));
    }
    body
}

/// The id by which WeChat knows a repeat of a message: the caller's, as long as it fits.
fn wechat_id(record: &Record) -> String {
    let id = &record.client_msg_id;
    let digested = |id: &str| format!("{:.32}", hex::encode(Sha1::digest(id)));
    match record.renewed {
        0 if id.len() <= ID_LIMIT => id.clone(),
        0 => digested(id),
        n => digested(&format!("{id}/{n}")),
    }
}

/// Phones keep a link under the text it stood in: a changed link under an equal text may open the
/// old one (protocol section 9). Marks nobody sees make the text another one, where they fit.
fn distinct(text: &str, id: &str) -> String {
    let marks: String = Sha1::digest(id)
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| usize::from(byte >> bit & 1)))
        .take(MARKS)
        .filter_map(|bit| INVISIBLE.get(bit))
        .collect();
    if text.len() + marks.len() > Text::LIMIT {
        return text.to_owned();
    }
    format!("{text}{marks}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sends::{Options, SendJob, sample::APP},
        time::Timestamp,
    };

    fn record(kind: SendKind, id: &str, body: Value, cache_buster: bool) -> Record {
        let job = SendJob {
            account: "demo".into(),
            kind,
            client_msg_id: id.into(),
            to_user: "oA".into(),
            body,
            options: Options {
                cache_buster,
                ..Options::default()
            },
            unfiled: false,
            filed: None,
            not_before: None,
            released: None,
            answer: None,
        };
        Record::new(&APP, &job, Timestamp::from_millis(0))
    }

    #[test]
    fn a_template_message_carries_its_id() {
        let body = |id: &str| {
            wire(&record(
                SendKind::Template,
                id,
                json!({"touser": "oA"}),
                false,
            ))
        };
        assert_eq!(body("a")["client_msg_id"], "a");
        let long = "550e8400-e29b-41d4-a716-446655440000";
        let digested = body(long);
        assert_eq!(digested["client_msg_id"].as_str().unwrap().len(), 32);
        assert_eq!(digested, body(long));
        let other = wire(&record(SendKind::Subscription, "a", json!({}), false));
        assert_eq!(other, json!({}));
    }

    #[test]
    fn what_others_write_for_nothing_is_left_out_and_the_rest_stays() {
        let message =
            json!({"touser": "oA", "template_id": "T", "data": {"thing1": {"value": "x"}}});
        let mut posted = message.clone();
        for (name, value) in [
            ("url", json!(null)),
            ("miniprogram", json!({"appid": "", "pagepath": ""})),
            ("future", json!({"n": null})),
        ] {
            posted[name] = value;
        }
        posted["data"]["thing1"]["value"] = json!(12);
        let sent = wire(&record(SendKind::Template, "a", posted, false));
        let mut expected = message;
        expected["client_msg_id"] = json!("a");
        expected["data"]["thing1"]["value"] = json!("12");
        expected["future"] = json!({"n": null});
        assert_eq!(sent, expected);
        let unread = json!({"touser": "oA", "url": null, "data": []});
        let sent = wire(&record(SendKind::Subscription, "a", unread.clone(), false));
        assert_eq!(sent, unread);
    }

    #[test]
    fn equal_texts_differ_where_nobody_sees_it() {
        let text = |id: &str, content: &str, bust| {
            let body = json!({"touser": "oA", "msgtype": "text", "text": {"content": content}});
            let wire = wire(&record(SendKind::CustomerService, id, body, bust));
            wire["text"]["content"].as_str().unwrap().to_owned()
        };
        assert_eq!(text("a", "here", false), "here");
        let (a, b) = (text("a", "here", true), text("b", "here", true));
        assert_ne!(a, b);
        assert_eq!(a, text("a", "here", true));
        assert_eq!(a.trim_end_matches(INVISIBLE), "here");
        let full = "x".repeat(Text::LIMIT - 1);
        assert_eq!(text("a", &full, true), full);
    }
}
