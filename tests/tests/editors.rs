//! What the repository holds for editors works: the requests of `docs/examples/wechat-functions.http` are sent, one after the
//! other, as an editor sends them. The schemas are held in `infra/openapi`.

use local::Options;
use openapi::Contract;
use serde_json::Value;
use std::{collections::BTreeMap, fs};
use tests::{Stage, book::root};

/// What stands between two lines of `###`.
struct Request {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// The requests of a file, with its variables filled in; those that are `given` win.
fn requests(text: &str, given: &[(&str, String)]) -> Vec<Request> {
    let mut parts = text.split("\n### ");
    let head = parts.next().unwrap();
    let written = head
        .lines()
        .filter_map(|line| line.strip_prefix('@')?.split_once(" = "));
    let mut variables: BTreeMap<_, _> = written
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    variables.extend(given.iter().cloned());
    let fill = |text: &str| {
        let filled = variables
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{{{name}}}}}"), value)
            });
        assert!(!filled.contains("{{"), "{filled}");
        filled
    };
    parts.map(|part| request(&fill(part))).collect()
}

fn request(text: &str) -> Request {
    let (_, text) = text.split_once('\n').unwrap();
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, url) = lines.next().unwrap().split_once(' ').unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: lines.map(header).collect(),
        body: body.trim().to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_for_editors_is_answered_well() {
    let stage = Stage::open(Options::default()).await;
    let text = fs::read_to_string(root().join("docs/examples/wechat-functions.http")).unwrap();
    let gateway = stage.bundle.gateway_url();
    let wechat = stage.bundle.platform_url();
    let requests = requests(&text, &[("gateway", gateway.clone()), ("wechat", wechat)]);
    assert!(requests.len() >= 10);
    let contract = Contract::of_requests();
    for Request {
        method,
        url,
        headers,
        body,
    } in requests
    {
        let Some(path) = url.strip_prefix(&gateway) else {
            let sent = stage.http.request(method.parse().unwrap(), &url).body(body);
            let answer = sent.send().await.unwrap();
            assert!(answer.status().is_success(), "{method} {url}: {answer:?}");
            continue;
        };
        let aws = "AWS local local region:us-east-1 service:execute-api";
        assert_eq!(headers["Authorization"], aws, "{url}");
        if !body.is_empty() {
            let body: Value = serde_json::from_str(&body).unwrap();
            let held =
                path.contains("/wechat/") || contract.request(&method, path, &body) == Ok(());
            assert!(held, "{method} {url}: {body}");
        }
        let json = headers.get("Content-Type").map_or("", String::as_str);
        let answer = stage
            .signed_bytes(&method, path, json, body.into_bytes())
            .await;
        assert!(answer.status().is_success(), "{method} {url}: {answer:?}");
    }
    stage.bundle.stop().await;
}
