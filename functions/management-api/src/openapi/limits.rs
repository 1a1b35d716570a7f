//! What the code holds bodies to and their types do not say; tests hold each line to the code.

use serde_json::{Map, Value, json};

/// An account's name, an openid.
pub(super) const NAME: &str = "^[A-Za-z0-9_-]{1,64}$";
/// A `client_msg_id`.
pub(super) const ID: &str = "^[A-Za-z0-9_.:-]{1,64}$";
/// A path of WeChat's without its first slash.
pub(super) const PATH: &str = "^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$";
/// A text with more in it than blanks. It fits from the first letter on, for generators that do not
/// look further.
pub(super) const FILLED: &str = r"^\s*\S";

/// Schema, member (none for the schema itself), what is added.
fn limits() -> Vec<(&'static str, &'static str, Value)> {
    let filled = || json!({ "pattern": FILLED });
    let values = json!({
        "minProperties": 1, "propertyNames": { "pattern": r"^[^.{}\x00-\x20]+$" },
    });
    let agent = "^[A-Za-z0-9_]{1,10}@.";
    let one = json!({ "minItems": 1, "maxItems": 1 });
    vec![
        ("OpenId", "", json!({ "pattern": NAME })),
        ("AppId", "", json!({ "pattern": "^wx[A-Za-z0-9]{1,62}$" })),
        ("SendTemplateMessage", "template_id", filled()),
        ("SendTemplateMessage", "data", values.clone()),
        ("SendSubscriptionMessage", "template_id", filled()),
        ("SendSubscriptionMessage", "data", values),
        ("SendOneTimeMessage", "template_id", filled()),
        ("SendOneTimeMessage", "scene", json!({ "maximum": 10_000 })),
        (
            "SendOneTimeMessage",
            "title",
            json!({ "minLength": 1, "maxLength": 15 }),
        ),
        ("Agent", "kf_account", json!({ "pattern": agent })),
        (
            "Text",
            "content",
            json!({ "pattern": FILLED, "maxLength": 2048 }),
        ),
        ("Media", "media_id", filled()),
        ("Video", "media_id", filled()),
        ("Music", "thumb_media_id", filled()),
        ("News", "articles", one),
        ("Article", "title", filled()),
        ("PublishedArticle", "article_id", filled()),
        ("Menu", "list", json!({ "minItems": 1 })),
        ("MenuItem", "id", filled()),
        ("MenuItem", "content", filled()),
        ("Card", "card_id", filled()),
        ("MiniProgramPage", "pagepath", filled()),
        ("MiniProgramPage", "thumb_media_id", filled()),
        ("RefreshLogin", "refresh_token", filled()),
        (
            "OneTimeValue",
            "value",
            json!({ "minLength": 1, "maxLength": 200 }),
        ),
        ("Kept", "media_id", filled()),
        ("MassText", "content", filled()),
        (
            "Pictures",
            "media_ids",
            json!({ "minItems": 1, "items": { "type": "string", "pattern": FILLED } }),
        ),
        ("MassVideo", "media_id", filled()),
        ("MassCard", "card_id", filled()),
        ("PreviewCard", "card_id", filled()),
    ]
}

/// Adds the limits, and takes away the values that absent members would have: a member that must be
/// there has none, and one that need not is optional.
pub(super) fn set(components: &mut Map<String, Value>) {
    for (schema, member, limit) in limits() {
        let schema = components
            .get_mut(schema)
            .unwrap_or_else(|| panic!("{schema}"));
        let place = match member {
            "" => schema,
            member => &mut schema["properties"][member],
        };
        let place = place.as_object_mut().unwrap_or_else(|| panic!("{member}"));
        place.extend(limit.as_object().unwrap().clone());
    }
    for schema in components.values_mut() {
        let members = schema.get_mut("properties").and_then(Value::as_object_mut);
        for member in members.into_iter().flat_map(Map::values_mut) {
            member
                .as_object_mut()
                .map(|member| member.remove("default"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        body,
        openapi::{check::Contract, document},
    };
    use serde_json::{Value, json};
    use shared::sends::SendKind::{
        self, CustomerService, OneTimeSubscription, Subscription, Template,
    };

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
        let taken = body::read("demo", kind, body.to_string().as_bytes(), "request");
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
        let contract = Contract::of_requests(document());
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
        let many =
            |n| serde_json::from_str::<Value>(&many(n).replace("client_msg_id", "url")).unwrap();
        agree(&contract, Template, &many(500), true);
        agree(&contract, Template, &many(501), false);
        agree(&contract, Template, &json!([]), false);
    }

    #[test]
    fn an_empty_member_is_refused_by_both() {
        let contract = Contract::of_requests(document());
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
        let contract = Contract::of_requests(document());
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
        let contract = Contract::of_requests(document());
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
}
