//! The routes of the function `web`: three that are signed, one for pages.

use crate::{
    operation::{Operation, json_of, query},
    refusals::{BROKEN, By, Refused},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};
use shared::web::{login::Visitor, subscribe_once::Subscriber};

/// The open tags there are.
const OPEN_TAGS: [&str; 4] = [
    "wx-open-launch-weapp",
    "wx-open-launch-app",
    "wx-open-subscribe",
    "wx-open-audio",
];

/// A login to redeem.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RedeemLogin {
    /// The one-time code the visitor brought, at most a minute old.
    login: String,
}

/// A login to refresh.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RefreshLogin {
    /// Of the login.
    refresh_token: String,
}

/// A subscription to redeem.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RedeemSubscription {
    /// The one-time code the visitor brought, at most a minute old.
    subscription: String,
}

/// The argument of `wx.config`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct JsSdkConfig {
    /// The account.
    app_id: String,
    /// When it was signed, in seconds since 1970.
    timestamp: i64,
    /// A random text.
    nonce_str: String,
    /// Signs ticket, nonce, timestamp and the page's URL.
    signature: String,
    /// The interfaces that were asked for.
    js_api_list: Vec<String>,
    /// The open tags that were asked for.
    open_tag_list: Vec<String>,
}

pub(crate) fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let visitor = json_of::<Visitor>(schemas);
    let route = |id, summary, body, refusals| Operation {
        body: Some(body),
        answers: vec![(200, "The visitor.", visitor.clone())],
        refusals,
        ..Operation::new("logins", id, summary)
    };
    vec![
        route(
            "redeemLogin",
            "Tell who came back from a login; works once for a code.",
            json_of::<RedeemLogin>(schemas),
            vec![BROKEN],
        ),
        route(
            "refreshLogin",
            "Read a visitor's profile again.",
            json_of::<RefreshLogin>(schemas),
            vec![BROKEN, REFUSED],
        ),
        Operation {
            body: Some(json_of::<RedeemSubscription>(schemas)),
            answers: vec![(
                200,
                "Who may be sent one message; no proof of who looks at the page.",
                json_of::<Subscriber>(schemas),
            )],
            refusals: vec![BROKEN],
            ..Operation::new(
                "logins",
                "redeemSubscription",
                "Tell who agreed to a one-time message; works once for a code.",
            )
        },
        js_sdk_config(schemas),
    ]
}

const REFUSED: Refused = (
    502,
    "WeChat refuses, or gave no answer that reads.",
    &[By::Us],
);

fn js_sdk_config(schemas: &mut SchemaGenerator) -> Operation {
    let mut page = query(
        "url",
        "The page's address, escaped as a whole (encodeURIComponent); https, or http on loopback, \
            on one of the account's domains.",
        &json!({ "type": "string", "pattern": "^https?://.", "maxLength": 2000 }),
    );
    page["required"] = json!(true);
    let interface = json!({ "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9.:_]{0,63}$" });
    let tag = json!({ "type": "string", "enum": OPEN_TAGS });
    let array = |name, description, limit, item: Value| {
        let list = json!({ "type": "array", "maxItems": limit, "items": item });
        let mut listed = query(name, description, &list);
        listed["explode"] = json!(false);
        listed
    };
    Operation {
        query: vec![
            page,
            array("jsApiList", "Interfaces the page uses.", 100, interface),
            array(
                "openTagList",
                "Open tags the page uses; wx-open-subscribe where none are named.",
                100,
                tag,
            ),
        ],
        answers: vec![(
            200,
            "What wx.config takes.",
            json_of::<JsSdkConfig>(schemas),
        )],
        refusals: vec![
            BROKEN,
            (
                403,
                "The page is on none of the account's domains.",
                &[By::Us],
            ),
        ],
        ..Operation::new(
            "pages",
            "readJsSdkConfig",
            "Sign a page for the JS-SDK; not signed itself, browsers of the account's domains ask.",
        )
    }
}
