//! The batches of a campaign and their calls: send, ask, take back.

use super::context::{MassCall, Outside, Worker};
use crate::{
    account::Account,
    beijing,
    problem::Problem,
    sends::{
        Failure,
        campaign::{
            State,
            batch::Batch,
            quota::{Closed, Quota, ToAll},
            record::{Campaign, Target},
            verdict::Verdict,
        },
    },
    store::{Put, StoreError},
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::{
    api::{
        Error, ErrorClass,
        mass::{DeleteMass, SendMass, SendMassToAll},
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

/// The batches of a campaign, as they were last read or written.
pub(super) struct Batches<'w, O> {
    worker: &'w Worker<'w, O>,
    account: &'w Account,
    pub(super) all: Vec<Batch>,
}

impl<'w, O: Outside> Batches<'w, O> {
    /// Those of a campaign, before any was read.
    pub(super) fn new(worker: &'w Worker<'w, O>, account: &'w Account) -> Self {
        Self {
            worker,
            account,
            all: Vec::new(),
        }
    }

    /// Sends a batch: counted, claimed, called, settled. Answers before when nothing more is called.
    pub(super) async fn submit(
        &mut self,
        campaign: &Campaign,
        n: usize,
    ) -> Result<Option<Timestamp>, Problem> {
        let Some(batch) = self.all.get(n).cloned() else {
            return Ok(None);
        };
        let call = self.prepared(campaign, &batch).await?;
        if let Err(closed) = self.count(campaign, &batch).await? {
            if closed.guard != "to_all" {
                return Ok(Some(closed.opens));
            }
            let words = "no send to all is left in this period";
            let failure = Failure::new(None, words, "quota");
            return self.settle(campaign, n, Verdict::Failed(failure)).await;
        }
        let claimed = batch.claimed(self.worker.me, self.worker.clock.now());
        if !self.put(campaign, n, &claimed).await? {
            return Ok(None);
        }
        // Whoever stops a campaign writes its row and then reads the batches; here the batch is
        // written and then the campaign read. One sees the other: what was not told as on its way
        // when the stop was answered is not called.
        let stopped = self.is_stopped(campaign).await;
        if !matches!(stopped, Ok(false)) {
            let me = self.worker.me;
            let mine = |batch: &Batch| batch.lease_owner.as_deref() == Some(me);
            let released = |batch: &Batch| mine(batch).then(|| batch.released());
            self.change(campaign, n, released).await?;
            return stopped.map(|_| None);
        }
        let outcome = match call {
            Ok(call) => self.worker.outside.send(self.account, &call).await,
            Err(error) => Err(error),
        };
        let verdict = Verdict::of(&claimed, &outcome, self.worker.clock.now());
        self.settle(campaign, n, verdict).await
    }

    async fn is_stopped(&self, campaign: &Campaign) -> Result<bool, Problem> {
        let (app_id, id) = (&campaign.app_id, &campaign.client_msg_id);
        let found = self.worker.sends.campaign(app_id, id).await?;
        Ok(found.is_none_or(|found| found.stopped))
    }

    /// Counts a call, and the allowance of a send to all once: a call of it in doubt has it.
    async fn count(
        &self,
        campaign: &Campaign,
        batch: &Batch,
    ) -> Result<Result<(), Closed>, Problem> {
        let counted = campaign.target == Target::All && !batch.is_in_doubt();
        let to_all = counted.then(|| ToAll {
            id: Some(&batch.clientmsgid),
            called: batch.attempts > 0,
        });
        let limits = self.account.mass.get()?;
        let kind = *self.account.kind.get()?;
        let now = self.worker.clock.now();
        let app_id = &campaign.app_id;
        let (sends, me) = (self.worker.sends, self.worker.me);
        let spent = |quota: &Quota| quota.spent(limits, kind, to_all, now);
        let spent = sends.spend_mass_quota(app_id, me, spent).await?;
        let left = |quota: Quota| quota.left(limits, now);
        let account = self.account.name.as_str();
        Ok(spent.map(|quota| {
            let outside = self.worker.outside;
            outside.set("MassCallsLeft", account, left(quota));
        }))
    }

    /// The call of a batch; what it needs is read before the claim, so that a call follows at once.
    async fn prepared(
        &self,
        campaign: &Campaign,
        batch: &Batch,
    ) -> Result<Result<MassCall, Error>, Problem> {
        let Some(message) = campaign.mass_message() else {
            return Ok(Err(unwritten("the campaign's message does not read")));
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
        let receivers = self.worker.sends.read_receivers(campaign, batch.number);
        let openids = match receivers.await {
            // Their time was over while somebody sent the batch again.
            Err(StoreError::Malformed { reason, .. }) => return Ok(Err(unwritten(&reason))),
            receivers => receivers?.into_openids(),
        };
        let touser = openids
            .iter()
            .filter_map(|openid| OpenId::try_from(&**openid).ok());
        Ok(Ok(MassCall::To(SendMass {
            send_ignore_reprint,
            clientmsgid,
            ..SendMass::new(touser.collect(), message)
        })))
    }

    /// Writes what became of a call. What stops one batch stops the next one too.
    async fn settle(
        &mut self,
        campaign: &Campaign,
        n: usize,
        verdict: Verdict,
    ) -> Result<Option<Timestamp>, Problem> {
        let now = self.worker.clock.now();
        let hold = match &verdict {
            Verdict::Again { failure, at, .. } if holds_all(failure) => Some(*at),
            _ => None,
        };
        let (patience, me) = (self.worker.patience, self.worker.me);
        let settled = |batch: &Batch| {
            let settled = || batch.settled(verdict.clone(), patience, now);
            batch.takes(&verdict, me).then(settled)
        };
        self.change(campaign, n, settled).await?;
        self.note(campaign, n, &verdict);
        self.join_early(campaign, n).await?;
        Ok(hold)
    }

    /// One log line a call, from which a progress bar can be drawn, and one more in a metric.
    fn note(&self, campaign: &Campaign, number: usize, verdict: &Verdict) {
        let id = campaign.client_msg_id.as_str();
        let batches = self.all.len();
        let settled = self.all.iter().filter(|batch| !batch.is_open()).count();
        let (metric, class) = match verdict {
            Verdict::Accepted { .. } => ("MassBatchesAccepted", ""),
            Verdict::Again { failure, .. } => ("MassBatchesRepeated", failure.class.as_str()),
            Verdict::AwaitingAdmin { .. } => ("MassBatchesAwaitingAdmin", ""),
            Verdict::Failed(failure) => ("MassBatchesFailed", failure.class.as_str()),
            Verdict::Unknown(_) => ("MassBatchesFailed", "unknown"),
        };
        let account = self.account.name.as_str();
        self.worker.outside.count(metric, account, class);
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
    async fn join_early(&mut self, campaign: &Campaign, n: usize) -> Result<(), Problem> {
        let accepted = self.all.get(n).filter(|b| b.state == State::Accepted);
        let Some(msg_id) = accepted.and_then(|batch| batch.msg_id) else {
            return Ok(());
        };
        let early = self.worker.sends.early_result(campaign, msg_id);
        if let Some(result) = early.await? {
            let joined = |batch: &Batch| batch.joined(&result);
            self.change(campaign, n, joined).await?;
        }
        Ok(())
    }

    /// Asks WeChat how a batch stands whose result did not come.
    pub(super) async fn look(
        &mut self,
        campaign: &Campaign,
        n: usize,
    ) -> Result<Option<Timestamp>, Problem> {
        let Some(msg_id) = self.all.get(n).and_then(|batch| batch.msg_id) else {
            return Ok(None);
        };
        let state = self.worker.outside.look(self.account, msg_id).await;
        let status = state.as_ref().ok().map(|state| &state.msg_status);
        let (patience, now) = (self.worker.patience, self.worker.clock.now());
        let looked = |batch: &Batch| {
            let waits = matches!(batch.state, State::Accepted | State::Unknown);
            let pause = campaign.pause(batch, patience, now);
            waits.then(|| batch.looked(status, pause, now))
        };
        self.change(campaign, n, looked).await?;
        let batch = self.all.get(n);
        if batch.is_some_and(|batch| batch.state == State::Accepted) {
            let (outside, account) = (self.worker.outside, self.account.name.as_str());
            outside.count("MassBatchesWithoutResult", account, "");
        }
        Ok(None)
    }

    fn since_accepted(&self, n: usize, now: Timestamp) -> Duration {
        let accepted = self.all.get(n).map(|batch| batch.accepted);
        now.since(accepted.unwrap_or_default())
    }

    /// Takes an article of a batch back, from 1; 0 for the whole.
    pub(super) async fn take_back(
        &mut self,
        campaign: &Campaign,
        n: usize,
        article: u32,
    ) -> Result<Option<Timestamp>, Problem> {
        let Some(msg_id) = self.all.get(n).and_then(|batch| batch.msg_id) else {
            return Ok(None);
        };
        let index = (article > 0).then_some(article);
        let call = DeleteMass::send(msg_id, index);
        let error = self.worker.outside.delete(self.account, &call).await.err();
        let now = self.worker.clock.now();
        let failure = error.as_ref().map(Failure::of);
        let later = error.and_then(|error| later(&error, self.since_accepted(n, now), now));
        let answered = |batch: &Batch| {
            Some(match (later, failure.clone()) {
                (Some(at), Some(failure)) => batch.put_off(failure, at, now),
                (_, failure) => batch.article_gone(article, failure),
            })
        };
        self.change(campaign, n, answered).await?;
        Ok(later)
    }

    /// Writes what `next` makes of a batch, unless that is nothing; events write it too.
    pub(super) async fn change(
        &mut self,
        campaign: &Campaign,
        n: usize,
        next: impl Fn(&Batch) -> Option<Batch>,
    ) -> Result<Option<Timestamp>, Problem> {
        for _ in 0..TRIES {
            let Some(wanted) = self.all.get(n).and_then(&next) else {
                break;
            };
            if self.put(campaign, n, &wanted).await? {
                break;
            }
        }
        Ok(None)
    }

    /// Writes a batch if nobody else did; either way it is known how it stands.
    async fn put(
        &mut self,
        campaign: &Campaign,
        n: usize,
        wanted: &Batch,
    ) -> Result<bool, Problem> {
        let put = self.worker.sends.write_batch(campaign, wanted).await?;
        let mine = put == Put::Done;
        if let Some(batch) = self.all.get_mut(n) {
            *batch = put.or(wanted.clone());
        }
        Ok(mine)
    }
}

/// A call that cannot be written, now or ever.
fn unwritten(why: &str) -> Error {
    let source = serde::de::Error::custom(why);
    let endpoint = "mass-sends".to_owned();
    Error::Encode { endpoint, source }
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
