//! One campaign in one invocation.

use super::{
    batches::Batches,
    context::{Outside, Worker},
    planning::plan,
};
use crate::{
    account::Account,
    problem::Problem,
    sends::{
        Failure, Outgoing,
        campaign::{
            Work,
            agenda::{Next, next},
            batch::Batch,
            record::{Campaign, Target},
        },
    },
    store::{Change, StoreError},
    time::Timestamp,
};
use std::time::Duration;

/// Waits up to this long are waited here; longer ones in the table.
const SHORT: Duration = Duration::from_secs(65);
/// How long one waits at most before looking whether the campaign was stopped.
const GLANCE: Duration = Duration::from_secs(5);
/// How long a campaign is looked after by one invocation at most. Whoever else
/// writes for it, a plan or a page, is through by then too.
const ATTENDED: Duration = Duration::from_secs(150);

/// One campaign, and who goes on with it. One that does not go on the queue brings again.
pub(super) struct Run<'w, O> {
    worker: &'w Worker<'w, O>,
    campaign: Campaign,
    batches: Batches<'w, O>,
    /// The version of the campaign's row to which they were read; none before.
    seen: Option<u64>,
}

impl<'w, O: Outside> Run<'w, O> {
    pub(super) fn new(worker: &'w Worker<'w, O>, account: &'w Account, campaign: Campaign) -> Self {
        Self {
            worker,
            campaign,
            batches: Batches::new(worker, account),
            seen: None,
        }
    }

    /// Does what can be done now, and notes when somebody has to go on.
    pub(super) async fn go(mut self) -> Result<(), Problem> {
        if !self.planned().await? {
            return Ok(());
        }
        let mut hold: Option<Timestamp> = None;
        loop {
            self.look_up().await?;
            let now = self.worker.clock.now();
            let until = match next(&self.campaign, &self.batches.all, now) {
                Next::Done => return self.rest(None).await,
                // These call nobody.
                todo @ (Next::Drop(_) | Next::GiveUp(_)) => {
                    self.one(todo).await?;
                    continue;
                }
                Next::Wait(until) => hold.map_or(until, |hold| hold.max(until)),
                _ if now >= self.worker.stop => return self.hand_on().await,
                _ if let Some(hold) = hold.filter(|hold| *hold > now) => hold,
                todo => {
                    hold = self.one(todo).await?;
                    continue;
                }
            };
            let (clock, stop) = (self.worker.clock, self.worker.stop);
            match until.since(now) <= SHORT {
                // What is to be taken back waits for no schedule.
                true if until < stop || (self.campaign.stopped && now < stop) => {
                    clock.wait_until(until.min(stop).min(now + GLANCE)).await;
                }
                true if self.campaign.stopped => return self.hand_on().await,
                _ => return self.rest(Some(until)).await,
            }
        }
    }

    /// Makes one step; nothing more is called before the time it answers.
    async fn one(&mut self, todo: Next) -> Result<Option<Timestamp>, Problem> {
        let (campaign, batches, now) = (&self.campaign, &mut self.batches, self.worker.clock.now());
        match todo {
            Next::Submit(n) => batches.submit(campaign, n).await,
            Next::GiveUp(n) => {
                let lost = |batch: &Batch| batch.lost(given_up(campaign.stopped), now);
                batches.change(campaign, n, lost).await
            }
            Next::Drop(n) => batches.change(campaign, n, Batch::dropped).await,
            Next::TakeBack(n, article) => batches.take_back(campaign, n, article).await,
            Next::Look(n) => batches.look(campaign, n).await,
            Next::Wait(_) | Next::Done => Ok(None),
        }
    }

    /// Whether the campaign has its batches, now or since before.
    async fn planned(&mut self) -> Result<bool, Problem> {
        if self.campaign.batches > 0 {
            return Ok(true);
        }
        if self.campaign.stopped {
            // Once more when whoever was planning it or adding to it is through.
            let through = self.campaign.stop.unwrap_or_default() + ATTENDED;
            let early = self.worker.clock.now() < through;
            self.drop_all().await?;
            self.forget_receivers().await?;
            self.rest(early.then_some(through)).await?;
            return Ok(false);
        }
        match plan(self.worker, &self.campaign).await {
            Ok(Some(batches)) => self.batches.all = batches,
            Ok(None) => return self.hand_on().await.map(|()| false),
            Err(StoreError::Malformed { reason, .. }) => {
                let failure = Failure::new(None, reason, "recipients_gone");
                self.forget_receivers().await?;
                let now = self.worker.clock.now();
                let failed = |found: &Campaign| Some(found.failed(failure.clone(), now));
                self.write(failed).await?;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
        let batches = u32::try_from(self.batches.all.len()).unwrap_or(u32::MAX);
        let recipients = self.batches.all.iter();
        let recipients = recipients.map(|batch| u64::from(batch.recipients)).sum();
        let now = self.worker.clock.now();
        let planned = |found: &Campaign| {
            let fresh = found.batches == 0;
            fresh.then(|| found.planned(batches, recipients, now))
        };
        self.write(planned).await?;
        Ok(true)
    }

    async fn forget_receivers(&self) -> Result<(), StoreError> {
        let sends = self.worker.sends;
        sends.forget_receivers(&self.campaign, &[]).await
    }

    /// Whoever was planning a campaign that was stopped may have left batches.
    async fn drop_all(&mut self) -> Result<(), Problem> {
        self.read_batches().await?;
        for n in 0..self.batches.all.len() {
            let change = self.batches.change(&self.campaign, n, Batch::dropped);
            change.await?;
        }
        Ok(())
    }

    /// Somebody may have stopped the campaign, or a result come. Who writes wakes only what is not
    /// due, so the campaign is put off first and its batches are read after that.
    async fn look_up(&mut self) -> Result<(), Problem> {
        let (app_id, id) = (&self.campaign.app_id, &self.campaign.client_msg_id);
        let found = self.worker.sends.campaign(app_id, id).await?;
        if found.is_none_or(|found| self.seen == Some(found.version)) {
            return Ok(());
        }
        let now = self.worker.clock.now();
        let attended = |found: &Campaign| {
            Some(Campaign {
                due: Some(now + ATTENDED),
                ..found.next(now)
            })
        };
        self.write(attended).await?;
        self.read_batches().await?;
        self.seen = Some(self.campaign.version);
        Ok(())
    }

    async fn read_batches(&mut self) -> Result<(), Problem> {
        let (app_id, id) = (&self.campaign.app_id, &self.campaign.client_msg_id);
        self.batches.all = self.worker.sends.batches(app_id, id).await?;
        Ok(())
    }

    /// Leaves; somebody goes on at that time, or nobody has to.
    async fn rest(&mut self, until: Option<Timestamp>) -> Result<(), Problem> {
        let until = match until {
            None => self.close().await?,
            until => until,
        };
        let (version, now) = (self.campaign.version, self.worker.clock.now());
        let batches = std::mem::take(&mut self.batches.all);
        let rested = |found: &Campaign| {
            let state = found.state_of(&batches);
            let due = match found.version == version {
                true => until,
                false => Some(now),
            };
            let changed = found.state != state || found.due != due;
            changed.then(|| Campaign {
                due,
                ..found.entered(state, now)
            })
        };
        self.write(rested).await
    }

    /// Nothing more is sent: the receivers are forgotten, but for a while those of failed batches, and
    /// the allowance of a send to all that WeChat did not take is given back. Whoever begins again does
    /// both again. Answers when somebody has to.
    async fn close(&self) -> Result<Option<Timestamp>, Problem> {
        let (sends, campaign) = (self.worker.sends, &self.campaign);
        let batches = self.batches.all.iter();
        match campaign.target {
            Target::Openids => {
                let now = self.worker.clock.now();
                let until = campaign.resendable_until(&self.batches.all, now);
                let kept = batches.filter(|batch| until.is_some() && batch.reached_nobody());
                let kept: Vec<u32> = kept.map(|batch| batch.number).collect();
                sends.forget_receivers(campaign, &kept).await?;
                return Ok(until);
            }
            Target::All => {
                let (app_id, me) = (&campaign.app_id, self.worker.me);
                for Batch { clientmsgid, .. } in batches.filter(|batch| batch.is_unspent()) {
                    sends.give_back_mass_quota(app_id, me, clientmsgid).await?;
                }
            }
            Target::Tag(_) => {}
        }
        Ok(None)
    }

    /// Leaves because the time is over; another invocation goes on at once.
    async fn hand_on(&mut self) -> Result<(), Problem> {
        let now = self.worker.clock.now();
        self.rest(Some(now)).await?;
        let work = Work {
            app_id: self.campaign.app_id.clone(),
            client_msg_id: self.campaign.client_msg_id.clone(),
        };
        let message = Outgoing::work(&work, now)?;
        self.worker.outside.put(&[message]).await
    }

    async fn write(&mut self, next: impl Fn(&Campaign) -> Option<Campaign>) -> Result<(), Problem> {
        let (app_id, id) = (&self.campaign.app_id, &self.campaign.client_msg_id);
        let change = self.worker.sends.change_campaign(app_id, id, next).await?;
        if let Change::Made(found) | Change::Unchanged(found) = change {
            self.campaign = *found;
        }
        Ok(())
    }
}

/// Why a batch is not sent again whose answer was lost.
fn given_up(stopped: bool) -> &'static str {
    match stopped {
        true => "the campaign was stopped, and the answer to this call was lost; it may have gone",
        false => "no answer for 23 hours, and WeChat forgets the id after 24; it may have gone",
    }
}
