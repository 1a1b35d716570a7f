//! What rules need to know of whoever sent a push.

use crate::metrics::count;
use shared::{
    account::Account,
    followers::{Follower, Known, Needs},
    invocation::{ForwardCall, LookUpTask},
    lambda::{Context, Functions, clock},
    store::{Followers, StoreError},
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::{
    api::{Endpoint as _, kf_account::GetOnlineKfList, user::GetUserInfo},
    ids::AppId,
};

/// WeChat is asked for so long at most, and for a third of the time that an attempt has: what is left has to do for the
/// answer.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Finds out about followers: in the table, or through the function `forward`, which asks WeChat.
pub(crate) struct LookUp {
    rows: Followers,
    functions: Functions,
    forward: String,
}

impl LookUp {
    pub(crate) fn new(context: &mut Context) -> Self {
        Self {
            rows: context.followers(),
            functions: context.patient_functions(PATIENCE),
            forward: context.forward_function(),
        }
    }

    /// What is needed, as far as it is known in time; what is not is told in the log and counted.
    pub(crate) async fn known(
        &self,
        needs: Needs,
        account: &Account,
        openid: &str,
        now: Timestamp,
    ) -> Known {
        let needs = permitted(needs, account);
        if needs.is_nothing() {
            return Known::default();
        }
        let (old, known) = self.read(needs, account.app_id(), openid, now).await;
        let lacks = known.lacks(needs);
        if lacks.is_nothing() {
            return known;
        }
        let asking = self.ask(lacks, account, openid);
        let asked = clock::within(account.answer_within() / 3, asking).await;
        let asked = asked
            .unwrap_or_else(|| Err("no answer in time".to_owned()))
            .unwrap_or_else(|why| {
                let (account, outcome) = (account.name.as_str(), "follower_unknown");
                tracing::warn!(account, outcome, detail = why, "not known in time");
                Known::default()
            });
        let known = Known {
            follower: known.follower.or(asked.follower),
            agents: known.agents.or(asked.agents),
        };
        if !known.lacks(needs).is_nothing() {
            count(account.name.as_str(), &["FollowersUnknown"], now);
        }
        Known {
            follower: known.follower.or(old),
            ..known
        }
    }

    /// What the table knows: a follower's row that is old but still stands, and what is new.
    async fn read(
        &self,
        needs: Needs,
        app_id: &AppId,
        openid: &str,
        now: Timestamp,
    ) -> (Option<Follower>, Known) {
        let follower = async {
            match needs.follower {
                true => readable(self.rows.follower(app_id, openid).await),
                false => None,
            }
        };
        let agents = async {
            match needs.agents {
                true => readable(self.rows.agents(app_id).await),
                false => None,
            }
        };
        let (follower, agents) = tokio::join!(follower, agents);
        let stands = follower.filter(|row| row.stands(now));
        let known = Known {
            follower: stands.clone().filter(|row| row.is_fresh(now)),
            agents: agents.filter(|row| row.is_fresh(now)),
        };
        (stands, known)
    }

    async fn ask(&self, needs: Needs, account: &Account, openid: &str) -> Result<Known, String> {
        let look_up = LookUpTask {
            account: account.name.to_string(),
            openid: openid.to_owned(),
            needs,
        };
        let call = serde_json::to_string(&ForwardCall::LookUp { look_up });
        let call = call.map_err(|error| error.to_string())?;
        let answer = self.functions.call(&self.forward, call).await?;
        match &answer.function_error {
            None => serde_json::from_slice(&answer.payload).map_err(|error| error.to_string()),
            Some(kind) => Err(answer.error_member("errorType").unwrap_or(kind.clone())),
        }
    }
}

/// What WeChat tells an account of that class.
fn permitted(needs: Needs, account: &Account) -> Needs {
    Needs {
        follower: needs.follower && account.may_call(&GetUserInfo::META) != Some(false),
        agents: needs.agents && account.may_call(&GetOnlineKfList::META) != Some(false),
    }
}

fn readable<T>(read: Result<Option<T>, StoreError>) -> Option<T> {
    read.unwrap_or_else(|error| {
        let outcome = error.error_type();
        tracing::warn!(outcome, detail = %error, "follower not read");
        None
    })
}
