//! What WeChat answers: JSON with or without an `errcode`, or bytes, or something else entirely.

mod lenient;

pub(super) use lenient::text;

use super::{
    error::{ApiError, Error},
    file::Format,
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
    pub bytes: Vec<u8>,
}

impl Download {
    /// Whether it is a file rather than an answer in words: by how it begins, and only where that
    /// could be either by what WeChat says about it.
    pub fn is_file(&self) -> bool {
        if self.bytes.is_empty() || is_json(&self.bytes) || is_page(&self.bytes) {
            return false;
        }
        if Format::of(&self.bytes).is_some() || is_binary(&self.bytes) {
            return true;
        }
        let kind = self.content_type.as_deref().unwrap_or_default();
        let media = [
            "image/",
            "audio/",
            "video/",
            "voice/",
            "application/octet-stream",
        ];
        self.file_name.is_some() || media.iter().any(|start| kind.starts_with(start))
    }

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
    errmsg: Value,
}

/// The JSON of an answer that is no refusal, in UTF-8, without the control characters that WeChat
/// leaves in and JSON forbids. A refusal counts whatever else in the answer cannot be read.
///
/// # Errors
/// WeChat's refusal; or that this is no answer of WeChat's API.
pub fn accept(endpoint: &str, status: u16, body: Vec<u8>) -> Result<Vec<u8>, Error> {
    let body = lenient::cleaned(body);
    let Some(verdict) = verdict(&body) else {
        if let Some(success) = lenient::success(&body).filter(|_| status == 200) {
            return Ok(success);
        }
        return Err(match lenient::refusal(&body) {
            Some((errcode, errmsg, fields)) if is_json(&body) => {
                Box::new(ApiError::new(endpoint, errcode, &errmsg, fields)).into()
            }
            _ => unreadable(endpoint, status, &body),
        });
    };
    match verdict.errcode {
        Some(errcode) if errcode != 0 => Err(refusal(endpoint, errcode, &verdict, &body)),
        None if status != 200 => Err(unreadable(endpoint, status, &body)),
        _ => Ok(body),
    }
}

/// The bytes of a download that is no refusal, or the JSON that stands for it: no file WeChat keeps
/// begins as JSON or a web page does, whatever the header says.
///
/// # Errors
/// As [`accept`]; and an answer of nothing.
pub fn accept_bytes(endpoint: &str, status: u16, body: Vec<u8>) -> Result<Vec<u8>, Error> {
    if is_json(&body) {
        return accept(endpoint, status, body);
    }
    if status != 200 || body.is_empty() || is_page(&body) {
        return Err(unreadable(endpoint, status, &body));
    }
    Ok(body)
}

/// Whether what begins so is a JSON object.
pub(super) fn is_json(start: &[u8]) -> bool {
    start.trim_ascii_start().starts_with(b"{")
}

/// Whether what begins so is a web page: that of a gateway or of a site under repair.
fn is_page(start: &[u8]) -> bool {
    let start = start.trim_ascii_start();
    ["<!doctype", "<html", "<head", "<?xml"].iter().any(|tag| {
        let begins = start.get(..tag.len());
        begins.is_some_and(|begins| begins.eq_ignore_ascii_case(tag.as_bytes()))
    })
}

/// Whether what begins so is no text: texts have no control characters but those of lines.
fn is_binary(start: &[u8]) -> bool {
    let start = start.get(..512).unwrap_or(start);
    start
        .iter()
        .any(|byte| *byte < b' ' && !b"\t\n\r\x0c".contains(byte))
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
    let errmsg = match &verdict.errmsg {
        Value::String(errmsg) => errmsg.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    fields.retain(|name, _| name != "errcode" && name != "errmsg");
    Box::new(ApiError::new(endpoint, errcode, &errmsg, fields)).into()
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
    redact(&text(seen), EXCERPT)
}

#[cfg(test)]
mod tests;
