//! One message: its turn, its call, its fate.

use crate::{
    call::{Prospect, call, learn, prospect},
    group::{After, Group, SHORT, TROUBLE},
    metrics::{self, words},
    turn::{Turn, malformed_pace},
};
use shared::{
    account::Account,
    lambda::{AccountsError, Problem},
    sends::{
        Failure, Record, SendJob, State, Step,
        pace::{LATE, Policy, Slot},
        record::{Claim, TRIES},
        verdict::{Again, Verdict},
    },
    store::{Parked, place},
    time::{Timestamp, millis},
};
use std::{sync::Arc, time::Duration};

/// How long a message that was begun waits for another slot.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a call that comes too late for its slot takes another one.
const LATE_SLOTS: usize = 5;
/// How often the fate of a call is written down, and the pause between.
const WRITES: usize = 4;
/// When to look again whether a worker that calls is through.
const SOON: Duration = Duration::from_secs(1);
const WRITE_AGAIN: Duration = Duration::from_millis(300);

/// A message and where it stands.
struct Current<'a> {
    job: &'a SendJob,
    /// Its place in the lane.
    order: String,
    account: Arc<Account>,
    policy: Policy,
    prospect: Prospect,
}

impl Group<'_> {
    /// Does a message. What can be done in this batch is: short waits, the first repeats.
    pub(crate) async fn message(
        &mut self,
        job: &SendJob,
        sequence: &str,
    ) -> Result<After, Problem> {
        let order = match &job.released {
            Some(released) => released.order.clone(),
            None => place(sequence),
        };
        let account = match self.context.accounts.get(&job.account).await {
            Err(AccountsError::Unknown(name)) => {
                let failure = Failure::new(None, format!("no account '{name}'"), "unknown_account");
                return self.without_account(job, &order, failure).await;
            }
            account => account?,
        };
        let pace = account.pace.get().map_err(AccountsError::from)?;
        let policy = Policy::of(pace, self.app_id, self.lane).map_err(malformed_pace)?;
        let prospect = loop {
            match prospect(&self.context.sends, &account, job, self.now()).await? {
                Prospect::Wait(at) if self.fits(at) => self.context.clock.wait_until(at).await,
                Prospect::Wait(at) => return Ok(After::Hold(at)),
                prospect => break prospect,
            }
        };
        let current = Current {
            job,
            order,
            account,
            policy,
            prospect,
        };
        loop {
            match self.try_once(&current).await? {
                After::Hold(at) if self.fits(at) => self.context.clock.wait_until(at).await,
                after => return Ok(after),
            }
        }
    }

    fn fits(&self, at: Timestamp) -> bool {
        let short = at.since(self.now()) < SHORT;
        self.rest.is_zero() && short && at < self.batch.last_start
    }

    async fn try_once(&mut self, current: &Current<'_>) -> Result<After, Problem> {
        let now = self.now();
        let (sends, left) = (&self.context.sends, self.left);
        let turn = self
            .turns
            .next(sends, self.name, &current.policy, current.job, left, now)
            .await?;
        let slot = match turn {
            Turn::Park(until) => return self.park(current, until).await,
            Turn::Call(slot) => slot,
        };
        if slot.at.since(now) >= SHORT || now >= self.batch.last_start {
            return Ok(After::Turn(slot.at));
        }
        let claim = self.claim();
        let Some(row) = sends.claim(self.app_id, current.job, claim).await? else {
            return self.leave(current).await;
        };
        match row.step(claim.me, claim.now) {
            Step::Go => self.go(current, &row, slot).await,
            Step::Leave => self.leave(current).await,
            Step::Hold { until } => Ok(After::Hold(until)),
            Step::TakeOver { .. } => Ok(After::Hold(now + SOON)),
            Step::Unknown => {
                let failure = earlier(&row, "the fate of its call is not known", "unknown");
                self.settle(current, &row, Verdict::Unknown(failure)).await
            }
            Step::Dead => {
                let why = format!("given up after {TRIES} tries");
                let verdict = Verdict::given_up(&row, earlier(&row, &why, "tries"));
                self.settle(current, &row, verdict).await
            }
        }
    }

    /// The call, in its slot.
    async fn go(
        &mut self,
        current: &Current<'_>,
        row: &Record,
        slot: Slot,
    ) -> Result<After, Problem> {
        if let Prospect::Hopeless(failure) = &current.prospect {
            let verdict = Verdict::Failed(failure.clone());
            return self.settle(current, row, verdict).await;
        }
        let client = self.context.clients.of(&current.account);
        client.make_ready().await;
        if let Some(at) = self.wait_for_turn(&current.policy, slot).await {
            let failure = earlier(row, "its turn passed before it was ready", "turn_missed");
            let missed = Verdict::Again(Again::later(failure, at));
            return self.settle(current, row, missed).await;
        }
        let outcome = call(&client, row).await;
        let verdict = Verdict::of(row, &outcome, self.now());
        self.settle(current, row, verdict).await
    }

    /// Waits for the slot, or for a later one when it passed meanwhile; when that is far away, says
    /// when it is.
    async fn wait_for_turn(&mut self, policy: &Policy, mut slot: Slot) -> Option<Timestamp> {
        for _ in 0..LATE_SLOTS {
            let now = self.now();
            if now > slot.at + LATE {
                slot = self.turns.another(policy, now);
            }
            if slot.at.since(now) > PATIENCE {
                return Some(slot.at);
            }
            self.context.clock.wait_until(slot.at).await;
            if self.now() <= slot.at + LATE {
                break;
            }
        }
        self.turns.take(slot);
        None
    }

    /// Writes down what became of a message, and does what follows from it.
    async fn settle(
        &mut self,
        current: &Current<'_>,
        row: &Record,
        verdict: Verdict,
    ) -> Result<After, Problem> {
        let verdict = match verdict {
            Verdict::Quota(failure) => self.close(current, failure).await,
            verdict => verdict,
        };
        let until = match &verdict {
            Verdict::Quota(_) => self.turns.lane().until,
            Verdict::Again(again) => again.at,
            Verdict::Dead(_) => {
                self.put_dead_letter(row, current.job).await?;
                Timestamp::default()
            }
            Verdict::Sent { .. } | Verdict::Failed(_) | Verdict::Unknown(_) => Timestamp::default(),
        };
        self.record_verdict(row, &verdict, until).await?;
        metrics::count(&self.batch.counts, &verdict);
        self.note(row, &verdict);
        self.follow_up(current, row, &verdict).await;
        match verdict {
            Verdict::Quota(_) => Ok(After::Done),
            Verdict::Again(again) => {
                if again.slow {
                    self.slow_down().await;
                }
                Ok(After::Hold(again.at))
            }
            Verdict::Sent { .. } => {
                self.turns.sent(current.job.kind);
                self.leave(current).await
            }
            Verdict::Failed(_) | Verdict::Unknown(_) | Verdict::Dead(_) => {
                self.leave(current).await
            }
        }
    }

    /// Closes the lane to a message whose allowance is used up, and gives it a place. When that
    /// fails it stays on the queue: what WeChat said is written down all the same.
    async fn close(&mut self, current: &Current<'_>, failure: Failure) -> Verdict {
        let (sends, now) = (&self.context.sends, self.now());
        let (kind, name) = (current.job.kind, self.name);
        let parked = match self.turns.close(sends, name, kind, now).await {
            Ok(()) => self.take_place(current).await,
            closed => closed,
        };
        let Err(trouble) = parked else {
            return Verdict::Quota(failure);
        };
        tracing::warn!(outcome = trouble.error_type(), detail = %trouble, "not parked");
        Verdict::Again(Again::later(failure, now + TROUBLE))
    }

    async fn slow_down(&mut self) {
        let (sends, name) = (&self.context.sends, self.name);
        let slowed = self.turns.slow_down(sends, name, self.now()).await;
        if let Err(trouble) = slowed {
            tracing::warn!(outcome = trouble.error_type(), detail = %trouble, "not slowed down");
        }
    }

    async fn put_dead_letter(&self, row: &Record, job: &SendJob) -> Result<(), Problem> {
        let name = format!("{}/dead", row.deduplication_id());
        let body = job.to_text()?;
        Ok(self.context.put_dead_letter(self.name, &name, body).await?)
    }

    /// The message is out whether or not this write succeeds: it is tried more than once.
    async fn record_verdict(
        &self,
        row: &Record,
        verdict: &Verdict,
        until: Timestamp,
    ) -> Result<(), Problem> {
        let (sends, me) = (&self.context.sends, &self.batch.me);
        let mut tries = 0;
        loop {
            tries += 1;
            match sends.settle(row, verdict, until, me, self.now()).await {
                Err(error) if tries < WRITES => {
                    tracing::warn!(outcome = error.error_type(), "settle");
                    self.context.clock.wait(WRITE_AGAIN).await;
                }
                settled => return Ok(settled.map(drop)?),
            }
        }
    }

    /// What is only good to know: a failure here changes nothing for the message.
    async fn follow_up(&self, current: &Current<'_>, row: &Record, verdict: &Verdict) {
        let sends = &self.context.sends;
        let (app_id, to_user) = (row.app_id.as_str(), row.to_user.as_str());
        let done = match (verdict, &current.prospect) {
            (Verdict::Sent { .. } | Verdict::Unknown(_), Prospect::Charge(interaction)) => {
                sends.charge(app_id, to_user, *interaction).await
            }
            (Verdict::Failed(failure), Prospect::Try | Prospect::Charge(_)) => {
                learn(sends, row, failure).await
            }
            _ => Ok(()),
        };
        if let Err(error) = done {
            tracing::warn!(outcome = error.error_type(), detail = %error, "not remembered");
        }
    }

    fn note(&self, row: &Record, verdict: &Verdict) {
        let (account, id, tries) = (&row.account, &row.client_msg_id, row.attempts);
        let (outcome, ms) = (words(verdict).0, millis(self.now().since(row.begun)));
        let failure = match verdict {
            Verdict::Failed(f) | Verdict::Unknown(f) | Verdict::Dead(f) | Verdict::Quota(f) => {
                Some(f)
            }
            Verdict::Again(again) => Some(&again.failure),
            Verdict::Sent { .. } => None,
        };
        let class = failure.map_or("", |failure| failure.class.as_str());
        let errcode = failure.and_then(|failure| failure.errcode);
        tracing::info!(account, id, outcome, class, errcode, tries, ms, "send");
    }

    /// Takes a message off the queue until its lane opens.
    async fn park(&mut self, current: &Current<'_>, until: Timestamp) -> Result<After, Problem> {
        let sends = &self.context.sends;
        self.take_place(current).await?;
        let now = self.now();
        let parked = sends.park(self.app_id, current.job, until, now).await?;
        let Some(row) = parked else {
            return self.leave(current).await;
        };
        match row.state {
            State::Parked => {
                self.batch.counts.add("MessagesParked", "");
                Ok(After::Done)
            }
            State::Sending if now < row.lease_until => Ok(After::Hold(row.lease_until)),
            State::Sending => {
                let claim = self.claim();
                let Some(row) = sends.take_over(&row, claim).await? else {
                    return self.leave(current).await;
                };
                let failure = earlier(&row, "its worker was gone", "worker_gone");
                let verdict = Verdict::Quota(failure);
                sends.settle(&row, &verdict, until, claim.me, now).await?;
                Ok(After::Done)
            }
            _ => self.leave(current).await,
        }
    }

    async fn take_place(&self, current: &Current<'_>) -> Result<(), Problem> {
        let parked = Parked {
            order: current.order.clone(),
            client_msg_id: current.job.client_msg_id.clone(),
        };
        Ok(self.context.sends.take_place(self.name, &parked).await?)
    }

    /// The message is done: it gives up its place, if it was parked.
    async fn leave(&self, current: &Current<'_>) -> Result<After, Problem> {
        if current.job.released.is_some() {
            self.context.sends.leave(self.name, &current.order).await?;
        }
        Ok(After::Done)
    }

    async fn without_account(
        &self,
        job: &SendJob,
        order: &str,
        failure: Failure,
    ) -> Result<After, Problem> {
        let (sends, claim) = (&self.context.sends, self.claim());
        let row = sends.claim(self.app_id, job, claim).await?;
        let step = row.as_ref().map(|row| (row.step(claim.me, claim.now), row));
        match step {
            Some((Step::Hold { until }, _)) => return Ok(After::Hold(until)),
            Some((Step::TakeOver { .. }, _)) => {
                return Ok(After::Hold(claim.now + SOON));
            }
            None | Some((Step::Leave, _)) => {}
            Some((Step::Go | Step::Unknown | Step::Dead, row)) => {
                self.put_dead_letter(row, job).await?;
                let verdict = Verdict::given_up(row, failure);
                self.record_verdict(row, &verdict, Timestamp::default())
                    .await?;
                self.batch.counts.add("MessagesDead", "");
            }
        }
        if job.released.is_some() {
            sends.leave(self.name, order).await?;
        }
        Ok(After::Done)
    }

    fn claim(&self) -> Claim<'_> {
        Claim {
            me: &self.batch.me,
            until: self.batch.deadline,
            now: self.now(),
        }
    }
}

/// Why a message got here: its last failure, or else this.
fn earlier(row: &Record, otherwise: &str, class: &str) -> Failure {
    row.error
        .clone()
        .unwrap_or_else(|| Failure::new(None, otherwise, class))
}
