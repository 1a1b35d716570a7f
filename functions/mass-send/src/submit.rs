//! The calls of a campaign: send a batch, ask for it, take it back.

use crate::{metrics, run::Run};
use shared::{
    beijing,
    lambda::{AccountsError, Problem},
    sends::{
        Failure,
        campaign::{
            State,
            batch::Batch,
            quota::{Closed, ToAll},
            record::Target,
            verdict::Verdict,
        },
    },
    store::Put,
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::{
    api::{
        Error, ErrorClass,
        mass::{DeleteMass, GetMass, MassSent, SendMass, SendMassToAll},
    },
    ids::OpenId,
};

/// Writers of a batch that may be in each other's way before one gives up.
const TRIES: usize = 8;
/// How long after WeChat took a batch it may still not be through, and how long
/// until it is asked again.
const THROUGH: Duration = Duration::from_secs(3_600);
const SOON: Duration = Duration::from_secs(5);
/// How long until a batch is taken back after WeChat could not.
const LATER: Duration = Duration::from_secs(60);

/// A call that sends a batch.
enum MassCall {
    ToAll(SendMassToAll),
    To(SendMass),
}

impl Run<'_> {
    /// Sends a batch: counted, claimed, called, settled. Answers before when nothing more is called.
    pub(crate) async fn submit(&mut self, n: usize) -> Result<Timestamp, Problem> {
        let Some(batch) = self.batches.get(n).cloned() else {
            return Ok(Timestamp::default());
        };
        let call = self.prepared(&batch).await?;
        if let Err(closed) = self.count(&batch).await? {
            if closed.guard != "to_all" {
                return Ok(closed.opens);
            }
            let words = "no send to all is left in this period";
            let failure = Failure::new(None, words, "quota");
            return self.settle(n, Verdict::Failed(failure)).await;
        }
        let claimed = batch.claimed(self.me, self.now());
        if !self.put(n, &claimed).await? {
            return Ok(Timestamp::default());
        }
        // Whoever stops a campaign writes its row and then reads the batches; here the batch is
        // written and then the campaign read. One sees the other: what was not told as on its way
        // when the stop was answered is not called.
        let stopped = self.is_stopped().await;
        if !matches!(stopped, Ok(false)) {
            let me = self.me;
            let mine = |batch: &Batch| batch.lease_owner.as_deref() == Some(me);
            self.change(n, |batch| mine(batch).then(|| batch.released()))
                .await?;
            return stopped.map(|_| Timestamp::default());
        }
        let outcome = self.call(call).await;
        let verdict = Verdict::of(&claimed, &outcome, self.now());
        self.settle(n, verdict).await
    }

    async fn is_stopped(&self) -> Result<bool, Problem> {
        let (app_id, id) = (&self.campaign.app_id, &self.campaign.client_msg_id);
        let found = self.context.sends.campaign(app_id, id).await?;
        Ok(found.is_none_or(|found| found.stopped))
    }

    /// Counts a call, and the allowance of a send to all once: a call of it in doubt has it.
    async fn count(&self, batch: &Batch) -> Result<Result<(), Closed>, Problem> {
        let counted = self.campaign.target == Target::All && !batch.is_in_doubt();
        let to_all = counted.then(|| ToAll {
            id: Some(&batch.clientmsgid),
            called: batch.attempts > 0,
        });
        let limits = self.account.mass.get().map_err(AccountsError::from)?;
        let kind = *self.account.kind.get().map_err(AccountsError::from)?;
        let now = self.now();
        let app_id = &self.campaign.app_id;
        let spent = self
            .context
            .sends
            .spend_mass_quota(app_id, self.me, |quota| {
                quota.spent(limits, kind, to_all, now)
            });
        Ok(spent.await?.map(|quota| {
            self.counts.set("MassCallsLeft", quota.left(limits, now));
        }))
    }

    /// The call of a batch; what it needs is read before the claim, so that a call follows at once.
    async fn prepared(&self, batch: &Batch) -> Result<Result<MassCall, Error>, Problem> {
        let campaign = &self.campaign;
        let Some(message) = campaign.mass_message() else {
            let source = serde::de::Error::custom("the campaign's message does not read");
            let endpoint = "mass-sends".to_owned();
            return Ok(Err(Error::Encode { endpoint, source }));
        };
        let clientmsgid = Some(batch.clientmsgid.clone());
        let send_ignore_reprint = campaign.send_ignore_reprint;
        if let Some(filter) = campaign.target.filter() {
            return Ok(Ok(MassCall::ToAll(SendMassToAll {
                send_ignore_reprint,
                clientmsgid,
                ..SendMassToAll::new(filter, message)
            })));
        }
        let receivers = self.context.sends.read_receivers(campaign, batch.number);
        let openids = receivers.await?.into_openids();
        let touser = openids
            .iter()
            .map(|openid| OpenId::try_from(openid.as_str()));
        Ok(Ok(MassCall::To(SendMass {
            send_ignore_reprint,
            clientmsgid,
            ..SendMass::new(touser.filter_map(Result::ok).collect(), message)
        })))
    }

    async fn call(&self, call: Result<MassCall, Error>) -> Result<MassSent, Error> {
        match call? {
            MassCall::ToAll(call) => self.client.call(&call).await,
            MassCall::To(call) => self.client.call(&call).await,
        }
    }

    /// Writes what became of a call. What stops one batch stops the next one too.
    async fn settle(&mut self, n: usize, verdict: Verdict) -> Result<Timestamp, Problem> {
        let now = self.now();
        metrics::count(self.counts, &verdict);
        let hold = match &verdict {
            Verdict::Again { failure, at, .. } if holds_all(failure) => *at,
            _ => Timestamp::default(),
        };
        let (patience, me) = (self.context.patience, self.me);
        self.change(n, |batch| {
            let settled = || batch.settled(verdict.clone(), patience, now);
            batch.takes(&verdict, me).then(settled)
        })
        .await?;
        self.log(n, &verdict);
        self.join_early(n).await?;
        Ok(hold)
    }

    /// One log line a call; a progress bar can be drawn from it.
    fn log(&self, number: usize, verdict: &Verdict) {
        let id = self.campaign.client_msg_id.as_str();
        let batches = self.batches.len();
        let settled = self.batches.iter().filter(|batch| !batch.is_open()).count();
        match verdict {
            Verdict::Accepted { msg_id, .. } => {
                let outcome = "accepted";
                tracing::info!(id, number, msg_id, outcome, settled, batches, "batch");
            }
            Verdict::Again { failure, .. }
            | Verdict::AwaitingAdmin { failure, .. }
            | Verdict::Failed(failure)
            | Verdict::Unknown(failure) => {
                let (outcome, detail) = (failure.class.as_str(), failure.errmsg.as_str());
                tracing::warn!(id, number, outcome, detail, settled, batches, "batch");
            }
        }
    }

    /// The result may have come before the id was written.
    async fn join_early(&mut self, n: usize) -> Result<(), Problem> {
        let accepted = self.batches.get(n).filter(|b| b.state == State::Accepted);
        let Some(msg_id) = accepted.and_then(|batch| batch.msg_id) else {
            return Ok(());
        };
        let early = self.context.sends.early_result(&self.campaign, msg_id);
        if let Some(result) = early.await? {
            self.change(n, |batch| batch.joined(&result)).await?;
        }
        Ok(())
    }

    /// Asks WeChat how a batch stands whose result did not come.
    pub(crate) async fn look(&mut self, n: usize) -> Result<Timestamp, Problem> {
        let Some(msg_id) = self.batches.get(n).and_then(|batch| batch.msg_id) else {
            return Ok(Timestamp::default());
        };
        let state = self.client.call(&GetMass { msg_id }).await;
        let status = state.as_ref().ok().map(|state| &state.msg_status);
        let (patience, now) = (self.context.patience, self.now());
        let campaign = self.campaign.clone();
        let looked = |batch: &Batch| {
            let waits = matches!(batch.state, State::Accepted | State::Unknown);
            let pause = campaign.pause(batch, patience, now);
            waits.then(|| batch.looked(status, pause, now))
        };
        self.change(n, looked).await?;
        if self
            .batches
            .get(n)
            .is_some_and(|b| b.state == State::Accepted)
        {
            self.counts.add("MassBatchesWithoutResult", "");
        }
        Ok(Timestamp::default())
    }

    fn since_accepted(&self, n: usize, now: Timestamp) -> Duration {
        let accepted = self.batches.get(n).map(|batch| batch.accepted);
        now.since(accepted.unwrap_or_default())
    }

    /// Takes an article of a batch back, from 1; 0 for the whole.
    pub(crate) async fn take_back(&mut self, n: usize, article: u32) -> Result<Timestamp, Problem> {
        let Some(msg_id) = self.batches.get(n).and_then(|batch| batch.msg_id) else {
            return Ok(Timestamp::default());
        };
        let index = (article > 0).then_some(article);
        let outcome = self.client.call(&DeleteMass::send(msg_id, index)).await;
        let now = self.now();
        let failure = outcome.as_ref().err().map(Failure::of);
        let later = outcome
            .as_ref()
            .err()
            .and_then(|error| later(error, self.since_accepted(n, now), now));
        self.change(n, |batch| {
            let failure = failure.clone();
            Some(match (later, failure) {
                (Some(at), Some(failure)) => batch.put_off(failure, at, now),
                (_, failure) => batch.article_gone(article, failure),
            })
        })
        .await?;
        Ok(later.unwrap_or_default())
    }

    /// Writes what `next` makes of a batch, unless that is nothing; events write it too.
    pub(crate) async fn change(
        &mut self,
        n: usize,
        next: impl Fn(&Batch) -> Option<Batch>,
    ) -> Result<Timestamp, Problem> {
        for _ in 0..TRIES {
            let Some(wanted) = self.batches.get(n).and_then(&next) else {
                break;
            };
            if self.put(n, &wanted).await? {
                break;
            }
        }
        Ok(Timestamp::default())
    }

    /// Writes a batch if nobody else did; either way it is known how it stands.
    async fn put(&mut self, n: usize, wanted: &Batch) -> Result<bool, Problem> {
        let sends = &self.context.sends;
        let put = sends.write_batch(&self.campaign, wanted).await?;
        let mine = put == Put::Done;
        if let Some(batch) = self.batches.get_mut(n) {
            *batch = put.or(wanted.clone());
        }
        Ok(mine)
    }
}

/// Whether a refusal is about the account and not about this batch.
fn holds_all(failure: &Failure) -> bool {
    let account = ["token", "rate", "quota", "ip", "config", "no_access_token"];
    failure.errcode != Some(45_066) && account.contains(&failure.class.as_str())
}

/// When WeChat may do what it could not now; `None` when it never will. The result of a send comes
/// shortly before it is through, and until then it cannot be deleted.
fn later(error: &Error, since_accepted: Duration, now: Timestamp) -> Option<Timestamp> {
    let refusal = error.refusal();
    if refusal.is_some_and(|refusal| refusal.errcode == 40_065) && since_accepted < THROUGH {
        return Some(now + SOON);
    }
    match refusal.map(|refusal| refusal.class) {
        Some(ErrorClass::Quota) => Some(beijing::midnight_after(beijing::day(now))),
        Some(
            ErrorClass::Token
            | ErrorClass::Transient
            | ErrorClass::Rate
            | ErrorClass::Ip
            | ErrorClass::Config,
        )
        | None => Some(now + LATER),
        Some(_) => None,
    }
}
