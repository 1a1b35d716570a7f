//! Any endpoint of WeChat's, with this account's access token.

use crate::{
    context::Call,
    refusal::{Refusal, explained},
};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Value, json, value::RawValue};
use shared::{
    lambda::{BodyError, HttpRequest, HttpResponse},
    problem::Problem,
    relay::{self, NotRelayed},
    token::secret_call::SecretCall,
};
use std::fmt;
use wechat_oa::api::{
    Download, Relay,
    body::Content,
    checked::{self, Rules},
    endpoint::Method,
    escapes::raw_utf8,
    page,
};

/// An answer travels as base64 through Lambda, which hands on 6 MB.
const LONGEST_ANSWER: usize = 4 << 20;

/// Passes the request on and the answer back.
pub(crate) async fn answer(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let client = call.context.clients.of(call.account);
    let relay = relay(call.request, |refused| match refused {
        NotRelayed::Page(path) => link(call, path, client.base()),
        _ => refused.into(),
    })?;
    if let Some(secret_call) = SecretCall::of(&relay)? {
        let account = &call.account.name;
        let json = call.context.token_refresh.call(account, secret_call);
        return Ok(HttpResponse::json_text(200, json.await?));
    }
    response(call.in_time(client.pass(&relay)).await?)
}

/// The page at that path, which a person opens: their link, as far as the request fills it in.
fn link(call: &Call<'_>, path: &'static str, base: Option<&str>) -> Refusal {
    let (app_id, query) = (call.account.app_id().as_str(), call.request.query());
    let Some((link, missing)) = page::link(path, app_id, &query, base) else {
        return Refusal::absent("page");
    };
    let problem = explained(
        NotRelayed::Page(path).into(),
        "This page is opened by a person in WeChat, not called: fill in what stands in braces and hand out the link",
        "该地址须由用户在微信中打开，不能由服务器调用：请补全花括号中的参数（见 fill_in），再把 link 发给用户",
    );
    let problem = problem.with("link", json!(link));
    problem.with("fill_in", json!(missing)).into()
}

fn relay(
    request: &HttpRequest,
    refuse: impl FnOnce(NotRelayed) -> Refusal,
) -> Result<Relay, Refusal> {
    let mut query = request.query();
    let asked = |name: &str, wanted: &str| {
        let mut named = query.iter().filter(|(known, _)| known == name);
        named.any(|(_, value)| value == wanted)
    };
    let unlisted = asked("unlisted", "true");
    let path = format!("/{}", request.path_parameter("path"));
    let rules = checked::rules(&path).filter(|_| request.method() == "POST");
    let unchecked = rules.is_some() && asked("check", "off");
    query.retain(|(name, _)| name != "unlisted" && (rules.is_none() || name != "check"));
    let (method, content) = match request.method() {
        "GET" => (Method::Get, Content::None),
        _ => (Method::Post, content(request)?),
    };
    let content = match (rules, content) {
        (Some(rules), Content::Json(json)) => checked(rules, unchecked, json)?,
        (_, content) => content,
    };
    relay::check(method, &path, query, content, unlisted).map_err(refuse)
}

/// Holds a request against its endpoint's rules; `"check": "off"` in it, which is not WeChat's, or
/// `?check=off` lets WeChat judge.
fn checked(rules: Rules, unchecked: bool, json: Vec<u8>) -> Result<Content, Refusal> {
    let body: Value = serde_json::from_slice(&json)?;
    let how = body.get("check").and_then(Value::as_str);
    let json = match how {
        Some("off" | "on") => without_check(&json)?,
        _ => json,
    };
    if !(unchecked || how == Some("off")) {
        rules(&body)?;
    }
    Ok(Content::Json(json))
}

/// The other members as they came, in their order.
fn without_check(json: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
    let Members(members) = serde_json::from_slice(json)?;
    let kept = members.iter().filter(|(name, _)| name != "check");
    let kept = kept.map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())));
    Ok(format!("{{{}}}", kept.collect::<Vec<_>>().join(",")).into_bytes())
}

/// An object's members in their order, their values as they came.
struct Members<'j>(Vec<(String, &'j RawValue)>);

impl<'de: 'j, 'j> Deserialize<'de> for Members<'j> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        from.deserialize_map(Object).map(Members)
    }
}

/// What parses as JSON is JSON, whatever the header says, and goes on in raw UTF-8; a form with a
/// file goes on as it came.
fn content(request: &HttpRequest) -> Result<Content, Refusal> {
    let body = request.body()?;
    if body.trim_ascii().is_empty() {
        return Ok(Content::Json(b"{}".to_vec()));
    }
    let content_type = request.header("content-type");
    match serde_json::from_slice::<IgnoredAny>(&body) {
        Ok(_) => raw(&body),
        Err(_) if content_type.starts_with("multipart/") => {
            Ok(Content::Bytes(content_type.to_owned(), body.into_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Half a surrogate pair, or text that is not UTF-8, is refused with its place.
fn raw(json: &[u8]) -> Result<Content, Refusal> {
    let raw = std::str::from_utf8(json).ok().and_then(raw_utf8);
    match (raw, serde_json::from_slice::<Value>(json)) {
        (Some(raw), _) => Ok(Content::Json(raw.into_bytes())),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(_)) => Err(BodyError.into()),
    }
}

fn response(answer: Download) -> Result<HttpResponse, Refusal> {
    if answer.bytes.len() > LONGEST_ANSWER {
        let length = answer.bytes.len();
        let why = format!("the answer has {length} bytes; more than 4 MB cannot be handed on");
        return Err(Problem::new("answer_too_long", 502, why).into());
    }
    if !answer.is_file() {
        let json = String::from_utf8_lossy(&answer.bytes).into_owned();
        return Ok(HttpResponse::json_text(200, json));
    }
    let content_type = answer.content_type;
    let content_type = content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    let response = HttpResponse::bytes(200, content_type, &answer.bytes);
    Ok(match answer.file_name.as_deref() {
        Some(name) => response.with("content-disposition", disposition(name)),
        None => response,
    })
}

/// The name in ASCII, without anything that would end it, and whole where that is not all of it
/// (RFC 6266).
fn disposition(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_graphic() && !"\"\\".contains(*c);
    let ascii: String = name.chars().filter(plain).collect();
    if ascii == name {
        return format!("attachment; filename=\"{ascii}\"");
    }
    let whole = page::escaped(name);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let relay = relay(&asked, Refusal::from).unwrap();
        assert_eq!(relay.path, "/cgi-bin/x");
        let pairs = [("a", "&"), ("a", "2")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(relay.query, pairs);
        assert!(
            matches!(relay.content, Content::Json(json) if json == b"{\"id\":18446744073709551615}")
        );
    }

    #[test]
    fn an_empty_post_is_an_empty_object_and_a_form_stays_a_form() {
        let empty = relay(
            &request("POST", "x", "unlisted=true", "", ""),
            Refusal::from,
        )
        .unwrap();
        assert!(matches!(empty.content, Content::Json(json) if json == b"{}"));
        let kind = "multipart/form-data; boundary=b";
        let form = relay(
            &request("POST", "x", "unlisted=true", kind, "--b--"),
            Refusal::from,
        )
        .unwrap();
        assert!(matches!(form.content, Content::Bytes(k, b) if k == kind && b == b"--b--"));
    }

    fn sent(path: &str, query: &str, content_type: &str, body: &str) -> Result<String, Refusal> {
        match relay(
            &request("POST", path, query, content_type, body),
            Refusal::from,
        )?
        .content
        {
            Content::Json(json) => Ok(String::from_utf8(json).unwrap()),
            _ => panic!("no JSON"),
        }
    }

    #[test]
    fn json_goes_on_in_raw_utf8_whatever_it_is_called() {
        let menu = r#"{"button":[{"type":"view","name":"\u4e3b\u9875","url":"https:\/\/a.cn\/?t=1\u0026n=1.0"}]}"#;
        let raw = r#"{"button":[{"type":"view","name":"主页","url":"https://a.cn/?t=1&n=1.0"}]}"#;
        for kind in [
            "",
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/x",
        ] {
            assert_eq!(
                sent("cgi-bin/menu/create", "", kind, menu).unwrap(),
                raw,
                "{kind}"
            );
        }
        let numbers = r#"{ "b": 18446744073709551615, "a": 1.0, "a": 1e5 }"#;
        assert_eq!(sent("x", "unlisted=true", "", numbers).unwrap(), numbers);
        let half = sent("x", "unlisted=true", "", r#"{"a":"\ud83d"}"#).unwrap_err();
        assert_eq!(
            (half.problem.status(), half.problem.error_type()),
            (400, "malformed_json")
        );
        let secret = sent("x", "unlisted=true", "", r#"{"\u0073ecret":"x"}"#).unwrap_err();
        assert_eq!(secret.problem.error_type(), "app_secret_given");
    }

    #[test]
    fn menus_are_checked_unless_they_are_not_to_be() {
        let path = "cgi-bin/menu/create";
        let menu =
            |more: &str| format!("{{{more}\"button\":[{{\"name\":\"六个汉字太长\",\"n\":1.0}}]}}");
        let refused = sent(path, "", "", &menu("")).unwrap_err();
        assert_eq!(refused.problem.status(), 400);
        assert!(
            refused
                .problem
                .to_string()
                .starts_with("button[0].name: must be 1 to 16 bytes")
        );
        assert_eq!(sent(path, "check=off", "", &menu("")).unwrap(), menu(""));
        assert_eq!(
            sent(path, "", "", &menu(r#""check":"off", "#)).unwrap(),
            menu("")
        );
        assert!(sent(path, "", "", &menu(r#""check":"on","#)).is_err());
        let other = r#"{"check":"off"}"#;
        assert_eq!(sent("cgi-bin/clear_quota", "", "", other).unwrap(), other);
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
                request("GET", "connect/oauth2/authorize", "", "", ""),
                400,
                "browser_page",
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
            let refusal = relay(&asked, Refusal::from).unwrap_err();
            assert_eq!(
                (refusal.problem.status(), refusal.problem.error_type()),
                (status, word)
            );
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
            response(json).unwrap().body,
            r#"{"msgid":18446744073709551615}"#
        );
        let file = Download {
            content_type: Some("image/jpeg".into()),
            file_name: Some("a\"\r\n.jpg".into()),
            bytes: vec![0xff, 0xd8, 0xff],
        };
        let answer: Value = json!(response(file).unwrap());
        assert_eq!(
            answer["headers"]["content-disposition"],
            "attachment; filename=\"a.jpg\"; filename*=UTF-8''a%22%0D%0A.jpg"
        );
        assert_eq!(
            disposition("表.xls"),
            "attachment; filename=\".xls\"; filename*=UTF-8''%E8%A1%A8.xls"
        );
        assert_eq!(disposition("a.xls"), "attachment; filename=\"a.xls\"");
        assert_eq!(answer["body"], "/9j/");
        let long = Download {
            content_type: None,
            file_name: None,
            bytes: vec![b' '; LONGEST_ANSWER + 1],
        };
        assert_eq!(response(long).unwrap_err().problem.status(), 502);
    }
}
