//! Media of messages: the bytes come, WeChat's id goes back; the same bytes are uploaded once.

use crate::{
    context::Call,
    refusal::{Refusal, explained},
};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use shared::{
    lambda::{HttpRequest, HttpResponse},
    media::{LIFE, MediaKey, MediaKind, Step, Stored, next_step},
    problem::Problem,
    relay,
    time::Timestamp,
};
use std::{borrow::Cow, time::Duration};
use wechat_oa::api::{File, Invalid, Relay, answer, body::Content, endpoint::Method};

/// How long between two looks at an upload that somebody else makes.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// What is asked for beside the bytes.
#[derive(Debug)]
struct Ask {
    kind: MediaKind,
    permanent: bool,
    fresh: bool,
    title: String,
    introduction: String,
}

/// What WeChat says about an upload.
#[serde_with::serde_as]
#[derive(Deserialize)]
struct Uploaded {
    #[serde(alias = "thumb_media_id")]
    media_id: String,
    url: Option<String>,
    #[serde_as(as = "Option<wechat_oa::api::wire::Number>")]
    created_at: Option<i64>,
}

/// Answers with the id of the body's bytes, uploading them only where nobody has.
pub(crate) async fn answer(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let ask = Ask::read(call.request)?;
    let bytes = file_of(call.request)?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let file = ask
        .kind
        .file(&format!("{sha256:.16}"), bytes.into_owned())?;
    let key = MediaKey {
        app_id: call.account.app_id().clone(),
        kind: ask.kind,
        permanent: ask.permanent,
        sha256,
    };
    let since = match ask.fresh {
        true => call.context.clock.now(),
        false => Timestamp::default(),
    };
    loop {
        let now = call.context.clock.now();
        let row = call.context.media.bid(&key, call.id, now, since).await?;
        match next_step(&row, call.id, now, since) {
            Step::Reuse(stored) => return Ok(response(&stored, true)),
            Step::Upload => {
                let stored = upload(call, &ask, file, &key).await?;
                return Ok(response(&stored, false));
            }
            Step::Wait if call.left() > LOOK_AGAIN => call.context.clock.wait(LOOK_AGAIN).await,
            Step::Wait => return Err(Refusal::slow()),
        }
    }
}

async fn upload(call: &Call<'_>, ask: &Ask, file: File, key: &MediaKey) -> Result<Stored, Refusal> {
    let client = call.context.clients.of(call.account);
    let relay = ask.relay(file)?;
    let said = call.in_time(client.pass(&relay)).await;
    let now = call.context.clock.now();
    let stored = said.and_then(|said| read(&relay.path, &said.bytes, ask.permanent, now));
    let media = &call.context.media;
    match &stored {
        Ok(stored) => media.publish(key, call.id, stored).await?,
        // The upload's own failure is what the caller has to know.
        Err(_) => drop(media.release(key, call.id).await),
    }
    stored
}

fn read(path: &str, said: &[u8], permanent: bool, now: Timestamp) -> Result<Stored, Refusal> {
    let uploaded: Uploaded = answer::parse(path, said)?;
    // Of two clocks, the one by which it ends earlier.
    let created = uploaded.created_at.map(Timestamp::from_secs);
    let created = created.map_or(now, |at| at.min(now));
    Ok(Stored {
        media_id: uploaded.media_id,
        url: uploaded.url.filter(|url| !url.is_empty()),
        ends: (!permanent).then(|| created + LIFE),
        stored: now,
    })
}

fn response(stored: &Stored, reused: bool) -> HttpResponse {
    let told = json!({
        "media_id": stored.media_id,
        "url": stored.url,
        "expires_at": stored.ends.map(Timestamp::as_secs),
        "reused": reused,
    });
    HttpResponse::json(200, &told)
}

impl Ask {
    fn read(request: &HttpRequest) -> Result<Self, Refusal> {
        let query = request.query();
        let part = |name: &str| {
            let found = query.iter().find(|(known, _)| known == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let kind = MediaKind::named(part("type"));
        let rule = "must be image, voice, video or thumb";
        Invalid::unless(kind.is_some(), "type", rule)?;
        let ask = Self {
            kind: kind.unwrap_or(MediaKind::Image),
            permanent: flag(part("permanent"), "permanent")?,
            fresh: flag(part("fresh"), "fresh")?,
            title: part("title").to_owned(),
            introduction: part("introduction").to_owned(),
        };
        let untitled = ask.permanent && ask.kind == MediaKind::Video && ask.title.is_empty();
        Invalid::unless(!untitled, "title", "must be given for a permanent video")?;
        Ok(ask)
    }

    fn relay(&self, file: File) -> Result<Relay, Refusal> {
        let path = match self.permanent {
            true => "/cgi-bin/material/add_material",
            false => "/cgi-bin/media/upload",
        };
        let mut fields = Vec::new();
        if self.permanent && self.kind == MediaKind::Video {
            let about = json!({ "title": self.title, "introduction": self.introduction });
            fields.push(("description".to_owned(), about.to_string()));
        }
        let query = vec![("type".to_owned(), self.kind.as_str().to_owned())];
        let content = Content::Form(fields, file);
        Ok(relay::check(Method::Post, path, query, content, false)?)
    }
}

fn flag(value: &str, name: &'static str) -> Result<bool, Invalid> {
    let fits = matches!(value, "" | "true" | "false");
    Invalid::unless(fits, name, "must be true or false")?;
    Ok(value == "true")
}

/// The bytes posted, whatever they are called: their start tells what they are. A body the gateway
/// took for text has lost every byte that is none, and a form is not the file itself.
fn file_of(request: &HttpRequest) -> Result<Cow<'_, [u8]>, Refusal> {
    let bytes = request.body()?;
    let whole = request.is_binary() || !String::from_utf8_lossy(&bytes).contains('\u{fffd}');
    let form = request.header("content-type").starts_with("multipart/");
    if whole && !form {
        return Ok(bytes);
    }
    let why = "content-type: must be none or the file's own, such as image/png; the body is the file itself";
    let problem = explained(
        Problem::new("wrong_content_type", 415, why),
        "Send the file itself as the body, without a content type or with its own",
        "请把文件内容直接作为请求体，不带 content-type 或使用文件自身的类型",
    );
    Err(problem.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Ask, Refusal> {
        let request = serde_json::from_value(json!({
            "rawQueryString": query,
            "requestContext": { "http": { "method": "POST" } },
        }));
        Ask::read(&request.unwrap())
    }

    #[test]
    fn what_is_asked_for_is_checked() {
        let image = ask("type=image").unwrap();
        assert!(!image.permanent && !image.fresh);
        for (query, field) in [
            ("", "type"),
            ("type=file", "type"),
            ("type=image&permanent=1", "permanent"),
            ("type=video&permanent=true", "title"),
        ] {
            let error = ask(query).unwrap_err().problem.to_string();
            assert!(error.starts_with(field), "{query}: {error}");
        }
    }

    #[test]
    fn a_file_is_taken_whatever_it_is_called_unless_it_is_broken() {
        let posted = |content_type: &str, body: &str, binary: bool| {
            let request: HttpRequest = serde_json::from_value(json!({
                "headers": { "content-type": content_type },
                "requestContext": { "http": { "method": "POST" } },
                "body": body,
                "isBase64Encoded": binary,
            }))
            .unwrap();
            file_of(&request).map(Cow::into_owned).ok()
        };
        let png = Some(b"\x89PNG".to_vec());
        for kind in [
            "",
            "application/x-www-form-urlencoded",
            "text/plain",
            "image/png",
        ] {
            assert_eq!(posted(kind, "iVBORw==", true), png, "{kind}");
        }
        assert_eq!(posted("text/plain", "\u{fffd}PNG", false), None);
        assert_eq!(
            posted("text/plain", "GIF89a", false),
            Some(b"GIF89a".to_vec())
        );
        assert_eq!(
            posted("multipart/form-data; boundary=b", "iVBORw==", true),
            None
        );
    }

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    #[test]
    fn temporary_media_ends_after_three_days_and_permanent_never() {
        let said = br#"{"type":"thumb","thumb_media_id":"m","created_at":"1735689600"}"#;
        let stored = read("/x", said, false, NOW).unwrap();
        assert_eq!(
            (stored.media_id.as_str(), stored.ends),
            ("m", Some(Timestamp::from_secs(1_735_689_600) + LIFE))
        );
        let stored = read("/x", br#"{"media_id":"m","url":"http://a/b"}"#, true, NOW).unwrap();
        assert_eq!(
            (stored.url.as_deref(), stored.ends),
            (Some("http://a/b"), None)
        );
        assert!(read("/x", br#"{"type":"image"}"#, false, NOW).is_err());
    }

    #[test]
    fn a_permanent_video_carries_its_description() {
        let ask = ask("type=video&permanent=true&title=%E4%BD%A0&introduction=b").unwrap();
        let relay = ask.relay(File::new("ab.mp4", vec![1])).unwrap();
        assert_eq!(relay.path, "/cgi-bin/material/add_material");
        let Content::Form(fields, file) = relay.content else {
            panic!("no form");
        };
        assert_eq!(file.name, "ab.mp4");
        assert!(fields[0].1.contains(r#""title":"你""#), "{fields:?}");
    }
}
