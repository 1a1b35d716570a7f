//! Judges the answer to a push (protocol 1.6 and 1.7).

use super::{
    format::Format,
    record::Outcome,
    reply::{self, Expected},
};
use crate::{
    account::{AccountSetup, Keys, Mode},
    crypto::{OpenError, open, sign},
    element::Element,
};
use serde_json::Value;

/// What an answer is worth.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) decrypted_body: Option<String>,
    pub(super) reply: Option<Value>,
    pub(super) reason: Option<String>,
    pub(super) warnings: Vec<String>,
}

/// The push an answer belongs to.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) setup: &'a AccountSetup,
    pub(super) keys: &'a Keys,
    pub(super) mode: Mode,
    pub(super) format: Format,
    pub(super) openid: &'a str,
    pub(super) msg_type: &'a str,
    pub(super) event: &'a str,
}

impl Verdict {
    fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            decrypted_body: None,
            reply: None,
            reason: None,
            warnings: Vec::new(),
        }
    }

    pub(super) fn failed(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::of(outcome)
        }
    }
}

/// Judges the body of an answer with status 200.
pub(super) fn judge(body: &str, asked: Asked<'_>) -> Verdict {
    if is_acknowledgement(body) {
        return Verdict::of(Outcome::Acknowledged);
    }
    let tree = match tree(body, asked.format) {
        Ok(tree) => tree,
        Err(reason) => return Verdict::failed(Outcome::Invalid, reason),
    };
    match (tree.text_of("Encrypt"), asked.mode) {
        (Some(encrypt), Mode::Compatible | Mode::Safe) => judge_sealed(&tree, encrypt, asked),
        (Some(_), Mode::Plain) => {
            Verdict::failed(Outcome::Invalid, "an encrypted reply to a plain push")
        }
        (None, Mode::Safe) => {
            Verdict::failed(Outcome::Invalid, "a clear reply to a safe-mode push")
        }
        (None, _) => judge_clear(&tree, asked),
    }
}

fn is_acknowledgement(body: &str) -> bool {
    body.is_empty() || body == "success"
}

fn tree(body: &str, format: Format) -> Result<Element, String> {
    match serde_json::from_str::<Value>(body) {
        Ok(json) if format == Format::Json && json.is_object() => {
            Ok(Element::from_json("xml", &json))
        }
        _ => Element::parse(body).map_err(|error| error.to_string()),
    }
}

fn judge_clear(tree: &Element, asked: Asked<'_>) -> Verdict {
    let original_id = &asked.setup.original_id;
    let expected = Expected {
        openid: asked.openid,
        original_id,
        msg_type: asked.msg_type,
        event: asked.event,
    };
    match reply::read(tree, expected) {
        Ok(reply) => Verdict {
            reply: reply.shown,
            warnings: reply.warnings,
            ..Verdict::of(Outcome::Replied)
        },
        Err(reason) => Verdict::failed(Outcome::Invalid, reason),
    }
}

fn judge_sealed(outer: &Element, encrypt: &str, asked: Asked<'_>) -> Verdict {
    let clear = match unseal(outer, encrypt, asked) {
        Ok(clear) => clear,
        Err(reason) => return Verdict::failed(Outcome::Invalid, reason),
    };
    let verdict = match tree(&clear, asked.format) {
        _ if is_acknowledgement(&clear) => Verdict::of(Outcome::Acknowledged),
        Ok(inner) => judge_clear(&inner, asked),
        Err(reason) => Verdict::failed(Outcome::Invalid, format!("inside the envelope: {reason}")),
    };
    Verdict {
        decrypted_body: Some(clear),
        ..verdict
    }
}

fn unseal(outer: &Element, encrypt: &str, asked: Asked<'_>) -> Result<String, String> {
    let element = |name: &str| {
        outer
            .text_of(name)
            .ok_or_else(|| format!("{name} is missing"))
    };
    let (timestamp, nonce) = (element("TimeStamp")?, element("Nonce")?);
    if element("MsgSignature")? != sign(&[&asked.setup.token, timestamp, nonce, encrypt]) {
        return Err("MsgSignature does not fit".to_owned());
    }
    let keys = [&asked.keys.current, &asked.keys.previous];
    let mut failed = OpenError::Padding;
    for key in keys.into_iter().flatten() {
        match open(key, encrypt, &asked.setup.app_id) {
            Ok(clear) => return Ok(clear),
            Err(error) => failed = error,
        }
    }
    Err(format!("opens with no key of the account: {failed}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{AesKey, Padding, seal};

    const CURRENT: &str = "kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG";
    const PREVIOUS: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const OTHER: &str = "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const PONG: &str = "<xml><ToUserName>o1</ToUserName><FromUserName>gh</FromUserName><CreateTime>1</CreateTime>\
        <MsgType><![CDATA[text]]></MsgType><Content><![CDATA[pong]]></Content></xml>";

    fn judged(body: &str, mode: Mode) -> Verdict {
        let setup = AccountSetup {
            app_id: "wx1".into(),
            original_id: "gh".into(),
            token: "t".into(),
            ..AccountSetup::default()
        };
        let keys = Keys {
            current: AesKey::parse(CURRENT),
            previous: AesKey::parse(PREVIOUS),
        };
        let format = Format::Xml;
        judge(
            body,
            Asked {
                setup: &setup,
                keys: &keys,
                mode,
                format,
                openid: "o1",
                msg_type: "text",
                event: "",
            },
        )
    }

    fn sealed(clear: &str, key: &str, app_id: &str, token: &str) -> String {
        let key = AesKey::parse(key).unwrap();
        let encrypt = seal(&key, [1; 16], clear.as_bytes(), app_id, Padding::Documented);
        let signature = sign(&[token, "1", "n", &encrypt]);
        format!(
            "<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt><MsgSignature>{signature}</MsgSignature>\
             <TimeStamp>1</TimeStamp><Nonce><![CDATA[n]]></Nonce></xml>"
        )
    }

    #[test]
    fn success_and_nothing_acknowledge_in_every_mode() {
        for mode in [Mode::Plain, Mode::Compatible, Mode::Safe] {
            for body in ["", "success"] {
                assert_eq!(judged(body, mode).outcome, Outcome::Acknowledged);
            }
            assert_eq!(judged("{\"ok\":true}", mode).outcome, Outcome::Invalid);
            assert_eq!(judged("Success", mode).outcome, Outcome::Invalid);
        }
    }

    #[test]
    fn each_mode_takes_its_own_kind_of_reply() {
        let envelope = sealed(PONG, CURRENT, "wx1", "t");
        let outcomes = |body: &str| {
            [Mode::Plain, Mode::Compatible, Mode::Safe].map(|mode| judged(body, mode).outcome)
        };
        assert_eq!(
            outcomes(PONG),
            [Outcome::Replied, Outcome::Replied, Outcome::Invalid]
        );
        assert_eq!(
            outcomes(&envelope),
            [Outcome::Invalid, Outcome::Replied, Outcome::Replied]
        );
    }

    #[test]
    fn an_envelope_opens_with_either_key_for_this_account_only() {
        let previous = judged(&sealed(PONG, PREVIOUS, "wx1", "t"), Mode::Safe);
        assert_eq!(previous.reply.unwrap()["content"], "pong");
        assert_eq!(previous.decrypted_body.as_deref(), Some(PONG));
        assert_eq!(
            judged(&sealed("success", CURRENT, "wx1", "t"), Mode::Safe).outcome,
            Outcome::Acknowledged
        );
        for spoilt in [
            sealed(PONG, OTHER, "wx1", "t"),
            sealed(PONG, CURRENT, "wx2", "t"),
            sealed(PONG, CURRENT, "wx1", "another"),
        ] {
            assert_eq!(judged(&spoilt, Mode::Safe).outcome, Outcome::Invalid);
        }
    }
}
