//! Rows of assistants in the table `answers`: what a follower said to each, and how often today.

use super::{
    StoreError,
    table::{Item, Table, Versioned, ends, text},
};
use crate::{
    assistant::{Admission, Asked, Memory, Turn},
    beijing,
    time::Timestamp,
};
use aws_sdk_dynamodb::Client;
use std::time::Duration;
use wechat_oa::ids::AppId;

/// How long rows are kept after their last change.
const KEEP: Duration = Duration::from_secs(2 * 86_400);
/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 4;

impl Versioned for Memory {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Versioned for Asked {
    fn version(&self) -> u64 {
        self.version
    }
}

/// What assistants keep of followers.
#[derive(Debug, Clone)]
pub struct Assistants {
    table: Table,
}

/// One follower and one assistant.
#[derive(Debug, Clone, Copy)]
pub struct Conversation<'a> {
    pub app_id: &'a AppId,
    pub openid: &'a str,
    /// The name of the assistant.
    pub assistant: &'a str,
}

impl Conversation<'_> {
    fn key(&self, kind: &str) -> Item {
        let id = format!("{}#{}", self.app_id, self.openid);
        let part = format!("{kind}#{}", self.assistant);
        Item::from([
            ("id".to_owned(), text(&id)),
            ("part".to_owned(), text(&part)),
        ])
    }
}

impl Assistants {
    /// The rows in the table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = Table::new(client, table);
        Self { table }
    }

    /// What was said so far.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn memory(&self, of: Conversation<'_>) -> Result<Memory, StoreError> {
        let found = self
            .table
            .get("assistants.memory", of.key("memory"))
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Adds a turn, once however often that is done, and keeps the last `most`.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn remember(
        &self,
        of: Conversation<'_>,
        turn: &Turn,
        most: u16,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let next = |memory: &Memory| memory.with(turn.clone(), most);
        self.change("assistants.remember", of, now, next).await
    }

    /// Forgets what was asked before `now`.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn forget(&self, of: Conversation<'_>, now: Timestamp) -> Result<(), StoreError> {
        let next = |memory: &Memory| memory.forgotten(now);
        self.change("assistants.forget", of, now, next).await
    }

    async fn change(
        &self,
        operation: &'static str,
        of: Conversation<'_>,
        now: Timestamp,
        next: impl Fn(&Memory) -> Memory,
    ) -> Result<(), StoreError> {
        let memory = self.memory(of).await?;
        let next = |memory: &Memory| Ok::<_, ()>(next(memory));
        let (key, more) = (of.key("memory"), ends(now + KEEP));
        let change = self.table.change(operation, TRIES, key, memory, more, next);
        change.await.map(drop)
    }

    /// Counts the question of a push, by its mark, once; whether it is one of the `per_day` that are
    /// answered on a day in Beijing.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub async fn admits(
        &self,
        of: Conversation<'_>,
        push: &str,
        per_day: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "assistants.admits";
        let key = of.key("asked");
        let asked: Option<Asked> = self.table.get(OPERATION, key.clone()).await?;
        let day = beijing::day(now);
        let next = |asked: &Asked| match asked.admit(day, push, per_day) {
            Admission::Next(next) => Ok(next),
            Admission::Counted => Err(true),
            Admission::Full => Err(false),
        };
        let (asked, more) = (asked.unwrap_or_default(), ends(now + KEEP));
        let change = self.table.change(OPERATION, TRIES, key, asked, more, next);
        Ok(change.await?.map_or_else(|admitted| admitted, |_| true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        assistant::{Question, messages},
        store::emulated::EmulatedTable,
    };
    use std::sync::LazyLock;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    static APP: LazyLock<AppId> = LazyLock::new(|| AppId::try_from("wx5f2c8a1d9e3b7046").unwrap());

    fn of(assistant: &str) -> Conversation<'_> {
        Conversation {
            app_id: &APP,
            openid: "o1",
            assistant,
        }
    }

    fn turn(push: &str) -> Turn {
        Turn {
            push: push.into(),
            at: NOW,
            question: "问".into(),
            answer: "答".into(),
        }
    }

    async fn told(rows: &Assistants, assistant: &str) -> usize {
        let question = Question {
            text: "?".into(),
            picture: None,
        };
        let memory = rows.memory(of(assistant)).await.unwrap();
        messages("", &memory, 50, "", &question).len() - 1
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn turns_are_kept_once_beside_each_other_and_forgotten() {
        let table = EmulatedTable::create(&["id", "part"]).await;
        let rows = &Assistants::new(table.client.clone(), &table.name);
        let (one, two) = (turn("1"), turn("2"));
        let remember = |turn| rows.remember(of("a"), turn, 10, NOW);
        let (first, other, again) = tokio::join!(remember(&one), remember(&two), remember(&one));
        first.and(other).and(again).unwrap();
        assert_eq!(told(rows, "a").await, 4);
        assert_eq!(told(rows, "b").await, 0);
        rows.forget(of("a"), NOW).await.unwrap();
        assert_eq!(told(rows, "a").await, 0);
        let row = &table.scan().await[0];
        assert_eq!(row["expires_at"].as_n().unwrap(), "1800172800");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_day_has_its_questions_and_a_repeat_is_none() {
        let table = EmulatedTable::create(&["id", "part"]).await;
        let rows = Assistants::new(table.client.clone(), &table.name);
        let admits = async |push: &str, now| rows.admits(of("a"), push, 2, now).await.unwrap();
        assert!(admits("1", NOW).await && admits("1", NOW).await && admits("2", NOW).await);
        assert!(!admits("3", NOW).await);
        assert!(admits("2", NOW).await);
        assert!(admits("3", NOW + KEEP).await);
        assert_eq!(table.scan().await.len(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_at_once_do_not_pass_the_limit() {
        let table = EmulatedTable::create(&["id", "part"]).await;
        let rows = &Assistants::new(table.client.clone(), &table.name);
        let one = |push: &'static str| rows.admits(of("a"), push, 2, NOW);
        let (a, b, c, d) = tokio::join!(one("1"), one("2"), one("3"), one("4"));
        let admitted = [a, b, c, d]
            .into_iter()
            .filter(|a| matches!(a, Ok(true)))
            .count();
        assert!(admitted <= 2, "{admitted}");
    }
}
