//! What a push collects of the answers that wait for its sender.

use crate::{
    attempt::{Answer, Attempt},
    metrics::count,
};
use shared::{
    answers::{Collecting, Given, Uncollected},
    inbox::{Lapse, Row, at_deadline},
    problem::Problem,
    store::StoreError,
};
use wechat_oa::callback::ACKNOWLEDGEMENT;

impl Attempt<'_> {
    /// Answers with what waits for the user; where nothing does, with the reply of a rule, in clear. Also says which
    /// attempt this was.
    pub(crate) async fn collect_or(&self, reply: &str) -> Result<(Answer, u32), Problem> {
        let (row, waits) = match reply {
            ACKNOWLEDGEMENT => {
                let filed = self.inbox.answer(&self.filing, ACKNOWLEDGEMENT);
                let (row, waits) = tokio::join!(filed, self.uncollected());
                (row?, waits)
            }
            // The row's reply is written once: it has to be known whether something waits.
            reply => {
                let waits = self.uncollected().await;
                let nothing =
                    waits.collect(&self.filing.id(), self.clock.now()) == Collecting::Nothing;
                let reply = if nothing { reply } else { ACKNOWLEDGEMENT };
                (self.inbox.answer(&self.filing, reply).await?, waits)
            }
        };
        let collected = match row.reply.as_deref() {
            Some(ACKNOWLEDGEMENT) => self.collect(waits, row.attempts).await?,
            _ => None,
        };
        Ok((collected.unwrap_or_else(|| Answer::of(&row)), row.attempts))
    }

    /// What a push collects that a slow rule answers otherwise. A repeat of it collects only what an earlier attempt
    /// began to: the rule may be running.
    pub(crate) async fn collect_first(
        &self,
        row: &Row,
        waits: Uncollected,
    ) -> Result<Option<Answer>, Problem> {
        let id = self.filing.id();
        if row.reply.is_some() || row.acknowledged_at.is_some() {
            return Ok(None);
        }
        let collecting = waits.collect(&id, self.clock.now());
        let begins = row.attempts == 1 && collecting != Collecting::Nothing;
        if !begins && !row.collects && !matches!(collecting, Collecting::Had(_)) {
            return Ok(None);
        }
        if begins && collecting == Collecting::Waits {
            self.inbox.set_collects(&id, true).await?;
        }
        let collected = self.collect(waits, row.attempts).await?;
        if collected.is_none() {
            self.inbox.set_collects(&id, false).await?;
        }
        Ok(collected)
    }

    /// What waits for the user; nothing where that cannot be read: it waits on.
    pub(crate) async fn uncollected(&self) -> Uncollected {
        let (app_id, openid) = (self.account.app_id(), self.filing.openid);
        match self.answers.uncollected(app_id, openid).await {
            Ok(waits) => waits,
            Err(error) => {
                let problem = Problem::from(error);
                tracing::warn!(outcome = problem.error_type(), detail = %problem, "not collected");
                Uncollected::default()
            }
        }
    }

    /// Collects, and waits for what is still worked out; `None` when nothing waits.
    async fn collect(
        &self,
        mut waits: Uncollected,
        attempt: u32,
    ) -> Result<Option<Answer>, Problem> {
        let (app_id, openid, id) = (self.account.app_id(), self.filing.openid, self.filing.id());
        loop {
            let now = self.clock.now();
            match self
                .answers
                .collect(app_id, openid, waits, &id, now)
                .await?
            {
                Collecting::Had(given) => {
                    if given.at == now && !given.more {
                        count(self.account.name.as_str(), &["AnswersCollected"], now);
                    }
                    return self.give(&id, &given).await.map(Some);
                }
                Collecting::Nothing => return Ok(None),
                _ if now >= self.deadline() => return self.put_off(&id, attempt).await.map(Some),
                Collecting::Waits | Collecting::Takes(..) => {}
            }
            self.look_again(false).await;
            waits = self.answers.uncollected(app_id, openid).await?;
        }
    }

    /// Gives a piece, in the same bytes each time.
    async fn give(&self, id: &str, given: &Given) -> Result<Answer, Problem> {
        let (app_id, openid) = (self.account.app_id(), self.filing.openid);
        let piece = self
            .answers
            .piece(app_id, openid, &given.set, given.piece)
            .await?;
        let piece = piece.unwrap_or_default();
        let piece = match given.more {
            true => self.delivery.followed(piece),
            false => piece,
        };
        self.write(id, &self.render(&piece, given.at)).await
    }

    /// The answer is still worked out: lets WeChat repeat the push, or tells the user again.
    async fn put_off(&self, id: &str, attempt: u32) -> Result<Answer, Problem> {
        match at_deadline(self.account.late(), self.account.waiting, attempt) {
            Lapse::Hold => Ok(self.hang_on().await),
            Lapse::Acknowledge => self.write(id, &self.waiting(self.clock.now())).await,
        }
    }

    async fn write(&self, id: &str, clear: &str) -> Result<Answer, Problem> {
        let written: Result<Row, StoreError> = self.inbox.collected(id, clear).await;
        Ok(Answer::of(&written?))
    }
}
