//! A request as an event: payload format version 2.0.

use super::{route::Hit, sigv4::Signer};
use crate::{ids, stack::ACCOUNT};
use axum::http::{HeaderMap, request::Parts};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use std::net::SocketAddr;

/// A request that found its route.
#[derive(Debug)]
pub(super) struct Incoming<'a> {
    /// Method, URI and headers.
    pub head: &'a Parts,
    /// Whole body.
    pub body: &'a [u8],
    /// Who connected.
    pub peer: SocketAddr,
    /// The route.
    pub hit: &'a Hit<'a>,
    /// Who signed, on IAM routes.
    pub caller: Option<&'a Signer>,
}

/// Builds the event. Duplicate headers and query parameters are joined with commas, cookies stand apart.
pub(super) fn build(request: &Incoming<'_>, now_ms: u64) -> Value {
    let Incoming { head, hit, .. } = request;
    let query = head.uri.query().unwrap_or_default();
    let mut event = Map::from_iter([
        ("version".to_owned(), json!("2.0")),
        ("routeKey".to_owned(), json!(hit.route_key())),
        (
            "rawPath".to_owned(),
            json!(super::route::decode(head.uri.path())),
        ),
        ("rawQueryString".to_owned(), json!(query)),
        ("headers".to_owned(), headers(&head.headers)),
        ("requestContext".to_owned(), context(request, now_ms)),
    ]);
    let cookies = cookies(&head.headers);
    if !cookies.is_empty() {
        event.insert("cookies".into(), json!(cookies));
    }
    if !query.is_empty() {
        event.insert("queryStringParameters".into(), parameters(query));
    }
    if !hit.parameters.is_empty() {
        event.insert("pathParameters".into(), json!(hit.parameters));
    }
    let text = std::str::from_utf8(request.body)
        .ok()
        .filter(|_| is_text(&head.headers));
    if !request.body.is_empty() {
        event.insert(
            "body".into(),
            text.map_or_else(|| json!(STANDARD.encode(request.body)), |t| json!(t)),
        );
    }
    event.insert(
        "isBase64Encoded".into(),
        json!(text.is_none() && !request.body.is_empty()),
    );
    Value::Object(event)
}

/// Content types the gateway passes on as text.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind.starts_with("text/")
        || matches!(
            kind.as_str(),
            "application/json"
                | "application/xml"
                | "application/javascript"
                | "application/x-www-form-urlencoded"
        )
}

fn headers(all: &HeaderMap) -> Value {
    let mut joined = Map::new();
    for name in all.keys().filter(|n| *n != "cookie") {
        let values = all
            .get_all(name)
            .iter()
            .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
        joined.insert(
            name.as_str().to_owned(),
            json!(values.collect::<Vec<_>>().join(",")),
        );
    }
    Value::Object(joined)
}

fn cookies(all: &HeaderMap) -> Vec<String> {
    let lines = all.get_all("cookie").iter().filter_map(|v| v.to_str().ok());
    lines
        .flat_map(|l| l.split("; "))
        .map(str::to_owned)
        .collect()
}

fn parameters(query: &str) -> Value {
    let mut joined: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = |t: &str| super::route::decode(&t.replace('+', " "));
        let (name, value) = (plain(name), plain(value));
        let value = match joined.get(&name).and_then(Value::as_str) {
            Some(earlier) => format!("{earlier},{value}"),
            None => value,
        };
        joined.insert(name, json!(value));
    }
    Value::Object(joined)
}

fn context(request: &Incoming<'_>, now_ms: u64) -> Value {
    let Incoming {
        head,
        hit,
        peer,
        caller,
        ..
    } = request;
    let header = |name: &str| {
        head.headers
            .get(name)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    };
    let mut context = json!({
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": header("host"),
        "domainPrefix": header("host").split('.').next(),
        "http": {
            "method": head.method.as_str(),
            "path": super::route::decode(head.uri.path()),
            "protocol": "HTTP/1.1",
            "sourceIp": peer.ip().to_string(),
            "userAgent": header("user-agent"),
        },
        "requestId": ids::uuid(),
        "routeKey": hit.route_key(),
        "stage": "$default",
        "time": clf_time(now_ms),
        "timeEpoch": now_ms,
    });
    if let (Some(signer), Some(map)) = (caller, context.as_object_mut()) {
        map.insert("authorizer".into(), json!({ "iam": signer.identity() }));
    }
    context
}

/// `21/Nov/2026:08:00:00 +0000`.
fn clf_time(ms: u64) -> String {
    let time = jiff::Timestamp::from_millisecond(i64::try_from(ms).unwrap_or(i64::MAX))
        .unwrap_or_default();
    time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gateway::route::Routes,
        template::{Event, Function, Log, Route},
    };
    use axum::http::Request;
    use std::time::Duration;

    fn event(request: axum::http::request::Builder, body: &[u8]) -> Value {
        let route = Route {
            method: Some("ANY".into()),
            path: "/orders/{id}".into(),
            iam: false,
            timeout: Duration::from_secs(1),
        };
        let function = Function {
            id: "Orders".into(),
            name: "orders".into(),
            binary: "orders".into(),
            timeout: Duration::from_secs(1),
            memory_mb: 128,
            reserved: None,
            log: Log::default(),
            environment: Default::default(),
            statements: vec![],
            events: vec![("Push".into(), Event::Http(route))],
            asynchronous: Default::default(),
        };
        let routes = Routes::new(&[function]);
        let (head, ()) = request.body(()).unwrap().into_parts();
        let hit = routes.find(head.method.as_str(), head.uri.path()).unwrap();
        let peer = "127.0.0.1:5000".parse().unwrap();
        build(
            &Incoming {
                head: &head,
                body,
                peer,
                hit: &hit,
                caller: None,
            },
            1_763_712_000_000,
        )
    }

    #[test]
    fn follows_format_2() {
        let request = Request::post("/orders/7?a=1&a=2&b=%E4%BD%A0+x&c")
            .header("X-Twice", "1")
            .header("X-Twice", "2")
            .header("cookie", "k=v; l=w")
            .header("content-type", "text/xml; charset=utf-8")
            .header("host", "127.0.0.1:9000");
        let event = event(request, "<xml/>".as_bytes());
        assert_eq!(event["routeKey"], "ANY /orders/{id}");
        assert_eq!(event["rawQueryString"], "a=1&a=2&b=%E4%BD%A0+x&c");
        assert_eq!(
            event["queryStringParameters"],
            json!({"a": "1,2", "b": "你 x", "c": ""})
        );
        assert_eq!(event["headers"]["x-twice"], "1,2");
        assert!(event["headers"].get("cookie").is_none());
        assert_eq!(event["cookies"], json!(["k=v", "l=w"]));
        assert_eq!(event["pathParameters"], json!({"id": "7"}));
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!("<xml/>"), &json!(false))
        );
        assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
        assert_eq!(
            event["requestContext"]["time"],
            "21/Nov/2025:08:00:00 +0000"
        );
        assert_eq!(event["requestContext"]["timeEpoch"], 1_763_712_000_000_u64);
    }

    #[test]
    fn the_content_type_decides_on_base64() {
        for (content_type, base64) in [
            ("application/json", false),
            ("application/xml", false),
            ("application/x-www-form-urlencoded", false),
            ("text/plain", false),
            ("application/octet-stream", true),
            ("image/png", true),
            ("", true),
        ] {
            let event = event(
                Request::post("/orders/x").header("content-type", content_type),
                b"ab",
            );
            assert_eq!(event["isBase64Encoded"], json!(base64), "{content_type}");
            assert_eq!(event["body"], json!(if base64 { "YWI=" } else { "ab" }));
        }
        let broken = event(
            Request::post("/orders/x").header("content-type", "text/plain"),
            &[0xff],
        );
        assert_eq!(
            broken["isBase64Encoded"],
            json!(true),
            "what is not UTF-8 cannot be text"
        );
        let none = event(Request::get("/orders/x"), b"");
        assert!(none.get("body").is_none() && none["isBase64Encoded"] == json!(false));
    }
}
