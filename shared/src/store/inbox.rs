//! Table `inbox`: one row a push, keyed `app_id#dedupe key`.

mod erase;

pub use erase::{Erased, REPEATS};

use super::StoreError;
use super::table::{Table, id as key, number, text, value};
use crate::{
    inbox::{BEGIN_LEASE, KEEP, NOBODY, Row},
    time::Timestamp,
};
use aws_sdk_dynamodb::{
    Client, operation::update_item::builders::UpdateItemFluentBuilder, types::AttributeValue,
};
use wechat_oa::{callback::ACKNOWLEDGEMENT, ids::AppId};

/// The state of a row whose reply is written; states are for those who read the table.
const REPLIED: &str = "replied";

/// The first attempt writes, every attempt counts, and all read the same row back.
const FILE: &str = "SET account = if_not_exists(account, :account), app_id = if_not_exists(app_id, :app_id), \
    kind = if_not_exists(kind, :kind), push = if_not_exists(push, :push), \
    received_at = if_not_exists(received_at, :now), expires_at = if_not_exists(expires_at, :expires_at), \
    #state = if_not_exists(#state, :state)";
/// An index takes no empty key: a push whose sender does not read has none.
const FILE_SENDER: &str = ", openid = if_not_exists(openid, :openid)";

/// A push on its way into the inbox.
#[derive(Debug, Clone, Copy)]
pub struct Filing<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The account's app id.
    pub app_id: &'a AppId,
    /// Tells this push from every other one to the account.
    pub dedupe_key: &'a str,
    /// The kind of message, or the name of the event: consumers filter on it.
    pub kind: &'a str,
    /// Who sent it; empty when that does not read.
    pub openid: &'a str,
    /// The push, parsed.
    pub push: &'a serde_json::Value,
    /// Now.
    pub now: Timestamp,
}

impl Filing<'_> {
    /// The row's key.
    pub fn id(&self) -> String {
        format!("{}#{}", self.app_id, self.dedupe_key)
    }

    /// Writes what the first attempt knows.
    fn expression(&self) -> String {
        let sender = (!self.openid.is_empty()).then_some(FILE_SENDER);
        format!("{FILE}{}", sender.unwrap_or_default())
    }
}

/// What a slow rule came to.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// The reply in clear, `success` for none.
    pub reply: &'a str,
    /// The answer the reply was made of, for when it has to go out as a message.
    pub answer: &'a str,
    /// What those who read the table are told: `replied`, `unusable` where the answer was none, `failed`.
    pub state: &'static str,
    /// Now, when it is too late for every attempt of WeChat: an attempt
    /// that comes all the same is told "success", and the answer goes out as a message alone.
    pub late: Option<Timestamp>,
}

/// The table of pushes.
#[derive(Debug, Clone)]
pub struct Inbox {
    table: Table,
}

impl Inbox {
    /// The inbox in the table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = Table::new(client, table);
        Self { table }
    }

    /// Opens the connection that the first push uses, by a read of a row that no push has. A second
    /// at most: when it does not come about, the first push opens it.
    #[cfg(feature = "lambda")]
    pub async fn connect(&self) {
        let once = aws_sdk_dynamodb::config::retry::RetryConfig::disabled();
        let once = aws_sdk_dynamodb::config::Builder::default().retry_config(once);
        let read = self.table.client.get_item().table_name(&self.table.name);
        let read = read
            .set_key(Some(key("-")))
            .customize()
            .config_override(once);
        let limit = std::time::Duration::from_secs(1);
        let read = crate::lambda::clock::within(limit, read.send()).await;
        if !matches!(read, Some(Ok(_))) {
            let outcome = "table_unreachable";
            tracing::warn!(outcome, "inbox not reached at the start");
        }
    }

    /// Files a push together with its reply; the row that comes back holds the reply to give.
    ///
    /// # Errors
    /// When the table cannot be written; then the push must not be acknowledged.
    pub async fn answer(&self, filing: &Filing<'_>, reply: &str) -> Result<Row, StoreError> {
        let update = self
            .file(filing, REPLIED)?
            .update_expression(format!(
                "{}, reply = if_not_exists(reply, :reply) ADD attempts :one",
                filing.expression()
            ))
            .expression_attribute_values(":reply", text(reply));
        self.table.row("inbox.answer", update).await
    }

    /// Files a push for a slow rule; the first attempt gets the lease in the same request.
    ///
    /// # Errors
    /// When the table cannot be written; then the push must not be acknowledged.
    pub async fn receive(&self, filing: &Filing<'_>, me: &str) -> Result<Row, StoreError> {
        let update = self
            .file(filing, "received")?
            .update_expression(format!(
                "{}, lease_owner = if_not_exists(lease_owner, :me), \
                 lease_until = if_not_exists(lease_until, :until) ADD attempts :one",
                filing.expression()
            ))
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":until", number(filing.now + BEGIN_LEASE));
        self.table.row("inbox.receive", update).await
    }

    /// Takes the lease of an owner that is gone. The row that comes back tells who has it now.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn take_over(
        &self,
        id: &str,
        from: &str,
        me: &str,
        now: Timestamp,
    ) -> Result<Row, StoreError> {
        let update = self
            .update(id)
            .update_expression("SET lease_owner = :me, lease_until = :until")
            .condition_expression(
                "lease_owner = :from AND lease_until <= :now AND attribute_not_exists(reply)",
            )
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":until", number(now + BEGIN_LEASE));
        self.table.row("inbox.take_over", update).await
    }

    /// Hands the lease to the `runner` of a rule, up to `until`: that of the attempt `owner`, one
    /// that is over, or one that was given back. The row that comes back tells whether the runner has
    /// it; asked again, it has it still.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn begin(
        &self,
        id: &str,
        owner: &str,
        runner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Row, StoreError> {
        let update = self
            .update(id)
            .update_expression("SET lease_owner = :runner, lease_until = :until")
            .condition_expression(
                "(lease_owner IN (:owner, :runner, :nobody) OR lease_until <= :now) \
                 AND attribute_not_exists(reply)",
            )
            .expression_attribute_values(":owner", text(owner))
            .expression_attribute_values(":runner", text(runner))
            .expression_attribute_values(":nobody", text(NOBODY))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":until", number(until));
        self.table.row("inbox.begin", update).await
    }

    /// Gives the lease of a rule that `runner` could not run back, so that the next runner need not wait for its end,
    /// and no attempt for the answer, which goes out as a late one if it comes.
    ///
    /// # Errors
    /// When the table cannot be written; then the lease ends by itself.
    pub async fn give_back(
        &self,
        id: &str,
        runner: &str,
        now: Timestamp,
    ) -> Result<Row, StoreError> {
        let update = self
            .update(id)
            .update_expression(
                "SET lease_owner = :nobody, acknowledged_at = if_not_exists(acknowledged_at, :now)",
            )
            .condition_expression("lease_owner = :runner AND attribute_not_exists(reply)")
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":runner", text(runner))
            .expression_attribute_values(":nobody", text(NOBODY));
        self.table.row("inbox.give_back", update).await
    }

    /// Writes how the answer that `runner` works out begins, once, while an attempt waits for it: `reply` in clear, made
    /// of what was `said`. The row that comes back tells what stands there.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn open(
        &self,
        id: &str,
        runner: &str,
        reply: &str,
        said: &str,
    ) -> Result<Row, StoreError> {
        let update = self
            .update(id)
            .update_expression("SET opening = :reply, opened = :said")
            .condition_expression(
                "lease_owner = :runner AND attribute_not_exists(reply) \
                 AND attribute_not_exists(opening) AND attribute_not_exists(acknowledged_at)",
            )
            .expression_attribute_values(":runner", text(runner))
            .expression_attribute_values(":reply", text(reply))
            .expression_attribute_values(":said", text(said));
        self.table.row("inbox.open", update).await
    }

    /// Writes what the rule that `runner` ran came to, unless its lease went to another, or attempts give how the
    /// answer begins and `runner` does not know it: then it is to run again.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn finish(
        &self,
        id: &str,
        runner: &str,
        outcome: &Outcome<'_>,
    ) -> Result<Row, StoreError> {
        const FINISH: &str = "SET reply = :reply, answer = :answer, #state = :state";
        let update = self
            .update(id)
            .condition_expression(
                "lease_owner = :runner AND attribute_not_exists(reply) \
                 AND (attribute_not_exists(opening) OR opening = :reply)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":runner", text(runner))
            .expression_attribute_values(":reply", text(outcome.reply))
            .expression_attribute_values(":answer", text(outcome.answer))
            .expression_attribute_values(":state", text(outcome.state));
        let update = match outcome.late {
            None => update.update_expression(FINISH),
            Some(now) => update
                .update_expression(format!(
                    "{FINISH}, acknowledged_at = if_not_exists(acknowledged_at, :now)"
                ))
                .expression_attribute_values(":now", number(now)),
        };
        self.table.row("inbox.finish", update).await
    }

    /// Notes that WeChat is told "success", or the user `told` that the answer waits, before the reply is there. The
    /// row that comes back may hold a reply that was quicker: then give that.
    ///
    /// # Errors
    /// When the table cannot be written; then the push must not be acknowledged.
    pub async fn acknowledge(
        &self,
        id: &str,
        told: Option<&str>,
        now: Timestamp,
    ) -> Result<Row, StoreError> {
        const ACKNOWLEDGE: &str =
            "SET #state = :state, acknowledged_at = if_not_exists(acknowledged_at, :now)";
        let update = self
            .update(id)
            .condition_expression(
                "attribute_exists(id) AND attribute_not_exists(reply) AND attribute_not_exists(opening)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":state", text("acknowledged"));
        let update = match told {
            None => update.update_expression(ACKNOWLEDGE),
            Some(told) => update
                .update_expression(format!("{ACKNOWLEDGE}, told = if_not_exists(told, :told)"))
                .expression_attribute_values(":told", text(told)),
        };
        self.table.row("inbox.acknowledge", update).await
    }

    /// Notes whether the attempts at a push are to collect an answer that is still worked out.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn set_collects(&self, id: &str, collects: bool) -> Result<(), StoreError> {
        let update = self
            .update(id)
            .update_expression("SET collects = :collects")
            .condition_expression("attribute_exists(id)")
            .expression_attribute_values(":collects", AttributeValue::Bool(collects));
        self.table.apply("inbox.set_collects", update).await
    }

    /// Writes what a push collected, unless it has another reply than "success". The row that comes back tells what it
    /// is answered with.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn collected(&self, id: &str, reply: &str) -> Result<Row, StoreError> {
        let update = self
            .update(id)
            .update_expression("SET reply = :reply, #state = :state")
            .condition_expression(
                "attribute_exists(id) AND (attribute_not_exists(reply) OR reply = :success)",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":reply", text(reply))
            .expression_attribute_values(":success", text(ACKNOWLEDGEMENT))
            .expression_attribute_values(":state", text(REPLIED));
        self.table.row("inbox.collected", update).await
    }

    /// Reads the row as it stands now; `None` when there is none.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn read(&self, id: &str) -> Result<Option<Row>, StoreError> {
        self.table.get("inbox.read", key(id)).await
    }

    fn update(&self, id: &str) -> UpdateItemFluentBuilder {
        self.table.update(key(id))
    }

    fn file(
        &self,
        filing: &Filing<'_>,
        state: &str,
    ) -> Result<UpdateItemFluentBuilder, StoreError> {
        let update = self.update(&filing.id());
        let update = match filing.openid {
            "" => update,
            openid => update.expression_attribute_values(":openid", text(openid)),
        };
        Ok(update
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":account", text(filing.account))
            .expression_attribute_values(":app_id", text(filing.app_id.as_str()))
            .expression_attribute_values(":kind", text(filing.kind))
            .expression_attribute_values(":push", value("inbox.file", filing.push)?)
            .expression_attribute_values(":now", number(filing.now))
            .expression_attribute_values(":expires_at", number((filing.now + KEEP).as_secs()))
            .expression_attribute_values(":state", text(state))
            .expression_attribute_values(":one", number(1)))
    }
}

#[cfg(test)]
mod tests;
