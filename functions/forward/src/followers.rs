//! Asks WeChat what rules need to know of a follower, and gives and takes away tags.

mod mark;

use shared::{
    account::Account,
    clock::SharedClock,
    followers::{Agents, Follower, Known, Tag},
    invocation::LookUpTask,
    lambda::{Accounts, Clients, Context},
    problem::Problem,
    store::{self, Answers, Inbox},
    time::Timestamp,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use wechat_oa::{
    api::{Error, client::Timing, kf_account::GetOnlineKfList, tag::GetTags, user::GetUserInfo},
    ids::{AppId, OpenId},
};

/// A look-up that takes longer ends: the push that asked has its answer, and what comes a little later is for the next.
const LOOK_UP: Duration = Duration::from_secs(5);
/// How long the names of an account's tags are kept in memory.
const NAMES: Duration = Duration::from_secs(600);
/// WeChat's answers for accounts that may not call, or have no customer service: nothing will ever be told.
const NEVER: [i64; 2] = [48_001, 65_400];

/// The tags of an account, and when they were read.
type Names = HashMap<AppId, (Timestamp, Vec<Tag>)>;

/// What WeChat knows of followers.
pub(crate) struct Followers {
    accounts: Accounts,
    clients: Clients,
    rows: store::Followers,
    answers: Answers,
    inbox: Inbox,
    clock: SharedClock,
    names: Mutex<Names>,
}

impl Followers {
    pub(crate) fn new(context: &mut Context, accounts: Accounts) -> Self {
        Self {
            accounts,
            clients: context.clients(Timing::default()),
            rows: context.followers(),
            answers: context.answers(),
            inbox: context.inbox(),
            clock: context.clock(),
            names: Mutex::default(),
        }
    }

    /// What is known, and new; what WeChat does not tell is left out, with a line in the log.
    pub(crate) async fn look_up(&self, task: &LookUpTask) -> Result<Known, Problem> {
        let account = self.accounts.get(&task.account).await?;
        let follower = async {
            match task.needs.follower {
                true => self.told(
                    "follower",
                    &account,
                    self.follower(&account, &task.openid).await,
                ),
                false => None,
            }
        };
        let agents = async {
            match task.needs.agents {
                true => self.told("agents", &account, self.agents(&account).await),
                false => None,
            }
        };
        let both = async { tokio::join!(follower, agents) };
        let told = tokio::time::timeout(LOOK_UP, both).await;
        let (follower, agents) = told.map_err(|_| {
            let why = format!("WeChat told nothing within {LOOK_UP:?}");
            Problem::new("forward_not_told", 500, why)
        })?;
        Ok(Known { follower, agents })
    }

    fn told<T>(&self, what: &str, account: &Account, told: Result<T, Problem>) -> Option<T> {
        told.inspect_err(|problem| {
            let (account, outcome) = (account.name.as_str(), problem.error_type());
            tracing::warn!(account, what, outcome, detail = %problem, "looked up");
        })
        .ok()
    }

    /// What is known of a follower, from WeChat unless that was asked a moment ago.
    async fn follower(&self, account: &Account, openid: &str) -> Result<Follower, Problem> {
        let (app_id, at) = (account.app_id(), self.clock.now());
        let seen = self
            .rows
            .follower(app_id, openid)
            .await?
            .unwrap_or_default();
        if seen.is_fresh(at) {
            return Ok(seen);
        }
        let openid_of = GetUserInfo {
            openid: self.openid(openid)?,
            lang: None,
        };
        let client = self.clients.of(account);
        let (told, names) = tokio::join!(client.call(&openid_of), self.names(account));
        let next = match told {
            Err(error) if is_never(&error) => seen.renewed(Vec::new(), String::new(), at),
            // Who does not follow has no tags, and no row that would have to be erased.
            Ok(told) if !told.subscribe => return Ok(seen.renewed(Vec::new(), String::new(), at)),
            told => {
                let (told, mut names) = (told?, names?);
                let is_named = |id: &u32| names.iter().any(|tag| tag.id == *id);
                if !told.tagid_list.iter().all(is_named) {
                    self.forget_names(account);
                    names = self.names(account).await?;
                }
                let tags = told.tagid_list.iter().map(|id| by_id(&names, *id));
                seen.renewed(tags.collect(), told.remark, at)
            }
        };
        self.rows.renew(app_id, openid, &next).await?;
        Ok(next)
    }

    /// Whether an agent is online: its status is 0 for one that is not
    /// (<https://developers.weixin.qq.com/doc/subscription/api/customer/servicermanage/api_getonlinekflist.html>).
    async fn agents(&self, account: &Account) -> Result<Agents, Problem> {
        let at = self.clock.now();
        let told = self.clients.of(account).call(&GetOnlineKfList {}).await;
        let online = match told {
            Err(error) if is_never(&error) => false,
            told => (told?.kf_online_list.iter()).any(|agent| agent.status != 0),
        };
        let agents = Agents { online, at };
        self.rows.put_agents(account.app_id(), agents).await?;
        Ok(agents)
    }

    async fn names(&self, account: &Account) -> Result<Vec<Tag>, Problem> {
        let (app_id, now) = (account.app_id(), self.clock.now());
        let is_new = |(read, _): &&(Timestamp, _)| now.since(*read) < NAMES;
        if let Some((_, names)) = self.read_names().get(app_id).filter(is_new) {
            return Ok(names.clone());
        }
        let told = self.clients.of(account).call(&GetTags {}).await?;
        let tag = |tag: wechat_oa::api::tag::Tag| Tag {
            id: tag.id,
            name: tag.name,
        };
        let names: Vec<Tag> = told.tags.into_iter().map(tag).collect();
        let kept = (now, names.clone());
        self.read_names().insert(app_id.clone(), kept);
        Ok(names)
    }

    fn forget_names(&self, account: &Account) {
        self.read_names().remove(account.app_id());
    }

    fn read_names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn openid(&self, text: &str) -> Result<OpenId, Problem> {
        OpenId::try_from(text).map_err(|error| {
            let why = format!("who sent the push is no follower: openid: {error}");
            Problem::new("forward_wrong_task", 500, why)
        })
    }
}

fn by_id(names: &[Tag], id: u32) -> Tag {
    let known = names.iter().find(|tag| tag.id == id);
    known.cloned().unwrap_or(Tag {
        id,
        name: String::new(),
    })
}

fn is_never(error: &Error) -> bool {
    is_refused(error, &NEVER)
}

fn is_refused(error: &Error, codes: &[i64]) -> bool {
    (error.refusal()).is_some_and(|refusal| codes.contains(&refusal.errcode))
}
