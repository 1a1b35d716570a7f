//! Nothing that comes over the wire makes the core panic, and what is sealed opens again.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that is surprised should say so loudly"
)]

use proptest::{prelude::*, sample::Index};
use std::{fs, path::PathBuf, sync::LazyLock, time::UNIX_EPOCH};
use wechat_oa::callback::{self, Clear, EncodingAesKey, Mode, Push, Query, Reply, ServerConfig};

static BODIES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    ["messages", "events", "hostile", "pushes"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect()
});

static SERVER: LazyLock<ServerConfig> = LazyLock::new(|| ServerConfig {
    app_id: "wx5f2c8a1d9e3b7046".try_into().unwrap(),
    token: "weixin".into(),
    mode: Mode::Safe,
    encoding_aes_key: EncodingAesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG").ok(),
    previous_encoding_aes_key: None,
    timestamp_window_s: 600,
});

/// Whatever came, it has a key, and a row that fits.
fn read(body: &[u8]) {
    let clear = Clear::of(body);
    let push = Push::read(&clear);
    assert!(push.dedupe_key().len() < 1024);
    let row = push.row(&clear);
    assert!(row.to_string().len() < 256_000);
    assert_eq!(push.unread.is_empty(), row.get("unread").is_none());
    let whole = clear.is_utf8() && Push::parse(clear.text()).is_ok();
    assert_eq!(push.unread.is_empty(), whole);
}

proptest! {
    #[test]
    fn arbitrary_text(body in ".{0,400}") {
        read(body.as_bytes());
        drop(serde_json::from_str::<Reply>(&body));
        let query = Query::parse(&body);
        assert!(callback::open(&SERVER, &query, body.as_bytes(), UNIX_EPOCH).is_err());
        assert!(callback::verify_url(&SERVER, &query, UNIX_EPOCH).is_err());
    }

    #[test]
    fn damaged_pushes(which: Index, at: Index, bytes in prop::collection::vec(any::<u8>(), 0..4), cut in 0_usize..3) {
        let mut body = which.get(&BODIES).clone();
        let from = if body.is_empty() { 0 } else { at.index(body.len()) };
        body.splice(from..(from + cut).min(body.len()), bytes);
        read(&body);
    }

    #[test]
    fn damaged_envelopes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let encrypt: String = bytes.iter().map(|byte| char::from(b"ABCDabcd0123+/="[usize::from(*byte) % 15])).collect();
        let signature = callback::sign(["weixin", "1", "n", &encrypt]);
        let raw = format!("timestamp=1&nonce=n&encrypt_type=aes&msg_signature={signature}");
        let body = format!("<xml><Encrypt>{encrypt}</Encrypt></xml>");
        assert!(callback::open(&SERVER, &Query::parse(&raw), body.as_bytes(), UNIX_EPOCH).is_err());
    }

    #[test]
    fn what_is_sealed_opens(text in "\\PC{0,300}", random: [u8; 16]) {
        let key = SERVER.encoding_aes_key.as_ref().unwrap();
        let sealed = callback::seal_reply(&SERVER, key, &text, 1, "n", &random);
        let signature = sealed.split("<MsgSignature><![CDATA[").nth(1).unwrap().get(..40).unwrap();
        let raw = format!("timestamp=1&nonce=n&encrypt_type=aes&msg_signature={signature}");
        let query = Query::parse(&raw);
        let opened = callback::open(&SERVER, &query, sealed.as_bytes(), UNIX_EPOCH).unwrap();
        assert_eq!(opened.clear().text(), text);
    }

    #[test]
    fn any_text_survives_being_a_reply(text in any::<String>()) {
        let kept: String = text.chars().filter(|c| *c >= ' ' || matches!(c, '\n' | '\t')).collect();
        prop_assume!(kept == text && !text.contains(['\u{fffe}', '\u{ffff}']));
        let xml = Reply::from(text.as_str()).render("oA", "gh_1", 1);
        let body = xml.replace("</xml>", "<MsgId>1</MsgId></xml>");
        assert_eq!(Push::parse(&body).unwrap().text(), Some(text.as_str()));
    }
}
