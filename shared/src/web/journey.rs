//! The way to a page of WeChat's and back.
//!
//! What a browser set out with lies in its cookie; `state` is the cookie's name and a signature over
//! the cookie. So an answer is believed only from the browser that asked, nothing is stored until
//! it comes back, and two logins side by side do not disturb each other.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::Sha256;
use thiserror::Error;
use wechat_oa::{api::oauth::Scope, ids::AppId};
use zeroize::Zeroizing;

/// How long a browser may take, in seconds; WeChat's code lives five minutes.
pub const JOURNEY_S: i64 = 600;
/// Letters of the nonce at the beginning of `state`.
const NONCE: usize = 32;

/// Signs states; one an account, random.
#[derive(Clone)]
pub struct StateKey(Zeroizing<String>);

/// What a browser set out with. What it asked for tells one kind of journey from the other: the cookie of
/// one does not read as that of the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey<T> {
    /// Tells it from all others: 32 hexadecimal letters.
    pub nonce: String,
    /// When it is over, in seconds since 1970.
    pub ends_s: i64,
    /// Where the browser goes in the end.
    pub return_to: String,
    /// What it asked WeChat for.
    #[serde(flatten)]
    pub asked: T,
}

/// What a login asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub scope: Scope,
    /// Whether it was begun anew because the one before came to nothing; that happens once.
    pub again: bool,
}

/// What the redirect address repeats of a login, for when its cookie is gone: WeChat's browsers lose
/// some. It is not signed, so a login may only begin anew with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    pub scope: Scope,
    /// Where the browser was to go; to be checked as that of any stranger.
    pub return_to: String,
    /// Whether it was begun anew already.
    pub again: bool,
}

/// An answer that is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StateError {
    /// No state as ours are.
    #[error("state: malformed")]
    Malformed,
    /// The browser did not ask.
    #[error("state: this browser did not begin the login")]
    OtherBrowser,
    /// The signature does not fit.
    #[error("state: forged")]
    Forged,
    /// It took too long.
    #[error("state: too old")]
    Old,
    /// Somebody else came back with it.
    #[error("state: used before")]
    Used,
}

impl StateError {
    /// The failure in one word, for logs and answers.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed_state",
            Self::OtherBrowser => "state_of_another_browser",
            Self::Forged => "forged_state",
            Self::Old => "old_state",
            Self::Used => "used_state",
        }
    }
}

impl Reminder {
    /// The longest `return_to` that is repeated, in bytes: the way back is escaped twice on the way.
    const LIMIT: usize = 512;

    /// The parameters of the way back of a journey.
    pub fn fields(journey: &Journey<SignIn>) -> Vec<(&'static str, &str)> {
        let mut fields = vec![("scope", journey.asked.scope.as_str())];
        if journey.return_to.len() <= Self::LIMIT {
            fields.push(("return_to", journey.return_to.as_str()));
        }
        if journey.asked.again {
            fields.push(("again", "1"));
        }
        fields
    }

    /// Reads them; none when they do not say where the browser was to go.
    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let user_info = Scope::UserInfo;
        let asked = parameter("scope");
        Some(Self {
            scope: if asked.as_deref() == Some(user_info.as_str()) {
                user_info
            } else {
                Scope::Base
            },
            return_to: parameter("return_to").filter(|page| !page.is_empty())?,
            again: parameter("again").is_some(),
        })
    }
}

impl StateError {
    /// Whether that happens to an honest browser, which may silently set out again.
    pub fn is_a_loss(&self) -> bool {
        matches!(self, Self::OtherBrowser | Self::Old)
    }
}

impl StateKey {
    /// A key from the table.
    pub fn new(key: String) -> Self {
        Self(Zeroizing::new(key))
    }

    fn mac(&self, app_id: &AppId, cookie: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).ok()?;
        mac.update(app_id.as_str().as_bytes());
        mac.update(b"\n");
        mac.update(cookie.as_bytes());
        Some(mac)
    }
}

impl std::fmt::Debug for StateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StateKey")
    }
}

impl<T: Serialize + DeserializeOwned> Journey<T> {
    /// `state` for WeChat, 96 letters and digits, and the cookie that goes with it.
    pub fn set_out(&self, key: &StateKey, app_id: &AppId) -> (String, String) {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let value = URL_SAFE_NO_PAD.encode(json);
        let mac = key.mac(app_id, &value).map(|mac| mac.finalize());
        let mac = mac.map(|mac| hex::encode(mac.into_bytes()));
        let state = format!("{}{}", self.nonce, mac.unwrap_or_default());
        let name = cookie_name(&self.nonce);
        // The prefix makes browsers take it from this very host alone, never from a neighbour.
        let cookie =
            format!("{name}={value}; Path=/; Max-Age={JOURNEY_S}; HttpOnly; Secure; SameSite=Lax");
        (state, cookie)
    }

    /// The journey a browser comes back from; `cookie` finds one of its cookies by name.
    ///
    /// # Errors
    /// When the state is forged, old, or another browser's.
    pub fn come_back<'c>(
        key: &StateKey,
        app_id: &AppId,
        state: &str,
        cookie: impl FnOnce(&str) -> Option<&'c str>,
        now_s: i64,
    ) -> Result<Self, StateError> {
        let (nonce, mac) = state.split_at_checked(NONCE).ok_or(StateError::Malformed)?;
        let mac = hex::decode(mac).map_err(|_| StateError::Malformed)?;
        let value = cookie(&cookie_name(nonce)).ok_or(StateError::OtherBrowser)?;
        let known = key.mac(app_id, value).ok_or(StateError::Forged)?;
        // Compares in constant time.
        known.verify_slice(&mac).map_err(|_| StateError::Forged)?;
        let journey: Self = URL_SAFE_NO_PAD
            .decode(value)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or(StateError::Forged)?;
        if journey.nonce != nonce {
            return Err(StateError::Forged);
        }
        if now_s >= journey.ends_s {
            return Err(StateError::Old);
        }
        Ok(journey)
    }
}

fn cookie_name(nonce: &str) -> String {
    format!("__Host-login-{nonce}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::subscribe_once::OneTime;

    const NOW: i64 = 1_800_000_000;

    fn key() -> StateKey {
        StateKey::new("k".repeat(64))
    }

    fn app(last: char) -> AppId {
        AppId::try_from(format!("wx5f2c8a1d9e3b704{last}")).unwrap()
    }

    fn journey() -> Journey<SignIn> {
        Journey {
            nonce: "0123456789abcdef0123456789abcdef".to_owned(),
            ends_s: NOW + JOURNEY_S,
            return_to: "https://www.example.com/?a=1#b".to_owned(),
            asked: SignIn {
                scope: Scope::UserInfo,
                again: false,
            },
        }
    }

    fn back(state: &str, cookie: Option<&str>, now_s: i64) -> Result<Journey<SignIn>, StateError> {
        Journey::come_back(&key(), &app('6'), state, |_| cookie, now_s)
    }

    /// State, and the cookie's value.
    fn set_out() -> (String, String) {
        let (state, cookie) = journey().set_out(&key(), &app('6'));
        let (name, rest) = cookie.split_once('=').unwrap();
        assert_eq!(name, "__Host-login-0123456789abcdef0123456789abcdef");
        let (value, attributes) = rest.split_once(';').unwrap();
        assert_eq!(
            attributes,
            " Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"
        );
        (state, value.to_owned())
    }

    #[test]
    fn the_browser_that_set_out_comes_back() {
        let (state, cookie) = set_out();
        assert!(state.len() == 96 && state.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(back(&state, Some(&cookie), NOW), Ok(journey()));
        assert_eq!(
            back(&state, Some(&cookie), NOW + JOURNEY_S),
            Err(StateError::Old)
        );
    }

    #[test]
    fn nobody_else_does() {
        let (state, cookie) = set_out();
        assert_eq!(back(&state, None, NOW), Err(StateError::OtherBrowser));
        let mut elsewhere = journey();
        elsewhere.return_to = "https://evil.com/".to_owned();
        let planted = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&elsewhere).unwrap());
        assert_eq!(back(&state, Some(&planted), NOW), Err(StateError::Forged));
        let renamed = state.replacen('0', "1", 1);
        assert_eq!(back(&renamed, Some(&cookie), NOW), Err(StateError::Forged));
        for at in [NONCE, 95] {
            let mut other = state.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(back(&other, Some(&cookie), NOW), Err(StateError::Forged));
        }
        let other_account =
            Journey::<SignIn>::come_back(&key(), &app('7'), &state, |_| Some(&cookie), NOW);
        assert_eq!(other_account, Err(StateError::Forged));
        let other_key = StateKey::new("K".repeat(64));
        let other_key =
            Journey::<SignIn>::come_back(&other_key, &app('6'), &state, |_| Some(&cookie), NOW);
        assert_eq!(other_key, Err(StateError::Forged));
    }

    #[test]
    fn a_journey_of_one_kind_is_none_of_another() {
        let (state, cookie) = set_out();
        let login =
            Journey::<OneTime>::come_back(&key(), &app('6'), &state, |_| Some(&cookie), NOW);
        assert_eq!(login, Err(StateError::Forged));
        let journey = Journey {
            nonce: journey().nonce,
            ends_s: NOW + JOURNEY_S,
            return_to: "https://www.example.com/".to_owned(),
            asked: OneTime {
                template_id: "T".to_owned(),
                scene: 7,
            },
        };
        let (state, cookie) = journey.set_out(&key(), &app('6'));
        let cookie = cookie.split(['=', ';']).nth(1).unwrap();
        let one_time = Journey::come_back(&key(), &app('6'), &state, |_| Some(cookie), NOW);
        assert_eq!(one_time, Ok(journey));
        assert_eq!(back(&state, Some(cookie), NOW), Err(StateError::Forged));
    }

    #[test]
    fn the_way_back_says_where_it_was_to_lead() {
        let read = |fields: &[(&str, &str)]| {
            let fields: Vec<(String, String)> = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            Reminder::read(|name| {
                let mut named = fields.iter().filter(|(known, _)| known == name);
                named.next().map(|(_, value)| value.clone())
            })
        };
        for again in [false, true] {
            let mut journey = journey();
            journey.asked.again = again;
            let reminder = read(&Reminder::fields(&journey)).unwrap();
            assert_eq!(reminder.return_to, journey.return_to);
            let asked = (reminder.scope, reminder.again);
            assert_eq!(asked, (journey.asked.scope, again));
        }
        let long = Journey {
            return_to: format!("https://h/{}", "x".repeat(Reminder::LIMIT)),
            ..journey()
        };
        assert_eq!(read(&Reminder::fields(&long)), None);
        assert_eq!(read(&[("return_to", "")]), None);
        let odd = read(&[("scope", "snsapi_login"), ("return_to", "x")]);
        assert_eq!(odd.unwrap().scope, Scope::Base);
    }

    #[test]
    fn hostile_states_are_malformed() {
        let (state, cookie) = set_out();
        for bad in [
            "",
            "x",
            &state[..95],
            &format!("{state}0"),
            &"好".repeat(40),
            &"+".repeat(96),
        ] {
            assert_eq!(
                back(bad, Some(&cookie), NOW),
                Err(StateError::Malformed),
                "{bad}"
            );
        }
    }
}
