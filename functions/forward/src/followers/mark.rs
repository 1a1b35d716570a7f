//! Tags that rules give and take away.

use super::{Followers, by_id, is_refused};
use shared::{
    account::Account,
    followers::{Follower, Tag, TagRef},
    invocation::MarkTask,
    lambda::log_id,
    problem::Problem,
    store::Departure,
    time::millis,
};
use std::time::Duration;
use wechat_oa::api::tag::{BatchTag, BatchUntag, CreateTag};

/// A push is filed while its tags are asked for: its row may be this much later.
const FILED: Duration = Duration::from_millis(1_500);
/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A tag of that name is there already.
const NAME_TAKEN: i64 = 45_157;

impl Followers {
    /// Gives and takes away tags, and writes the one line about it.
    pub(crate) async fn mark(&self, task: &MarkTask) -> Result<&'static str, Problem> {
        let started = self.clock.now();
        let marked = self.try_mark(task).await;
        let (account, id) = (&task.account, log_id(&task.id));
        let ms = millis(self.clock.now().since(started));
        match &marked {
            Ok(outcome) => tracing::info!(account, id, outcome, ms, "mark"),
            Err(problem) => {
                let outcome = problem.error_type();
                tracing::error!(account, id, outcome, detail = %problem, ms, "mark");
            }
        }
        marked
    }

    async fn try_mark(&self, task: &MarkTask) -> Result<&'static str, Problem> {
        if self.is_gone(task, FILED).await? {
            return Ok("gone");
        }
        let account = &*self.accounts.get(&task.account).await?;
        let outcome = self.mark_of(account, task).await;
        if self.is_gone(task, Duration::ZERO).await? {
            let left = Departure::after(self.clock.now());
            let app_id = account.app_id();
            self.answers.erase(app_id, &task.openid, left).await?;
            return Ok("gone");
        }
        // Tags that are not what they were a while ago may be why.
        outcome.inspect_err(|_| self.forget_names(account))
    }

    async fn mark_of(&self, account: &Account, task: &MarkTask) -> Result<&'static str, Problem> {
        let (mut tagged, mut untagged) = (Vec::new(), Vec::new());
        for tag in &task.marks.tag {
            tagged.push(self.tag(account, tag).await?);
        }
        for tag in &task.marks.untag {
            let known = self.known_tag(account, tag).await?;
            untagged.extend(known.map(|tag| tag.id));
        }
        let ids: Vec<u32> = (tagged.iter().map(|tag| tag.id))
            .chain(untagged.iter().copied())
            .collect();
        let (app_id, now) = (account.app_id(), self.clock.now());
        let noted = |row: &Follower| row.asked(&ids, task.asked, now);
        let row = self.rows.change(app_id, &task.openid, now, noted).await?;
        tagged.retain(|tag| !row.is_overtaken(tag.id, task.asked));
        untagged.retain(|id| !row.is_overtaken(*id, task.asked));
        if tagged.is_empty() && untagged.is_empty() {
            return Ok("nothing_to_mark");
        }
        self.call(account, &task.openid, &tagged, &untagged).await?;
        let marked = |row: &Follower| row.marked(&tagged, &untagged);
        self.rows.change(app_id, &task.openid, now, marked).await?;
        Ok("marked")
    }

    async fn call(
        &self,
        account: &Account,
        openid: &str,
        tagged: &[Tag],
        untagged: &[u32],
    ) -> Result<(), Problem> {
        let (client, openid) = (self.clients.of(account), self.openid(openid)?);
        for tag in tagged {
            let request = BatchTag {
                openid_list: vec![openid.clone()],
                tagid: tag.id,
            };
            client.call(&request).await?;
        }
        for tagid in untagged {
            let request = BatchUntag {
                openid_list: vec![openid.clone()],
                tagid: *tagid,
            };
            client.call(&request).await?;
        }
        Ok(())
    }

    /// The tag that people mean; it is made where there is none of that name.
    async fn tag(&self, account: &Account, written: &TagRef) -> Result<Tag, Problem> {
        match (self.known_tag(account, written).await?, written) {
            (Some(known), _) => Ok(known),
            (None, TagRef::Id(id)) => Ok(by_id(&[], *id)),
            (None, TagRef::Name(name)) => self.new_tag(account, name).await,
        }
    }

    async fn new_tag(&self, account: &Account, name: &str) -> Result<Tag, Problem> {
        let created = self.clients.of(account).call(&CreateTag::new(name)).await;
        self.forget_names(account);
        let id = match created {
            Ok(created) => created.tag.id,
            Err(error) if is_refused(&error, &[NAME_TAKEN]) => {
                let names = self.names(account).await?;
                let taken = names.into_iter().find(|tag| tag.name == name);
                return taken.ok_or_else(|| error.into());
            }
            Err(error) => return Err(error.into()),
        };
        let name = name.to_owned();
        Ok(Tag { id, name })
    }

    /// The tag that people mean, if the account has it. What is in memory may not have it yet: another instance may have
    /// made it a moment ago.
    async fn known_tag(&self, account: &Account, written: &TagRef) -> Result<Option<Tag>, Problem> {
        let is_it = |tag: &Tag| tag.is(written);
        if let Some(known) = self.names(account).await?.into_iter().find(is_it) {
            return Ok(Some(known));
        }
        self.forget_names(account);
        Ok(self.names(account).await?.into_iter().find(is_it))
    }

    /// Whether the push went with its sender, who left.
    async fn is_gone(&self, task: &MarkTask, patience: Duration) -> Result<bool, Problem> {
        let until = self.clock.now() + patience;
        loop {
            if self.inbox.read(&task.id).await?.is_some() {
                return Ok(false);
            }
            let now = self.clock.now();
            if now >= until {
                return Ok(true);
            }
            self.clock.wait_until((now + LOOK_EVERY).min(until)).await;
        }
    }
}
