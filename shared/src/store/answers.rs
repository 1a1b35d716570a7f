//! Table `answers`: what of a user's answers is not read yet, keyed `app_id#openid` and part.

use super::{
    Departure, StoreError,
    table::{Item, Put, Table, Versioned, crowded, ends, number, text},
};
use crate::{
    answers::{Added, Collecting, KEEP, PieceOf, Uncollected},
    time::Timestamp,
};
use aws_sdk_dynamodb::Client;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use wechat_oa::{callback::Reply, ids::AppId};

/// The part of the row that says which answers wait.
const UNCOLLECTED: &str = "uncollected";
/// Requests for the pieces of an answer under way at once.
const SIDE_BY_SIDE: usize = 8;
/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 8;

/// The table of answers.
#[derive(Debug, Clone)]
pub struct Answers {
    table: Table,
}

/// A piece of an answer.
#[derive(Deserialize)]
struct Piece {
    reply: String,
}

/// A row, as far as it is deleted by.
#[derive(Deserialize)]
struct Found {
    part: String,
}

impl Versioned for Uncollected {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Answers {
    /// The answers in the table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = Table::new(client, table);
        Self { table }
    }

    /// What of a user's answers waits.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn uncollected(&self, app_id: &AppId, user: &str) -> Result<Uncollected, StoreError> {
        let key = key(app_id, user, UNCOLLECTED);
        let row = self.table.get("answers.uncollected", key).await?;
        Ok(row.unwrap_or_default())
    }

    /// Writes the pieces of an answer, from 0; any number of times. Nobody reads them until [`add`](Self::add) names
    /// them.
    ///
    /// # Errors
    /// When the table cannot be written; some may be there.
    pub async fn put_pieces(
        &self,
        app_id: &AppId,
        user: &str,
        set: &str,
        pieces: &[Reply],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "answers.put_pieces";
        let puts: Vec<_> = (0..)
            .zip(pieces)
            .map(|(number, piece)| {
                let reply = serde_json::to_string(piece).unwrap_or_default();
                let row = serde_json::json!({ "reply": reply, "at_ms": now });
                let key = key(app_id, user, &part(set, number));
                self.table
                    .put_request(OPERATION, key, &row, ends(now + KEEP))
            })
            .collect::<Result<_, _>>()?;
        stream::iter(puts)
            .map(async |put| self.table.sent(OPERATION, put.send().await).map(drop))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await
    }

    /// A piece of an answer; `None` when it is gone.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn piece(
        &self,
        app_id: &AppId,
        user: &str,
        set: &str,
        number: u32,
    ) -> Result<Option<Reply>, StoreError> {
        let key = key(app_id, user, &part(set, number));
        let piece: Option<Piece> = self.table.get("answers.piece", key).await?;
        Ok(piece.and_then(|piece| serde_json::from_str(&piece.reply).ok()))
    }

    /// Adds an answer to those that wait, or more of it.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn add(
        &self,
        app_id: &AppId,
        user: &str,
        added: Added<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut row = self.uncollected(app_id, user).await?;
        for _ in 0..TRIES {
            let Some(next) = row.added(added, now) else {
                return Ok(());
            };
            match self.put(app_id, user, &next).await? {
                Put::Done => return Ok(()),
                put => row = put.or(next),
            }
        }
        Err(crowded("answers.add"))
    }

    /// Adds one piece of an answer, which WeChat refused as a message.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn add_piece(
        &self,
        app_id: &AppId,
        user: &str,
        piece: &PieceOf,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // Under a name of its own: others of its answer may be added before and after it.
        let id = format!("{}/{}", piece.answer, piece.piece);
        let added = piece.added(&id, piece.piece..piece.piece + 1, now);
        self.add(app_id, user, added, now).await
    }

    /// Adds the pieces behind one that is settled as a message, where they are to be collected.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn add_rest(
        &self,
        app_id: &AppId,
        user: &str,
        settled: &PieceOf,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(rest) = settled.then.clone() else {
            return Ok(());
        };
        let added = settled.added(&settled.answer, rest, now);
        self.add(app_id, user, added, now).await
    }

    /// Collects for a push, by what was last seen of the row: what it got, or why nothing.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn collect(
        &self,
        app_id: &AppId,
        user: &str,
        mut row: Uncollected,
        push: &str,
        now: Timestamp,
    ) -> Result<Collecting, StoreError> {
        for _ in 0..TRIES {
            let (given, next) = match row.collect(push, now) {
                Collecting::Takes(given, next) => (given, *next),
                other => return Ok(other),
            };
            match self.put(app_id, user, &next).await? {
                Put::Done => return Ok(Collecting::Had(given)),
                put => row = put.or(next),
            }
        }
        Err(crowded("answers.collect"))
    }

    /// Deletes everything of a user who left that was there before.
    ///
    /// # Errors
    /// When the table cannot be read or written; some may be left.
    pub async fn erase(
        &self,
        app_id: &AppId,
        user: &str,
        left: Departure,
    ) -> Result<usize, StoreError> {
        const OPERATION: &str = "answers.erase";
        let rows = self
            .table
            .query("id = :id")
            .projection_expression("id, part")
            .expression_attribute_values(":id", text(&id(app_id, user)))
            .consistent_read(true);
        let rows: Vec<Found> = self.table.all(OPERATION, rows).await?;
        stream::iter(rows)
            .map(|row| {
                let deletion = self
                    .table
                    .deletion(key(app_id, user, &row.part))
                    .condition_expression("attribute_not_exists(at_ms) OR at_ms <= :left")
                    .expression_attribute_values(":left", number(left.ours));
                self.table.delete_if(OPERATION, deletion)
            })
            .buffer_unordered(SIDE_BY_SIDE)
            .try_fold(0, async |gone, held| Ok(gone + usize::from(held)))
            .await
    }

    async fn put(
        &self,
        app_id: &AppId,
        user: &str,
        next: &Uncollected,
    ) -> Result<Put<Uncollected>, StoreError> {
        let key = key(app_id, user, UNCOLLECTED);
        let mut more = ends(next.ends());
        more.insert("at_ms".to_owned(), number(next.asked()));
        self.table.put_if("answers.put", key, next, more).await
    }
}

fn id(app_id: &AppId, user: &str) -> String {
    format!("{app_id}#{user}")
}

fn key(app_id: &AppId, user: &str, part: &str) -> Item {
    Item::from([
        ("id".to_owned(), text(&id(app_id, user))),
        ("part".to_owned(), text(part)),
    ])
}

/// Pieces stand in their order.
fn part(set: &str, number: u32) -> String {
    format!("piece#{set}#{number:05}")
}

#[cfg(test)]
mod tests;
