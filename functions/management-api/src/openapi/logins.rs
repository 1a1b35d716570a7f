//! The signed routes of the function `web`.

use super::operations::{Operation, UNAVAILABLE, json_of};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::json;
use shared::web::login::Visitor;

/// A login to redeem.
#[derive(Serialize, JsonSchema)]
struct RedeemLogin {
    /// The one-time code the visitor brought, at most a minute old.
    login: String,
}

/// A login to refresh.
#[derive(Serialize, JsonSchema)]
struct RefreshLogin {
    /// Of the login.
    refresh_token: String,
}

pub(super) fn operations(schemas: &mut SchemaGenerator) -> [Operation; 2] {
    let visitor = json_of::<Visitor>(schemas);
    let route = |path, id, summary, body, refusals| Operation {
        method: "post",
        path,
        id,
        summary,
        query: json!([]),
        body: Some(body),
        answers: vec![(200, "The visitor.", visitor.clone())],
        refusals,
    };
    [
        route(
            "/v1/accounts/{account}/oauth/redeem",
            "redeemLogin",
            "Tell who came back from a login; works once for a code.",
            json_of::<RedeemLogin>(schemas),
            &[UNAVAILABLE],
        ),
        route(
            "/v1/accounts/{account}/oauth/refresh",
            "refreshLogin",
            "Read a visitor's profile again.",
            json_of::<RefreshLogin>(schemas),
            &[
                (502, "WeChat refuses, or gave no answer that reads."),
                UNAVAILABLE,
            ],
        ),
    ]
}
