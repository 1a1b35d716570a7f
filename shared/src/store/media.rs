//! Table `media`: one row an account, type and content, keyed by [`MediaKey::id`].

use super::{
    StoreError,
    table::{Table, id, number, text, value},
};
use crate::{
    media::{LEASE, MediaKey, RESERVE, Row, Stored},
    time::Timestamp,
};
use aws_sdk_dynamodb::{Client, operation::update_item::builders::UpdateItemFluentBuilder};
use std::time::Duration;

/// After this long a row whose upload never came to anything disappears.
const KEEP: Duration = Duration::from_secs(86_400);

/// The table of uploads.
#[derive(Debug, Clone)]
pub struct Media {
    table: Table,
}

impl Media {
    /// The uploads in the table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = Table::new(client, table);
        Self { table }
    }

    /// Takes the lease for `me` unless the row holds good media, uploaded at `since` or later, or
    /// another's lease. The row that comes back tells which; asked again, the lease is still had.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn bid(
        &self,
        key: &MediaKey,
        me: &str,
        now: Timestamp,
        since: Timestamp,
    ) -> Result<Row, StoreError> {
        let update = self
            .update(key)
            .update_expression(
                "SET lease_owner = :me, lease_until = :until, expires_at = if_not_exists(expires_at, :gone)",
            )
            .condition_expression(
                "(attribute_not_exists(lease_until) OR lease_until <= :now OR lease_owner = :me) \
                 AND (attribute_not_exists(#stored) OR #stored.ends_ms <= :late OR #stored.stored_ms < :since)",
            )
            .expression_attribute_names("#stored", "stored")
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":until", number(now + LEASE))
            .expression_attribute_values(":late", number(now + RESERVE))
            .expression_attribute_values(":since", number(since))
            .expression_attribute_values(":gone", number((now + KEEP).as_secs()));
        self.table.row("media.bid", update).await
    }

    /// Files what `me` uploaded. If the lease went to another meanwhile, theirs stands; both work.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn publish(
        &self,
        key: &MediaKey,
        me: &str,
        stored: &Stored,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "media.publish";
        let update = self
            .update(key)
            .condition_expression("lease_owner = :me")
            .expression_attribute_names("#stored", "stored")
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":stored", value(OPERATION, stored)?);
        let update = match stored.ends {
            Some(ends) => update
                .update_expression(
                    "SET #stored = :stored, expires_at = :end REMOVE lease_owner, lease_until",
                )
                .expression_attribute_values(":end", number(ends.as_secs())),
            None => update.update_expression(
                "SET #stored = :stored REMOVE lease_owner, lease_until, expires_at",
            ),
        };
        self.table.row::<Row>(OPERATION, update).await.map(drop)
    }

    /// Gives the lease back after an upload that failed, so that the next caller need not wait.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn release(&self, key: &MediaKey, me: &str) -> Result<(), StoreError> {
        let update = self
            .update(key)
            .update_expression("REMOVE lease_owner, lease_until")
            .condition_expression("lease_owner = :me")
            .expression_attribute_values(":me", text(me));
        self.table
            .row::<Row>("media.release", update)
            .await
            .map(drop)
    }

    fn update(&self, key: &MediaKey) -> UpdateItemFluentBuilder {
        self.table.update(id(&key.id()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        media::{LIFE, MediaKind, Step, next_step},
        store::emulated::EmulatedTable,
        time::ms,
    };
    use futures_util::StreamExt as _;
    use wechat_oa::ids::AppId;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    async fn media() -> (Media, EmulatedTable) {
        let table = EmulatedTable::create(&["id"]).await;
        (Media::new(table.client.clone(), &table.name), table)
    }

    fn key() -> MediaKey {
        MediaKey {
            app_id: AppId::try_from("wx5f2c8a1d9e3b7046").unwrap(),
            kind: MediaKind::Image,
            permanent: false,
            sha256: "ab".into(),
        }
    }

    fn picture(id: &str, ends: Option<Timestamp>) -> Stored {
        Stored {
            media_id: id.into(),
            url: None,
            ends,
            stored: NOW,
        }
    }

    async fn step(media: &Media, me: &str, now: Timestamp, since: Timestamp) -> Step {
        let row = media.bid(&key(), me, now, since).await.unwrap();
        next_step(&row, me, now, since)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_a_thousand_callers_at_once_one_uploads() {
        let (media, _table) = media().await;
        let bids = (0..1000).map(|n| {
            let media = media.clone();
            async move { step(&media, &format!("me-{n}"), NOW, Timestamp::from_millis(0)).await }
        });
        // As many connections at once as the table of a test takes.
        let bids = futures_util::stream::iter(bids).buffer_unordered(64);
        let bids: Vec<_> = bids.collect().await;
        let mut uploads = 0;
        for bid in bids {
            match bid {
                Step::Upload => uploads += 1,
                Step::Wait => {}
                Step::Reuse(stored) => panic!("{stored:?} was never uploaded"),
            }
        }
        assert_eq!(uploads, 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_uploaded_is_used_until_its_end_is_near() {
        let (media, _table) = media().await;
        assert_eq!(
            step(&media, "a", NOW, Timestamp::from_millis(0)).await,
            Step::Upload
        );
        assert_eq!(
            step(&media, "a", NOW, Timestamp::from_millis(0)).await,
            Step::Upload,
            "a repeat of the request"
        );
        let end = NOW + LIFE;
        let stored = picture("m1", Some(end));
        media.publish(&key(), "a", &stored).await.unwrap();
        assert_eq!(
            step(&media, "b", NOW, Timestamp::from_millis(0)).await,
            Step::Reuse(stored.clone())
        );
        let late = end - RESERVE;
        assert_eq!(
            step(&media, "b", late - ms(1), Timestamp::from_millis(0)).await,
            Step::Reuse(stored)
        );
        assert_eq!(
            step(&media, "b", late, Timestamp::from_millis(0)).await,
            Step::Upload
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_uploader_that_dies_is_replaced_and_one_that_fails_at_once() {
        let (media, _table) = media().await;
        assert_eq!(
            step(&media, "dead", NOW, Timestamp::from_millis(0)).await,
            Step::Upload
        );
        assert_eq!(
            step(&media, "b", NOW + LEASE - ms(1), Timestamp::from_millis(0)).await,
            Step::Wait
        );
        assert_eq!(
            step(&media, "b", NOW + LEASE, Timestamp::from_millis(0)).await,
            Step::Upload
        );
        media
            .publish(&key(), "dead", &picture("late", None))
            .await
            .unwrap();
        assert_eq!(
            step(&media, "c", NOW + LEASE, Timestamp::from_millis(0)).await,
            Step::Wait
        );
        media.release(&key(), "b").await.unwrap();
        assert_eq!(
            step(&media, "c", NOW + LEASE, Timestamp::from_millis(0)).await,
            Step::Upload
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn permanent_media_stays_until_a_fresh_upload_is_asked_for() {
        let (media, _table) = media().await;
        assert_eq!(
            step(&media, "a", NOW, Timestamp::from_millis(0)).await,
            Step::Upload
        );
        let stored = picture("m1", None);
        media.publish(&key(), "a", &stored).await.unwrap();
        let later = NOW + ms(400) * 86_400_000;
        assert_eq!(
            step(&media, "b", later, Timestamp::from_millis(0)).await,
            Step::Reuse(stored)
        );
        assert_eq!(step(&media, "b", later, later).await, Step::Upload);
    }
}
