//! Every endpoint of the protocol is there, and what each with a type sends is what its page names.

mod answers;
mod fields;

use super::{super::sample::Sample, endpoints, find, samples};
use crate::api::{
    accounts::Scope,
    body::Content,
    endpoint::{Auth, Host, Method},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

fn listed() -> Vec<Value> {
    let text = include_str!("../../../../../tests/fixtures/endpoints.json");
    let file: Value = serde_json::from_str(text).unwrap();
    file["endpoints"].as_array().unwrap().clone()
}

fn text<'a>(endpoint: &'a Value, name: &str) -> &'a str {
    endpoint[name].as_str().unwrap()
}

fn is(sample: &Sample, endpoint: &Value) -> bool {
    let method = match sample.meta.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    sample.meta.path == text(endpoint, "path") && method == text(endpoint, "method")
}

/// Each endpoint of the list with its sample.
fn present() -> impl Iterator<Item = (Value, Sample)> {
    let mut samples = samples();
    listed().into_iter().map(move |endpoint| {
        let found = samples.iter().position(|sample| is(sample, &endpoint));
        let found = found.unwrap_or_else(|| panic!("no sample of {}", endpoint["path"]));
        (endpoint, samples.swap_remove(found))
    })
}

#[test]
fn no_endpoint_is_missing_and_none_is_made_up() {
    let listed = listed().len();
    assert_eq!((endpoints().count(), samples().len()), (listed, listed));
    assert_eq!(present().count(), listed);
}

#[test]
fn each_is_called_as_the_protocol_says() {
    for (endpoint, sample) in present() {
        let (meta, path) = (sample.meta, sample.meta.path);
        assert_eq!(find(meta.method, path), Some(&meta), "{path}");
        assert_eq!(meta.family, text(&endpoint, "family"), "{path}");
        assert_eq!(meta.page, text(&endpoint, "doc"), "{path}");
        let host = match meta.host {
            Host::Api => "api.weixin.qq.com",
            Host::Mp => "mp.weixin.qq.com",
            Host::Open => "open.weixin.qq.com",
        };
        assert_eq!(host, text(&endpoint, "host"), "{path}");
        let account_token = text(&endpoint, "auth") == "access_token";
        assert_eq!(meta.auth == Auth::AccessToken, account_token, "{path}");
        let retired = meta.family.starts_with("guide_") || endpoint["status"] == "retired";
        assert_eq!(meta.retired, retired, "{path}");
        let scopes = [meta.accounts.service, meta.accounts.subscription].map(written);
        assert_eq!(scopes.join(","), text(&endpoint, "accounts"), "{path}");
    }
}

fn written(scope: Scope) -> &'static str {
    match scope {
        Scope::All => "all",
        Scope::Verified => "verified",
        Scope::VerifiedOrMore => "verified+",
        Scope::None => "none",
        Scope::Unsaid => "?",
    }
}

/// The query on the wire, the account's token included.
fn query(sample: &Sample) -> BTreeSet<&str> {
    let own = sample.body.query.iter().map(|(name, _)| name.as_str());
    let token = (sample.meta.auth == Auth::AccessToken).then_some("access_token");
    own.chain(token).collect()
}

#[test]
fn each_query_has_the_names_of_its_page() {
    for (endpoint, sample) in present() {
        let names = endpoint["query"].as_array().unwrap().iter();
        let mut expected: BTreeSet<_> = names.map(|name| name.as_str().unwrap()).collect();
        match text(&endpoint, "path") {
            // The page shows them in the body and in the query; both are sent.
            "/cgi-bin/clear_quota/v2" => expected.extend(["appid", "appsecret"]),
            // Optional ones stand with the fields.
            "/connect/oauth2/authorize" => expected.extend(["forcePopup", "forceSnapShot"]),
            _ => {}
        }
        assert_eq!(query(&sample), expected, "{}", endpoint["path"]);
        for (name, value) in &sample.body.query {
            let fixed = format!("{name}={value}");
            let rule = text(&endpoint, "request_fields");
            let fits = !rule.contains(&format!("{name}=")) || rule.contains(&fixed);
            assert!(fits, "{}: {fixed}", endpoint["path"]);
        }
    }
}

#[test]
fn each_body_has_the_fields_of_its_page() {
    for (endpoint, sample) in present() {
        if sample.meta.family.starts_with("guide_") {
            continue;
        }
        let path = text(&endpoint, "path");
        let rule = text(&endpoint, "request_fields");
        match (&sample.body.content, text(&endpoint, "body")) {
            (Content::None, "none") => assert_eq!(sample.meta.method, Method::Get, "{path}"),
            (Content::Json(json), "none") => {
                let sent: Map<String, Value> = serde_json::from_slice(json).unwrap();
                let query = query(&sample);
                assert!(
                    sent.keys().all(|name| query.contains(name.as_str())),
                    "{path}"
                );
            }
            (Content::Json(json), "json") => {
                let sent: Value = serde_json::from_slice(json).unwrap();
                let mut wrong = fields::compare(rule, &sent);
                // A button has what its type needs; the page lists what buttons can have.
                wrong.retain(|what| !what.starts_with("button.") || !what.ends_with(" is missing"));
                assert!(wrong.is_empty(), "{path}: {wrong:?}\n{rule}\n{sent}");
            }
            (Content::Form(form, _), "multipart") => {
                assert!(rule.starts_with("media"), "{path}: {rule}");
                let named = |(name, _): &(String, String)| rule.contains(name.as_str());
                assert!(form.iter().all(named), "{path}");
            }
            (_, body) => panic!("{path} should have a body of {body}"),
        }
    }
}

#[test]
fn the_comparison_finds_what_is_wrong() {
    let rule = "touser | towxname (wins),msgtype,<msgtype object>,list[1..2]{id,name?},kind=0";
    let right = json!({
        "towxname": "x", "msgtype": "text", "text": {"content": "x"},
        "list": [{"id": 1}, {"id": 2, "name": "n"}], "kind": 0,
    });
    assert_eq!(fields::compare(rule, &right), [""; 0]);
    for (name, value, wrong) in [
        ("towxname", Value::Null, "touser | towxname"),
        ("more", json!(1), "more"),
        ("list", json!([{"name": "n"}]), "list.id"),
        ("list", json!([{"id": 1, "x": 1}]), "list.x"),
        ("kind", json!(1), "kind"),
        ("msgtype", json!("image"), "image"),
    ] {
        let mut body = right.clone();
        body[name] = value;
        body.as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        let found = fields::compare(rule, &body).join(" ");
        assert!(found.contains(wrong), "{wrong}: {found}");
    }
}

#[test]
fn paths_are_found_by_their_method() {
    assert_eq!(find(Method::Get, "/cgi-bin/token").unwrap().family, "token");
    assert!(find(Method::Post, "/cgi-bin/token").is_none());
}
