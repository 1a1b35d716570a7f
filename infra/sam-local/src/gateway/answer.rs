//! A function's answer as an HTTP response: payload format version 2.0.

use super::message;
use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, Response, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Decodes an answer. JSON without `statusCode` is the body of a 200; a malformed answer is a 500.
pub(super) fn decode(payload: &Bytes) -> Response<Body> {
    match serde_json::from_slice::<Value>(payload) {
        Ok(answer) if answer.get("statusCode").is_some() => structured(&answer),
        Ok(_) => {
            let mut response = Response::new(Body::from(payload.clone()));
            response
                .headers_mut()
                .insert("content-type", HeaderValue::from_static("application/json"));
            Some(response)
        }
        Err(_) => None,
    }
    .unwrap_or_else(|| message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
}

fn structured(answer: &Value) -> Option<Response<Body>> {
    let status = match answer.get("statusCode")? {
        Value::String(text) => text.parse().ok()?,
        number => u16::try_from(number.as_u64()?).ok()?,
    };
    let mut response = Response::new(Body::from(body(answer)?));
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    for key in ["headers", "multiValueHeaders"] {
        for (name, value) in answer
            .get(key)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            for value in values(value)? {
                response
                    .headers_mut()
                    .append(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
            }
        }
    }
    for cookie in answer
        .get("cookies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        response
            .headers_mut()
            .append("set-cookie", cookie.as_str()?.parse().ok()?);
    }
    let headers = response.headers_mut();
    headers.remove("content-length");
    if !headers.contains_key("content-type") {
        headers.insert(
            "content-type",
            HeaderValue::from_static("text/plain;charset=UTF-8"),
        );
    }
    Some(response)
}

fn values(value: &Value) -> Option<Vec<HeaderValue>> {
    let text = |v: &Value| match v {
        Value::String(s) => HeaderValue::from_str(s).ok(),
        Value::Number(_) | Value::Bool(_) => HeaderValue::from_str(&v.to_string()).ok(),
        _ => None,
    };
    match value {
        Value::Array(many) => many.iter().map(text).collect(),
        one => text(one).map(|v| vec![v]),
    }
}

fn body(answer: &Value) -> Option<Vec<u8>> {
    let text = match answer.get("body") {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(body) => body.as_str()?,
    };
    match answer.get("isBase64Encoded").and_then(Value::as_bool) {
        Some(true) => STANDARD.decode(text).ok(),
        _ => Some(text.as_bytes().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    async fn read(answer: Value) -> (u16, String, Vec<u8>) {
        let response = decode(&Bytes::from(answer.to_string()));
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        let body = axum::body::to_bytes(response.into_body(), 1_000)
            .await
            .unwrap();
        (status, kind, body.to_vec())
    }

    #[tokio::test]
    async fn with_status_code_it_is_a_response() {
        let answer = json!({"statusCode": 201, "headers": {"Content-Type": "application/xml"}, "body": "<a/>"});
        assert_eq!(
            read(answer).await,
            (201, "application/xml".into(), b"<a/>".to_vec())
        );
        let answer = json!({"statusCode": "200", "body": "AAH/", "isBase64Encoded": true});
        assert_eq!(read(answer).await.2, [0, 1, 255]);
        assert_eq!(read(json!({"statusCode": 204})).await.2, b"");
    }

    #[tokio::test]
    async fn without_status_code_it_is_the_body() {
        assert_eq!(
            read(json!("echo")).await,
            (200, "application/json".into(), b"\"echo\"".to_vec())
        );
        assert_eq!(read(json!({"a": 1})).await.2, b"{\"a\":1}");
    }

    #[tokio::test]
    async fn malformed_answers_are_the_functions_fault() {
        for bad in [
            json!({"statusCode": "x"}),
            json!({"statusCode": 99_999}),
            json!({"statusCode": 200, "body": {"a": 1}}),
            json!({"statusCode": 200, "body": "!", "isBase64Encoded": true}),
            json!({"statusCode": 200, "headers": {"a": [[]]}}),
        ] {
            assert_eq!(read(bad.clone()).await.0, 500, "{bad}");
        }
        assert_eq!(decode(&Bytes::from_static(b"not json")).status(), 500);
    }

    #[test]
    fn cookies_and_repeated_headers_are_separate_lines() {
        let answer = json!({"statusCode": 200, "cookies": ["a=1", "b=2"], "multiValueHeaders": {"X-M": ["1", "2"]}});
        let response = decode(&Bytes::from(answer.to_string()));
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(response.headers().get_all("x-m").iter().count(), 2);
    }
}
