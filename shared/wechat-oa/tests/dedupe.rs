//! The key of a push: the same for its repeats in every form, another one for every other push.

#![allow(
    clippy::unwrap_used,
    reason = "a test that is surprised should say so loudly"
)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wechat_oa::callback::{Clear, Push};

/// Every event with a name of its own, and one without.
const EVENTS: [&str; 36] = [
    "subscribe",
    "unsubscribe",
    "SCAN",
    "LOCATION",
    "CLICK",
    "VIEW",
    "view_miniprogram",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
    "TEMPLATESENDJOBFINISH",
    "MASSSENDJOBFINISH",
    "PUBLISHJOBFINISH",
    "FREEPUBLISHJOBFINISH",
    "subscribe_msg_popup_event",
    "subscribe_msg_change_event",
    "subscribe_msg_sent_event",
    "kf_create_session",
    "kf_close_session",
    "kf_switch_session",
    "guide_invite_result_event",
    "guide_qrcode_scan_event",
    "user_info_modified",
    "user_authorization_revoke",
    "user_authorization_cancellation",
    "qualification_verify_success",
    "qualification_verify_fail",
    "naming_verify_success",
    "naming_verify_fail",
    "annual_renew",
    "verify_expired",
    "wxa_media_check",
    "brand_new",
];

/// Elements these events have, and one that none has.
const NAMES: [&str; 22] = [
    "EventKey",
    "Ticket",
    "Latitude",
    "MenuId",
    "ScanCodeInfo",
    "ScanResult",
    "SendPicsInfo",
    "PicList",
    "item",
    "PicMd5Sum",
    "SendLocationInfo",
    "Status",
    "TotalCount",
    "SubscribeMsgPopupEvent",
    "List",
    "TemplateId",
    "KfAccount",
    "GuideScanEvent",
    "OpenID",
    "ExpiredTime",
    "PublishEventInfo",
    "Brand",
];

/// What stands in an element: a text, or elements, each name as often as it occurs.
#[derive(Debug, Clone, PartialEq)]
enum Content {
    Text(String),
    Elements(BTreeMap<&'static str, Vec<Content>>),
}

fn elements(depth: u32) -> BoxedStrategy<Content> {
    let text = "[a-z0-9你😀&<]{1,6}".prop_map(Content::Text);
    let inner = if depth == 0 {
        text.boxed()
    } else {
        prop_oneof![text, elements(depth - 1)].boxed()
    };
    let names = prop::sample::select(&NAMES[..]);
    prop::collection::btree_map(names, prop::collection::vec(inner, 1..3), 1..4)
        .prop_map(Content::Elements)
        .boxed()
}

fn xml(content: &Content, layout: &str, backwards: bool) -> String {
    match content {
        Content::Text(text) => format!("<![CDATA[{text}]]>"),
        Content::Elements(elements) => {
            let mut written: Vec<String> = elements
                .iter()
                .map(|(name, all)| {
                    let one =
                        |one| format!("<{name}>{}</{name}>{layout}", xml(one, layout, backwards));
                    all.iter().map(one).collect()
                })
                .collect();
            if backwards {
                written.reverse();
            }
            layout.to_owned() + &written.concat()
        }
    }
}

fn as_json(content: &Content) -> Value {
    match content {
        Content::Text(text) => json!(text),
        Content::Elements(elements) => Value::Object(fields(elements)),
    }
}

fn fields(elements: &BTreeMap<&'static str, Vec<Content>>) -> Map<String, Value> {
    let field = |(name, all): (&&'static str, &Vec<Content>)| {
        let value = match all.as_slice() {
            [one] => as_json(one),
            many => many.iter().map(as_json).collect(),
        };
        ((*name).to_owned(), value)
    };
    elements.iter().map(field).collect()
}

const HEAD: [(&str, &str); 3] = [
    ("ToUserName", "gh_1"),
    ("FromUserName", "oA"),
    ("MsgType", "event"),
];

fn key(body: &str) -> String {
    Push::read(&Clear::of(body.as_bytes())).dedupe_key()
}

fn xml_key(event: &str, content: &Content, layout: &str, backwards: bool) -> String {
    let head: String = HEAD
        .iter()
        .map(|(name, text)| format!("<{name}>{text}</{name}>{layout}"))
        .collect();
    let inside = xml(content, layout, backwards);
    key(&if backwards {
        format!("<xml>{inside}<Event>{event}</Event><CreateTime>5</CreateTime>{head}</xml>")
    } else {
        format!("<xml>{head}<CreateTime>5</CreateTime><Event>{event}</Event>{inside}</xml>")
    })
}

fn json_key(event: &str, content: &Content) -> String {
    let mut push = match as_json(content) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    push.extend(HEAD.map(|(name, text)| (name.to_owned(), json!(text))));
    push.insert("Event".to_owned(), json!(event));
    push.insert("CreateTime".to_owned(), json!(5));
    key(&Value::Object(push).to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_repeat_has_the_same_key_in_every_form(
        event in prop::sample::select(&EVENTS[..]),
        content in elements(2),
    ) {
        let first = xml_key(event, &content, "", false);
        prop_assert_eq!(&first, &xml_key(event, &content, "", false));
        prop_assert_eq!(&first, &xml_key(event, &content, "\n  ", true));
        prop_assert_eq!(&first, &json_key(event, &content));
    }

    #[test]
    fn two_events_of_one_second_are_two(
        event in prop::sample::select(&EVENTS[..]),
        one in elements(2),
        other in elements(2),
    ) {
        prop_assume!(one != other);
        prop_assert_ne!(xml_key(event, &one, "", false), xml_key(event, &other, "", false));
    }

    #[test]
    fn two_kinds_of_events_are_two(
        events in prop::sample::subsequence(&EVENTS[..], 2),
        content in elements(1),
    ) {
        let [one, other] = events[..] else { unreachable!() };
        let published = |event: &str| event.to_ascii_lowercase().ends_with("publishjobfinish");
        prop_assume!(!(published(one) && published(other)));
        prop_assert_ne!(xml_key(one, &content, "", false), xml_key(other, &content, "", false));
    }

    #[test]
    fn messages_without_an_id_are_told_apart_as_well(one in "[a-z你]{0,6}", other in "[a-z你]{0,6}", id in "[a-z]{0,3}") {
        let message = |content: &str| {
            let head: String = HEAD[..2].iter().map(|(name, text)| format!("<{name}>{text}</{name}>")).collect();
            key(&format!("<xml>{head}<CreateTime>5</CreateTime><MsgType>text</MsgType><Content><![CDATA[{content}]]></Content><MsgId>{id}</MsgId></xml>"))
        };
        prop_assert_eq!(one == other, message(&one) == message(&other));
    }
}

#[test]
fn what_is_unreadable_has_one_key_for_its_repeats() {
    let bodies: [&[u8]; 5] = [b"", b"hello", b"hello!", b"<a>\xff</a>", b"<a>\xfe</a>"];
    let key = |body: &[u8]| Push::read(&Clear::of(body)).dedupe_key();
    let keys: std::collections::BTreeSet<String> = bodies.iter().map(|body| key(body)).collect();
    assert_eq!(keys.len(), bodies.len());
    assert!(bodies.iter().all(|body| key(body) == key(body)));
}
