use super::*;
use openapi::Contract;
use serde_json::json;
use shared::{account::AccountsFile, time::Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn account() -> Account {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../infra/local/demo/accounts.toml"
    ));
    let file = AccountsFile::parse(&text.unwrap()).unwrap();
    file.accounts.into_iter().next().unwrap().account
}

fn text() -> Value {
    json!({ "msgtype": "text", "text": { "content": "你好" } })
}

fn post(body: &Value) -> Result<Posted, String> {
    read(&account(), body, "req", NOW).map_err(|broken| broken.field.into_owned())
}

fn with(name: &str, value: Value) -> Value {
    let mut body = json!({ "message": text(), "to": { "openids": ["oA", "oB", "oA"] } });
    body[name] = value;
    body
}

#[test]
fn a_campaign_has_a_message_and_receivers() {
    let posted = post(&with("client_msg_id", json!("c"))).unwrap();
    assert_eq!(
        (posted.campaign.client_msg_id.as_str(), posted.draft),
        ("c", false)
    );
    assert_eq!(posted.page.openids(), ["oA", "oB"]);
    let same = post(&with("send_ignore_reprint", json!(true))).unwrap();
    assert_eq!(same.campaign.client_msg_id, "req");
    assert_ne!(same.campaign.digest, posted.campaign.digest);
    assert_eq!(
        post(&with("to", json!({ "all": true })))
            .unwrap()
            .campaign
            .target,
        Target::All
    );
    for tag_id in [json!(2), json!("2")] {
        let tagged = post(&with("to", json!({ "tag_id": tag_id }))).unwrap();
        assert_eq!(tagged.campaign.target, Target::Tag(2));
    }
    let as_sampled = post(&with("send_ignore_reprint", json!(1))).unwrap();
    assert_eq!(as_sampled.campaign.send_ignore_reprint, Some(true));
    let mut none = with("client_msg_id", json!(null));
    none["not_before"] = json!(null);
    assert_eq!(post(&none).unwrap().campaign.client_msg_id, "req");
}

#[test]
fn a_misspelt_member_is_told_what_was_meant() {
    let told = |body: &Value| read(&account(), body, "req", NOW).unwrap_err().to_string();
    let text = |part: Value| with("message", json!({ "msgtype": "text", "text": part }));
    for (body, begins) in [
        (
            with("notBefore", json!(1)),
            "notBefore: is not known; did you mean not_before?",
        ),
        (
            with("to", json!({ "tagid": 1 })),
            "to.tagid: is not known; did you mean tag_id?",
        ),
        (
            text(json!({ "contents": "x" })),
            "message.text.contents: is not known; did you mean content?",
        ),
        (text(json!({})), "message.text.content: must be given"),
        (
            text(json!({ "content": 7 })),
            "message.text.content: must be text",
        ),
        (text(json!("x")), "message.text: must be an object"),
        (text(json!(null)), "message.text: must be given"),
    ] {
        let told = told(&body);
        assert!(told.starts_with(begins), "{told}");
    }
}

#[test]
fn a_broken_rule_is_named_with_its_place() {
    for (name, value, field) in [
        ("to", json!({ "all": true, "openids": ["oA", "oB"] }), "to"),
        ("to", json!({}), "to"),
        ("to", json!({ "all": false }), "to.all"),
        ("to", json!({ "tag_id": "x" }), "to.tag_id"),
        ("to", json!({ "openids": ["oA"] }), "to.openids"),
        ("to", json!({ "openids": ["oA", "oA"] }), "to.openids"),
        ("to", json!({ "openids": ["oA", "o A"] }), "to.openids[1]"),
        ("to", json!({ "users": [] }), "to.users"),
        ("message", json!({ "text": {} }), "message.msgtype"),
        ("message", json!({ "msgtype": "smell" }), "message.msgtype"),
        (
            "message",
            json!({ "msgtype": "text", "text": { "content": "" } }),
            "message.text.content",
        ),
        (
            "message",
            json!({ "msgtype": "text", "text": { "content": "a" }, "voice": { "media_id": "m" } }),
            "message.voice",
        ),
        (
            "message",
            json!({ "msgtype": "voice", "voice": { "media_id": " " } }),
            "message.voice.media_id",
        ),
        (
            "message",
            json!({ "msgtype": "image", "images": { "media_ids": [] } }),
            "message.images.media_ids",
        ),
        (
            "message",
            json!({ "msgtype": "image", "image": { "media_id": "m" } }),
            "message.image",
        ),
        ("not_before", json!("2027-01-15T09:00:00"), "not_before"),
        ("not_before", json!("2099-01-15T09:00:00Z"), "not_before"),
        ("client_msg_id", json!("preview"), "client_msg_id"),
        ("client_msg_id", json!("a b"), "client_msg_id"),
        ("draft", json!("yes"), "draft"),
        ("touser", json!([]), "touser"),
    ] {
        assert_eq!(post(&with(name, value)).unwrap_err(), field, "{name}");
    }
    assert_eq!(post(&json!({ "message": text() })).unwrap_err(), "to");
}

#[test]
fn what_is_too_long_is_refused_before_anything_is_stored() {
    for (message, field) in [
        (
            json!({ "msgtype": "text", "text": { "content": "字".repeat(683) } }),
            "message.text.content",
        ),
        (
            json!({ "msgtype": "text", "text": { "content": "a".repeat(500_000) } }),
            "message.text.content",
        ),
        (
            json!({ "msgtype": "mpnews", "mpnews": { "media_id": "m".repeat(500_000) } }),
            "message",
        ),
    ] {
        assert_eq!(post(&with("message", message)).unwrap_err(), field);
    }
}

#[test]
fn the_longest_text_goes() {
    let longest = format!("{}{}", "字".repeat(682), "ab");
    let message = json!({ "msgtype": "text", "text": { "content": longest } });
    assert!(post(&with("message", message)).is_ok());
}

#[test]
fn a_time_has_its_zone() {
    let at = |text: &str| {
        post(&with("not_before", json!(text)))
            .unwrap()
            .campaign
            .not_before
    };
    let expected = at("2027-01-20T01:00:00Z");
    assert_eq!(at("2027-01-20T09:00:00+08:00"), expected);
    assert_eq!(at("2027-01-20T09:00[Asia/Shanghai]"), expected);
}

#[test]
fn a_draft_may_begin_with_nobody() {
    let mut body = with("to", json!({ "openids": [] }));
    body["draft"] = json!(true);
    let posted = post(&body).unwrap();
    assert!(posted.draft && posted.page.openids().is_empty());
}

#[test]
fn a_preview_goes_to_one() {
    let read = |body: Value| preview(&body).map_err(|broken| broken.field.into_owned());
    assert!(read(json!({ "message": text(), "to_user": "oA" })).is_ok());
    assert!(read(json!({ "message": text(), "to_wechat_name": "me" })).is_ok());
    let both = json!({ "message": text(), "to_user": "oA", "to_wechat_name": "me" });
    assert_eq!(read(both).unwrap_err(), "to_user");
    assert_eq!(
        read(json!({ "message": text(), "to_user": "o A" })).unwrap_err(),
        "to_user"
    );
    assert_eq!(read(json!({ "to_user": "oA" })).unwrap_err(), "message");
    let image = json!({ "msgtype": "image", "image": { "media_id": "m" } });
    assert!(read(json!({ "message": image, "to_user": "oA" })).is_ok());
}

/// The document and the function say the same of a campaign.
fn agree(cases: &[(Value, bool)]) {
    let contract = Contract::of_requests();
    for (body, fits) in cases {
        let said = (post(body).is_ok(), contract.fits("MassSend", body));
        assert_eq!(said, (*fits, *fits), "{body:.300}");
    }
}

#[test]
fn the_document_says_the_same_of_messages() {
    let message = |message: Value| with("message", message);
    let media =
        |kind: &str, object: &str| message(json!({ "msgtype": kind, object: { "media_id": "M" } }));
    let images =
        |ids: Value| message(json!({ "msgtype": "image", "images": { "media_ids": ids } }));
    let card = json!({ "card_id": "C" });
    let signed = json!({ "card_id": "C", "card_ext": "{}" });
    agree(&[
        (message(text()), true),
        (media("mpnews", "mpnews"), true),
        (media("voice", "voice"), true),
        (media("mpvideo", "mpvideo"), true),
        (media("voice", "mpvideo"), false),
        (media("image", "image"), false),
        (images(json!(["M"])), true),
        (images(json!([])), false),
        (images(json!(["M", ""])), false),
        (
            message(json!({ "msgtype": "wxcard", "wxcard": card })),
            true,
        ),
        (
            message(json!({ "msgtype": "wxcard", "wxcard": signed })),
            false,
        ),
        (message(json!({ "msgtype": "text" })), false),
        (
            message(json!({ "msgtype": "text", "text": { "content": " " } })),
            false,
        ),
    ]);
}

#[test]
fn the_document_says_the_same_of_receivers() {
    let to = |to: Value, draft: bool| {
        let mut body = with("to", to);
        body["draft"] = json!(draft);
        body
    };
    let openids = |openids: Value, draft| to(json!({ "openids": openids }), draft);
    agree(&[
        (to(json!({ "all": true }), false), true),
        (to(json!({ "all": false }), false), false),
        (to(json!({ "tag_id": 2 }), false), true),
        (to(json!({ "tag_id": -2 }), false), false),
        (to(json!({ "all": true, "tag_id": 2 }), false), false),
        (to(json!({}), false), false),
        (openids(json!(["oA", "oB"]), false), true),
        (openids(json!(["oA"]), false), false),
        (openids(json!(["oA"]), true), true),
        (openids(json!([]), true), true),
        (openids(json!(vec!["oA"; 10_000]), true), true),
        (openids(json!(vec!["oA"; 10_001]), true), false),
        (openids(json!(["oA", "o".repeat(33)]), false), false),
    ]);
}

#[test]
fn the_document_says_the_same_of_what_stands_beside() {
    agree(&[
        (with("client_msg_id", json!("news:1")), true),
        (with("client_msg_id", json!("speed")), false),
        (with("client_msg_id", json!("news 1")), false),
        (with("send_ignore_reprint", json!(true)), true),
        (with("not_before", json!("2027-01-20T01:00:00Z")), true),
        (with("not_before", json!("2027-01-20T09:00+08:00")), true),
        (
            with("not_before", json!("2027-01-20T09:00[Asia/Shanghai]")),
            true,
        ),
        (with("not_before", json!("2027-01-20T09:00:00")), false),
        (with("not_before", json!("tomorrow")), false),
        (with("notBefore", json!("2027-01-20T01:00:00Z")), false),
        (with("force", json!(true)), true),
        (with("force", json!("yes")), false),
    ]);
}

#[test]
fn the_document_says_the_same_of_a_preview() {
    let contract = Contract::of_requests();
    let image = json!({ "msgtype": "image", "image": { "media_id": "M" } });
    let card = json!({ "msgtype": "wxcard", "wxcard": { "card_id": "C", "card_ext": "{}" } });
    for (body, fits) in [
        (json!({ "message": text(), "to_user": "oA" }), true),
        (json!({ "message": image, "to_wechat_name": "me" }), true),
        (json!({ "message": card, "to_user": "oA" }), true),
        (
            json!({ "message": text(), "to_user": "oA", "to_wechat_name": "me" }),
            false,
        ),
        (json!({ "message": text(), "to_user": "o A" }), false),
        (json!({ "message": text(), "to_wechat_name": " " }), false),
        (json!({ "message": text() }), false),
        (json!({ "to_user": "oA" }), false),
        (
            json!({ "message": text(), "to_user": "oA", "draft": true }),
            false,
        ),
        (
            json!({ "message": text(), "to_user": "oA", "force": true }),
            true,
        ),
        (
            json!({ "message": text(), "to_user": "oA", "force": "yes" }),
            false,
        ),
    ] {
        let said = (preview(&body).is_ok(), contract.fits("MassPreview", &body));
        assert_eq!(said, (fits, fits), "{body}");
    }
}
