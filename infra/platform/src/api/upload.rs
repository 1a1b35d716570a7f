//! A file in an upload, and whether it is what it should be (protocol 7.4).

use super::{call::Call, failure::Failure, multipart::parts};
use crate::account_data::Media;
use axum::body::Bytes;

const MB: usize = 1024 * 1024;

/// What may be uploaded as one kind.
pub(super) struct Limits {
    pub(super) kind: &'static str,
    /// Endings of file names.
    pub(super) endings: &'static [&'static str],
    pub(super) bytes: usize,
    /// The code for files that are too large.
    pub(super) too_large: i64,
}

/// Temporary and permanent media.
const KINDS: &[Limits] = &[
    limits(
        "image",
        &["png", "jpeg", "jpg", "gif", "bmp"],
        10 * MB,
        40_009,
    ),
    limits("voice", &["amr", "mp3", "wma", "wav"], 2 * MB, 40_010),
    limits("video", &["mp4"], 10 * MB, 40_011),
    limits("thumb", &["jpg", "jpeg"], 64 * 1024, 40_012),
];
/// Pictures inside articles.
pub(super) const ARTICLE_PICTURE: Limits = limits("image", &["png", "jpeg", "jpg"], MB, 40_009);
/// Pictures of service accounts.
pub(super) const HEAD_PICTURE: Limits = limits("image", &["jpeg", "jpg", "png"], 5 * MB, 40_009);

const fn limits(
    kind: &'static str,
    endings: &'static [&'static str],
    bytes: usize,
    too_large: i64,
) -> Limits {
    Limits {
        kind,
        endings,
        bytes,
        too_large,
    }
}

/// The limits of the kind in the address: 40004 when there is no such kind.
pub(super) fn limits_of(call: &Call) -> Result<&'static Limits, Failure> {
    let kind = call.query("type").unwrap_or_default();
    let found = KINDS.iter().find(|limits| limits.kind == kind);
    found.ok_or_else(|| Failure::code(40_004))
}

/// The file under `media`: 41005 without one, 44001 when it is empty, 40005 when it is of another type.
pub(super) fn file(call: &Call, limits: &Limits) -> Result<Media, Failure> {
    let parts = parts(&call.content_type, &call.body).unwrap_or_default();
    let named = |name: &str| parts.iter().find(|part| part.name == name);
    let file = named("media").filter(|part| !part.file_name.is_empty());
    let file = file.ok_or_else(|| Failure::code(41_005))?;
    let ending = file
        .file_name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match file.bytes.len() {
        0 => return Err(Failure::code(44_001)),
        _ if !limits.endings.contains(&ending.as_str()) => return Err(Failure::code(40_005)),
        size if size > limits.bytes => return Err(Failure::code(limits.too_large)),
        _ => {}
    }
    let description = named("description")
        .map(|part| part.bytes)
        .unwrap_or_default();
    let description: serde_json::Value = serde_json::from_slice(description).unwrap_or_default();
    let text = |name| {
        description
            .get(name)
            .and_then(|text| text.as_str())
            .unwrap_or_default()
    };
    Ok(Media {
        kind: limits.kind.to_owned(),
        name: file.file_name.clone(),
        content_type: content_type(&ending),
        bytes: Bytes::copy_from_slice(file.bytes),
        title: text("title").to_owned(),
        introduction: text("introduction").to_owned(),
        created_ms: call.at_ms,
    })
}

fn content_type(ending: &str) -> &'static str {
    match ending {
        "png" => "image/png",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "jpg" | "jpeg" => "image/jpeg",
        "amr" => "audio/amr",
        "mp3" => "audio/mp3",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}
