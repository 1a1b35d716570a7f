use super::*;
use crate::api::{
    answer::accept,
    body::{Body, Content, read},
};
use serde_json::{Value, json};

fn fixture(name: &str) -> Value {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/requests/"
    );
    serde_json::from_slice(&std::fs::read(format!("{folder}{name}.json")).unwrap()).unwrap()
}

#[test]
fn requests_are_those_of_the_fixtures() {
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
        let body = fixture(&format!("custom_{kind}"));
        let request: SendCustomMessage = read(&body).unwrap();
        let Content::Json(sent) = Body::of(&request).unwrap().content else {
            panic!("a POST has a body")
        };
        assert_eq!(serde_json::from_slice::<Value>(&sent).unwrap(), body);
    }
    let typing: SetTyping = read(&fixture("custom_typing")).unwrap();
    assert_eq!(typing.command, TypingCommand::Typing);
    assert_eq!(json!(typing), fixture("custom_typing"));
}

/// Each body is refused, and the refusal begins with those words.
fn refused<const N: usize>(cases: [(Value, &str); N]) {
    for (mut body, told) in cases {
        body["touser"] = json!("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI");
        let refused = read::<SendCustomMessage>(&body).unwrap_err().to_string();
        assert!(refused.starts_with(told), "{refused}");
    }
}

#[test]
fn a_body_of_the_wrong_shape_is_refused_with_its_place() {
    refused([
        (
            json!({"msgtype": "text", "text": {"content": ""}}),
            "text.content: must not be empty",
        ),
        (
            json!({"msgtype": "text", "text": {}}),
            "text.content: must not be empty",
        ),
        (
            json!({"msgtype": "text", "image": {"media_id": "m"}}),
            "text: must be given",
        ),
        (json!({"text": {"content": "x"}}), "msgtype: must be given"),
        (
            json!({"msgtype": "sticker", "sticker": {}}),
            "msgtype: must be one of text, image, voice",
        ),
        (
            json!({"msgtype": "text", "text": {"content": 5}}),
            "text.content: must be text",
        ),
        (
            json!({"msgtype": "msgmenu", "msgmenu": {"list": [{"id": "1"}, {"id": []}]}}),
            "msgmenu.list[1].id: must be text or a number",
        ),
    ]);
    let typing = json!({"touser": "oA", "command": "Sleeping"});
    let refused = read::<SetTyping>(&typing).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("must be one of Typing, CancelTyping")
    );
}

#[test]
fn each_kind_has_what_it_needs() {
    refused([
        (
            json!({"msgtype": "image", "image": {"media_id": " "}}),
            "image.media_id: must not be empty",
        ),
        (
            json!({"msgtype": "music", "music": {"musicurl": "u"}}),
            "music.thumb_media_id: must not be empty",
        ),
        (
            json!({"msgtype": "news", "news": {"articles": [{"title": "a"}, {"title": "b"}]}}),
            "news.articles: must be one article",
        ),
        (
            json!({"msgtype": "news", "news": {"articles": [{}]}}),
            "news.articles[0].title: must not be empty",
        ),
        (
            json!({"msgtype": "msgmenu", "msgmenu": {"list": []}}),
            "msgmenu.list: must hold an answer",
        ),
        (
            json!({"msgtype": "msgmenu", "msgmenu": {"list": [{"id": "1", "content": "a"}, {"id": "2"}]}}),
            "msgmenu.list[1].content: must not be empty",
        ),
        (
            json!({"msgtype": "miniprogrampage", "miniprogrampage": {"appid": "wx1", "pagepath": "p"}}),
            "miniprogrampage.thumb_media_id: must not be empty",
        ),
        (
            json!({"msgtype": "text", "text": {"content": "x"}, "customservice": {"kf_account": "test1"}}),
            "customservice.kf_account: must be",
        ),
    ]);
}

#[test]
fn refusals_keep_their_code() {
    for (text, code) in [
        (
            include_str!("../../../../../tests/fixtures/responses/custom_send_err_45015.json"),
            45015,
        ),
        (
            include_str!("../../../../../tests/fixtures/responses/custom_typing_err_45080.json"),
            45080,
        ),
    ] {
        let refused = accept("/x", 200, text.as_bytes().to_vec()).unwrap_err();
        assert_eq!(refused.refusal().unwrap().errcode, code);
    }
}
