//! Sessions in the table `answers`: what the team's code keeps of a follower, keyed `app_id#openid` and
//! `session#NAME`.

use super::{
    StoreError,
    table::{Item, Put, Table, Versioned, crowded, ends, text},
};
use crate::{
    clock::SharedClock,
    problem::Problem,
    sessions::{CONFLICT, DAY, Session, check, check_name},
    time::Timestamp,
};
use aws_sdk_dynamodb::Client;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use wechat_oa::ids::AppId;

/// Writers of a row that may be in each other's way before one gives up that did not read it.
const TRIES: usize = 8;

impl Versioned for Session {
    fn version(&self) -> u64 {
        self.version
    }
}

/// The sessions of all followers.
#[derive(Debug, Clone)]
pub struct Sessions {
    table: Table,
    clock: SharedClock,
}

/// The sessions of the one follower who sent a push, as that push finds and leaves them.
///
/// A push that is run again after a crash finds what was there before its first run, so that it counts once.
/// Of two pushes side by side the later one to write what it read is refused with a
/// [`CONFLICT`](crate::sessions::CONFLICT): it reads again and decides anew. `forward` does that for a
/// handler that hands the conflict on.
pub struct UserSessions {
    table: Table,
    clock: SharedClock,
    /// `app_id#openid`.
    id: String,
    /// The mark of the push.
    push: String,
    asked: Timestamp,
    seen: Mutex<HashMap<String, Found>>,
}

/// A session as this run last saw it.
struct Found {
    row: Session,
    /// What it holds for this run, as JSON.
    value: Option<String>,
}

impl Sessions {
    /// The sessions in the table of that name.
    pub fn new(client: Client, table: impl Into<String>, clock: SharedClock) -> Self {
        let table = Table::new(client, table);
        Self { table, clock }
    }

    /// Those of a follower, for the push of that mark, which they made at `asked`.
    pub fn of(&self, app_id: &AppId, openid: &str, push: &str, asked: Timestamp) -> UserSessions {
        UserSessions {
            table: self.table.clone(),
            clock: self.clock.clone(),
            id: format!("{app_id}#{openid}"),
            push: push.to_owned(),
            asked: asked.min(self.clock.now()),
            seen: Mutex::default(),
        }
    }
}

impl UserSessions {
    /// What is kept under that name, of 1 to 128 bytes; `None` when nothing is, or when it has ended.
    ///
    /// # Errors
    /// When the table cannot be read, or what is there is no `T`.
    pub async fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        check_name(name)?;
        let seen = self.read().get(name).map(|found| found.value.clone());
        let value = match seen {
            Some(value) => value,
            None => {
                let row = self.found(name).await?;
                let value = row.seen_by(&self.push, self.clock.now());
                let value = value.map(ToOwned::to_owned);
                self.note(name, row, value.clone());
                value
            }
        };
        let value = value.map(|json| serde_json::from_str(&json)).transpose();
        value.map_err(|_| {
            let why = format!(
                "session '{name}' holds another type than is asked for: read it as serde_json::Value, or delete it"
            );
            Problem::new("session_type", 500, why)
        })
    }

    /// Keeps a value for that long from now, 30 days at most and [`DAY`] as a rule; of 64 KB as JSON at most.
    /// After a [`get`](Self::get) it is written only if no other push wrote meanwhile; without one it
    /// replaces whatever is there.
    ///
    /// # Errors
    /// What breaks a rule, a conflict, or why the table cannot be written.
    pub async fn put<T: Serialize>(
        &self,
        name: &str,
        value: &T,
        keep: Duration,
    ) -> Result<(), Problem> {
        let json = serde_json::to_string(value)?;
        check(name, &json, keep)?;
        // None is nothing, as for those who read it.
        self.write(name, Some(json).filter(|json| json != "null"), keep)
            .await
    }

    /// Deletes what is kept under that name, under the same conditions.
    ///
    /// # Errors
    /// A conflict, or why the table cannot be written.
    pub async fn delete(&self, name: &str) -> Result<(), Problem> {
        check_name(name)?;
        // The row stays, for a run that comes again.
        self.write(name, None, DAY).await
    }

    async fn found(&self, name: &str) -> Result<Session, StoreError> {
        let row = self.table.get("answers.session", self.key(name)).await?;
        Ok(row.unwrap_or_default())
    }

    async fn write(
        &self,
        name: &str,
        value: Option<String>,
        keep: Duration,
    ) -> Result<(), Problem> {
        const OPERATION: &str = "answers.put_session";
        let read = self.read().remove(name);
        let tries = if read.is_some() { 1 } else { TRIES };
        let mut row = match read {
            Some(found) => found.row,
            None => self.found(name).await?,
        };
        for _ in 0..tries {
            let now = self.clock.now();
            let next = row.with(&self.push, value.clone(), keep, self.asked, now);
            let Some(next) = next else {
                self.note(name, row, value);
                return Ok(());
            };
            let (key, more) = (self.key(name), ends(next.ends()));
            match self.table.put_if(OPERATION, key, &next, more).await? {
                Put::Done => {
                    self.note(name, next, value);
                    return Ok(());
                }
                put => row = put.or(next),
            }
        }
        Err(match tries {
            1 => conflict(name),
            _ => crowded(OPERATION).into(),
        })
    }

    fn note(&self, name: &str, row: Session, value: Option<String>) {
        let found = Found { row, value };
        self.read().insert(name.to_owned(), found);
    }

    fn key(&self, name: &str) -> Item {
        Item::from([
            ("id".to_owned(), text(&self.id)),
            ("part".to_owned(), text(&format!("session#{name}"))),
        ])
    }

    fn read(&self) -> MutexGuard<'_, HashMap<String, Found>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn conflict(name: &str) -> Problem {
    let why = format!(
        "another push of this follower changed session '{name}' meanwhile: read it again and decide anew"
    );
    Problem::new(CONFLICT, 409, why)
}

#[cfg(test)]
mod tests;
