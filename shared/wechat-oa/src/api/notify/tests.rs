use super::*;
use crate::api::{
    answer::{accept, parse},
    body::{Body, read},
};
use serde_json::{Value, json};

fn sent() -> Value {
    serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/requests/bizsend.json"
    ))
    .unwrap()
}

#[test]
fn requests_are_those_of_the_fixtures() {
    let message: SendSubscriptionMessage = read(&sent()).unwrap();
    assert_eq!(json!(message), sent());
}

#[test]
fn names_are_spelled_as_wechat_does() {
    let add = AddSubscriptionTemplate {
        tid: "401".into(),
        kid_list: vec![1, 2],
        scene_desc: "测试数据".into(),
    };
    assert_eq!(
        json!(add),
        json!({"tid": "401", "kidList": [1, 2], "sceneDesc": "测试数据"})
    );
    let titles = GetLibraryTitles {
        ids: vec![2, 616],
        start: 0,
        limit: 30,
    };
    let query = Body::of(&titles).unwrap().query;
    assert!(query.contains(&("ids".into(), "2,616".into())));
    let delete = DeleteSubscriptionTemplate {
        pri_tmpl_id: "t".into(),
    };
    assert_eq!(json!(delete), json!({"priTmplId": "t"}));
}

#[test]
fn a_wrong_message_is_refused_with_field_and_rule() {
    for (pointer, value, told) in [
        ("/template_id", json!(" "), "template_id: must not be empty"),
        (
            "/data/thing8/value",
            json!("取".repeat(21)),
            "data.thing8.value: must be 1 to 20 characters",
        ),
        (
            "/data/name1",
            json!({"value": ""}),
            "data.name1.value: must be 1 to 10 characters",
        ),
        (
            "/miniprogram",
            json!({"pagepath": "p"}),
            "miniprogram.appid: must be given",
        ),
        ("/touser", json!(null), "touser: must be given"),
    ] {
        let mut body = sent();
        *body.pointer_mut(pointer).unwrap() = value;
        let refused = read::<SendSubscriptionMessage>(&body).unwrap_err();
        assert!(refused.to_string().starts_with(told), "{refused}");
    }
}

#[test]
fn limits_hold_before_the_call() {
    let add = |kids: u32, scene: &str| AddSubscriptionTemplate {
        tid: "1".into(),
        kid_list: (1..=kids).collect(),
        scene_desc: scene.into(),
    };
    let broken = |kids, scene: &str| add(kids, scene).validate().unwrap_err().field;
    assert!(add(5, &"景".repeat(15)).validate().is_ok());
    assert_eq!(broken(1, "景"), "kidList");
    assert_eq!(broken(6, "景"), "kidList");
    assert_eq!(broken(2, &"景".repeat(16)), "sceneDesc");
    assert_eq!(broken(2, ""), "sceneDesc");
    let titles = |ids, limit| GetLibraryTitles {
        ids,
        start: 0,
        limit,
    };
    assert!(titles(vec![1], 31).validate().is_err() && titles(vec![1], 0).validate().is_err());
    assert_eq!(titles(vec![], 1).validate().unwrap_err().field, "ids");
    let tid = String::new();
    assert!(GetLibraryKeywords { tid }.validate().is_err());
}

#[test]
fn responses_are_those_of_the_fixtures() {
    let sent = |text: &str| parse::<SubscriptionSent>("/x", text.as_bytes()).unwrap();
    let bare = include_str!("../../../../../tests/fixtures/responses/bizsend.json");
    let with_id = include_str!("../../../../../tests/fixtures/responses/bizsend_with_msgid.json");
    assert_eq!(sent(bare).msgid, None);
    assert_eq!(sent(with_id).msgid, Some(3_248_682_510_344_192_008));
    let added: SubscriptionTemplateAdded = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/newtmpl_addtemplate.json"
    ))
    .unwrap();
    assert!(added.pri_tmpl_id.starts_with("pQ7rS9"));
    let categories: Categories = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/newtmpl_getcategory.json"
    ))
    .unwrap();
    assert_eq!(categories.data.first().unwrap().id, 616);
    let keywords: LibraryKeywords = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/newtmpl_getpubtemplatekeywords.json"
    ))
    .unwrap();
    let keyword = keywords.data.get(1).unwrap();
    assert_eq!(
        (keywords.count, keyword.kid, keyword.rule.as_str()),
        (2, 2, "thing")
    );
    let templates: SubscriptionTemplates = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/newtmpl_gettemplate.json"
    ))
    .unwrap();
    assert_eq!(templates.data.first().unwrap().kind, TemplateKind::Once);
}

#[test]
fn titles_and_approved_values_are_read() {
    let titles: LibraryTitles = serde_json::from_value(json!({
        "count": "55",
        "data": [{"tid": 99, "title": "付款成功通知", "type": 9, "categoryId": "616"}],
    }))
    .unwrap();
    let title = titles.data.first().unwrap();
    assert_eq!(
        (title.tid, title.category_id, title.kind),
        (99, 616, TemplateKind::Other(9))
    );
    let templates: SubscriptionTemplates = serde_json::from_value(json!({"data": [{
        "priTmplId": "t", "title": "T", "type": 3,
        "keywordEnumValueList": [{"keywordCode": "enum1.DATA", "enumValueList": ["已发货"]}],
    }]}))
    .unwrap();
    let template = templates.data.first().unwrap();
    assert_eq!(template.kind, TemplateKind::LongTerm);
    let values = template.keyword_enum_value_list.first().unwrap();
    assert_eq!(values.enum_value_list, ["已发货"]);
}

#[test]
fn refusals_keep_their_code() {
    for (text, code) in [
        (
            include_str!("../../../../../tests/fixtures/responses/bizsend_err_43101.json"),
            43101,
        ),
        (
            include_str!(
                "../../../../../tests/fixtures/responses/newtmpl_addtemplate_err_200012.json"
            ),
            200_012,
        ),
    ] {
        let refused = accept("/x", 200, text.as_bytes().to_vec()).unwrap_err();
        assert_eq!(refused.refusal().unwrap().errcode, code);
    }
}
