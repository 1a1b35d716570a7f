//! What one function says to another, as JSON. A deploy runs old and new side by side, so a form
//! that is here stays readable.

use crate::{
    account::AccountName,
    answers::Delivery,
    followers::{Marks, Needs},
    router::{Markdown, Source},
    time::Timestamp,
    token::{Current, Kind, secret_call::SecretCall},
};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;
use wechat_oa::{api::token::expose, callback::Reply};

/// `true`: the value of a member that says all by being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct True;

impl Serialize for True {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bool(true)
    }
}

impl<'de> Deserialize<'de> for True {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match bool::deserialize(from)? {
            true => Ok(Self),
            false => Err(D::Error::custom("must be true")),
        }
    }
}

/// What `token-refresh` is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Question {
    /// A token or ticket that is not `refused`; the answer is a [`Granted`].
    Token {
        /// The account's name.
        account: String,
        /// An access token unless it says otherwise.
        #[serde(default = "access_token")]
        kind: Kind,
        /// The one that WeChat refused.
        #[serde(serialize_with = "expose_some")]
        refused: Option<SecretString>,
    },
    /// A call that takes the app secret; the answer is a
    /// [`SecretAnswer`](crate::token::secret_call::SecretAnswer).
    SecretCall {
        /// The call.
        secret_call: AccountCall,
    },
    /// The verification files of all accounts; the answer has their contents by their names.
    VerifyFiles {
        /// That is asked.
        verify_files: True,
    },
    /// The schedule: every account's access token, in good time.
    Tick {
        /// It is time.
        tick: True,
    },
}

/// A call of an account's that takes its app secret.
#[derive(Debug, Serialize, Deserialize)]
pub struct AccountCall {
    /// The account's name.
    pub account: AccountName,
    /// The call.
    pub call: SecretCall,
}

fn access_token() -> Kind {
    Kind::AccessToken
}

fn expose_some<S: Serializer>(secret: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => expose(secret, to),
        None => to.serialize_none(),
    }
}

/// A token in force, for functions and over HTTP.
#[derive(Debug, Serialize, Deserialize)]
pub struct Granted {
    #[serde(flatten)]
    value: Named,
    /// Seconds of life left.
    #[serde(default)]
    expires_in: u64,
    /// Its end, in seconds since 1970.
    expires_at: i64,
}

/// The name of the member says what it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Named {
    AccessToken(#[serde(serialize_with = "expose")] SecretString),
    Ticket(#[serde(serialize_with = "expose")] SecretString),
}

impl Granted {
    /// A token of that kind as it stands at `now`.
    pub fn of(kind: Kind, current: Current, now: Timestamp) -> Self {
        Self {
            value: match kind {
                Kind::AccessToken => Named::AccessToken(current.value),
                Kind::JsapiTicket | Kind::WxCardTicket => Named::Ticket(current.value),
            },
            expires_in: current.expires_at.since(now).as_secs(),
            expires_at: current.expires_at.as_secs(),
        }
    }
}

impl From<Granted> for Current {
    fn from(grant: Granted) -> Self {
        let (Named::AccessToken(value) | Named::Ticket(value)) = grant.value;
        Self {
            value,
            expires_at: Timestamp::from_secs(grant.expires_at),
            since: Timestamp::default(),
        }
    }
}

/// What `forward` is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ForwardCall {
    /// What rules need to know; the answer is a [`Known`](crate::followers::Known), as far as WeChat tells.
    LookUp {
        /// About whom.
        look_up: LookUpTask,
    },
    /// Tags are given and taken away.
    Mark {
        /// Whose.
        mark: MarkTask,
    },
    /// A slow rule is run; its task stands alone, as in the time when there was nothing else.
    Answer(Box<ForwardTask>),
}

/// What WeChat is to be asked about the sender of a push.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LookUpTask {
    /// The account's name.
    pub account: String,
    /// Who sent the push.
    pub openid: String,
    #[serde(flatten)]
    pub needs: Needs,
}

/// What a rule does to the tags of the sender of a push.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MarkTask {
    /// The account's name.
    pub account: String,
    /// The row of the push.
    pub id: String,
    /// Who sent the push.
    pub openid: String,
    /// When they did, by WeChat: later marks win.
    #[serde(rename = "asked_ms")]
    pub asked: Timestamp,
    #[serde(flatten)]
    pub marks: Marks,
}

/// A push that a slow rule answers, from `callback` to `forward`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ForwardTask {
    /// The account's name.
    pub account: String,
    /// Who works out the answer.
    #[serde(flatten)]
    pub source: Source,
    /// Where the secret stands that the team's server knows it by; none: the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_parameter: Option<String>,
    /// What is said where there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Reply>,
    /// How the answer reaches the user.
    #[serde(default)]
    pub delivery: Delivery,
    #[serde(default)]
    pub markdown: Markdown,
    /// Whether its service messages are marked as made by an AI.
    #[serde(default)]
    pub ai: bool,
    /// The row of the push.
    pub id: String,
    /// The FIFO group of a late answer.
    pub message_group: String,
    /// Who sent the push.
    pub openid: String,
    /// Who the push was sent to.
    pub original_id: String,
    /// Who holds the lease of the row.
    pub owner: String,
    /// The push, parsed.
    pub push: Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;
    use serde_json::{from_value, json, to_value};

    #[test]
    fn questions_keep_their_form() {
        let account = || "demo".to_owned();
        for (question, form) in [
            (
                Question::Token {
                    account: account(),
                    kind: Kind::JsapiTicket,
                    refused: None,
                },
                json!({"account": "demo", "kind": "jsapi_ticket", "refused": null}),
            ),
            (
                Question::SecretCall {
                    secret_call: AccountCall {
                        account: AccountName::try_from("demo").unwrap(),
                        call: SecretCall::WebToken { code: "c".into() },
                    },
                },
                json!({"secret_call": {"account": "demo", "call": {"web_token": {"code": "c"}}}}),
            ),
            (
                Question::VerifyFiles { verify_files: True },
                json!({"verify_files": true}),
            ),
            (Question::Tick { tick: True }, json!({"tick": true})),
        ] {
            assert_eq!(to_value(&question).unwrap(), form);
            let read: Question = from_value(form.clone()).unwrap();
            assert_eq!(to_value(&read).unwrap(), form);
        }
        let bare: Question = from_value(json!({"account": "demo"})).unwrap();
        let token = |question| match question {
            Question::Token { kind, refused, .. } => (kind, refused.is_some()),
            other => panic!("{other:?}"),
        };
        assert_eq!(token(bare), (Kind::AccessToken, false));
        assert!(from_value::<Question>(json!({"tick": false})).is_err());
    }

    #[test]
    fn a_token_and_a_ticket_are_told_by_their_name_and_never_shown() {
        for (kind, name) in [
            (Kind::AccessToken, "access_token"),
            (Kind::WxCardTicket, "ticket"),
        ] {
            let current = Current {
                value: "secret".into(),
                expires_at: Timestamp::from_millis(1_800_000_000_900),
                since: Timestamp::from_millis(7),
            };
            let grant = Granted::of(kind, current, Timestamp::from_millis(1_799_999_991_000));
            assert!(!format!("{grant:?}").contains("secret"));
            let form = json!({name: "secret", "expires_in": 9, "expires_at": 1_800_000_000});
            assert_eq!(to_value(&grant).unwrap(), form);
            let read = Current::from(from_value::<Granted>(form).unwrap());
            assert_eq!(read.value.expose_secret(), "secret");
            assert_eq!(read.expires_at, Timestamp::from_millis(1_800_000_000_000));
        }
    }

    #[test]
    fn a_task_keeps_its_form() {
        let form = json!({
            "account": "demo", "function": "f", "id": "i", "message_group": "g", "openid": "o",
            "original_id": "gh", "owner": "me", "push": {"kind": "text"},
            "fallback": {"kind": "text", "content": "sorry"}, "ai": true,
            "markdown": "plain", "delivery": {"messages": 0, "more": "more", "numbered": true, "holds": true,
                "answer_within_ms": 4_000},
        });
        let task: ForwardTask = from_value(form.clone()).unwrap();
        assert_eq!(to_value(task).unwrap(), form);
        let before = json!({
            "account": "demo", "function": "f", "id": "i", "message_group": "g", "openid": "o",
            "original_id": "gh", "owner": "me", "push": {"kind": "text"},
        });
        let task: ForwardTask = from_value(before).unwrap();
        assert_eq!(task.source, Source::Function("f".to_owned()));
        assert_eq!(task.delivery.messages, 5);
    }

    #[test]
    fn what_forward_is_asked_for_is_told_apart() {
        let answer = json!({
            "account": "demo", "replies": [{"kind": "text", "content": "a"}], "id": "i", "message_group": "g",
            "openid": "o", "original_id": "gh", "owner": "me", "push": {"kind": "text"}, "ai": false,
            "markdown": "keep", "delivery": {"messages": 0, "more": "", "numbered": false, "holds": false,
                "answer_within_ms": 4_500},
        });
        let look_up = json!({"look_up": {"account": "demo", "openid": "o", "follower": true, "agents": false}});
        let mark = json!({"mark": {
            "account": "demo", "id": "i", "openid": "o", "asked_ms": 1_800_000_000_000_u64,
            "tag": ["vip", 7], "untag": [],
        }});
        for form in [answer, look_up, mark] {
            let call: ForwardCall = from_value(form.clone()).unwrap();
            assert_eq!(to_value(&call).unwrap(), form);
            let is_answer = matches!(call, ForwardCall::Answer(_));
            assert_eq!(is_answer, form.get("replies").is_some());
        }
        assert!(from_value::<ForwardCall>(json!({"mark": {"account": "demo"}})).is_err());
    }
}
