//! One try of a push on the wire: fresh timestamp and nonce, signatures, envelope (protocol 1.3).

use super::{compose::Composed, format::Format, spec::Tamper};
use crate::{
    account::{AccountSetup, Keys, Mode},
    crypto::{Padding, seal, sign},
    element::Element,
    refusal::Refusal,
};

/// A receiver takes 1 MiB at most.
const OVERSIZE: usize = 1024 * 1024 + 1;
const STALE_S: i64 = 86_400;

/// What one try sends.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) timestamp: String,
    pub(super) nonce: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

/// How a push is to be sealed.
#[derive(Clone, Copy)]
pub(super) struct Seal {
    pub(super) mode: Mode,
    pub(super) format: Format,
    pub(super) tamper: Option<Tamper>,
    pub(super) now_ms: i64,
}

/// Seals a push for one try. Refused when the mode needs a key the account has not.
pub(super) fn seal_push(
    push: &Composed,
    setup: &AccountSetup,
    keys: &Keys,
    how: Seal,
) -> Result<Sealed, Refusal> {
    let stale = if how.tamper == Some(Tamper::StaleTimestamp) {
        STALE_S
    } else {
        0
    };
    let timestamp = (how.now_ms / 1_000 - stale).to_string();
    let nonce = fastrand::u32(100_000_000..=u32::MAX).to_string();
    let signature = sign(&[token(setup, how, Tamper::BadSignature), &timestamp, &nonce]);
    let mut query = vec![
        ("signature", signature),
        ("timestamp", timestamp.clone()),
        ("nonce", nonce.clone()),
        ("openid", push.openid.clone()),
    ];
    let mut body = push.body.clone();
    if how.mode != Mode::Plain {
        let encrypt = envelope(push, setup, keys, how.tamper)?;
        let msg_signature = sign(&[
            token(setup, how, Tamper::BadMsgSignature),
            &timestamp,
            &nonce,
            &encrypt,
        ]);
        query.extend([
            ("encrypt_type", "aes".to_owned()),
            ("msg_signature", msg_signature),
        ]);
        body = sealed_body(body, encrypt, setup, how);
    }
    if how.tamper == Some(Tamper::Oversize) {
        body.resize(OVERSIZE.max(body.len()), b' ');
    }
    Ok(Sealed {
        timestamp,
        nonce,
        query,
        content_type: content_type(how.format),
        body,
    })
}

/// The token to sign with; another one when this signature is to be bad.
fn token(setup: &AccountSetup, how: Seal, bad: Tamper) -> &str {
    if how.tamper == Some(bad) {
        "another token"
    } else {
        &setup.token
    }
}

fn sealed_body(clear: Vec<u8>, encrypt: String, setup: &AccountSetup, how: Seal) -> Vec<u8> {
    match how.mode {
        Mode::Safe => safe_body(&setup.original_id, encrypt, how.format).into_bytes(),
        Mode::Compatible | Mode::Plain => compatible_body(clear, encrypt, how.format),
    }
}

fn envelope(
    push: &Composed,
    setup: &AccountSetup,
    keys: &Keys,
    tamper: Option<Tamper>,
) -> Result<String, Refusal> {
    let key = keys
        .current
        .as_ref()
        .ok_or_else(|| Refusal::field("mode", "the account has no encoding_aes_key"))?;
    let app_id = if tamper == Some(Tamper::WrongAppId) {
        "wx0000000000000000"
    } else {
        &setup.app_id
    };
    let padding = if tamper == Some(Tamper::BadPadding) {
        Padding::Broken
    } else {
        Padding::Documented
    };
    let mut random = [0; 16];
    random.fill_with(|| fastrand::u8(b'a'..=b'z'));
    Ok(seal(key, random, &push.body, app_id, padding))
}

fn safe_body(original_id: &str, encrypt: String, format: Format) -> String {
    let to = Element::cdata("ToUserName", original_id);
    let tree = Element::group("xml", vec![to, Element::cdata("Encrypt", encrypt)]);
    match format {
        Format::Xml => tree.to_xml(),
        Format::Json => tree.to_json().to_string(),
    }
}

/// The clear body with the envelope put in before its end.
fn compatible_body(mut clear: Vec<u8>, encrypt: String, format: Format) -> Vec<u8> {
    let (end, part): (&[u8], _) = match format {
        Format::Xml => (b"</", Element::cdata("Encrypt", encrypt).to_xml()),
        Format::Json => (b"}", format!(",\"Encrypt\":\"{encrypt}\"")),
    };
    let before = clear.windows(end.len()).rposition(|found| found == end);
    let at = before.unwrap_or(clear.len());
    clear.splice(at..at, part.into_bytes());
    clear
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::Xml => "text/xml",
        Format::Json => "application/json",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{AesKey, open};
    use serde_json::Value;

    const KEY: &str = "kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG";

    fn sealed(mode: Mode, format: Format, tamper: Option<Tamper>) -> Sealed {
        let body = match format {
            Format::Xml => "<xml><Content><![CDATA[hi]]></Content></xml>",
            Format::Json => "{\"Content\":\"hi\"}",
        };
        let push = Composed {
            body: body.into(),
            openid: "o1".into(),
            msg_type: "text".into(),
            event: String::new(),
            msg_id: None,
            tree: None,
        };
        let setup = AccountSetup {
            app_id: "wx1".into(),
            token: "t".into(),
            original_id: "gh_1".into(),
            ..AccountSetup::default()
        };
        let keys = Keys {
            current: AesKey::parse(KEY),
            previous: None,
        };
        seal_push(
            &push,
            &setup,
            &keys,
            Seal {
                mode,
                format,
                tamper,
                now_ms: 1_735_689_610_000,
            },
        )
        .unwrap()
    }

    fn text(sealed: &Sealed) -> &str {
        std::str::from_utf8(&sealed.body).unwrap()
    }

    fn query<'a>(sealed: &'a Sealed, name: &str) -> Option<&'a str> {
        sealed
            .query
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    #[test]
    fn the_query_says_what_each_mode_says() {
        let plain = sealed(Mode::Plain, Format::Xml, None);
        assert_eq!(
            query(&plain, "signature").unwrap(),
            sign(&["t", "1735689610", &plain.nonce])
        );
        assert_eq!(
            (query(&plain, "openid"), query(&plain, "encrypt_type")),
            (Some("o1"), None)
        );
        let safe = sealed(Mode::Safe, Format::Xml, None);
        assert_eq!(query(&safe, "encrypt_type"), Some("aes"));
        assert_ne!(plain.nonce, safe.nonce);
    }

    #[test]
    fn the_envelope_opens_and_is_signed_in_both_forms() {
        for mode in [Mode::Compatible, Mode::Safe] {
            let xml = sealed(mode, Format::Xml, None);
            let tree = Element::parse(text(&xml)).unwrap();
            assert_eq!(tree.text_of("Content").is_some(), mode == Mode::Compatible);
            let encrypt = tree.text_of("Encrypt").unwrap();
            assert!(
                open(&AesKey::parse(KEY).unwrap(), encrypt, "wx1")
                    .unwrap()
                    .contains("hi")
            );
            let expected = sign(&["t", &xml.timestamp, &xml.nonce, encrypt]);
            assert_eq!(query(&xml, "msg_signature"), Some(expected.as_str()));
            let json: Value =
                serde_json::from_slice(&sealed(mode, Format::Json, None).body).unwrap();
            assert_eq!(json.get("Content").is_some(), mode == Mode::Compatible);
            assert!(
                open(
                    &AesKey::parse(KEY).unwrap(),
                    json["Encrypt"].as_str().unwrap(),
                    "wx1"
                )
                .is_ok()
            );
        }
    }

    #[test]
    fn each_way_to_tamper_spoils_one_thing() {
        let bad = sealed(Mode::Safe, Format::Xml, Some(Tamper::BadMsgSignature));
        let encrypt = Element::parse(text(&bad))
            .unwrap()
            .text_of("Encrypt")
            .unwrap()
            .to_owned();
        assert_ne!(
            query(&bad, "msg_signature").unwrap(),
            sign(&["t", &bad.timestamp, &bad.nonce, &encrypt])
        );
        for tamper in [Tamper::WrongAppId, Tamper::BadPadding] {
            let tampered = sealed(Mode::Safe, Format::Xml, Some(tamper));
            let tree = Element::parse(text(&tampered)).unwrap();
            assert!(
                open(
                    &AesKey::parse(KEY).unwrap(),
                    tree.text_of("Encrypt").unwrap(),
                    "wx1"
                )
                .is_err()
            );
        }
        assert_eq!(
            sealed(Mode::Plain, Format::Xml, Some(Tamper::StaleTimestamp)).timestamp,
            "1735603210"
        );
        assert_eq!(
            sealed(Mode::Safe, Format::Xml, Some(Tamper::Oversize))
                .body
                .len(),
            OVERSIZE
        );
        let bad = sealed(Mode::Plain, Format::Xml, Some(Tamper::BadSignature));
        assert_ne!(
            query(&bad, "signature").unwrap(),
            sign(&["t", &bad.timestamp, &bad.nonce])
        );
    }
}
