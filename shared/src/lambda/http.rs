//! API Gateway's HTTP events, payload format 2.0: the fields the functions read and write.

use crate::time::Timestamp;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};
use thiserror::Error;
use wechat_oa::callback::query::decode;

/// A request as API Gateway hands it over.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// The query as sent; read this one, the decoded map joins repeated names with commas.
    #[serde(default, deserialize_with = "absent")]
    pub raw_query_string: String,
    /// The path as sent.
    #[serde(default, deserialize_with = "absent")]
    pub raw_path: String,
    #[serde(default, deserialize_with = "named")]
    path_parameters: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "named")]
    headers: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "absent")]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default, deserialize_with = "absent")]
    is_base64_encoded: bool,
    request_context: RequestContext,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    #[serde(default, deserialize_with = "absent")]
    time_epoch: i64,
    #[serde(default, deserialize_with = "absent")]
    route_key: String,
    #[serde(default, deserialize_with = "absent")]
    domain_name: String,
    http: Http,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    method: String,
    #[serde(default, deserialize_with = "absent")]
    source_ip: String,
}

/// A member that is null is an absent one: some gateways and many test events write it so.
fn absent<'de, D: Deserializer<'de>, T>(from: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Values by name, without those that are null.
fn named<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let all: BTreeMap<String, Option<String>> = absent(from)?;
    let all = all.into_iter();
    Ok(all
        .filter_map(|(name, value)| Some((name, value?)))
        .collect())
}

/// A body that says it is base64 and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("body is flagged as base64 and does not decode")]
pub struct BodyError;

impl HttpRequest {
    /// The method, in capitals.
    pub fn method(&self) -> &str {
        &self.request_context.http.method
    }

    /// The address that the request came from, as the gateway saw it; empty when it did not say.
    pub fn address(&self) -> &str {
        &self.request_context.http.source_ip
    }

    /// The route that matched, such as `GET /v1/accounts/{account}/access-token`.
    pub fn route(&self) -> &str {
        &self.request_context.route_key
    }

    /// The path of the route that matched, such as `/v1/accounts/{account}/access-token`.
    pub fn route_path(&self) -> &str {
        let route = self.route();
        route.split_once(' ').map_or(route, |(_, path)| path)
    }

    /// When the gateway took the request; 1970 when it did not say.
    pub fn arrived(&self) -> Timestamp {
        Timestamp::from_millis(self.request_context.time_epoch)
    }

    /// A part of the path by its name in the route; empty when the route has none such.
    pub fn path_parameter(&self, name: &str) -> &str {
        self.path_parameters.get(name).map_or("", String::as_str)
    }

    /// A header by its name in small letters; empty when it was not sent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A cookie by its name; none when the browser sent none.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.cookies.iter().filter_map(|line| line.split_once('='));
        let mut named = pairs.filter(|(known, _)| known.trim() == name);
        named.next().map(|(_, value)| value)
    }

    /// The host the request was made to, with its port where it has one.
    pub fn domain(&self) -> &str {
        &self.request_context.domain_name
    }

    /// A value of the query by its name, unescaped; the first where there are several.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut named = self.query().into_iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value)
    }

    /// Names and values of the query, in order, unescaped.
    pub fn query(&self) -> Vec<(String, String)> {
        let pairs = self.raw_query_string.split('&').filter(|p| !p.is_empty());
        let read = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name).into_owned(), decode(value).into_owned())
        };
        pairs.map(read).collect()
    }

    /// Whether the gateway handed the body over byte by byte; it did not where it took it for text.
    pub fn is_binary(&self) -> bool {
        self.is_base64_encoded
    }

    /// The body's bytes.
    ///
    /// # Errors
    /// When it is flagged as base64 and is not.
    pub fn body(&self) -> Result<Cow<'_, [u8]>, BodyError> {
        let text = self.body.as_deref().unwrap_or_default();
        match self.is_base64_encoded {
            true => STANDARD.decode(text).map(Cow::Owned).map_err(|_| BodyError),
            false => Ok(Cow::Borrowed(text.as_bytes())),
        }
    }
}

/// A response as API Gateway wants it: always with status and type, so that nothing is guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    /// The status.
    pub status_code: u16,
    headers: BTreeMap<&'static str, Cow<'static, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    /// The body.
    pub body: String,
    is_base64_encoded: bool,
}

impl HttpResponse {
    /// An answer in plain text.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "text/plain; charset=utf-8".into(), body.into())
    }

    /// An answer in XML.
    pub fn xml(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "application/xml; charset=utf-8".into(), body.into())
    }

    /// A page.
    pub fn html(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "text/html; charset=utf-8".into(), body.into())
    }

    /// Sends a browser on to another address, which must be ASCII.
    pub fn redirect(to: impl Into<Cow<'static, str>>) -> Self {
        Self::empty(302).with("location", to)
    }

    /// An answer in JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json".into(), body.to_string())
    }

    /// Text that is JSON already.
    pub fn json_text(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "application/json".into(), body.into())
    }

    /// Bytes of any MIME type.
    pub fn bytes(status: u16, content_type: impl Into<Cow<'static, str>>, body: &[u8]) -> Self {
        Self {
            is_base64_encoded: true,
            ..Self::new(status, content_type.into(), STANDARD.encode(body))
        }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// The same answer with one more cookie: name, value and attributes in one line.
    #[must_use]
    pub fn with_cookie(mut self, line: String) -> Self {
        self.cookies.push(line);
        self
    }

    /// A status and nothing else.
    pub fn empty(status: u16) -> Self {
        Self::text(status, "")
    }

    fn new(status_code: u16, content_type: Cow<'static, str>, body: String) -> Self {
        let headers = BTreeMap::from([
            ("content-type", content_type),
            ("cache-control", "no-store".into()),
            ("x-content-type-options", "nosniff".into()),
        ]);
        Self {
            status_code,
            headers,
            cookies: Vec::new(),
            body,
            is_base64_encoded: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(body: &str, base64: bool) -> HttpRequest {
        serde_json::from_value(json!({
            "version": "2.0",
            "rawPath": "/callback/demo",
            "rawQueryString": "a=1&a=2",
            "pathParameters": { "account": "demo" },
            "requestContext": { "timeEpoch": 7, "http": { "method": "POST" } },
            "body": body,
            "isBase64Encoded": base64,
        }))
        .unwrap()
    }

    #[test]
    fn bodies_come_as_text_or_base64() {
        assert_eq!(&*request("<xml/>", false).body().unwrap(), b"<xml/>");
        assert_eq!(&*request("/w==", true).body().unwrap(), b"\xff");
        assert_eq!(request("?", true).body(), Err(BodyError));
        assert_eq!(request("", false).path_parameter("account"), "demo");
    }

    #[test]
    fn neither_a_stage_in_the_path_nor_a_content_type_changes_what_is_read() {
        for (content_type, base64) in [
            (json!({}), false),
            (json!({ "content-type": "text/plain" }), false),
            (json!({ "content-type": "application/octet-stream" }), true),
            (
                json!({ "content-type": "application/x-www-form-urlencoded" }),
                true,
            ),
        ] {
            let request: HttpRequest = serde_json::from_value(json!({
                "rawPath": "/prod/callback/demo", "pathParameters": { "account": "demo" },
                "headers": content_type,
                "requestContext": { "stage": "prod", "http": { "method": "POST", "path": "/prod/callback/demo" } },
                "body": if base64 { "PHhtbC8+" } else { "<xml/>" }, "isBase64Encoded": base64,
            }))
            .unwrap();
            assert_eq!(&*request.body().unwrap(), b"<xml/>");
            assert_eq!(request.path_parameter("account"), "demo");
        }
    }

    #[test]
    fn null_members_are_absent_ones() {
        let request: HttpRequest = serde_json::from_value(json!({
            "version": "2.0", "routeKey": null, "rawPath": null, "rawQueryString": null,
            "cookies": null, "queryStringParameters": null, "pathParameters": null,
            "stageVariables": null, "body": null, "isBase64Encoded": null,
            "headers": { "x-a": null, "x-b": "1" },
            "requestContext": {
                "timeEpoch": null, "routeKey": null, "domainName": null, "authorizer": null,
                "http": { "method": "GET", "path": null },
            },
        }))
        .unwrap();
        assert_eq!((request.header("x-a"), request.header("x-b")), ("", "1"));
        assert_eq!(
            (request.arrived(), request.route(), request.domain()),
            (Timestamp::default(), "", "")
        );
        assert_eq!(
            (request.path_parameter("account"), request.cookie("a")),
            ("", None)
        );
        assert!(request.query().is_empty() && request.body().unwrap().is_empty());
        let bare = json!({ "headers": null, "requestContext": { "http": { "method": "GET" } } });
        assert!(serde_json::from_value::<HttpRequest>(bare).is_ok());
    }

    #[test]
    fn queries_are_unescaped_in_order() {
        let mut request = request("", false);
        request.raw_query_string = "a=1&b=%E4%BD%A0+x&a=%zz&c&&d=".into();
        let pairs = [
            ("a", "1"),
            ("b", "你 x"),
            ("a", "%zz"),
            ("c", ""),
            ("d", ""),
        ];
        let pairs = pairs.map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(request.query(), pairs);
        assert_eq!(request.header("content-type"), "");
    }

    #[test]
    fn cookies_come_apart_and_go_out_as_lines() {
        let mut request = request("", false);
        request.cookies = vec!["a=1=2".into(), "b=".into(), "c".into()];
        assert_eq!(request.cookie("a"), Some("1=2"));
        assert_eq!(request.cookie("b"), Some(""));
        assert_eq!(request.cookie("c"), None);
        let answer = HttpResponse::redirect("https://h/").with_cookie("a=1; Secure".into());
        assert_eq!(json!(answer)["cookies"], json!(["a=1; Secure"]));
        assert_eq!(json!(answer)["headers"]["location"], "https://h/");
    }

    #[test]
    fn bytes_travel_as_base64() {
        let answer = HttpResponse::bytes(200, "image/png", &[0xff]).with("x-a", "b");
        assert_eq!(
            (answer.body.as_str(), &*answer.headers["content-type"]),
            ("/w==", "image/png")
        );
        assert_eq!(json!(answer)["isBase64Encoded"], true);
    }
}
