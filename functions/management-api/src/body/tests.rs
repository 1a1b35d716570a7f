use super::*;
use serde_json::json;
use shared::sends::OnUnknown;

const NOW: shared::time::Timestamp = shared::time::Timestamp::from_secs(1_767_000_000);
const OPENID: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";

fn template() -> Value {
    json!({ "touser": OPENID, "template_id": "T", "data": { "thing1": { "value": "你好" } } })
}

fn with(mut message: Value, name: &str, value: Value) -> Value {
    message[name] = value;
    message
}

fn post(kind: SendKind, body: &Value) -> Result<Posted, Refusal> {
    read("demo", kind, body.to_string().as_bytes(), "req", NOW)
}

fn broken(kind: SendKind, body: &Value) -> String {
    let problem = post(kind, body).unwrap_err().problem;
    problem.details()["field"].as_str().unwrap().to_owned()
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
    assert_eq!(broken(SendKind::Template, &message), "unheard_of");
    let message = with(message, "allow_unknown", json!(true));
    let posted = post(SendKind::Template, &message).unwrap();
    let job = posted.jobs.first().unwrap();
    assert_eq!(
        (job.client_msg_id.as_str(), job.to_user.as_str()),
        ("order-1", OPENID)
    );
    assert_eq!(job.options.on_unknown, OnUnknown::Retry);
    assert_eq!(job.body["unheard_of"]["n"], u64::MAX);
    assert!(job.body.get("client_msg_id").is_none() && !posted.array);
}

#[test]
fn a_message_is_as_deep_as_the_queue_can_carry() {
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    let open = with(template(), "allow_unknown", json!(true));
    let with = |levels| with(open.clone(), "unheard_of", deep(levels));
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
        ("client_msg_id", json!(7.5e300), "client_msg_id"),
        ("client_msg_id", json!([]), "client_msg_id"),
        ("clientMsgId", json!("a1"), "clientMsgId"),
        ("on_unkown", json!("retry"), "on_unkown"),
        ("not_before", json!("tomorrow"), "not_before"),
        ("on_unknown", json!("perhaps"), "on_unknown"),
        ("check", json!("none"), "check"),
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
        ("data", json!({ "thing1": "x" }), "data.thing1"),
        (
            "miniprogram",
            json!({ "appid": "wx1", "pagePath": "p" }),
            "miniprogram.pagePath",
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
fn a_message_may_wait_for_its_time() {
    let at = |text: &str| with(template(), "not_before", json!(text));
    let posted = post(SendKind::Template, &at("2026-01-01T08:00:00+08:00")).unwrap();
    let midnight = shared::time::Timestamp::parse("2026-01-01T00:00:00Z");
    assert_eq!(posted.jobs[0].not_before, midnight);
    assert!(posted.jobs[0].body.get("not_before").is_none());
    for wrong in ["2026-01-01T08:00:00", "2026-03-01T00:00:00Z"] {
        named(SendKind::Template, &at(wrong), "not_before");
    }
}

#[test]
fn null_options_are_none_and_a_number_is_an_id() {
    let mut message = template();
    for name in [
        "client_msg_id",
        "on_unknown",
        "force",
        "check",
        "not_before",
        "url",
    ] {
        message[name] = json!(null);
    }
    let posted = post(SendKind::Template, &message).unwrap();
    assert_eq!(posted.jobs[0].options, Options::default());
    let message = with(template(), "client_msg_id", json!(12345));
    let posted = post(SendKind::Template, &message).unwrap();
    assert_eq!(posted.jobs[0].client_msg_id, "12345");
}

#[test]
fn an_unchecked_message_goes_whatever_it_says_but_to_somebody() {
    let long = json!({ "thing1": { "value": "字".repeat(21) }, "thing2": "x" });
    let message = with(template(), "data", long);
    assert_eq!(broken(SendKind::Template, &message), "data.thing2");
    let message = with(message, "check", json!("off"));
    let posted = post(SendKind::Template, &json!([template(), message])).unwrap();
    assert_eq!(posted.jobs[1].body.get("check"), None);
    let to_nobody = with(message.clone(), "touser", json!(""));
    assert_eq!(broken(SendKind::Template, &to_nobody), "touser");
    let misspelt = with(message, "clientMsgId", json!("a"));
    assert_eq!(broken(SendKind::Template, &misspelt), "clientMsgId");
}

#[test]
fn a_text_is_no_longer_than_wechat_takes() {
    let text = |content: String| json!({ "touser": OPENID, "msgtype": "text", "text": { "content": content } });
    let kind = SendKind::CustomerService;
    assert!(post(kind, &text("字".repeat(682))).is_ok());
    assert_eq!(broken(kind, &text("字".repeat(683))), "text.content");
}

#[test]
fn each_kind_has_its_own_rules() {
    use SendKind::{CustomerService, OneTimeSubscription, Subscription};
    named(Subscription, &with(template(), "data", json!({})), "data");
    named(OneTimeSubscription, &template(), "data.thing1");
    for (part, value, field) in [
        ("msgtype", json!("smell"), "msgtype"),
        ("text", json!({}), "text.content"),
    ] {
        let message = json!({ "touser": OPENID, "msgtype": "text" });
        named(CustomerService, &with(message, part, value), field);
    }
    let asleep = json!({ "touser": OPENID, "command": "Sleeping" });
    named(CustomerService, &asleep, "command");
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
