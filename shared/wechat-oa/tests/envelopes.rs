//! The sealed envelopes of `tests/fixtures/crypto.json` against the callback core.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that is surprised should say so loudly"
)]

use serde_json::Value;
use std::{
    borrow::Cow,
    fs,
    path::PathBuf,
    time::{Duration, UNIX_EPOCH},
};
use wechat_oa::callback::{self, EncodingAesKey, Mode, Query, ServerConfig};

fn crypto() -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/crypto.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn server(vector: &Value) -> ServerConfig {
    let part = |name: &str| vector[name].as_str().unwrap();
    ServerConfig {
        app_id: part("appid").try_into().unwrap(),
        token: part("token").into(),
        mode: Mode::Safe,
        encoding_aes_key: Some(EncodingAesKey::parse(part("encoding_aes_key")).unwrap()),
        previous_encoding_aes_key: None,
        timestamp_window_s: 600,
    }
}

fn vector_query(vector: &Value) -> Query<'_> {
    let part = |name: &str| Cow::Borrowed(vector[name].as_str().unwrap_or_default());
    Query {
        timestamp: part("timestamp"),
        nonce: part("nonce"),
        msg_signature: part("msg_signature"),
        encrypt_type: "aes".into(),
        ..Query::default()
    }
}

fn sealed_body(vector: &Value) -> String {
    format!(
        "<xml><Encrypt><![CDATA[{}]]></Encrypt></xml>",
        vector["ciphertext"].as_str().unwrap()
    )
}

#[test]
fn the_vectors_open_and_seal_to_the_same_bytes() {
    let crypto = crypto();
    for vector in crypto["vectors"].as_array().unwrap() {
        let text = |name: &str| vector[name].as_str().unwrap();
        let clear = match vector["plaintext"].as_str() {
            Some(clear) => clear.to_owned(),
            None => {
                let repeat = &vector["plaintext_repeat"];
                repeat["unit"]
                    .as_str()
                    .unwrap()
                    .repeat(usize::try_from(repeat["times"].as_u64().unwrap()).unwrap())
            }
        };
        let server = server(vector);
        let at_s: i64 = text("timestamp").parse().unwrap();
        let at = UNIX_EPOCH + Duration::from_secs(at_s.unsigned_abs());
        if vector["ciphertext"].is_string() {
            let body = sealed_body(vector);
            let opened =
                callback::open(&server, &vector_query(vector), body.as_bytes(), at).unwrap();
            assert_eq!(opened.clear().text(), clear, "{}", text("id"));
        }
        let random: [u8; 16] = text("random16").as_bytes().try_into().unwrap();
        let key = server.encoding_aes_key.as_ref().unwrap();
        let sealed = callback::seal_reply(&server, key, &clear, at_s, text("nonce"), &random);
        let signature = format!(
            "<MsgSignature><![CDATA[{}]]></MsgSignature>",
            text("msg_signature")
        );
        assert!(sealed.contains(&signature), "{}", text("id"));
    }
}

#[test]
fn broken_envelopes_are_refused_for_the_right_reason() {
    let crypto = crypto();
    for vector in crypto["negative"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|v| v["expect"] != "key")
    {
        let text = |name: &str| vector[name].as_str().unwrap();
        let server = server(vector);
        let at = UNIX_EPOCH + Duration::from_secs(text("timestamp").parse().unwrap());
        let body = sealed_body(vector);
        let refusal =
            callback::open(&server, &vector_query(vector), body.as_bytes(), at).unwrap_err();
        let expected = match text("expect") {
            "signature" => "bad_signature",
            "appid" => "wrong_app_id",
            _ => "bad_envelope",
        };
        assert_eq!(refusal.error_type(), expected, "{}: {refusal}", text("id"));
        assert!([400, 401].contains(&refusal.status()));
    }
}

#[test]
fn the_former_key_still_opens_and_seals_the_answer() {
    let crypto = crypto();
    let vector = &crypto["vectors"][1];
    let text = |name: &str| vector[name].as_str().unwrap();
    let mut server = server(vector);
    server.previous_encoding_aes_key = server.encoding_aes_key.take();
    let new_key = "A".repeat(43);
    server.encoding_aes_key = Some(EncodingAesKey::parse(&new_key).unwrap());
    let at = UNIX_EPOCH + Duration::from_secs(text("timestamp").parse().unwrap());
    let body = sealed_body(vector);
    let opened = callback::open(&server, &vector_query(vector), body.as_bytes(), at).unwrap();
    assert_eq!(opened.clear().text(), text("plaintext"));
    assert_eq!(opened.key(), server.previous_encoding_aes_key.as_ref());
}

/// The clear half of a compatible body is not signed: whatever it holds, the sealed half is read.
#[test]
fn a_broken_clear_half_does_not_matter() {
    let crypto = crypto();
    let vector = &crypto["vectors"][1];
    let text = |name: &str| vector[name].as_str().unwrap();
    let (server, query) = (server(vector), vector_query(vector));
    let at = UNIX_EPOCH + Duration::from_secs(text("timestamp").parse().unwrap());
    let encrypt = text("ciphertext");
    let halves: [&[u8]; 5] = [
        b"<Content><![CDATA[a]]>b]]></Content>",
        b"<Content><![CDATA[\xe4\xbd]]></Content>",
        b"<Content><![CDATA[]]></Content><Encrypt><![CDATA[QQ==]]></Encrypt><Content><![CDATA[]]></Content>",
        b"<Idx>a</Idx><More><And>1</And></More>",
        b"",
    ];
    for half in halves {
        let end = format!("<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>");
        let body = [b"<xml>", half, end.as_bytes()].concat();
        let told = String::from_utf8_lossy(half).into_owned();
        let opened = callback::open(&server, &query, &body, at).unwrap();
        assert_eq!(opened.clear().text(), text("plaintext"), "{told}");
    }
    let json = format!("{{\"Content\": \"a\u{1}\", \"Encrypt\": \"{encrypt}\"}}");
    assert!(callback::open(&server, &query, json.as_bytes(), at).is_ok());
    let none = callback::open(&server, &query, b"<xml/>", at).unwrap_err();
    assert_eq!((none.error_type(), none.status()), ("no_envelope", 400));
}
