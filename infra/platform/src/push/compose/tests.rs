use super::*;
use serde_json::json;

fn composed(push: Value, format: Format) -> Result<Composed, Refusal> {
    compose(
        push.as_object().unwrap(),
        &Damage::default(),
        "gh_7d31c0a94be2",
        format,
        1_735_689_601_000,
    )
}

fn text(composed: &Composed) -> &str {
    std::str::from_utf8(&composed.body).unwrap()
}

fn refused_field(push: Value) -> String {
    match composed(push, Format::Xml) {
        Err(Refusal::Field { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_message_reads_like_the_fixture() {
    let push = json!({"kind": "text", "content": "查询订单 2025-0001", "msg_id": 24_871_936_450_123_401_u64});
    let composed = composed(push, Format::Xml).unwrap();
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/messages/text.xml"
    );
    let fixture = Element::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(Element::parse(text(&composed)).unwrap(), fixture);
    assert_eq!(
        (composed.msg_id, composed.msg_type.as_str()),
        (Some(24_871_936_450_123_401), "text")
    );
}

#[test]
fn absent_fields_are_filled_in() {
    let tree = Element::parse(text(
        &composed(json!({"kind": "text", "content": "a"}), Format::Xml).unwrap(),
    ))
    .unwrap();
    assert_eq!(tree.text_of("FromUserName"), Some(DEFAULT_FOLLOWER));
    assert_eq!(tree.text_of("CreateTime"), Some("1735689601"));
    assert!(tree.text_of("MsgId").unwrap().len() == 17);
}

#[test]
fn events_go_by_either_name_and_any_case() {
    for push in [
        json!({"kind": "click", "event_key": "V1"}),
        json!({"kind": "event", "event": "CLICK", "event_key": "V1"}),
    ] {
        let tree = Element::parse(text(&composed(push, Format::Xml).unwrap())).unwrap();
        assert_eq!(
            (tree.text_of("MsgType"), tree.text_of("Event")),
            (Some("event"), Some("CLICK"))
        );
        assert_eq!(tree.child("MsgId"), None);
    }
    let report = json!({"kind": "event", "event": "location", "latitude": 23.1, "longitude": "113.30", "precision": 65});
    let report = composed(report, Format::Xml).unwrap();
    assert!(text(&report).contains("<Longitude>113.30</Longitude>"));
}

#[test]
fn json_has_the_same_fields_and_lists_only_when_repeated() {
    let list = json!({"template_id": "T", "subscribe_status_string": "accept", "popup_scene": 1});
    let push =
        json!({"kind": "subscribe_msg_popup_event", "subscribe_msg_popup_event": {"list": [list]}});
    let body: Value = serde_json::from_slice(&composed(push, Format::Json).unwrap().body).unwrap();
    assert_eq!(body["SubscribeMsgPopupEvent"]["List"]["PopupScene"], 1);
    let push = json!({"kind": "publishjobfinish", "publish_event_info": {"publish_id": 2_247_503_052_u64, "publish_status": 2, "fail_idx": [1, 2]}});
    let body: Value = serde_json::from_slice(&composed(push, Format::Json).unwrap().body).unwrap();
    assert_eq!(body["PublishEventInfo"]["fail_idx"], json!([1, 2]));
}

#[test]
fn faulty_requests_are_refused_by_field() {
    assert_eq!(refused_field(json!({})), "push.kind");
    assert_eq!(refused_field(json!({"kind": "telegram"})), "push.kind");
    assert_eq!(refused_field(json!({"kind": "text"})), "push.content");
    assert_eq!(
        refused_field(json!({"kind": "text", "content": 5})),
        "push.content"
    );
    assert_eq!(
        refused_field(json!({"kind": "text", "content": "a", "Content": "b"})),
        "push.Content"
    );
    assert_eq!(
        refused_field(json!({"kind": "text", "content": "a", "msg_id": "x"})),
        "push.msg_id"
    );
    let codes = json!({"scan_type": "qrcode", "scan_result": "1", "more": 1});
    let scan = json!({"kind": "scancode_push", "event_key": "k", "scan_code_info": codes});
    assert_eq!(refused_field(scan), "push.scan_code_info.more");
    assert_eq!(refused_field(json!({"raw": "<xml/>", "from": "o"})), "push");
}

#[test]
fn a_raw_body_stays_as_it_is() {
    let raw = "<xml><FromUserName>o1</FromUserName><MsgType>event</MsgType>";
    let broken = composed(json!({ "raw": raw }), Format::Xml).unwrap();
    assert_eq!(
        (text(&broken), broken.openid.as_str()),
        (raw, DEFAULT_FOLLOWER)
    );
    let whole = composed(json!({"raw": format!("{raw}</xml>")}), Format::Xml).unwrap();
    assert_eq!(whole.openid, "o1");
    let bytes = composed(json!({"raw_base64": "PHhtbD7//w=="}), Format::Xml).unwrap();
    assert_eq!(bytes.body, b"<xml>\xff\xff");
    assert_eq!(refused_field(json!({"raw_base64": "?"})), "push.raw_base64");
}

/// Every element of every fixture has a place in the tables.
#[test]
fn the_tables_know_every_element_of_the_fixtures() {
    let own = [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Event",
        "MsgId",
    ];
    for folder in ["messages", "events"] {
        let path = format!(
            "{}/../../tests/fixtures/{folder}",
            env!("CARGO_MANIFEST_DIR")
        );
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            let tree = Element::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let push = match tree.text_of("Event") {
                Some(name) => catalog::event(name),
                None => catalog::message(tree.text_of("MsgType").unwrap()),
            };
            let Some(push) = push else {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                assert!(
                    name.starts_with("unknown_") || name == "debug_demo.xml",
                    "{name}"
                );
                continue;
            };
            let rest: Vec<_> = tree
                .children()
                .iter()
                .filter(|child| !own.contains(&child.name.as_str()))
                .collect();
            assert_known(&rest, push.fields, &path.display().to_string());
        }
    }
}

fn assert_known(children: &[&Element], fields: &[Field], file: &str) {
    for child in children {
        let field = fields
            .iter()
            .chain(catalog::ANY_MESSAGE)
            .find(|field| field.element == child.name);
        let field = field.unwrap_or_else(|| panic!("{file}: {}", child.name));
        if let Shape::Group(inner) | Shape::Many(inner) = field.shape {
            assert_known(&child.children().iter().collect::<Vec<_>>(), inner, file);
        }
    }
}
