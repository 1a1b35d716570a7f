//! Pushes as they are in the field: what is right about each of `tests/fixtures/pushes`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that is surprised should say so loudly"
)]

use serde_json::{Value, json};
use shared::{
    followers::Known,
    random::Random,
    router::{Asked, Decision, Router, answer},
    time::Timestamp,
};
use std::{fs, path::PathBuf};
use wechat_oa::callback::{Clear, Push, Reply};

const FOLLOWER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";

#[derive(Debug)]
struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
        bytes.fill(0);
        Ok(())
    }
}

fn body(name: &str) -> Vec<u8> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/pushes");
    fs::read(root.join(name)).unwrap()
}

/// The row of a push, with its key beside it.
fn row(name: &str) -> Value {
    let body = body(name);
    let clear = Clear::of(&body);
    let push = Push::read(&clear);
    let mut row = push.row(&clear);
    row["dedupe_key"] = json!(push.dedupe_key());
    row
}

/// What a router says to it.
fn decide(router: &Router, name: &str) -> Reply {
    let body = body(name);
    let clear = Clear::of(&body);
    let push = Push::read(&clear);
    let asked = Asked {
        account: "demo",
        push: &push,
        now: Timestamp::default(),
        random: &Zeros,
        known: Known::NOTHING,
    };
    match router.decide(&asked) {
        Decision::Reply(quick) => quick.reply.fitted(push.answerable()).0,
        Decision::Forward(slow) => Reply::from(slow.source.name()),
    }
}

#[test]
fn what_is_whole_reads_whole() {
    let whole = [
        (
            "text_with_control_characters.xml",
            json!({ "kind": "text" }),
        ),
        ("text_handbook.xml", json!({ "content": "查手册" })),
        (
            "subscribe_after_a_payment.xml",
            json!({ "event": "subscribe", "scene": null, "key": "last_trade_no_4008072001201701105817000000" }),
        ),
        (
            "pictures_none.xml",
            json!({ "event": "pic_photo_or_album", "count": 0, "md5": [] }),
        ),
        (
            "scan_of_a_product.xml",
            json!({ "event": "user_scan_product" }),
        ),
        (
            "text_chosen_in_a_menu.xml",
            json!({ "menu_id": "101_teststring", "content": "满意" }),
        ),
        (
            "voice_without_words.xml",
            json!({ "kind": "voice", "format": "speex", "recognition": null }),
        ),
        (
            "scan_with_an_ampersand.xml",
            json!({ "scan_result": "http://www.example.com?id=ddd&aaa=bbb" }),
        ),
        (
            "mass_send_judged_a_reprint.xml",
            json!({ "status": "err(30003)", "msg_id": "3147483720" }),
        ),
        ("media_check_one.xml", json!({ "event": "wxa_media_check" })),
        (
            "consent_to_one_template.xml",
            json!({ "event": "subscribe_msg_popup_event" }),
        ),
        ("text_with_blanks_around.xml", json!({ "kind": "text" })),
        ("text_of_two_lines.xml", json!({ "content": "回声 a\nb" })),
    ];
    for (name, expected) in whole {
        let row = row(name);
        assert_eq!(row.get("unread"), None, "{name}: {row}");
        for (field, value) in expected.as_object().unwrap() {
            let found = row.get(field).unwrap_or(&Value::Null);
            assert_eq!(found, value, "{name}: {row}");
        }
    }
    let articles = row("mass_send_judged_a_reprint.xml")["copyright_check"]["articles"].clone();
    assert_eq!(articles.as_array().unwrap().len(), 2);
    assert_eq!(articles[0]["can_reprint"], 0);
    assert_eq!(articles[1]["can_reprint"], Value::Null);
}

/// Pushes that do not read whole, and what reads of them.
fn broken() -> [(&'static str, Value); 17] {
    let text = |content: &str| json!({ "kind": "text", "content": content, "from": FOLLOWER });
    [
        (
            "text_with_cdata_inside.xml",
            text("<xml><status><![CDATA[ok]]></status><msg>hello</msg></xml>"),
        ),
        ("text_that_closes_cdata.xml", text("a]]>b")),
        ("text_cut_in_a_character.xml", text("你\u{fffd}")),
        ("text_in_gbk.xml", json!({ "kind": "text" })),
        (
            "text_with_surrogates.xml",
            json!({ "kind": "text", "msg_id": "24180351648420013" }),
        ),
        (
            "text_whose_id_is_too_large.xml",
            json!({ "content": "hi", "msg_id": null }),
        ),
        (
            "text_whose_time_is_no_time.xml",
            json!({ "content": "hi", "create_time": null }),
        ),
        (
            "text_whose_idx_is_no_number.xml",
            json!({ "content": "hi", "idx": null, "msg_data_id": "100" }),
        ),
        (
            "text_without_a_type.xml",
            json!({ "kind": "unread", "from": FOLLOWER }),
        ),
        (
            "text_without_a_sender.xml",
            json!({ "kind": "text", "content": "hi", "from": "" }),
        ),
        ("text_with_another_root.xml", text("hi")),
        ("text_never_closed.xml", text("hi")),
        (
            "location_with_commas.xml",
            json!({ "event": "location", "latitude": null, "longitude": null, "precision": null }),
        ),
        (
            "event_without_a_name.xml",
            json!({ "kind": "event", "event": "" }),
        ),
        ("json_cut.json", json!({ "kind": "unread", "from": "" })),
        (
            "result_whose_id_is_no_number.xml",
            json!({ "event": "templatesendjobfinish", "msg_id": null, "status": "success" }),
        ),
        (
            "result_with_a_negative_count.xml",
            json!({ "event": "masssendjobfinish", "msg_id": "1", "total_count": null }),
        ),
    ]
}

#[test]
fn what_does_not_read_whole_reads_as_far_as_it_goes() {
    for (name, expected) in broken() {
        let row = row(name);
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(
                row.get(field).unwrap_or(&Value::Null),
                value,
                "{name}: {row}"
            );
        }
        let bytes = body(name);
        let raw = String::from_utf8_lossy(&bytes);
        assert_eq!(row["unread"]["raw"], raw.as_ref(), "{name}");
        assert_eq!(row["unread"]["bytes"], bytes.len(), "{name}");
        assert!(
            !row["unread"]["why"][0].as_str().unwrap().is_empty(),
            "{name}"
        );
        assert!(row["dedupe_key"].as_str().unwrap().contains(':'), "{name}");
    }
    let gbk = row("text_in_gbk.xml");
    assert!(
        gbk["content"].as_str().unwrap().ends_with(" price"),
        "{gbk}"
    );
    assert!(gbk["unread"]["raw_base64"].is_string());
}

#[test]
fn two_of_one_second_are_two() {
    for (one, other) in [
        ("media_check_one.xml", "media_check_other.xml"),
        (
            "consent_to_one_template.xml",
            "consent_to_other_template.xml",
        ),
    ] {
        assert_ne!(row(one)["dedupe_key"], row(other)["dedupe_key"], "{one}");
        assert_eq!(row(one)["dedupe_key"], row(one)["dedupe_key"]);
    }
}

#[test]
fn rules_see_what_reads() {
    let router = Router::new()
        .with_toml(
            r#"
            [[rule]]
            text = "ping"
            reply = "pong"

            [[rule]]
            keyword = "PRICE"
            reply = "see the list"

            [[rule]]
            keyword = "hello"
            reply = "hello yourself"

            [[rule]]
            regex = '(?s)^回声 (.+)$'
            reply = "$1"

            [[rule]]
            any = true
            reply = "fallback"
            "#,
        )
        .unwrap();
    for (name, reply) in [
        ("text_with_blanks_around.xml", "pong"),
        ("text_with_cdata_inside.xml", "hello yourself"),
        ("text_in_gbk.xml", "see the list"),
        ("text_of_two_lines.xml", "a\nb"),
        ("text_whose_idx_is_no_number.xml", "fallback"),
        ("text_with_another_root.xml", "fallback"),
    ] {
        assert_eq!(decide(&router, name), Reply::from(reply), "{name}");
    }
    for name in [
        "text_without_a_type.xml",
        "text_without_a_sender.xml",
        "event_without_a_name.xml",
        "json_cut.json",
        "result_with_a_negative_count.xml",
        "mass_send_judged_a_reprint.xml",
    ] {
        assert_eq!(decide(&router, name), Reply::Acknowledge, "{name}");
    }
    let three = Router::new().fallback(answer(vec![
        wechat_oa::callback::Article {
            title: "t".to_owned(),
            ..Default::default()
        };
        3
    ]));
    let Reply::News { articles } = decide(&three, "text_handbook.xml") else {
        unreachable!()
    };
    assert_eq!(articles.len(), 1);
}
