//! The row of a token in table `tokens`.

use super::Current;
use crate::time::{Timestamp, or_zero};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use std::time::Duration;
use wechat_oa::api::ticket::TicketKind;

/// What a row holds; second half of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The account's access token.
    AccessToken,
    /// The ticket that signs pages.
    JsapiTicket,
    /// The ticket that signs cards.
    WxCardTicket,
}

impl Kind {
    /// As in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::JsapiTicket => "jsapi_ticket",
            Self::WxCardTicket => "wx_card_ticket",
        }
    }

    /// WeChat's word for a ticket; none for the access token.
    pub fn ticket(self) -> Option<TicketKind> {
        match self {
            Self::AccessToken => None,
            Self::JsapiTicket => Some(TicketKind::Jsapi),
            Self::WxCardTicket => Some(TicketKind::WxCard),
        }
    }
}

/// The row of a token, without its key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The token in force.
    #[serde(serialize_with = "expose")]
    pub value: Option<SecretString>,
    /// When it ends, by the `expires_in` of WeChat's answer.
    #[serde(rename = "expires_at_ms")]
    pub expires_at: Timestamp,
    /// Since when it is in force.
    #[serde(rename = "since_ms")]
    pub since: Timestamp,
    /// When WeChat was last asked.
    #[serde(rename = "fetched_at_ms")]
    pub fetched_at: Timestamp,
    /// The token before it.
    #[serde(serialize_with = "expose")]
    pub previous: Option<SecretString>,
    /// Until when that one still works.
    pub previous_valid_until: Timestamp,
    /// Raised by one with every write.
    pub version: u64,
    /// Who wrote last.
    pub writer: Option<String>,
    /// Who is fetching.
    pub lease_owner: Option<String>,
    /// Until when, by the clock of the owner.
    pub lease_until: Timestamp,
    /// The Beijing day that `forced_count` counts.
    pub forced_day: i64,
    /// Uses of `force_refresh` that day.
    pub forced_count: u32,
    /// The last use of `force_refresh`.
    #[serde(rename = "forced_at_ms", with = "or_zero")]
    pub forced_at: Option<Timestamp>,
    /// The Beijing day that `classic_count` counts.
    pub classic_day: i64,
    /// Fetches by `cgi-bin/token` that day.
    pub classic_count: u32,
    /// The last of them, whatever became of it.
    #[serde(rename = "classic_at_ms")]
    pub classic_at: Timestamp,
    /// The token WeChat refused, though its time is not over. It counts only while it is the one in
    /// force, so a version of this code that does not know it cannot leave it behind.
    #[serde(serialize_with = "expose")]
    pub refused: Option<SecretString>,
    /// Why the last fetch failed, in one word; none when it did not.
    pub failure: Option<String>,
    /// The same in a sentence: what a person has to do.
    pub failure_detail: Option<String>,
    /// No fetch before this, after a failure.
    #[serde(rename = "retry_at_ms")]
    pub retry_at: Timestamp,
}

impl Record {
    /// Whether this is the token in force.
    pub fn holds(&self, token: &str) -> bool {
        let value = self.value.as_ref().map(SecretString::expose_secret);
        value == Some(token)
    }

    /// Whether WeChat refused that token.
    pub fn refuses(&self, token: &str) -> bool {
        let refused = self.refused.as_ref().map(SecretString::expose_secret);
        refused == Some(token)
    }

    /// The token, when it lives longer than `reserve` from now and WeChat did not refuse it.
    pub fn current(&self, now: Timestamp, reserve: Duration) -> Option<Current> {
        let value = self.value.clone()?;
        let good = self.expires_at.since(now) > reserve && !self.refuses(value.expose_secret());
        good.then_some(Current {
            value,
            expires_at: self.expires_at,
            since: self.since,
        })
    }
}

fn expose<S: Serializer>(secret: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
    let secret = secret.as_ref().map(SecretString::expose_secret);
    secret.serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;
    use serde_json::json;

    #[test]
    fn a_row_is_written_whole_read_in_part_and_shown_without_tokens() {
        let record: Record =
            serde_json::from_value(json!({"value": "tok", "expires_at_ms": 9, "other": 1}))
                .unwrap();
        let written = json!(record);
        assert_eq!(
            (&written["value"], &written["previous"]),
            (&json!("tok"), &json!(null))
        );
        assert!(record.holds("tok") && !record.holds("to"));
        assert!(!format!("{record:?}").contains("tok\""));
    }

    #[test]
    fn a_token_is_current_while_more_than_the_reserve_is_left() {
        let record = Record {
            value: Some("t".into()),
            expires_at: Timestamp::from_millis(100),
            ..Record::default()
        };
        assert!(record.current(Timestamp::from_millis(89), ms(10)).is_some());
        assert!(record.current(Timestamp::from_millis(90), ms(10)).is_none());
        assert!(Record::default().current(Timestamp::MIN, ms(0)).is_none());
    }

    #[test]
    fn a_refused_token_is_not_current_and_the_mark_dies_with_it() {
        let mut record: Record =
            serde_json::from_value(json!({"value": "a", "expires_at_ms": 100, "refused": "a"}))
                .unwrap();
        assert!(record.current(Timestamp::from_millis(0), ms(0)).is_none());
        record.value = Some("b".into());
        assert!(record.current(Timestamp::from_millis(0), ms(0)).is_some());
        assert!(!format!("{record:?}").contains("\"a\""));
    }
}
