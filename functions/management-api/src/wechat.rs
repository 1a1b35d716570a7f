//! Any endpoint of WeChat's, with this account's access token.

use crate::{handler::Call, refusal::Refusal};
use serde::de::IgnoredAny;
use shared::{
    api::{Download, Relay, body::Content, endpoint::Method, secret_call::SecretCall},
    lambda::{HttpRequest, HttpResponse},
};

/// An answer travels as base64 through Lambda, which hands on 6 MB.
const LONGEST_ANSWER: usize = 4 << 20;

/// Passes the request on and the answer back.
pub(crate) async fn answer(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let relay = relay(call.request)?;
    if let Some(secret_call) = SecretCall::of(&relay)? {
        let account = &call.account.name;
        let json = call
            .handler
            .token_refresh
            .call(account, &secret_call)
            .await?;
        return Ok(HttpResponse::json_text(200, json));
    }
    let client = call.handler.clients.of(call.account);
    let answer = tokio::time::timeout(call.left(), client.pass(&relay))
        .await
        .map_err(|_| Refusal::Slow)??;
    told(answer)
}

fn relay(request: &HttpRequest) -> Result<Relay, Refusal> {
    let mut query = request.query();
    let unlisted = query
        .iter()
        .any(|(name, value)| name == "unlisted" && value == "true");
    query.retain(|(name, _)| name != "unlisted");
    let (method, content) = match request.method() {
        "GET" => (Method::Get, Content::None),
        _ => (Method::Post, content(request)?),
    };
    let path = format!("/{}", request.path_parameter("path"));
    Ok(Relay::new(method, &path, query, content, unlisted)?)
}

/// What parses as JSON is JSON, whatever the header says; a form with a file goes on as it came.
fn content(request: &HttpRequest) -> Result<Content, Refusal> {
    let body = request.body()?.into_owned();
    if body.is_empty() {
        return Ok(Content::Json(b"{}".to_vec()));
    }
    let content_type = request.header("content-type");
    match serde_json::from_slice::<IgnoredAny>(&body) {
        Ok(_) => Ok(Content::Json(body)),
        Err(_) if content_type.starts_with("multipart/") => {
            Ok(Content::Bytes(content_type.to_owned(), body))
        }
        Err(error) => Err(error.into()),
    }
}

fn told(answer: Download) -> Result<HttpResponse, Refusal> {
    if answer.bytes.len() > LONGEST_ANSWER {
        return Err(Refusal::AnswerTooLong(answer.bytes.len()));
    }
    if !answer.is_file() {
        let json = String::from_utf8_lossy(&answer.bytes).into_owned();
        return Ok(HttpResponse::json_text(200, json));
    }
    let content_type = answer
        .content_type
        .unwrap_or_else(|| "application/octet-stream".to_owned());
    let response = HttpResponse::bytes(200, content_type, &answer.bytes);
    Ok(match answer.file_name.as_deref().map(file_name) {
        Some(name) => response.with(
            "content-disposition",
            format!("attachment; filename=\"{name}\""),
        ),
        None => response,
    })
}

/// The name without anything that would end the header's value.
fn file_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    name.chars().filter(|c| plain(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn request(
        method: &str,
        path: &str,
        query: &str,
        content_type: &str,
        body: &str,
    ) -> HttpRequest {
        serde_json::from_value(json!({
            "rawQueryString": query,
            "headers": { "content-type": content_type },
            "pathParameters": { "account": "demo", "path": path },
            "requestContext": { "http": { "method": method } },
            "body": body,
        }))
        .unwrap()
    }

    #[test]
    fn query_and_body_go_on_as_they_came() {
        let asked = request(
            "POST",
            "cgi-bin/x",
            "unlisted=true&a=%26&a=2",
            "",
            "{\"id\":18446744073709551615}",
        );
        let relay = relay(&asked).unwrap();
        assert_eq!(relay.path, "/cgi-bin/x");
        let pairs = [("a", "&"), ("a", "2")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(relay.query, pairs);
        assert!(
            matches!(relay.content, Content::Json(json) if json == b"{\"id\":18446744073709551615}")
        );
    }

    #[test]
    fn an_empty_post_is_an_empty_object_and_a_form_stays_a_form() {
        let empty = relay(&request("POST", "x", "unlisted=true", "", "")).unwrap();
        assert!(matches!(empty.content, Content::Json(json) if json == b"{}"));
        let kind = "multipart/form-data; boundary=b";
        let form = relay(&request("POST", "x", "unlisted=true", kind, "--b--")).unwrap();
        assert!(matches!(form.content, Content::Bytes(k, b) if k == kind && b == b"--b--"));
    }

    #[test]
    fn what_must_not_be_called_is_refused() {
        for (asked, status, word) in [
            (
                request("GET", "cgi-bin/token", "unlisted=true", "", ""),
                403,
                "token_endpoint",
            ),
            (
                request("GET", "cgi-bin/none", "", "", ""),
                404,
                "unlisted_path",
            ),
            (
                request("GET", "cgi-bin/getcallbackip", "secret=x", "", ""),
                403,
                "app_secret_given",
            ),
            (
                request("GET", "cgi-bin/getcallbackip?secret=x", "", "", ""),
                400,
                "malformed_path",
            ),
            (
                request("POST", "cgi-bin/getcallbackip", "", "", ""),
                405,
                "wrong_method",
            ),
            (
                request("POST", "cgi-bin/clear_quota", "", "", "{"),
                400,
                "malformed_json",
            ),
        ] {
            let refusal = relay(&asked).unwrap_err();
            assert_eq!((refusal.status(), refusal.error_type()), (status, word));
        }
    }

    #[test]
    fn json_comes_back_exact_and_files_as_bytes() {
        let json = Download {
            content_type: Some("text/plain".into()),
            file_name: None,
            bytes: br#"{"msgid":18446744073709551615}"#.to_vec(),
        };
        assert_eq!(
            told(json).unwrap().body,
            r#"{"msgid":18446744073709551615}"#
        );
        let file = Download {
            content_type: Some("image/jpeg".into()),
            file_name: Some("a\"\r\n.jpg".into()),
            bytes: vec![0xff],
        };
        let response: Value = json!(told(file).unwrap());
        assert_eq!(
            response["headers"]["content-disposition"],
            "attachment; filename=\"a.jpg\""
        );
        assert_eq!(response["body"], "/w==");
        let long = Download {
            content_type: None,
            file_name: None,
            bytes: vec![b' '; LONGEST_ANSWER + 1],
        };
        assert_eq!(told(long).unwrap_err().status(), 502);
    }
}
