//! One campaign in one invocation.

use crate::{context::Context, plan::plan};
use shared::{
    account::Account,
    lambda::{AccountClient, Counts, Outgoing, Problem},
    sends::{
        Failure,
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
use std::{sync::Arc, time::Duration};

/// Waits up to this long are waited here; longer ones in the table.
const SHORT: Duration = Duration::from_secs(65);
/// How long one waits at most before looking whether the campaign was stopped.
const GLANCE: Duration = Duration::from_secs(5);
/// How long a campaign is looked after by one invocation at most. Whoever else
/// writes for it, a plan or a page, is through by then too.
const ATTENDED: Duration = Duration::from_secs(150);

/// One campaign, what it needs and who goes on with it. One that does not go on the queue brings again.
pub(crate) struct Run<'a> {
    pub(crate) context: &'a Context,
    pub(crate) account: &'a Account,
    pub(crate) client: Arc<AccountClient>,
    pub(crate) campaign: Campaign,
    pub(crate) batches: Vec<Batch>,
    /// The version of the campaign's row to which they were read; none before.
    pub(crate) seen: Option<u64>,
    /// Who calls: new for each invocation.
    pub(crate) me: &'a str,
    /// No call begins after.
    pub(crate) stop: Timestamp,
    pub(crate) counts: &'a Counts,
}

impl Run<'_> {
    /// Does what can be done now, and notes when somebody has to go on.
    pub(crate) async fn go(mut self) -> Result<(), Problem> {
        if !self.planned().await? {
            return Ok(());
        }
        let mut hold = Timestamp::default();
        loop {
            self.look_up().await?;
            let now = self.now();
            let until = match next(&self.campaign, &self.batches, now) {
                Next::Done => return self.rest(None).await,
                // These call nobody.
                todo @ (Next::Drop(_) | Next::GiveUp(_)) => {
                    self.one(todo).await?;
                    continue;
                }
                Next::Wait(until) => until.max(hold),
                _ if now >= self.stop => return self.hand_on().await,
                _ if hold > now => hold,
                todo => {
                    hold = self.one(todo).await?;
                    continue;
                }
            };
            let short = until.since(now) <= SHORT;
            match until >= self.stop {
                _ if !short => return self.rest(Some(until)).await,
                // What is to be taken back waits for no schedule.
                true if self.campaign.stopped => return self.hand_on().await,
                true => return self.rest(Some(until)).await,
                false => {
                    let look = until.min(now + GLANCE);
                    self.context.clock.wait_until(look).await;
                }
            }
        }
    }

    /// Makes one step; nothing more is done before the time it answers.
    async fn one(&mut self, todo: Next) -> Result<Timestamp, Problem> {
        match todo {
            Next::Submit(n) => self.submit(n).await,
            Next::GiveUp(n) => {
                let (why, now) = (given_up(self.campaign.stopped), self.now());
                self.change(n, |batch| batch.lost(why, now)).await
            }
            Next::Drop(n) => self.change(n, Batch::dropped).await,
            Next::TakeBack(n, article) => self.take_back(n, article).await,
            Next::Look(n) => self.look(n).await,
            Next::Wait(_) | Next::Done => Ok(Timestamp::default()),
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
            let early = self.now() < through;
            self.context.sends.forget_receivers(&self.campaign).await?;
            self.rest(early.then_some(through)).await?;
            return Ok(false);
        }
        let (sends, clock) = (&self.context.sends, &*self.context.clock);
        match plan(sends, clock, &self.campaign, self.stop).await {
            Ok(Some(batches)) => self.batches = batches,
            Ok(None) => {
                self.hand_on().await?;
                return Ok(false);
            }
            Err(StoreError::Malformed { reason, .. }) => {
                let failure = Failure::new(None, reason, "recipients_gone");
                self.context.sends.forget_receivers(&self.campaign).await?;
                let now = self.now();
                let failed = |found: &Campaign| Some(found.failed(failure.clone(), now));
                self.write(failed).await?;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
        let batches = u32::try_from(self.batches.len()).unwrap_or(u32::MAX);
        let recipients = self.batches.iter().map(|b| u64::from(b.recipients)).sum();
        let now = self.now();
        let planned = |found: &Campaign| {
            let fresh = found.batches == 0;
            fresh.then(|| found.planned(batches, recipients, now))
        };
        self.write(planned).await?;
        Ok(true)
    }

    /// Somebody may have stopped the campaign, or a result come. Who writes wakes only what is not
    /// due, so the campaign is put off first and its batches are read after that.
    async fn look_up(&mut self) -> Result<(), Problem> {
        let sends = &self.context.sends;
        let (app_id, id) = (&self.campaign.app_id, &self.campaign.client_msg_id);
        let Some(found) = sends.campaign(app_id, id).await? else {
            return Ok(());
        };
        if self.seen == Some(found.version) {
            return Ok(());
        }
        let now = self.now();
        let attended = |found: &Campaign| {
            Some(Campaign {
                due: Some(now + ATTENDED),
                ..found.written(now)
            })
        };
        self.write(attended).await?;
        let (app_id, id) = (&self.campaign.app_id, &self.campaign.client_msg_id);
        self.batches = self.context.sends.batches(app_id, id).await?;
        self.seen = Some(self.campaign.version);
        Ok(())
    }

    /// Leaves; somebody goes on at that time, or nobody has to.
    async fn rest(&mut self, until: Option<Timestamp>) -> Result<(), Problem> {
        if until.is_none() {
            self.close().await?;
        }
        let (version, now) = (self.campaign.version, self.now());
        let batches = std::mem::take(&mut self.batches);
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

    /// Nothing more is sent: the receivers are forgotten, and the allowance of a send to all that
    /// WeChat did not take is given back. Whoever begins again does both again.
    async fn close(&self) -> Result<(), Problem> {
        let (sends, campaign) = (&self.context.sends, &self.campaign);
        match campaign.target {
            Target::Openids => sends.forget_receivers(campaign).await?,
            Target::All => {
                for batch in self.batches.iter().filter(|batch| batch.is_unspent()) {
                    let (app_id, id) = (&campaign.app_id, &batch.clientmsgid);
                    sends.give_back_mass_quota(app_id, self.me, id).await?;
                }
            }
            Target::Tag(_) => {}
        }
        Ok(())
    }

    /// Leaves because the time is over; another invocation goes on at once.
    async fn hand_on(&mut self) -> Result<(), Problem> {
        let now = self.now();
        self.rest(Some(now)).await?;
        let work = Work {
            app_id: self.campaign.app_id.clone(),
            client_msg_id: self.campaign.client_msg_id.clone(),
        };
        let message = Outgoing::work(&work, now)?;
        Ok(self.context.queue.put(&[message]).await?)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    async fn write(&mut self, next: impl Fn(&Campaign) -> Option<Campaign>) -> Result<(), Problem> {
        let (app_id, id) = (&self.campaign.app_id, &self.campaign.client_msg_id);
        let change = self.context.sends.change_campaign(app_id, id, next).await?;
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
