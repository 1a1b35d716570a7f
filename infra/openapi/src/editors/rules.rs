//! The file of rules.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::router::{Markdown, words};
use wechat_oa::callback::event::EVENT_NAMES;

/// Rules of the callback: of those that a push fits, the first answers.
#[derive(JsonSchema, Deserialize)]
#[schemars(title = "rules.toml")]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it is described, and read by the product")]
struct RulesFile {
    /// From top to bottom; the first that fits wins.
    #[serde(default)]
    rule: Vec<Rule>,
}

/// What a push must fit, and what happens then.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it is described, and read by the product")]
struct Rule {
    /// Only for this account.
    account: Option<String>,
    /// The message is this text, whole; the case of letters does not count.
    text: Option<OneOrMore>,
    /// Beside `text`: letters count as they are written.
    exact: Option<Yes>,
    /// The message has one of these in it, in any case.
    keyword: Option<OneOrMore>,
    /// The pattern is found in the message; `(?i)` ignores case.
    regex: Option<String>,
    /// A message of this kind.
    kind: Option<Kinds>,
    /// This event, in any case.
    event: Option<Events>,
    /// Beside `event` or `kind`: a name that WeChat is not known to use yet.
    allow_unknown: Option<Yes>,
    /// A click on the menu item with this key; a `*` at the end stands for the rest.
    click: Option<OneOrMore>,
    /// A QR code with this scene; a `*` at the end stands for the rest.
    scene: Option<OneOrMore>,
    /// From the menu to this address; a `*` at the end stands for the rest.
    view: Option<OneOrMore>,
    /// Chosen in a menu message (`bizmsgmenuid`); a `*` at the end stands for the rest.
    menu_id: Option<OneOrMore>,
    /// A voice message with one of these in what WeChat recognised, in any case.
    recognition: Option<OneOrMore>,
    /// In these hours: `09:00-18:00`, in Beijing, or `09:00-18:00 Europe/Berlin`.
    during: Option<String>,
    /// From a follower with one of these tags: names, or ids as numbers.
    tagged: Option<Tags>,
    /// Every push.
    any: Option<Yes>,
    /// This text, or a reply of another kind.
    reply: Option<Reply>,
    /// These articles: one in answer to a message, up to 8 in answer to an event.
    articles: Option<Vec<Article>>,
    /// Several replies; `pick` says which is given.
    #[schemars(length(min = 2))]
    replies: Option<Vec<Reply>>,
    /// Which of the `replies` is given.
    pick: Option<Pick>,
    /// To customer service (true), to any agent if one is `online`, or to this one: `agent@account`.
    transfer: Option<Transfer>,
    /// To WeChat's own AI reply.
    transfer_ai: Option<Yes>,
    /// What this Lambda function of yours, or this server (`https://…`), answers.
    forward: Option<String>,
    /// What this assistant of the account answers.
    ask: Option<String>,
    /// What this async function of yours in Rust answers.
    run: Option<String>,
    /// Said when there is no answer, or no agent online.
    fallback: Option<Reply>,
    /// What becomes of Markdown in the answer.
    markdown: Option<Markdown>,
    /// Service messages of the answer are marked as made by an AI.
    ai: Option<Yes>,
    /// The SSM parameter of the secret that signs what goes to the server.
    secret_parameter: Option<String>,
    /// Whether an answer that waits is given before this rule, or only if no rule fits.
    collect: Option<Collect>,
    /// Tags that whoever sent the push gets.
    tag: Option<Tags>,
    /// Tags that whoever sent the push loses.
    untag: Option<Tags>,
}

/// Left away where it does not hold.
#[derive(Deserialize)]
struct Yes;

impl JsonSchema for Yes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Yes".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": true })
    }
}

/// One, or a list.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is described, and read by the product")]
enum OneOrMore {
    One(String),
    Any(#[schemars(length(min = 1))] Vec<String>),
}

/// A tag by its name or id.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is described, and read by the product")]
enum Tag {
    Name(#[schemars(length(min = 1, max = 30))] String),
    Id(u32),
}

/// One tag, or a list.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is described, and read by the product")]
enum Tags {
    One(Tag),
    All(#[schemars(length(min = 1))] Vec<Tag>),
}

#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is described, and read by the product")]
enum Transfer {
    Any(Yes),
    To(String),
}

#[derive(JsonSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Pick {
    /// One of them; a repeat of WeChat's gets the same.
    Random,
    /// All of them in their order, at most 5.
    All,
}

#[derive(JsonSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Collect {
    First,
    Last,
}

/// Names that are known are offered, others stand beside `allow_unknown`.
macro_rules! offered {
    ($($(#[$doc:meta])* $name:ident: $known:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Deserialize)]
        struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let one = json!({ "anyOf": [{ "enum": &$known[..] }, { "type": "string" }] });
                schemars::json_schema!({
                    "anyOf": [one.clone(), { "type": "array", "items": one, "minItems": 1 }],
                })
            }
        }
    )* };
}

offered! {
    /// Messages by their `MsgType`.
    Kinds: words::KINDS;
    /// Events by their `Event`.
    Events: EVENT_NAMES;
}

/// A text, or a table with its `kind`.
#[derive(Deserialize)]
struct Reply;

impl JsonSchema for Reply {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Reply".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let articles = generator.subschema_for::<Vec<Article>>();
        let kinds = words::REPLIES.iter().map(|(kind, fields)| {
            let field = |field: &&str| {
                let schema = match *field {
                    "articles" => json!(articles),
                    _ => json!({ "type": "string" }),
                };
                ((*field).to_owned(), schema)
            };
            let mut properties: Map<String, Value> = fields.iter().map(field).collect();
            properties.insert("kind".into(), json!({ "const": kind }));
            json!({
                "type": "object", "properties": properties,
                "required": ["kind"], "additionalProperties": false,
            })
        });
        let text = json!({ "type": "string", "minLength": 1 });
        schemars::json_schema!({ "anyOf": std::iter::once(text).chain(kinds).collect::<Vec<_>>() })
    }
}

#[derive(Deserialize)]
struct Article;

impl JsonSchema for Article {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Article".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let text = |field: &str| (field.to_owned(), json!({ "type": "string" }));
        let properties: Map<String, Value> = words::ARTICLE.into_iter().map(text).collect();
        schemars::json_schema!({
            "type": "object", "properties": properties,
            "required": ["title"], "additionalProperties": false,
        })
    }
}

/// The schema of rules: each has a condition, and something happens.
pub(super) fn schema() -> Value {
    let mut schema = super::schema::<RulesFile>();
    let one_of = |names: &[&str]| {
        let required = names.iter().map(|name| json!({ "required": [name] }));
        json!({ "anyOf": required.collect::<Vec<_>>() })
    };
    if let Some(rule) = schema
        .pointer_mut("/definitions/Rule")
        .and_then(Value::as_object_mut)
    {
        let needed = json!([one_of(&words::CONDITIONS), one_of(&words::happens())]);
        rule.insert("allOf".into(), needed);
        rule.sort_keys();
    }
    schema
}
