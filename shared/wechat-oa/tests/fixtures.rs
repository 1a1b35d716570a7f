//! The recorded pushes of `tests/fixtures` against the callback core. Files listed in the index
//! may be held back; those that are there must do what the index says.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    reason = "a test that is surprised should say so loudly"
)]

use serde_json::Value;
use std::{
    borrow::Cow,
    fs,
    path::PathBuf,
    time::{Duration, UNIX_EPOCH},
};
use wechat_oa::callback::{
    self, Clear, Content, EncodingAesKey, Event, MassSendStatus, Message, Mode, Push, Query,
    Refusal, ServerConfig,
};

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&fs::read(fixtures().join(name)).unwrap()).unwrap()
}

/// The entries of the index of one kind, with their bodies.
fn listed(kind: &str, at_least: usize) -> Vec<(Value, Vec<u8>)> {
    let index = json("index.json");
    let entries = index["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["kind"] == kind);
    let found: Vec<_> = entries
        .filter_map(|entry| {
            let body = fs::read(fixtures().join(entry["file"].as_str().unwrap())).ok()?;
            Some((entry.clone(), body))
        })
        .collect();
    assert!(
        found.len() >= at_least,
        "{kind}: only {} files",
        found.len()
    );
    found
}

fn server(token: &str, key: &str, app_id: &str, mode: Mode) -> ServerConfig {
    ServerConfig {
        app_id: app_id.try_into().unwrap(),
        token: token.into(),
        mode,
        encoding_aes_key: Some(EncodingAesKey::parse(key).unwrap()),
        previous_encoding_aes_key: None,
        timestamp_window_s: 600,
    }
}

fn check_head(entry: &Value, push: &Push<'_>) {
    assert_eq!(push.kind(), entry["msg_type"].as_str().unwrap(), "{entry}");
    assert_eq!(push.create_time, entry["create_time"].as_i64(), "{entry}");
    if let Some(from) = entry["from_user"].as_str() {
        assert_eq!(push.from, from, "{entry}");
    }
}

#[test]
fn messages_have_every_field() {
    for (entry, body) in listed("message", 10) {
        let body = String::from_utf8(body).unwrap();
        let push = Push::parse(&body).unwrap();
        check_head(&entry, &push);
        let envelope = match &push.content {
            Content::Message { envelope, .. } | Content::Unknown { envelope, .. } => envelope,
            Content::Event { .. } | Content::Unread { .. } => panic!("{entry}"),
        };
        assert_eq!(envelope.msg_id, entry["msg_id"].as_u64(), "{entry}");
        let expect = &entry["expect"];
        match &push.content {
            Content::Message {
                message: Message::Text { content, .. },
                ..
            } => assert_eq!(content, expect["content"].as_str().unwrap()),
            Content::Message {
                message: Message::Location(place),
                ..
            } => {
                assert_eq!(
                    (place.latitude, place.longitude),
                    (expect["lat"].as_f64(), expect["lon"].as_f64())
                );
            }
            Content::Message {
                message: Message::Voice { recognition, .. },
                ..
            } => {
                assert_eq!(recognition.as_deref(), expect["recognition"].as_str());
            }
            Content::Unknown { kind, .. } => assert_eq!(kind, "hologram"),
            _ => {}
        }
    }
}

#[test]
fn events_have_every_field() {
    for (entry, body) in listed("event", 40) {
        let body = String::from_utf8(body).unwrap();
        let push = Push::parse(&body).unwrap();
        check_head(&entry, &push);
        let event = push.event().unwrap();
        let wire = entry["event"].as_str().unwrap().to_ascii_lowercase();
        assert_eq!(event.name(), wire, "{entry}");
        let known = !entry["file"].as_str().unwrap().contains("unknown") && wire != "debug_demo";
        assert_eq!(matches!(event, Event::Unknown { .. }), !known, "{entry}");
        let key = entry["event_key"].as_str().unwrap_or_default();
        assert_eq!(event.key().unwrap_or_default(), key, "{entry}");
        check_event(&entry["expect"], event);
    }
}

fn check_event(expect: &Value, event: &Event<'_>) {
    match event {
        Event::Subscribe { scene, .. } => assert_eq!(scene.as_deref(), expect["scene"].as_str()),
        Event::PicSysPhoto(pictures)
        | Event::PicPhotoOrAlbum(pictures)
        | Event::PicWeixin(pictures) => {
            assert_eq!(pictures.count.map(u64::from), expect["count"].as_u64());
            assert_eq!(serde_json::to_value(&pictures.md5).unwrap(), expect["md5"]);
        }
        Event::TemplateSendJobFinish(result) => {
            assert_eq!(result.msg_id, expect["msg_id"].as_u64());
            assert_eq!(result.status, expect["status"].as_str().unwrap());
        }
        Event::MassSendJobFinish(result) => {
            assert_eq!(result.msg_id, expect["msg_id"].as_u64());
            assert_eq!(
                result.status.to_string(),
                expect["status"].as_str().unwrap()
            );
            assert!(!matches!(result.status, MassSendStatus::Other(_)));
            let counts = [
                result.total_count,
                result.filter_count,
                result.sent_count,
                result.error_count,
            ];
            assert_eq!(
                counts,
                ["total", "filter", "sent", "error"].map(|name| expect[name].as_u64())
            );
            if let Some(urls) = expect["article_urls"].as_array() {
                let found: Vec<&str> = result
                    .article_urls
                    .iter()
                    .map(|a| &*a.article_url)
                    .collect();
                assert_eq!(urls, &found);
            }
        }
        Event::SubscribeMsgPopup(choice) => {
            assert_eq!(Some(choice.list.len() as u64), expect["items"].as_u64())
        }
        Event::SubscribeMsgSent(sent) => {
            assert_eq!(sent.list[0].msg_id, expect["msg_id"].as_u64());
            assert_eq!(sent.list[0].error_code, expect["error_code"].as_i64());
            assert_eq!(
                sent.list[0].error_status,
                expect["error_status"].as_str().unwrap()
            );
        }
        Event::UserAuthorizationRevoke(who) | Event::UserAuthorizationCancellation(who) => {
            assert_eq!(who.openid, expect["openid"].as_str().unwrap());
        }
        _ => {}
    }
}

#[test]
fn every_push_has_a_key_of_its_own() {
    let bodies = [listed("message", 10), listed("event", 40)].concat();
    let keys: std::collections::BTreeSet<String> = bodies
        .iter()
        .map(|(_, body)| {
            Push::parse(std::str::from_utf8(body).unwrap())
                .unwrap()
                .dedupe_key()
        })
        .collect();
    assert_eq!(keys.len(), bodies.len());
}

#[test]
fn every_push_reads_as_json_for_rows_and_functions() {
    for (entry, body) in [listed("message", 10), listed("event", 40)].concat() {
        let body = String::from_utf8(body).unwrap();
        let value = serde_json::to_value(Push::parse(&body).unwrap()).unwrap();
        assert_eq!(value["kind"], entry["msg_type"], "{value}");
        if let Some(event) = entry["event"].as_str() {
            assert_eq!(value["event"], event.to_ascii_lowercase(), "{value}");
        }
        if let Some(id) = entry["msg_id"].as_u64() {
            assert_eq!(value["msg_id"], id.to_string());
        }
    }
}

#[test]
fn hostile_bodies_are_kept_as_they_came_and_never_panic() {
    for (entry, body) in listed("hostile", 11) {
        let clear = Clear::of(&body);
        let push = Push::read(&clear);
        let row = push.row(&clear);
        let expect = entry["expect"].as_str().unwrap();
        assert_eq!(
            push.unread.is_empty(),
            row.get("unread").is_none(),
            "{entry}"
        );
        if expect.starts_with("reject") {
            assert!(
                Push::parse(clear.text()).is_err() || !clear.is_utf8(),
                "{entry}"
            );
            assert_eq!(row["unread"]["raw"], clear.text(), "{entry}");
        } else if expect == "accept" {
            assert!(push.unread.is_empty(), "{entry}");
        }
    }
}

#[test]
fn requests_are_believed_or_refused() {
    for (entry, body) in listed("http", 9) {
        let exchange: Value = serde_json::from_slice(&body).unwrap();
        let requests: Vec<Value> = match exchange["requests"].as_array() {
            Some(requests) => requests.clone(),
            None => vec![exchange["request"].clone()],
        };
        for request in requests {
            check_exchange(&entry, &exchange, &request);
        }
    }
}

fn check_exchange(entry: &Value, exchange: &Value, request: &Value) {
    let file = entry["file"].as_str().unwrap();
    let config = &exchange["config"];
    let mode = match exchange["mode"].as_str() {
        Some("safe") => Mode::Safe,
        Some("compat") => Mode::Compatible,
        _ => Mode::Plain,
    };
    let text = |name: &str| config[name].as_str().unwrap();
    let server = server(text("token"), text("encoding_aes_key"), text("appid"), mode);
    let part = |name: &str| {
        Cow::Owned(
            request["query"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let query = Query {
        signature: part("signature"),
        timestamp: part("timestamp"),
        nonce: part("nonce"),
        echostr: request["query"]["echostr"]
            .as_str()
            .map(|echo| Cow::Owned(echo.to_owned())),
        encrypt_type: part("encrypt_type"),
        msg_signature: part("msg_signature"),
    };
    let now = UNIX_EPOCH + Duration::from_secs(query.timestamp.parse().unwrap());
    let refused = file.contains("bad") || file.contains("plain_body");
    if request["method"] == "GET" {
        let echo = callback::verify_url(&server, &query, now);
        assert_eq!(
            echo.ok(),
            (!refused).then(|| request["query"]["echostr"].as_str().unwrap()),
            "{file}"
        );
        return;
    }
    let body = request["body"].as_str().unwrap();
    let opened = callback::open(&server, &query, body.as_bytes(), now);
    assert_eq!(opened.is_err(), refused, "{file}");
    if let Ok(opened) = opened {
        if let Some(decrypted) = exchange["decrypted"].as_str() {
            assert_eq!(opened.clear().text(), decrypted, "{file}");
        }
        assert!(Push::parse(opened.clear().text()).is_ok(), "{file}");
        let late = callback::open(
            &server,
            &query,
            body.as_bytes(),
            now + Duration::from_secs(601),
        );
        assert_eq!(late.unwrap_err(), Refusal::Stale(600), "{file}");
    }
}
