//! Any endpoint of WeChat's: two routes, and the queries that WeChat's endpoints take.

use crate::{
    operation::{Operation, flag, query},
    refusals::{BROKEN, By::Us, OF_WECHAT, Refused},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// WeChat's endpoints, with the names of their queries.
const ENDPOINTS: &str = include_str!("../../../tests/fixtures/endpoints.json");
/// What this side adds to a query, or refuses in one.
const OURS: [&str; 4] = ["access_token", "appid", "secret", "grant_type"];

const REFUSALS: [Refused; 4] = [
    BROKEN,
    (
        403,
        "The signature is wrong or missing, or the call is one that is not passed on.",
        &[Us],
    ),
    (
        404,
        "No such account, or a path that is not in the catalog.",
        &[],
    ),
    (405, "The path is called with the other method.", &[Us]),
];

pub(crate) fn operations() -> [Operation; 2] {
    let any = json!({ "type": "object", "additionalProperties": true });
    let file = json!({ "type": "string", "format": "binary" });
    let answer = json!({
        "application/json": { "schema": any },
        "application/octet-stream": { "schema": file },
    });
    let route = |method: &'static str, id, summary, body| Operation {
        query: query_parameters(method),
        body,
        answers: vec![(
            200,
            "WeChat's answer as it came: JSON, or a file under its own content type.",
            answer.clone(),
        )],
        refusals: [REFUSALS.to_vec(), OF_WECHAT.to_vec()].concat(),
        ..Operation::new("wechat", id, summary)
    };
    let form = json!({
        "type": "object", "additionalProperties": true,
        "properties": { "media": file, "description": { "type": "string" } },
    });
    let body = json!({
        "application/json": { "schema": any },
        "multipart/form-data": { "schema": form },
    });
    [
        route(
            "get",
            "getWechat",
            "Call any GET endpoint of WeChat's with this account's token.",
            None,
        ),
        route(
            "post",
            "postWechat",
            "Call any POST endpoint of WeChat's with this account's token.",
            Some(body),
        ),
    ]
}

fn query_parameters(method: &str) -> Vec<Value> {
    let check = json!({ "type": "string", "enum": ["on", "off"] });
    let text = json!({ "type": "string" });
    let mut all = vec![
        flag("unlisted", "Call a path that is not in the catalog."),
        query(
            "check",
            "`off` passes a body on although it breaks a rule of WeChat's that is known here.",
            &check,
        ),
    ];
    for (name, paths) in queries(method) {
        let description = format!("WeChat's, of {}.", paths.join(", "));
        all.push(query(&name, &description, &text));
    }
    all
}

/// The names in the queries of WeChat's endpoints; any other is passed on as well.
fn queries(method: &str) -> BTreeMap<String, Vec<String>> {
    let catalog: Value = serde_json::from_str(ENDPOINTS).unwrap();
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for endpoint in catalog["endpoints"].as_array().unwrap() {
        let path = endpoint["path"].as_str().unwrap().trim_start_matches('/');
        let page = endpoint["host"] != "api.weixin.qq.com";
        if page
            || !endpoint["method"]
                .as_str()
                .unwrap()
                .eq_ignore_ascii_case(method)
        {
            continue;
        }
        let query = endpoint["query"].as_array().into_iter().flatten();
        for name in query.filter_map(Value::as_str) {
            if !OURS.contains(&name) {
                names
                    .entry(name.to_owned())
                    .or_default()
                    .push(path.to_owned());
            }
        }
    }
    names
}
