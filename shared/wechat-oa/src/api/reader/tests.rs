use super::*;
use crate::api::{
    custom::{SendCustomMessage, SetTyping},
    draft::AddDraft,
    menu::{AddConditionalMenu, CreateMenu},
    notify::SendSubscriptionMessage,
    subscribe_once::SendOneTimeMessage,
    template::SendTemplateMessage,
};
use serde_json::json;

fn template() -> Value {
    json!({ "touser": "oA", "template_id": "T", "data": { "thing1": { "value": "你好" } } })
}

fn with(pointer: &str, name: &str, value: Value) -> Value {
    let mut body = template();
    body.pointer_mut(pointer).unwrap()[name] = value;
    body
}

fn told(body: &Value) -> String {
    let (read, unknown) = read::<SendTemplateMessage>(body);
    match unknown.first() {
        Some(unknown) => unknown
            .invalid(&["client_msg_id", "on_unknown"])
            .to_string(),
        None => read.map_or_else(|e| e.to_string(), |_| String::new()),
    }
}

#[test]
fn unknown_members_are_named_with_their_place_and_what_was_meant() {
    for (body, begins) in [
        (
            with("", "urll", json!("x")),
            "urll: is not known; did you mean url? \"allow_unknown\"",
        ),
        (
            with("", "clientMsgId", json!("x")),
            "clientMsgId: is not known; did you mean client_msg_id?",
        ),
        (
            with("", "on_unkown", json!(1)),
            "on_unkown: is not known; did you mean on_unknown?",
        ),
        (
            with("", "zzz", json!(null)),
            "zzz: is not known; known here are touser, template_id,",
        ),
        (
            with(
                "",
                "miniprogram",
                json!({ "appid": "wx5f2c8a1d9e3b7046", "pagePath": "p" }),
            ),
            "miniprogram.pagePath: is not known; did you mean pagepath?",
        ),
        (
            with("/data/thing1", "colour", json!("#fff")),
            "data.thing1.colour: is not known; did you mean color?",
        ),
    ] {
        let told = told(&body);
        assert!(told.starts_with(begins), "{told}");
    }
    let menu = json!({ "touser": "oA", "msgtype": "msgmenu", "msgmenu": { "list": [{ "id": "1", "contents": "x" }] } });
    let (_, unknown) = read::<SendCustomMessage>(&menu);
    assert_eq!(unknown[0].field, "msgmenu.list[0].contents");
}

#[test]
fn null_is_absent_and_blank_is_none() {
    for value in [
        json!(null),
        json!(""),
        json!({}),
        json!({ "appid": "", "pagepath": "" }),
    ] {
        let body = with("", "miniprogram", value.clone());
        assert_eq!(
            tidied::<SendTemplateMessage>(&body),
            Some(template()),
            "{value}"
        );
    }
    for name in ["url", "topcolor", "client_msg_id"] {
        let body = with("", name, json!(null));
        assert_eq!(
            tidied::<SendTemplateMessage>(&body),
            Some(template()),
            "{name}"
        );
    }
    assert_eq!(
        told(&with("", "touser", json!(null))),
        "touser: must be given"
    );
    let kf = |agent: Value| {
        let body = json!({ "touser": "oA", "msgtype": "text", "text": { "content": "x" }, "customservice": agent });
        read::<SendCustomMessage>(&body)
            .0
            .map(|message| message.customservice)
    };
    assert_eq!(kf(json!({})).unwrap(), None);
    assert_eq!(kf(json!({ "kf_account": "" })).unwrap(), None);
    assert!(kf(json!({ "kf_account": "a@b" })).unwrap().is_some());
}

#[test]
fn numbers_become_text_and_what_is_not_known_stays_as_it_came() {
    let mut body = with("/data/thing1", "value", json!(12));
    body["future"] = json!({ "n": [1.50, null, 18_446_744_073_709_551_615_u64] });
    let tidy = tidied::<SendTemplateMessage>(&body).unwrap();
    assert_eq!(tidy["data"]["thing1"]["value"], "12");
    assert_eq!(tidy["future"], body["future"]);
    assert_eq!(tidied::<SendTemplateMessage>(&json!({ "touser": 1 })), None);
}

/// Every value of a body in turn, replaced by one of another type.
fn spoiled(body: &Value, with: &Value) -> Vec<Value> {
    fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
        all.push(at.to_owned());
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    pointers(member, &format!("{at}/{name}"), all);
                }
            }
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    pointers(item, &format!("{at}/{n}"), all);
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    pointers(body, "", &mut all);
    all.iter()
        .map(|pointer| {
            let mut body = body.clone();
            *body.pointer_mut(pointer).unwrap() = with.clone();
            body
        })
        .collect()
}

#[test]
fn no_refusal_speaks_as_a_program_does() {
    fn check<T: DeserializeOwned>(fixture: &str) {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/requests/"
        );
        let body = std::fs::read(format!("{folder}{fixture}.json")).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let (whole, unknown) = read::<T>(&body);
        assert!(whole.is_ok() && unknown.is_empty(), "{fixture} {unknown:?}");
        for value in [
            json!(7),
            json!(-1.5),
            json!(true),
            json!("x"),
            json!([[]]),
            json!({ "x": {} }),
        ] {
            for body in spoiled(&body, &value) {
                let Err(told) = read::<T>(&body).0 else {
                    continue;
                };
                let told = told.to_string();
                for word in [
                    "invalid",
                    "expected",
                    "struct",
                    "variant",
                    "`",
                    "enum",
                    "PickFirst",
                    "u32",
                ] {
                    assert!(!told.contains(word), "{fixture} {value}: {told}");
                }
            }
        }
    }
    check::<SendTemplateMessage>("template_send");
    check::<SendSubscriptionMessage>("bizsend");
    check::<SendOneTimeMessage>("template_subscribe");
    for kind in [
        "text",
        "text_from_kf",
        "image",
        "voice",
        "video",
        "music",
        "news",
        "mpnews",
        "mpnewsarticle",
        "msgmenu",
        "wxcard",
        "miniprogrampage",
    ] {
        check::<SendCustomMessage>(&format!("custom_{kind}"));
    }
    check::<SetTyping>("custom_typing");
    check::<CreateMenu>("menu_create");
    check::<AddConditionalMenu>("menu_addconditional");
    check::<AddDraft>("draft_add");
}

#[test]
fn a_wrong_type_is_told_by_what_belongs_there() {
    for (body, told_as) in [
        (
            with("/data", "thing1", json!("x")),
            "data.thing1: must be an object such as {\"value\": \"…\"}",
        ),
        (
            with("/data", "thing1", json!([])),
            "data.thing1: must be an object such as {\"value\": \"…\"}",
        ),
        (with("", "data", json!([])), "data: must be an object"),
        (
            with("", "template_id", json!(5)),
            "template_id: must be text",
        ),
        (
            with("/data/thing1", "value", json!({})),
            "data.thing1.value: must be text or a number",
        ),
        (
            with("", "miniprogram", json!(5)),
            "miniprogram: must be an object such as {\"appid\": \"wx…\", \"pagepath\": \"…\"}",
        ),
        (json!([]), "body: must be an object"),
    ] {
        assert_eq!(told(&body), told_as);
    }
    let kind = json!({ "touser": "oA", "msgtype": "smell" });
    let (read, _) = read::<SendCustomMessage>(&kind);
    let refused = read.unwrap_err().to_string();
    assert!(
        refused.starts_with("msgtype: must be one of text, image,"),
        "{refused}"
    );
}
