//! What every event needs.

use shared::{
    clock::SharedClock,
    lambda::{self, Accounts, Clients, SendQueue},
    store::Sends,
};
use std::time::Duration;
use wechat_oa::api::client::Timing;

/// How long a result is waited for before WeChat is asked, in seconds, unless set otherwise.
const PATIENCE_S: u32 = 900;

/// What every event needs.
pub struct Context {
    pub(crate) accounts: Accounts,
    pub(crate) sends: Sends,
    pub(crate) queue: SendQueue,
    pub(crate) clients: Clients,
    pub(crate) clock: SharedClock,
    /// How long a result is waited for before WeChat is asked.
    pub(crate) patience: Duration,
}

impl Context {
    /// What there is in these surroundings.
    pub fn new(context: &mut lambda::Context) -> Self {
        let patience_s = context.result_patience_s().unwrap_or(PATIENCE_S);
        Self {
            accounts: context.accounts(),
            sends: context.sends(),
            queue: context.mass_send_queue(),
            clients: context.clients(timing()),
            clock: context.clock(),
            patience: Duration::from_secs(patience_s.into()),
        }
    }

    /// The accounts, to be read at the start and renewed beside the work.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}

/// Each call is counted, so none is repeated here.
fn timing() -> Timing {
    Timing {
        repeats: 0,
        ..Timing::default()
    }
}
