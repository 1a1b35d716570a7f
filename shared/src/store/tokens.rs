//! Table `tokens`: one row a token, keyed `app_id` and `kind`; and the addresses that pushes of an account come from.

use super::{
    StoreError,
    table::{Item, Put, Table, Versioned, ends, text},
};
use crate::{
    callback_ips::CallbackIps,
    time::Timestamp,
    token::{Kind, Record},
};
use aws_sdk_dynamodb::Client;
use std::time::Duration;
use wechat_oa::ids::AppId;

/// After this long the rows of an account that is gone disappear.
const KEEP: Duration = Duration::from_secs(7 * 86_400);

/// The table of tokens and tickets.
#[derive(Debug, Clone)]
pub struct Tokens {
    table: Table,
}

/// The SDK repeats a write whose answer was lost: by its writer one knows one's own.
impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.writer == other.writer
    }
}

impl Versioned for Record {
    fn version(&self) -> u64 {
        self.version
    }
}

fn key(app_id: &AppId, kind: Kind) -> Item {
    Item::from([
        ("app_id".to_owned(), text(app_id.as_str())),
        ("kind".to_owned(), text(kind.as_str())),
    ])
}

/// A partition of its own: a policy that grants it grants no token.
fn callback_ips(app_id: &AppId) -> Item {
    Item::from([
        ("app_id".to_owned(), text(&format!("callback_ips#{app_id}"))),
        ("kind".to_owned(), text("callback_ips")),
    ])
}

impl Tokens {
    /// The tokens in the table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = Table::new(client, table);
        Self { table }
    }

    /// The row as it stands now; an empty one when there is none.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn read(&self, app_id: &AppId, kind: Kind) -> Result<Record, StoreError> {
        let found = self.table.get("tokens.read", key(app_id, kind)).await?;
        Ok(found.unwrap_or_default())
    }

    /// Replaces the row by `next`, which is one version on, if nobody else has since it was read.
    /// A repeat of this very write, as the SDK makes when an answer is lost, counts as done.
    ///
    /// # Errors
    /// When the table cannot be written; then the write may or may not have happened.
    pub async fn write(
        &self,
        app_id: &AppId,
        kind: Kind,
        next: &Record,
        now: Timestamp,
    ) -> Result<Put<Record>, StoreError> {
        let (key, more) = (key(app_id, kind), ends(now + KEEP));
        self.table.put_if("tokens.write", key, next, more).await
    }

    /// The addresses that pushes of an account come from, as WeChat told them last.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn callback_ips(&self, app_id: &AppId) -> Result<Option<CallbackIps>, StoreError> {
        let key = callback_ips(app_id);
        self.table.get("tokens.callback_ips", key).await
    }

    /// Replaces them.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn put_callback_ips(
        &self,
        app_id: &AppId,
        list: &CallbackIps,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "tokens.put_callback_ips";
        let (key, more) = (callback_ips(app_id), ends(list.at + KEEP));
        let put = self.table.put_request(OPERATION, key, list, more)?;
        self.table.sent(OPERATION, put.send().await).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        store::emulated::EmulatedTable,
        time::ms,
        token::{Decision, Grant, Terms, Why, decide, publish},
    };

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    async fn tokens() -> (Tokens, EmulatedTable) {
        let table = EmulatedTable::create(&["app_id", "kind"]).await;
        (Tokens::new(table.client.clone(), &table.name), table)
    }

    fn app() -> AppId {
        AppId::try_from("wx5f2c8a1d9e3b7046").unwrap()
    }

    fn lease(record: &Record, me: &str) -> Record {
        match decide(
            record,
            NOW,
            me,
            Why::Need,
            (Terms::Stable, Duration::ZERO),
            Duration::ZERO,
        ) {
            Decision::Lease(next) => *next,
            other => panic!("{other:?}"),
        }
    }

    fn grant(value: &str) -> Grant {
        Grant {
            value: value.into(),
            expires_in_s: 7200,
            asked: NOW,
            forced: false,
        }
    }

    const KIND: Kind = Kind::AccessToken;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_row_comes_back_as_it_was_written() {
        let (tokens, _table) = tokens().await;
        let empty = tokens.read(&app(), KIND).await.unwrap();
        assert_eq!((empty.version, empty.value.is_none()), (0, true));
        let held = lease(&empty, "me");
        assert!(matches!(
            tokens.write(&app(), KIND, &held, NOW).await.unwrap(),
            Put::Done
        ));
        let next = publish(&held, &grant("a"));
        tokens.write(&app(), KIND, &next, NOW).await.unwrap();
        let read = tokens.read(&app(), KIND).await.unwrap();
        assert!(read.holds("a") && read.lease_owner.is_none() && read.version == 2);
        let other = tokens.read(&app(), Kind::JsapiTicket).await.unwrap();
        assert_eq!(other.version, 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn addresses_come_back_and_are_no_token() {
        let (tokens, _table) = tokens().await;
        assert_eq!(tokens.callback_ips(&app()).await.unwrap(), None);
        let ips = ["101.226.103.0/25", "::1"].map(str::to_owned).into();
        let list = CallbackIps { ips, at: NOW };
        tokens.put_callback_ips(&app(), &list).await.unwrap();
        assert_eq!(tokens.callback_ips(&app()).await.unwrap(), Some(list));
        let token = tokens.read(&app(), KIND).await.unwrap();
        assert!(token.version == 0 && token.value.is_none());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_sixty_four_leases_at_once_one_is_had() {
        let (tokens, _table) = tokens().await;
        let empty = tokens.read(&app(), KIND).await.unwrap();
        let tries = (0..64).map(|n| {
            let (tokens, held) = (tokens.clone(), lease(&empty, &format!("me-{n}")));
            tokio::spawn(async move { tokens.write(&app(), KIND, &held, NOW).await.unwrap() })
        });
        let mut had = 0;
        for outcome in tries.collect::<Vec<_>>() {
            match outcome.await.unwrap() {
                Put::Done => had += 1,
                Put::Lost(row) => assert_eq!(row.version, 1),
                Put::Gone => panic!("nobody deletes it"),
            }
        }
        assert_eq!(had, 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_write_repeated_because_its_answer_was_lost_is_done() {
        let (tokens, _table) = tokens().await;
        let held = lease(&Record::default(), "me");
        let next = publish(&held, &grant("a"));
        for record in [&held, &held, &next, &next] {
            let write = tokens.write(&app(), KIND, record, NOW).await.unwrap();
            assert!(matches!(write, Put::Done));
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_late_answer_never_overwrites_a_newer_token() {
        let (tokens, _table) = tokens().await;
        let slow = lease(&Record::default(), "slow");
        tokens.write(&app(), KIND, &slow, NOW).await.unwrap();
        let Decision::Lease(quick) = decide(
            &slow,
            NOW + ms(1),
            "quick",
            Why::Need,
            (Terms::Stable, Duration::ZERO),
            crate::token::LEASE,
        ) else {
            panic!("a watched lease dies")
        };
        tokens.write(&app(), KIND, &quick, NOW).await.unwrap();
        let newer = publish(&quick, &grant("newer"));
        tokens.write(&app(), KIND, &newer, NOW).await.unwrap();
        let late = publish(&slow, &grant("older"));
        let write = tokens.write(&app(), KIND, &late, NOW).await.unwrap();
        assert!(matches!(write, Put::Lost(row) if row.holds("newer")));
        assert!(tokens.read(&app(), KIND).await.unwrap().holds("newer"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_table_out_of_reach_is_an_error_and_shows_no_token() {
        let (tokens, table) = tokens().await;
        if !table.stop() {
            return;
        }
        let next = publish(&Record::default(), &grant("sssssecret"));
        let error = tokens.write(&app(), KIND, &next, NOW).await.unwrap_err();
        assert_eq!(error.error_type(), "table_unreachable");
        assert!(!format!("{error:?}").contains("sssssecret"));
    }
}
