//! What WeChat answers: JSON with or without an `errcode`, or bytes, or something else entirely.

use super::{
    error::{ApiError, Error},
    redact::redact,
    wire::Number,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::fmt;

/// How much of an answer an error shows, in bytes.
const EXCERPT: usize = 200;

/// An answer of bytes: a picture, a voice, a video.
#[derive(Clone, PartialEq, Eq)]
pub struct Download {
    /// Its MIME type, as WeChat says.
    pub content_type: Option<String>,
    /// Its name, as WeChat says.
    pub file_name: Option<String>,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Download {
    /// What it says, when it is JSON of that shape and no file.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        is_json(&self.bytes)
            .then(|| serde_json::from_slice(&self.bytes).ok())
            .flatten()
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Download({:?}, {} bytes)",
            self.content_type,
            self.bytes.len()
        )
    }
}

/// An answer that says no more than that it worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Done {}

#[serde_with::serde_as]
#[derive(Deserialize)]
struct Verdict {
    #[serde_as(as = "Option<Number>")]
    #[serde(default)]
    errcode: Option<i64>,
    #[serde(default)]
    errmsg: Option<String>,
}

/// The JSON of an answer that is no refusal, without the control characters that WeChat leaves in
/// and JSON forbids.
///
/// # Errors
/// WeChat's refusal; or that this is no answer of WeChat's API.
pub fn accept(endpoint: &str, status: u16, mut body: Vec<u8>) -> Result<Vec<u8>, Error> {
    body.retain(|byte| *byte >= b' ');
    let verdict = verdict(&body).ok_or_else(|| unreadable(endpoint, status, &body))?;
    match verdict.errcode {
        Some(errcode) if errcode != 0 => Err(refusal(endpoint, errcode, &verdict, &body)),
        None if status != 200 => Err(unreadable(endpoint, status, &body)),
        _ => Ok(body),
    }
}

/// The bytes of a download that is no refusal, or the JSON that stands for it: no file WeChat keeps
/// begins as JSON does, whatever the header says.
///
/// # Errors
/// As [`accept`]; and an answer of nothing.
pub fn accept_bytes(endpoint: &str, status: u16, body: Vec<u8>) -> Result<Vec<u8>, Error> {
    if is_json(&body) {
        return accept(endpoint, status, body);
    }
    if status != 200 || body.is_empty() {
        return Err(unreadable(endpoint, status, &body));
    }
    Ok(body)
}

/// Whether what begins so is a JSON object.
pub(super) fn is_json(start: &[u8]) -> bool {
    start.trim_ascii_start().starts_with(b"{")
}

/// Reads an accepted answer.
///
/// # Errors
/// The place where it is not as the endpoint's page says.
pub fn parse<T: DeserializeOwned>(endpoint: &str, body: &[u8]) -> Result<T, Error> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(body)).map_err(
        |error| Error::Shape {
            endpoint: endpoint.to_owned(),
            field: error.path().to_string(),
            reason: redact(&error.inner().to_string(), EXCERPT),
            excerpt: excerpt(body),
        },
    )
}

fn verdict(body: &[u8]) -> Option<Verdict> {
    is_json(body)
        .then(|| serde_json::from_slice(body).ok())
        .flatten()
}

fn refusal(endpoint: &str, errcode: i64, verdict: &Verdict, body: &[u8]) -> Error {
    let errmsg = verdict.errmsg.as_deref().unwrap_or_default();
    let mut fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    fields.retain(|name, _| name != "errcode" && name != "errmsg");
    Box::new(ApiError::new(endpoint, errcode, errmsg, fields)).into()
}

fn unreadable(endpoint: &str, status: u16, body: &[u8]) -> Error {
    Error::Unreadable {
        endpoint: endpoint.to_owned(),
        status,
        excerpt: excerpt(body),
    }
}

/// A token must be found whole to be cut out: more is looked at than shown.
fn excerpt(body: &[u8]) -> String {
    let seen = body.get(..4096).unwrap_or(body);
    redact(&String::from_utf8_lossy(seen), EXCERPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Token {
        access_token: String,
        expires_in: u32,
    }

    fn read(body: &str) -> Result<Token, Error> {
        parse("/x", &accept("/x", 200, body.as_bytes().to_vec())?)
    }

    #[test]
    fn success_comes_with_errcode_zero_or_none() {
        for head in ["", r#""errcode":0,"errmsg":"ok","#, r#""errcode":"0","#] {
            let token = read(&format!(
                r#"{{{head}"access_token":"t","expires_in":7200}}"#
            ))
            .unwrap();
            assert_eq!((token.access_token.as_str(), token.expires_in), ("t", 7200));
        }
    }

    #[test]
    fn control_characters_are_taken_out() {
        let token = read("{\n \"access_token\":\"t\u{1}\u{0}\to\",\r\n\"expires_in\":1}").unwrap();
        assert_eq!(token.access_token, "to");
    }

    #[test]
    fn refusals_come_first_whatever_the_shape_and_the_status() {
        let error = accept(
            "/x",
            500,
            br#"{"errcode":"-1","errmsg":"busy","id":7}"#.to_vec(),
        )
        .unwrap_err();
        let refusal = error.refusal().unwrap();
        assert_eq!((refusal.errcode, refusal.fields.id("id")), (-1, Some(7)));
    }

    #[test]
    fn pages_and_torn_answers_are_unreadable_and_show_how_they_begin() {
        let page = include_str!("../../../tests/fixtures/responses/gateway_502.html");
        for (status, body) in [
            (502, page),
            (200, r#"{"access_token":"t"#),
            (200, ""),
            (200, "[40001]"),
            (503, "{}"),
            (200, "{\"errcode\":[]}"),
        ] {
            let error = accept("/x", status, body.as_bytes().to_vec()).unwrap_err();
            assert!(matches!(&error, Error::Unreadable { status: s, .. } if *s == status));
            assert!(error.to_string().contains(body.get(..9).unwrap_or(body)));
        }
    }

    #[test]
    fn a_wrong_shape_names_the_field_and_never_the_token() {
        let secret = "t".repeat(300);
        let error = read(&format!(
            r#"{{"access_token":"{secret}","expires_in":"{secret}"}}"#
        ))
        .unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(
            text.contains("expires_in") && !text.contains("tttt"),
            "{text}"
        );
    }

    #[test]
    fn a_download_is_refused_in_json_only() {
        let bytes = accept_bytes("/m", 200, vec![0xff, 0xd8, 0x01]).unwrap();
        assert_eq!(bytes, [0xff, 0xd8, 0x01]);
        let url = br#"{"video_url":"u"}"#.to_vec();
        assert_eq!(accept_bytes("/m", 200, url.clone()).unwrap(), url);
        let refused = br#"{"errcode":40007,"errmsg":"invalid media_id"}"#.to_vec();
        assert_eq!(
            accept_bytes("/m", 200, refused)
                .unwrap_err()
                .refusal()
                .unwrap()
                .errcode,
            40007
        );
        for (status, body) in [
            (404, ""),
            (200, ""),
            (502, "<html>"),
            (200, "{\"errcode\":400"),
        ] {
            let error = accept_bytes("/m", status, body.as_bytes().to_vec()).unwrap_err();
            assert_eq!(error.error_type(), "wechat_unreadable", "{body}");
        }
    }

    #[test]
    fn json_in_place_of_a_file_is_read() {
        let download = |bytes: &[u8]| Download {
            content_type: None,
            file_name: None,
            bytes: bytes.to_vec(),
        };
        let token = download(br#" {"access_token":"t","expires_in":1}"#).json::<Token>();
        assert_eq!(token.unwrap().expires_in, 1);
        assert!(download(&[0xff, 0xd8]).json::<Token>().is_none());
        assert!(download(b"{}").json::<Token>().is_none());
    }

    #[test]
    fn every_response_fixture_is_read_or_refused_as_it_says() {
        let index: Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/index.json")).unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/");
        let mut seen = 0;
        for entry in index["files"].as_array().unwrap() {
            let file = entry["file"].as_str().unwrap();
            if !file.starts_with("responses/") || !file.ends_with(".json") {
                continue;
            }
            let body = std::fs::read(format!("{folder}{file}")).unwrap();
            let said: Value = serde_json::from_slice(&body).unwrap();
            let code = said["errcode"].as_i64().unwrap_or(0);
            match accept(file, 200, body) {
                Ok(_) => assert_eq!(code, 0, "{file}"),
                Err(error) => assert_eq!(error.refusal().unwrap().errcode, code, "{file}"),
            }
            seen += 1;
        }
        assert!(seen > 100, "{seen} fixtures");
    }
}
