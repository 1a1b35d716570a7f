//! What a push request of the control API may say.

use super::{damage::Damage, format::Format};
use crate::{account::Mode, refusal::Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// WeChat tries three times in all.
const TRIES: u32 = 3;
/// WeChat closes the connection after five seconds.
const TIMEOUT_MS: u64 = 5_000;
/// More copies or tries than any test needs.
const MANY: u32 = 1_000;

/// A push to make and how to deliver it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushRequest {
    /// The account whose callback is called.
    pub app_id: String,
    /// `{"kind": "text", "content": "…"}`, an event, `{"raw": "<xml>…"}`, or `{"raw_base64": "…"}` for
    /// bytes that are no text.
    pub push: Map<String, Value>,
    /// Protection, instead of the account's.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// Form of the body.
    #[serde(default)]
    pub format: Format,
    /// How often it is tried in all (3).
    #[serde(default = "tries")]
    pub tries: u32,
    /// When a try is given up, in milliseconds (5000).
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Copies sent at the same moment in each try (1).
    #[serde(default = "one")]
    pub concurrent: u32,
    /// Sends it this often, one after the other, even when it was answered; replaces `tries`.
    /// The user sees the first answer only.
    #[serde(default)]
    pub repeat_regardless: Option<u32>,
    /// What is wrong with it.
    #[serde(default)]
    pub tamper: Option<Tamper>,
    /// What is wrong with the message inside, which WeChat signs all the same.
    #[serde(default)]
    pub damage: Damage,
}

/// What makes a push hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tamper {
    /// `signature` is made with another token.
    BadSignature,
    /// `msg_signature` is made with another token.
    BadMsgSignature,
    /// The envelope is for another account.
    WrongAppId,
    /// The envelope's padding is impossible.
    BadPadding,
    /// The timestamp is a day old (and signed).
    StaleTimestamp,
    /// The body is longer than 1 MiB.
    Oversize,
}

impl Tamper {
    /// Whether it changes the envelope, which a plain push has not.
    fn needs_envelope(self) -> bool {
        matches!(
            self,
            Self::BadMsgSignature | Self::WrongAppId | Self::BadPadding
        )
    }
}

fn tries() -> u32 {
    TRIES
}

fn timeout_ms() -> u64 {
    TIMEOUT_MS
}

fn one() -> u32 {
    1
}

impl PushRequest {
    /// A push with WeChat's own three tries of five seconds.
    pub fn new(app_id: impl Into<String>, push: Map<String, Value>) -> Self {
        Self {
            app_id: app_id.into(),
            push,
            mode: None,
            format: Format::Xml,
            tries: TRIES,
            timeout_ms: TIMEOUT_MS,
            concurrent: 1,
            repeat_regardless: None,
            tamper: None,
            damage: Damage::default(),
        }
    }

    /// A text message of the default follower.
    pub fn text(app_id: impl Into<String>, content: impl Into<String>) -> Self {
        let fields = [("kind", "text".to_owned()), ("content", content.into())];
        let push = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
        Self::new(app_id, push.into_iter().collect())
    }

    /// How many rounds there are at most.
    pub(super) fn rounds(&self) -> u32 {
        self.repeat_regardless.unwrap_or(self.tries)
    }

    /// Checks the numbers, and that what is tampered with is there.
    pub(super) fn check(&self, mode: Mode) -> Result<(), Refusal> {
        let numbers = [
            ("tries", self.tries),
            ("concurrent", self.concurrent),
            ("repeat_regardless", self.repeat_regardless.unwrap_or(1)),
        ];
        if let Some((field, _)) = numbers
            .iter()
            .find(|(_, number)| !(1..=MANY).contains(number))
        {
            return Err(Refusal::field(*field, format!("must be from 1 to {MANY}")));
        }
        if self.timeout_ms == 0 {
            return Err(Refusal::field("timeout_ms", "must be above 0"));
        }
        match self.tamper {
            Some(tamper) if mode == Mode::Plain && tamper.needs_envelope() => Err(Refusal::field(
                "tamper",
                "a plain push has no envelope to tamper with",
            )),
            _ => Ok(()),
        }
    }
}
