//! Rows of what is known of followers, in the table `answers`, so that they go with the follower; and of each account,
//! whether its agents are at work.

use super::{
    StoreError,
    table::{Item, Put, Table, Versioned, ends, text},
};
use crate::{
    followers::{AT_WORK, Agents, Follower, KEEP},
    time::Timestamp,
};
use aws_sdk_dynamodb::Client;
use wechat_oa::ids::AppId;

/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 8;

impl Versioned for Follower {
    fn version(&self) -> u64 {
        self.version
    }
}

/// What is known of followers.
#[derive(Debug, Clone)]
pub struct Followers {
    table: Table,
}

impl Followers {
    /// The rows in the table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = Table::new(client, table);
        Self { table }
    }

    /// What is known of a follower, new or old.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn follower(
        &self,
        app_id: &AppId,
        openid: &str,
    ) -> Result<Option<Follower>, StoreError> {
        let key = follower(app_id, openid);
        self.table.get("followers.follower", key).await
    }

    /// Writes what WeChat told of a follower, unless somebody wrote since the row was read: that is no older.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn renew(
        &self,
        app_id: &AppId,
        openid: &str,
        next: &Follower,
    ) -> Result<Put<Follower>, StoreError> {
        let (key, more) = (follower(app_id, openid), ends(next.at + KEEP));
        self.table.put_if("followers.renew", key, next, more).await
    }

    /// Writes what `next` makes of the row of a follower, as it stands.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub async fn change(
        &self,
        app_id: &AppId,
        openid: &str,
        now: Timestamp,
        next: impl Fn(&Follower) -> Follower,
    ) -> Result<Follower, StoreError> {
        const OPERATION: &str = "followers.change";
        let found = self.follower(app_id, openid).await?.unwrap_or_default();
        let (key, more) = (follower(app_id, openid), ends(now + KEEP));
        let next = |found: &Follower| Ok::<_, StoreError>(next(found));
        let change = self.table.change(OPERATION, TRIES, key, found, more, next);
        change.await?
    }

    /// Whether the account's agents were at work when WeChat was last asked.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn agents(&self, app_id: &AppId) -> Result<Option<Agents>, StoreError> {
        self.table.get("followers.agents", agents(app_id)).await
    }

    /// Writes whether the account's agents are at work.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn put_agents(&self, app_id: &AppId, row: Agents) -> Result<(), StoreError> {
        const OPERATION: &str = "followers.put_agents";
        let more = ends(row.at + AT_WORK);
        let put = self
            .table
            .put_request(OPERATION, agents(app_id), &row, more)?;
        self.table.sent(OPERATION, put.send().await).map(drop)
    }
}

fn follower(app_id: &AppId, openid: &str) -> Item {
    key(&format!("{app_id}#{openid}"), "follower")
}

fn agents(app_id: &AppId) -> Item {
    key(app_id.as_str(), "agents")
}

fn key(id: &str, part: &str) -> Item {
    Item::from([("id".to_owned(), text(id)), ("part".to_owned(), text(part))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        followers::Tag,
        store::{Answers, Departure, emulated::EmulatedTable},
        time::ms,
    };
    use std::sync::LazyLock;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    static APP: LazyLock<AppId> = LazyLock::new(|| AppId::try_from("wx5f2c8a1d9e3b7046").unwrap());

    fn tag(id: u32) -> Tag {
        let name = format!("t{id}");
        Tag { id, name }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_older_takes_nothing_away() {
        let table = EmulatedTable::create(&["id", "part"]).await;
        let rows = &Followers::new(table.client.clone(), &table.name);
        assert_eq!(rows.follower(&APP, "o1").await.unwrap(), None);
        let looked = Follower::default().renewed(Vec::new(), "张".into(), NOW);
        // A mark that comes while WeChat is asked.
        let mark = |found: &Follower| found.marked(&[tag(7)], &[]);
        rows.change(&APP, "o1", NOW, mark).await.unwrap();
        let put = rows.renew(&APP, "o1", &looked).await.unwrap();
        assert!(matches!(put, Put::Lost(row) if row.tags == [tag(7)]));
        let found = rows.follower(&APP, "o1").await.unwrap().unwrap();
        assert_eq!((found.at, found.version), (Timestamp::default(), 1));
        let next = found.renewed(vec![tag(7)], "张".into(), NOW);
        assert_eq!(rows.renew(&APP, "o1", &next).await.unwrap(), Put::Done);
        assert_eq!(rows.follower(&APP, "o1").await.unwrap(), Some(next));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn marks_side_by_side_all_count() {
        let table = EmulatedTable::create(&["id", "part"]).await;
        let rows = &Followers::new(table.client.clone(), &table.name);
        let mark = |id| rows.change(&APP, "o1", NOW, move |row| row.marked(&[tag(id)], &[]));
        let (a, b, c) = tokio::join!(mark(1), mark(2), mark(3));
        a.and(b).and(c).unwrap();
        let found = rows.follower(&APP, "o1").await.unwrap().unwrap();
        assert_eq!(found.tags.len(), 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_follower_goes_and_the_agents_stay() {
        let table = EmulatedTable::create(&["id", "part"]).await;
        let rows = Followers::new(table.client.clone(), &table.name);
        let row = Follower::default().renewed(vec![tag(1)], String::new(), NOW);
        rows.renew(&APP, "o1", &row).await.unwrap();
        let agents = Agents {
            online: true,
            at: NOW,
        };
        rows.put_agents(&APP, agents).await.unwrap();
        let answers = Answers::new(table.client.clone(), &table.name);
        let left = Departure::after(NOW + ms(1));
        assert_eq!(answers.erase(&APP, "o1", left).await.unwrap(), 1);
        assert_eq!(rows.follower(&APP, "o1").await.unwrap(), None);
        assert_eq!(rows.agents(&APP).await.unwrap(), Some(agents));
        let expires = &table.scan().await[0]["expires_at"];
        assert_eq!(expires.as_n().unwrap(), "1800000030");
    }
}
