use super::*;
use crate::api::{
    Endpoint as _, Error,
    answer::{accept, parse},
    body::{Body, read},
};
use serde_json::{Value, json};

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn sent() -> Value {
    fixture(include_str!(
        "../../../../../tests/fixtures/requests/template_send.json"
    ))
}

#[test]
fn requests_are_those_of_the_fixtures() {
    let message: SendTemplateMessage = read(&sent()).unwrap();
    assert_eq!(json!(message), sent());
    assert_eq!(message.repeat_id(), Some("ORD-2025-0001-SHIPPED"));
    assert!(Body::of(&message).is_ok());
    let industry = SetIndustry {
        industry_id1: 1,
        industry_id2: 4,
    };
    assert_eq!(
        json!(industry),
        json!({"industry_id1": "1", "industry_id2": "4"})
    );
    let add = AddTemplate {
        template_id_short: "TM00015".into(),
        keyword_name_list: Vec::new(),
    };
    assert_eq!(json!(add), json!({"template_id_short": "TM00015"}));
}

#[test]
fn a_message_without_its_own_id_is_not_repeated() {
    let mut body = sent();
    body.as_object_mut().unwrap().remove("client_msg_id");
    let message: SendTemplateMessage = read(&body).unwrap();
    assert_eq!(message.repeat_id(), None);
    assert_eq!(SendTemplateMessage::META.retry, Send);
}

#[test]
fn a_wrong_body_is_refused_with_field_and_rule() {
    for (pointer, value, told) in [
        (
            "/touser",
            json!("o A"),
            "touser: must be 1 to 64 letters, digits, '-' or '_'",
        ),
        ("/template_id", json!(""), "template_id: must not be empty"),
        (
            "/miniprogram/appid",
            json!("a81f"),
            "miniprogram.appid: must be 'wx'",
        ),
        (
            "/client_msg_id",
            json!(""),
            "client_msg_id: must not be empty",
        ),
        (
            "/data/thing2/value",
            json!("水".repeat(21)),
            "data.thing2.value: must be 1 to 20 characters",
        ),
        (
            "/data/thing2/value",
            json!([]),
            "data.thing2.value: must be text or a number",
        ),
        ("/data", json!({}), "data: must hold at least one value"),
        (
            "/data",
            json!({"thing2.DATA": {"value": "x"}}),
            "data.thing2.DATA: must be named as",
        ),
        (
            "/data/thing2",
            json!({}),
            "data.thing2.value: must be given",
        ),
    ] {
        let mut body = sent();
        *body.pointer_mut(pointer).unwrap() = value;
        let refused = read::<SendTemplateMessage>(&body).unwrap_err().to_string();
        assert!(refused.starts_with(told), "{refused}");
    }
    for field in ["touser", "template_id", "data"] {
        let mut body = sent();
        body.as_object_mut().unwrap().remove(field);
        let refused = read::<SendTemplateMessage>(&body).unwrap_err();
        assert_eq!(refused.to_string(), format!("{field}: must be given"));
    }
    assert!(read::<SendTemplateMessage>(&json!([])).is_err());
}

#[test]
fn limits_hold_before_the_call() {
    let query = |limit| QueryBlockedMessages {
        tmpl_msg_id: "t".into(),
        largest_id: 0,
        limit,
    };
    assert!(query(100).validate().is_ok());
    assert!(query(0).validate().is_err() && query(101).validate().is_err());
    let id = String::new();
    assert!(DeleteTemplate { template_id: id }.validate().is_err());
    let add = AddTemplate {
        template_id_short: "TM00015".into(),
        keyword_name_list: vec!["物品".into(), String::new()],
    };
    let broken = add.validate().unwrap_err();
    assert_eq!(broken.field, "keyword_name_list[1].name");
}

#[test]
fn responses_are_those_of_the_fixtures() {
    for (text, id) in [
        (
            include_str!("../../../../../tests/fixtures/responses/template_send.json"),
            3_671_893_450_012_213_248,
        ),
        (
            include_str!("../../../../../tests/fixtures/responses/template_send_small_id.json"),
            200_228_332,
        ),
    ] {
        assert_eq!(
            parse::<TemplateSent>("/x", text.as_bytes()).unwrap().msgid,
            id
        );
    }
    let added: TemplateAdded = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/add_template.json"
    ))
    .unwrap();
    assert!(added.template_id.starts_with("pQ7rS9"));
    let industries: Industries = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/get_industry.json"
    ))
    .unwrap();
    assert_eq!(industries.primary_industry.unwrap().second_class, "快递");
    assert_eq!(industries.secondary_industry.unwrap().first_class, "IT科技");
    let templates: Templates = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/get_all_private_template.json"
    ))
    .unwrap();
    let template = templates.template_list.first().unwrap();
    assert!(template.content.contains("{{thing2.DATA}}"));
}

#[test]
fn held_back_messages_come_as_one_or_as_a_list() {
    let one = fixture(include_str!(
        "../../../../../tests/fixtures/responses/query_block_tmpl_msg.json"
    ));
    let blocked: BlockedMessages = serde_json::from_value(one.clone()).unwrap();
    let message = blocked.msginfo.first().unwrap();
    assert_eq!((message.id, message.send_timestamp), (4, 1_735_692_000));
    let many = json!({"msginfo": [one["msginfo"], one["msginfo"]]});
    let blocked: BlockedMessages = serde_json::from_value(many).unwrap();
    assert_eq!(blocked.msginfo.len(), 2);
    let none: BlockedMessages = serde_json::from_value(json!({"errcode": 0})).unwrap();
    assert!(none.msginfo.is_empty());
}

#[test]
fn refusals_keep_their_code() {
    for (text, code) in [
        (
            include_str!("../../../../../tests/fixtures/responses/template_send_err_43004.json"),
            43004,
        ),
        (
            include_str!("../../../../../tests/fixtures/responses/add_template_err_45026.json"),
            45026,
        ),
    ] {
        let refused = accept("/x", 200, text.as_bytes().to_vec()).unwrap_err();
        assert!(matches!(refused, Error::Api(refusal) if refusal.errcode == code));
    }
}
