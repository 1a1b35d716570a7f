//! One message: its turn, its call, its fate.

use super::{
    context::Outside,
    lane_run::{After, LaneRun, SHORT, TROUBLE},
    pacer::{Turn, malformed_pace},
    prospect::{Prospect, count, learn, prospect},
};
use crate::{
    account::Account,
    problem::Problem,
    sends::{
        Failure, Record, SendJob, State, Step,
        pace::{LATE, Policy, Slot},
        record::TRIES,
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
/// When to look again whether a worker that is gone has settled its message.
const SOON: Duration = Duration::from_secs(1);

/// A message and where it stands.
pub(super) struct Message<'r, 'w, O> {
    run: &'r mut LaneRun<'w, O>,
    job: &'r SendJob,
    /// Its place in the lane.
    place: String,
    account: Arc<Account>,
    policy: Policy,
    prospect: Prospect,
}

impl<'r, 'w, O: Outside> Message<'r, 'w, O> {
    /// Does a message. What can be done in this batch is: short waits, the first repeats.
    pub(super) async fn run(
        run: &'r mut LaneRun<'w, O>,
        job: &'r SendJob,
        sequence: &str,
    ) -> Result<After, Problem> {
        let place = match &job.released {
            Some(released) => released.order.clone(),
            None => place(sequence),
        };
        let worker = run.worker;
        let Some(account) = worker.outside.account(&job.account).await? else {
            return without_account(run, job, &place).await;
        };
        let pace = account.pace.get()?;
        let policy = Policy::of(pace, run.id.app_id.as_str(), run.id.number);
        let policy = policy.map_err(malformed_pace)?;
        let prospect = loop {
            match prospect(worker.sends, &account, job, worker.clock.now()).await? {
                Prospect::Wait(at) if run.fits(at) => worker.clock.wait_until(at).await,
                Prospect::Wait(at) => return Ok(After::Hold(at)),
                prospect => break prospect,
            }
        };
        let mut message = Self {
            run,
            job,
            place,
            account,
            policy,
            prospect,
        };
        loop {
            match message.try_once().await? {
                After::Hold(at) if message.run.fits(at) => worker.clock.wait_until(at).await,
                after => return Ok(after),
            }
        }
    }

    async fn try_once(&mut self) -> Result<After, Problem> {
        let (worker, now) = (self.run.worker, self.now());
        let left = self.run.left;
        let turn = self.run.pacer.next(&self.policy, self.job, left, now);
        let slot = match turn.await? {
            Turn::Park(until) => return self.park(until).await,
            Turn::Call(slot) => slot,
        };
        if slot.at.since(now) >= SHORT || now >= worker.last_start {
            return Ok(After::Turn(slot.at));
        }
        let claim = self.run.claim();
        let claimed = worker.sends.claim(&self.run.id.app_id, self.job, claim);
        let Some(row) = claimed.await? else {
            return self.leave().await;
        };
        match row.step(claim.me, claim.now) {
            Step::Go => self.go(&row, slot).await,
            Step::Leave => self.end().await,
            Step::Hold { until } => Ok(After::Hold(until)),
            Step::TakeOver { .. } => Ok(After::Hold(now + SOON)),
            Step::Unknown => {
                let failure = earlier(&row, "the fate of its call is not known", "unknown");
                self.settle(&row, Verdict::Unknown(failure)).await
            }
            Step::Dead => {
                let why = format!("given up after {TRIES} tries");
                let verdict = Verdict::given_up(&row, earlier(&row, &why, "tries"));
                self.settle(&row, verdict).await
            }
        }
    }

    /// The call, in its slot.
    async fn go(&mut self, row: &Record, slot: Slot) -> Result<After, Problem> {
        if let Prospect::Refused(failure) = &self.prospect {
            let refused = Verdict::failed(row, failure.clone());
            return self.settle(row, refused).await;
        }
        let outside = self.run.worker.outside;
        outside.make_ready(&self.account).await;
        if let Some(at) = self.wait_for_turn(slot).await {
            let failure = earlier(row, "its turn passed before it was ready", "turn_missed");
            let missed = Verdict::Again(Again::later(failure, at));
            return self.settle(row, missed).await;
        }
        let outcome = outside.call(&self.account, row).await;
        let verdict = Verdict::of(row, &outcome, self.now());
        self.settle(row, verdict).await
    }

    /// Waits for the slot, or for a later one when it passed meanwhile; when that is far away, says
    /// when it is.
    async fn wait_for_turn(&mut self, mut slot: Slot) -> Option<Timestamp> {
        for _ in 0..LATE_SLOTS {
            let now = self.now();
            if now > slot.at + LATE {
                slot = self.run.pacer.slot(&self.policy, now);
            }
            if slot.at.since(now) > PATIENCE {
                return Some(slot.at);
            }
            self.run.worker.clock.wait_until(slot.at).await;
            if self.now() <= slot.at + LATE {
                break;
            }
        }
        self.run.pacer.take(slot);
        None
    }

    /// Writes down what became of a message, and does what follows from it.
    async fn settle(&mut self, row: &Record, verdict: Verdict) -> Result<After, Problem> {
        let verdict = match verdict {
            Verdict::Quota(failure) => self.close(failure).await,
            Verdict::Failed(failure) => self.leave_to_collect(failure).await,
            verdict => verdict,
        };
        let until = match &verdict {
            Verdict::Quota(_) => self.run.pacer.lane().until,
            Verdict::Again(again) => again.at,
            Verdict::Dead(_) => {
                self.run.bury(row, self.job).await?;
                Timestamp::default()
            }
            Verdict::Sent { .. } | Verdict::Failed(_) | Verdict::Unknown(_) => Timestamp::default(),
        };
        let settled = self.run.record(row, &verdict, until).await?;
        self.note(row, &verdict);
        self.follow_up(row, &verdict).await;
        match verdict {
            Verdict::Quota(_) => Ok(self.off_the_queue(settled.as_ref())),
            Verdict::Again(again) => {
                if again.slow {
                    let now = self.now();
                    warn("not slowed down", self.run.pacer.slow_down(now).await);
                }
                Ok(After::Hold(again.at))
            }
            Verdict::Sent { .. } => {
                self.run.pacer.sent(self.job.kind);
                self.end().await
            }
            Verdict::Failed(_) | Verdict::Unknown(_) | Verdict::Dead(_) => self.end().await,
        }
    }

    /// Closes the lane to a message whose allowance is used up, and gives it a place. When that
    /// fails it stays on the queue: what WeChat said is written down all the same.
    async fn close(&mut self, failure: Failure) -> Verdict {
        let now = self.now();
        let parked = match self.run.pacer.close(self.job.kind, now).await {
            Ok(()) => self.take_place().await,
            closed => closed,
        };
        match parked {
            Ok(()) => Verdict::Quota(failure),
            parked => {
                warn("not parked", parked);
                Verdict::Again(Again::later(failure, now + TROUBLE))
            }
        }
    }

    /// Leaves an answer that WeChat refused to be collected; where that fails, WeChat is asked again.
    async fn leave_to_collect(&self, failure: Failure) -> Verdict {
        let Some(piece) = &self.job.answer else {
            return Verdict::Failed(failure);
        };
        let outside = self.run.worker.outside;
        let left = outside.leave_to_collect(&self.run.id.app_id, &self.job.to_user, piece);
        match left.await {
            Ok(()) => Verdict::Failed(failure),
            left => {
                warn("not left to be collected", left);
                Verdict::Again(Again::later(failure, self.now() + TROUBLE))
            }
        }
    }

    /// What is only good to know: a failure here changes nothing for the message.
    async fn follow_up(&self, row: &Record, verdict: &Verdict) {
        let sends = self.run.worker.sends;
        let (app_id, to_user, id) = (&row.app_id, &row.to_user, &row.client_msg_id);
        let gone = matches!(verdict, Verdict::Sent { .. } | Verdict::Unknown(_));
        let done = match (&self.prospect, verdict) {
            (Prospect::Charge(to), _) if gone => sends.charge(app_id, to_user, *to).await,
            (Prospect::Spend(subject, consent), _) if gone => {
                let consents = sends.consents();
                let spent = consents.spend(app_id, to_user, subject, consent, id, row.begun);
                spent.await
            }
            (Prospect::Refused(_) | Prospect::Wait(_), _) => Ok(()),
            (_, Verdict::Failed(failure)) => learn(sends, row, failure).await,
            _ => Ok(()),
        };
        warn("not remembered", done.map_err(Problem::from));
        if gone {
            let counted = count(sends, &self.account, self.job, self.now());
            warn("not counted", counted.await);
        }
    }

    /// One line in the log, and one more in a metric: where it failed, by class.
    fn note(&self, row: &Record, verdict: &Verdict) {
        let (outcome, metric, failure) = match verdict {
            Verdict::Sent { .. } => ("sent", "MessagesSent", None),
            Verdict::Failed(failure) => ("failed", "MessagesFailed", Some(failure)),
            Verdict::Unknown(failure) => ("unknown", "MessagesUnknown", Some(failure)),
            Verdict::Dead(failure) => ("dead", "MessagesDead", Some(failure)),
            Verdict::Quota(failure) => ("parked", "MessagesParked", Some(failure)),
            Verdict::Again(again) => ("again", "", Some(&again.failure)),
        };
        let class = failure.map_or("", |failure| failure.class.as_str());
        let by_class = matches!(verdict, Verdict::Failed(_));
        if !metric.is_empty() {
            let class = if by_class { class } else { "" };
            self.run.worker.outside.count(metric, &row.account, class);
        }
        let (account, id, tries) = (&row.account, &row.client_msg_id, row.attempts);
        let errcode = failure.and_then(|failure| failure.errcode);
        let ms = millis(self.now().since(row.begun));
        tracing::info!(account, id, outcome, class, errcode, tries, ms, "send");
    }

    /// Takes a message off the queue until its lane opens.
    async fn park(&mut self, until: Timestamp) -> Result<After, Problem> {
        let (sends, app_id) = (self.run.worker.sends, &self.run.id.app_id);
        self.take_place().await?;
        let now = self.now();
        let Some(row) = sends.park(app_id, self.job, until, now).await? else {
            return self.leave().await;
        };
        match row.state {
            State::Parked => {
                let (outside, account) = (self.run.worker.outside, &row.account);
                outside.count("MessagesParked", account, "");
                Ok(After::Done)
            }
            State::Sending if now < row.lease_until => Ok(After::Hold(row.lease_until)),
            State::Sending => {
                let claim = self.run.claim();
                let Some(row) = sends.take_over(&row, claim).await? else {
                    return self.leave().await;
                };
                let failure = earlier(&row, "its worker was gone", "worker_gone");
                let verdict = Verdict::Quota(failure);
                let settled = sends.settle(&row, &verdict, until, claim.me, now).await?;
                Ok(self.off_the_queue(settled.as_ref()))
            }
            _ => self.end().await,
        }
    }

    /// A message that is parked is off the queue. Where somebody else settled it meanwhile, what follows from that may not
    /// be done: it comes once more.
    fn off_the_queue(&self, row: Option<&Record>) -> After {
        match row.is_some_and(|row| row.state == State::Parked) {
            true => After::Done,
            false => After::Hold(self.now() + SOON),
        }
    }

    async fn take_place(&self) -> Result<(), Problem> {
        let parked = Parked {
            order: self.place.clone(),
            client_msg_id: self.job.client_msg_id.clone(),
        };
        let sends = self.run.worker.sends;
        Ok(sends.take_place(self.run.id, &parked).await?)
    }

    async fn end(&self) -> Result<After, Problem> {
        self.run.end(self.job, &self.place).await
    }

    async fn leave(&self) -> Result<After, Problem> {
        self.run.leave(self.job, &self.place).await
    }

    fn now(&self) -> Timestamp {
        self.run.worker.clock.now()
    }
}

/// A message whose account is gone is given up.
async fn without_account<O: Outside>(
    run: &LaneRun<'_, O>,
    job: &SendJob,
    place: &str,
) -> Result<After, Problem> {
    let claim = run.claim();
    let claimed = run.worker.sends.claim(&run.id.app_id, job, claim);
    let row = claimed.await?;
    match row.as_ref().map(|row| (row.step(claim.me, claim.now), row)) {
        Some((Step::Hold { until }, _)) => return Ok(After::Hold(until)),
        Some((Step::TakeOver { .. }, _)) => return Ok(After::Hold(claim.now + SOON)),
        None => return run.leave(job, place).await,
        Some((Step::Leave, _)) => {}
        Some((Step::Go | Step::Unknown | Step::Dead, row)) => {
            let why = format!("no account '{}'", job.account);
            let failure = Failure::new(None, why, "unknown_account");
            run.bury(row, job).await?;
            let verdict = Verdict::given_up(row, failure);
            run.record(row, &verdict, Timestamp::default()).await?;
            // Of an account that is gone nothing is counted on its own.
            run.worker.outside.count("MessagesDead", "", "");
        }
    }
    run.end(job, place).await
}

/// Why a message got here: its last failure, or else this.
fn earlier(row: &Record, otherwise: &str, class: &str) -> Failure {
    row.error
        .clone()
        .unwrap_or_else(|| Failure::new(None, otherwise, class))
}

fn warn(what: &str, outcome: Result<(), Problem>) {
    if let Err(problem) = outcome {
        tracing::warn!(outcome = problem.error_type(), detail = %problem, "{what}");
    }
}
