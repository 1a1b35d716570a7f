//! The worker of campaigns: plans, submits, looks, takes back. The function `mass-send` is this with
//! Lambda, SQS and HTTP around it; tests are this with a world of their own.

mod batches;
mod context;
mod planning;
mod run;
mod sweep;

pub use context::{MassCall, Outside, Worker};
pub use sweep::Report;

use super::Work;
use crate::problem::Problem;
use run::Run;

impl<O: Outside> Worker<'_, O> {
    /// Goes on with a campaign, if somebody has to. What an invocation leaves undone the queue brings
    /// again, or the schedule does.
    ///
    /// # Errors
    /// What was out of reach; the campaign is due again by itself.
    pub async fn go_on(&self, work: &Work) -> Result<(), Problem> {
        let found = self.sends.campaign(&work.app_id, &work.client_msg_id);
        match found.await?.filter(|campaign| campaign.due.is_some()) {
            Some(campaign) => {
                let account = self.outside.account(&campaign.account).await?;
                Run::new(self, &account, campaign).go().await
            }
            None => Ok(()),
        }
    }

    /// Looks after everything that is due: campaigns go on the queue, early results find their batches.
    pub async fn sweep(&self) -> Report {
        sweep::run(self).await
    }
}

#[cfg(test)]
mod tests;
