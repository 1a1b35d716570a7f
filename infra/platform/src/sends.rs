//! Control functions over single messages and their receivers.

use crate::{
    account_data::{Chance, Choice, FollowerChange, FollowerView, SendSettings, is_openid, merged},
    messages::{Message, MessageFilter},
    refusal::Refusal,
    state::State,
};
use serde_json::{Map, Value};

impl State {
    /// Messages that were accepted, in order of arrival.
    pub fn list_messages(&self, filter: &MessageFilter) -> Vec<Message> {
        self.messages().list(filter)
    }

    /// How many messages pass the filter; its limit does not count.
    pub fn count_messages(&self, filter: &MessageFilter) -> usize {
        self.messages().count(filter)
    }

    /// Forgets the accepted messages; their numbers go on.
    pub fn clear_messages(&self) {
        self.messages().clear();
    }

    /// How an account treats single messages. Refused when it is unknown.
    pub fn send_settings(&self, app_id: &str) -> Result<SendSettings, Refusal> {
        self.with_account(app_id, |account| account.data.sends.clone())
    }

    /// Changes the named fields of [`SendSettings`]. Refused when a field is unknown or wrong.
    pub fn change_send_settings(
        &self,
        app_id: &str,
        change: Map<String, Value>,
    ) -> Result<SendSettings, Refusal> {
        self.with_account(app_id, |account| {
            let data = &mut account.data;
            let seeded = change.contains_key("seed");
            data.sends = merged(&data.sends, change)?;
            if seeded {
                data.chance = Chance(fastrand::Rng::with_seed(data.sends.seed));
            }
            Ok(data.sends.clone())
        })?
    }

    /// The users of an account that were named so far, or one of them.
    pub fn followers(&self, app_id: &str, openid: &str) -> Result<Vec<FollowerView>, Refusal> {
        let now_ms = self.clock().now_ms();
        self.with_account(app_id, |account| {
            let all = account.data.followers.iter();
            all.filter(|(known, _)| openid.is_empty() || *known == openid)
                .map(|(known, follower)| follower.view(known, now_ms))
                .collect()
        })
    }

    /// Lets users do things without a push. Refused when an openid or a word is none.
    pub fn change_followers(&self, app_id: &str, change: &FollowerChange) -> Result<(), Refusal> {
        if let Some(wrong) = change.openids.iter().find(|openid| !is_openid(openid)) {
            return Err(Refusal::field("openids", format!("'{wrong}' is no openid")));
        }
        if change
            .consents
            .values()
            .any(|word| Choice::of(word).is_none())
        {
            return Err(Refusal::field("consents", "must be accept or reject"));
        }
        let now_ms = self.clock().now_ms();
        self.with_account(app_id, |account| {
            let data = &mut account.data;
            for openid in &change.openids {
                let follower = data.followers.of(openid, now_ms);
                change.apply(follower, &data.sends, now_ms);
            }
        })
    }
}
