//! The users of an account: who follows, what they allow, what they did last.

use super::{
    consent::{Choice, Consent},
    interaction::Interaction,
    settings::SendSettings,
    window::{Taken, Window},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Openids are longer than this and shorter than that.
const OPENID_LENGTH: std::ops::RangeInclusive<usize> = 6..=64;
/// Typing is accepted this long after an exchange (protocol 7.1).
const EXCHANGE_MS: i64 = 30_000;
/// The typing state is shown this long.
const TYPING_MS: i64 = 15_000;

/// Whether a text can be an openid: `o`, then letters, digits, `_` or `-`.
pub(crate) fn is_openid(text: &str) -> bool {
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    text.starts_with('o') && OPENID_LENGTH.contains(&text.len()) && text.bytes().all(alphabet)
}

/// One user. Whoever is named for the first time follows already.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    pub(crate) follows: bool,
    pub(crate) since_ms: i64,
    pub(crate) blacklisted: bool,
    /// Switched message reception off: 48002.
    pub(crate) muted: bool,
    pub(crate) remark: String,
    pub(crate) tags: BTreeSet<i64>,
    /// The parametric QR code the user came by.
    pub(crate) scene: Option<String>,
    pub(crate) window: Window,
    consents: BTreeMap<String, Consent>,
    one_time: BTreeSet<(String, String)>,
    exchanged_ms: Option<i64>,
    typing_ms: Option<i64>,
}

impl Follower {
    fn new(now_ms: i64) -> Self {
        Self {
            follows: true,
            since_ms: now_ms,
            blacklisted: false,
            muted: false,
            remark: String::new(),
            tags: BTreeSet::new(),
            scene: None,
            window: Window::default(),
            consents: BTreeMap::new(),
            one_time: BTreeSet::new(),
            exchanged_ms: None,
            typing_ms: None,
        }
    }

    /// The user follows or leaves; who leaves loses tags, remark and consent.
    pub(crate) fn follow(&mut self, follows: bool, now_ms: i64) {
        if follows && !self.follows {
            self.since_ms = now_ms;
        }
        if !follows {
            let (blacklisted, muted) = (self.blacklisted, self.muted);
            *self = Self {
                blacklisted,
                muted,
                ..Self::new(now_ms)
            };
        }
        self.follows = follows;
    }

    /// The user does something that opens the window.
    pub(crate) fn interact(&mut self, how: Interaction, settings: &SendSettings, now_ms: i64) {
        self.window.open(how, &settings.allowances, now_ms);
        self.exchange(now_ms);
    }

    /// Something passes between user and account.
    pub(crate) fn exchange(&mut self, now_ms: i64) {
        (self.exchanged_ms, self.typing_ms) = (Some(now_ms), None);
    }

    pub(crate) fn choose(&mut self, template_id: &str, choice: Choice) {
        let consent = self.consents.entry(template_id.to_owned()).or_default();
        consent.choose(choice);
    }

    pub(crate) fn take_consent(&mut self, template_id: &str, long_term: bool) -> bool {
        let consent = self.consents.get_mut(template_id);
        consent.is_some_and(|consent| consent.take(long_term))
    }

    /// The user confirms a one-time subscription; more of the same scene do not add up.
    pub(crate) fn allow_one_time(&mut self, template_id: &str, scene: &str) {
        self.one_time
            .insert((template_id.to_owned(), scene.to_owned()));
    }

    pub(crate) fn take_one_time(&mut self, template_id: &str, scene: &str) -> bool {
        self.one_time
            .remove(&(template_id.to_owned(), scene.to_owned()))
    }

    /// A service message out of the window.
    pub(crate) fn take_message(&mut self, now_ms: i64) -> Taken {
        self.window.take(now_ms)
    }

    /// Shows "typing", or hides it: 45080 without an exchange, 45081 when it is shown already.
    pub(crate) fn type_to(&mut self, typing: bool, now_ms: i64) -> Result<(), i64> {
        let within = |at_ms: Option<i64>, ms| at_ms.is_some_and(|at_ms| now_ms - at_ms < ms);
        if !within(self.exchanged_ms, EXCHANGE_MS) {
            return Err(45_080);
        }
        if typing && within(self.typing_ms, TYPING_MS) {
            return Err(45_081);
        }
        self.typing_ms = typing.then_some(now_ms);
        Ok(())
    }

    pub(crate) fn view(&self, openid: &str, now_ms: i64) -> FollowerView {
        let consents = self.consents.iter();
        FollowerView {
            openid: openid.to_owned(),
            follows: self.follows,
            blacklisted: self.blacklisted,
            muted: self.muted,
            messages_left: self.window.left(now_ms),
            consents: consents
                .map(|(id, consent)| (id.clone(), consent.left()))
                .collect(),
        }
    }
}

/// The users of one account, in the order of their openids.
#[derive(Default)]
pub(crate) struct Followers {
    all: BTreeMap<Box<str>, Follower>,
}

impl Followers {
    /// The user, who follows when nothing was known of them.
    pub(crate) fn of(&mut self, openid: &str, now_ms: i64) -> &mut Follower {
        self.all
            .entry(openid.into())
            .or_insert_with(|| Follower::new(now_ms))
    }

    pub(crate) fn known(&self, openid: &str) -> Option<&Follower> {
        self.all.get(openid)
    }

    /// Everybody who passes, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Follower)> {
        self.all
            .iter()
            .map(|(openid, follower)| (openid.as_ref(), follower))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Follower> {
        self.all.values_mut()
    }
}

/// What users do or are, set over the control API; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FollowerChange {
    /// The users; who was never named before follows from now on.
    pub openids: Vec<String>,
    /// Whether they follow.
    pub follows: Option<bool>,
    /// Whether the account put them on its blacklist.
    pub blacklisted: Option<bool>,
    /// Whether they switched message reception off.
    pub muted: Option<bool>,
    /// What they did just now, without a push.
    pub interacts: Option<Interaction>,
    /// Template id to `accept` (one more message) or `reject`.
    pub consents: BTreeMap<String, String>,
    /// One-time subscriptions they confirm.
    pub one_time: Vec<OneTime>,
}

/// A one-time subscription.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneTime {
    /// The template.
    pub template_id: String,
    /// The scene, 0 to 10000.
    pub scene: u32,
}

/// What the control API shows of a user.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FollowerView {
    /// The user.
    pub openid: String,
    /// Whether they follow.
    pub follows: bool,
    /// Whether they are on the account's blacklist.
    pub blacklisted: bool,
    /// Whether they switched message reception off.
    pub muted: bool,
    /// Service messages that may go to them now.
    pub messages_left: u32,
    /// Acceptances left by template.
    pub consents: BTreeMap<String, u32>,
}

impl FollowerChange {
    /// Applies the change to one user.
    pub(crate) fn apply(&self, follower: &mut Follower, settings: &SendSettings, now_ms: i64) {
        if let Some(follows) = self.follows {
            follower.follow(follows, now_ms);
        }
        follower.blacklisted = self.blacklisted.unwrap_or(follower.blacklisted);
        follower.muted = self.muted.unwrap_or(follower.muted);
        if let Some(how) = self.interacts {
            follower.interact(how, settings, now_ms);
        }
        for (template_id, word) in &self.consents {
            if let Some(choice) = Choice::of(word) {
                follower.choose(template_id, choice);
            }
        }
        for one in &self.one_time {
            follower.allow_one_time(&one.template_id, &one.scene.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openids_have_their_form() {
        assert!(is_openid("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI"));
        for wrong in [
            "",
            "o1",
            "wx5f2c8a1d9e3b7046",
            "o with blanks",
            "o今今今今今",
        ] {
            assert!(!is_openid(wrong), "{wrong}");
        }
    }

    #[test]
    fn typing_needs_an_exchange_and_is_shown_once() {
        let mut follower = Follower::new(0);
        assert_eq!(follower.type_to(true, 0), Err(45_080));
        follower.interact(Interaction::Message, &SendSettings::default(), 0);
        assert_eq!(follower.type_to(true, 1), Ok(()));
        assert_eq!(follower.type_to(true, 2), Err(45_081));
        assert_eq!(follower.type_to(false, 3), Ok(()));
        assert_eq!(follower.type_to(true, 4), Ok(()));
        assert_eq!(follower.type_to(true, EXCHANGE_MS), Err(45_080));
    }

    #[test]
    fn who_leaves_is_forgotten_but_for_the_blacklist() {
        let mut follower = Follower::new(0);
        follower.choose("t", Choice::Accept);
        follower.blacklisted = true;
        follower.follow(false, 1);
        assert!(!follower.follows && follower.blacklisted);
        follower.follow(true, 2);
        assert!(!follower.take_consent("t", false) && follower.since_ms == 2);
    }
}
