//! Bodies that the document and the function must say the same of.

use super::read;
use openapi::Contract;
use serde_json::{Value, json};
use shared::{
    sends::SendKind::{self, CustomerService, OneTimeSubscription, Subscription, Template},
    time::Timestamp,
};

const NOW: Timestamp = Timestamp::from_secs(1_767_000_000);

macro_rules! request {
    ($name:literal) => {
        include_str!(concat!(
            "../../../../tests/fixtures/requests/",
            $name,
            ".json"
        ))
    };
}

/// WeChat's own examples; `scene` is a number, as the document has it.
fn examples() -> Vec<(SendKind, Value)> {
    let mut examples: Vec<(SendKind, Value)> = [
        (Template, request!("template_send")),
        (Subscription, request!("bizsend")),
        (OneTimeSubscription, request!("template_subscribe")),
        (CustomerService, request!("custom_text")),
        (CustomerService, request!("custom_text_from_kf")),
        (CustomerService, request!("custom_image")),
        (CustomerService, request!("custom_voice")),
        (CustomerService, request!("custom_video")),
        (CustomerService, request!("custom_music")),
        (CustomerService, request!("custom_news")),
        (CustomerService, request!("custom_mpnews")),
        (CustomerService, request!("custom_mpnewsarticle")),
        (CustomerService, request!("custom_msgmenu")),
        (CustomerService, request!("custom_wxcard")),
        (CustomerService, request!("custom_miniprogrampage")),
        (CustomerService, request!("custom_typing")),
    ]
    .map(|(kind, text)| (kind, serde_json::from_str(text).unwrap()))
    .into();
    // Without an id, which an array names once.
    drop(
        examples[0]
            .1
            .as_object_mut()
            .unwrap()
            .remove("client_msg_id"),
    );
    examples[2].1["scene"] = json!(1000);
    examples
}

fn schema(kind: SendKind) -> &'static str {
    match kind {
        Template => "SendTemplateMessages",
        Subscription => "SendSubscriptionMessages",
        OneTimeSubscription => "SendOneTimeMessages",
        CustomerService => "CustomerServiceMessages",
    }
}

/// The document and the function say the same of a body.
fn agree(contract: &Contract, kind: SendKind, body: &Value, fits: bool) {
    let taken = read("demo", kind, body.to_string().as_bytes(), "request", NOW);
    let described = contract.fits(schema(kind), body);
    assert_eq!(
        (taken.is_ok(), described),
        (fits, fits),
        "{kind:?} {body:.300}"
    );
}

/// The value at a place, or nothing there, set to another.
fn with(example: &Value, place: &str, value: &Value) -> Value {
    let mut changed = example.clone();
    let (object, name) = place.rsplit_once('/').unwrap();
    changed.pointer_mut(object).unwrap()[name] = value.clone();
    changed
}

#[test]
fn wechats_examples_fit_and_so_do_arrays_of_them() {
    let contract = Contract::of_requests();
    for (kind, example) in examples() {
        agree(&contract, kind, &example, true);
        agree(&contract, kind, &json!([example, example]), true);
        for option in ["client_msg_id", "on_unknown", "force"] {
            let value = match option {
                "client_msg_id" => json!("order:1"),
                "on_unknown" => json!("retry"),
                _ => json!(true),
            };
            let message = with(&example, &format!("/{option}"), &value);
            agree(&contract, kind, &message, true);
            let message = with(&example, &format!("/{option}"), &json!("o 1"));
            agree(&contract, kind, &message, false);
        }
        agree(
            &contract,
            kind,
            &with(&example, "/touser", &json!("o A")),
            false,
        );
        let long = json!("a".repeat(65));
        agree(&contract, kind, &with(&example, "/touser", &long), false);
    }
    let many = |n| json!(vec![examples()[0].1.clone(); n]).to_string();
    let many = |n| serde_json::from_str::<Value>(&many(n).replace("client_msg_id", "url")).unwrap();
    agree(&contract, Template, &many(500), true);
    agree(&contract, Template, &many(501), false);
    agree(&contract, Template, &json!([]), false);
}

#[test]
fn an_empty_member_is_refused_by_both() {
    let contract = Contract::of_requests();
    let mut members = 0;
    for (kind, example) in examples() {
        for place in [
            "/template_id",
            "/title",
            "/text/content",
            "/image/media_id",
            "/voice/media_id",
            "/video/media_id",
            "/music/thumb_media_id",
            "/news/articles/0/title",
            "/mpnews/media_id",
            "/mpnewsarticle/article_id",
            "/msgmenu/list/0/id",
            "/msgmenu/list/0/content",
            "/wxcard/card_id",
            "/miniprogrampage/pagepath",
            "/miniprogrampage/thumb_media_id",
        ] {
            if example.pointer(place).is_some() {
                members += 1;
                agree(&contract, kind, &with(&example, place, &json!("")), false);
                agree(
                    &contract,
                    kind,
                    &with(&example, place, &json!(" a\n")),
                    true,
                );
            }
        }
    }
    assert_eq!(members, 18);
}

#[test]
fn limits_are_the_same_on_both_sides() {
    let contract = Contract::of_requests();
    let [template, _, one_time, ..] = &examples()[..] else {
        panic!("no examples");
    };
    let text = |n| json!("字".repeat(n));
    for ((kind, example), place, value, fits) in [
        (template, "/data", json!({}), false),
        (template, "/data", json!({ "a.b": { "value": "x" } }), false),
        (
            template,
            "/data",
            json!({ "first": { "value": "x" } }),
            true,
        ),
        (template, "/miniprogram/appid", json!("wx"), false),
        (template, "/miniprogram/appid", json!("wx1"), true),
        (template, "/client_msg_id", json!("a".repeat(64)), true),
        (template, "/client_msg_id", json!("a".repeat(65)), false),
        (one_time, "/scene", json!(10_000), true),
        (one_time, "/scene", json!(10_001), false),
        (one_time, "/title", text(15), true),
        (one_time, "/title", text(16), false),
        (one_time, "/data/content/value", text(0), false),
        (one_time, "/data/content/value", text(200), true),
        (one_time, "/data/content/value", text(201), false),
    ] {
        agree(&contract, *kind, &with(example, place, &value), fits);
    }
    let menu = json!({ "touser": "oA", "msgtype": "msgmenu", "msgmenu": { "list": [] } });
    agree(&contract, CustomerService, &menu, false);
    let other = json!({ "touser": "oA", "msgtype": "text", "image": { "media_id": "M" } });
    agree(&contract, CustomerService, &other, false);
    let article = json!({ "title": "T" });
    for (n, fits) in [(0, false), (1, true), (2, false)] {
        let news = json!({ "articles": vec![article.clone(); n] });
        let news = json!({ "touser": "oA", "msgtype": "news", "news": news });
        agree(&contract, CustomerService, &news, fits);
    }
}

#[test]
fn members_that_are_not_known_pass_where_they_are_allowed() {
    let contract = Contract::of_requests();
    for (kind, example) in examples() {
        let mut odd = with(&example, "/clientMsgId", &json!("a"));
        assert!(!contract.fits(schema(kind), &odd), "{odd}");
        odd["allow_unknown"] = json!(true);
        contract.hold(schema(kind), &odd);
    }
    let odd = with(&examples()[0].1, "/miniprogram/pagePath", &json!("p"));
    assert!(!contract.fits(schema(Template), &odd));
    contract.hold(
        schema(Template),
        &with(&odd, "/allow_unknown", &json!(true)),
    );
}
