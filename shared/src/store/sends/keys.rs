//! Keys of table `sends` and of its indexes.

use crate::{
    sends::{
        State,
        campaign::{Work, record::Campaign},
        lane::LaneId,
    },
    store::table::{Item, text},
};
use serde::Deserialize;
use wechat_oa::ids::AppId;

/// Finds messages by receiver, newest last.
pub(super) const BY_USER: &str = "by_user";
/// Finds messages that are in one of the states few are in and somebody looks for.
pub(super) const BY_STATE: &str = "by_state";
/// Finds all messages of an account, and all its campaigns.
pub(super) const BY_ACCOUNT: &str = "by_account";
/// Finds messages by WeChat's id.
pub(super) const BY_MSGID: &str = "by_msgid";
/// Finds what is to be looked after, by when.
pub(super) const BY_DUE: &str = "by_due";

/// Parts of [`BY_DUE`] for each kind of work.
const SHARDS: u32 = 8;
/// What stands between the part and the rest of an intake's name.
const IN_SHARD: char = '~';

/// How the range keys of parked messages begin.
pub(super) const PARKED: &str = "parked#";

/// How the range keys of batches begin.
pub(super) const BATCH: &str = "batch#";

/// How the range keys of packed receivers begin: pages are `recipients#…`, those of batches
/// `receivers#…`.
pub(super) const PACKED: &str = "rec";

/// The key of a row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) part: String,
}

impl Key {
    fn new(id: impl Into<String>, part: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            part: part.into(),
        }
    }

    /// The key as requests have it.
    pub(super) fn item(&self) -> Item {
        Item::from([
            ("id".to_owned(), text(&self.id)),
            ("part".to_owned(), text(&self.part)),
        ])
    }

    pub(super) fn message(app_id: &AppId, client_msg_id: &str) -> Self {
        Self::new(format!("{app_id}#{client_msg_id}"), "message")
    }

    pub(super) fn allowance(app_id: &AppId, openid: &str) -> Self {
        Self::new(user_rows(app_id, openid), "allowance")
    }

    pub(super) fn consent(app_id: &AppId, openid: &str, template: &str) -> Self {
        Self::new(user_rows(app_id, openid), format!("consent#{template}"))
    }

    pub(super) fn cap(app_id: &AppId, openid: &str, what: &str) -> Self {
        Self::new(user_rows(app_id, openid), format!("cap#{what}"))
    }

    pub(super) fn result(app_id: &AppId, openid: &str, msgid: &str) -> Self {
        Self::new(user_rows(app_id, openid), format!("result#{msgid}"))
    }

    pub(super) fn lane(lane: &LaneId) -> Self {
        Self::new(format!("lane#{lane}"), "state")
    }

    pub(super) fn parked(lane: &LaneId, order: &str) -> Self {
        Self::new(format!("lane#{lane}"), format!("{PARKED}{order}"))
    }

    /// The campaign that a row belongs to.
    pub(super) fn campaign_of(&self) -> Option<Work> {
        let (app_id, client_msg_id) = self.id.strip_prefix("campaign#")?.split_once('#')?;
        Some(Work {
            app_id: AppId::try_from(app_id).ok()?,
            client_msg_id: client_msg_id.to_owned(),
        })
    }

    pub(super) fn campaign(app_id: &AppId, client_msg_id: &str) -> Self {
        Self::new(campaign_rows(app_id, client_msg_id), "campaign")
    }

    pub(super) fn batch(campaign: &Campaign, number: u32) -> Self {
        Self::of(campaign, format!("{BATCH}{number:05}"))
    }

    pub(super) fn page(campaign: &Campaign, name: &str) -> Self {
        Self::of(campaign, format!("recipients#{name}"))
    }

    pub(super) fn receivers(campaign: &Campaign, number: u32) -> Self {
        Self::of(campaign, format!("receivers#{number:05}"))
    }

    fn of(campaign: &Campaign, part: String) -> Self {
        let id = campaign_rows(&campaign.app_id, &campaign.client_msg_id);
        Self { id, part }
    }

    pub(super) fn mass_quota(app_id: &AppId) -> Self {
        Self::new(mass_rows(app_id), "quota")
    }

    pub(super) fn mass_media(app_id: &AppId, media_id: &str) -> Self {
        Self::new(mass_rows(app_id), format!("media#{media_id}"))
    }

    pub(super) fn mass_result(app_id: &AppId, msg_id: u64) -> Self {
        Self::new(mass_rows(app_id), format!("{MASS_RESULT}{msg_id}"))
    }

    /// An intake of v0.1 stands alone under its name.
    pub(super) fn intake(name: &str) -> Self {
        match name.split_once(IN_SHARD) {
            Some((shard, _)) => Self::new(format!("intake#{shard}"), name),
            None => Self::new(format!("intake#{name}"), "intake"),
        }
    }
}

/// Where everything about a user stands that is no message.
pub(super) fn user_rows(app_id: &AppId, openid: &str) -> String {
    format!("user#{app_id}#{openid}")
}

/// Where a campaign and everything of it stands.
pub(super) fn campaign_rows(app_id: &AppId, client_msg_id: &str) -> String {
    format!("campaign#{app_id}#{client_msg_id}")
}

/// The hash key of [`BY_MSGID`] for a mass send, whose ids are counted apart.
pub(super) fn mass_id(app_id: &AppId, msg_id: u64) -> String {
    format!("{app_id}#mass#{msg_id}")
}

/// The hash key of [`BY_MSGID`] for batches that WeChat may have under an id that nobody knows.
pub(super) fn no_mass_id(app_id: &AppId) -> String {
    format!("{app_id}#mass#unknown")
}

/// Where what an account's mass sends used up stands, and results that found no batch.
pub(super) fn mass_rows(app_id: &AppId) -> String {
    format!("mass#{app_id}")
}

/// How the range keys of results of mass sends begin.
pub(super) const MASS_RESULT: &str = "result#";

/// The hash key of [`BY_USER`].
pub(super) fn user(app_id: &AppId, openid: &str) -> String {
    format!("{app_id}#{openid}")
}

/// The hash key of [`BY_STATE`].
pub(super) fn in_state(app_id: &AppId, state: State) -> String {
    format!("{app_id}#{}", state.as_str())
}

/// The hash key of [`BY_ACCOUNT`].
pub(super) fn listed(app_id: &AppId, what: &str) -> String {
    format!("{app_id}#{what}")
}

/// The name of an intake that stands there.
pub(super) fn intake(app_id: &AppId, name: &str) -> String {
    format!("{}{IN_SHARD}{name}", shard(app_id))
}

/// The hash keys of [`BY_DUE`] for one kind of work; no account's work is under all of them, so that one
/// partition of the index does not take the writes of all accounts.
pub(super) fn dues(what: &str) -> impl Iterator<Item = String> {
    (0..SHARDS).map(move |shard| format!("{what}#{shard}"))
}

/// Under which of them the work of an account is.
pub(super) fn due(what: &str, app_id: &AppId) -> String {
    format!("{what}#{}", shard(app_id))
}

fn shard(app_id: &AppId) -> u32 {
    let sum = app_id.as_str().bytes().map(u32::from).sum::<u32>();
    sum % SHARDS
}

/// The hash key of [`BY_MSGID`].
pub(super) fn wechat_id(app_id: &AppId, msgid: &str) -> String {
    format!("{app_id}#{msgid}")
}
