//! What a request is answered with, and a request of an account that exists.

use crate::refusal::Refusal;
use shared::{
    account::Account,
    clock::SharedClock,
    lambda::{self, Accounts, Clients, HttpRequest, SendQueue, TokenRefresh},
    store::{Media, Sends},
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::api::{Error, client::Timing};

/// Everything a request needs, built once.
pub struct Context {
    pub(crate) accounts: Accounts,
    pub(crate) clients: Clients,
    pub(crate) token_refresh: TokenRefresh,
    pub(crate) media: Media,
    pub(crate) sends: Sends,
    pub(crate) queue: SendQueue,
    pub(crate) mass_queue: SendQueue,
    pub(crate) clock: SharedClock,
}

/// A request of an account that exists.
pub(crate) struct Call<'a> {
    pub(crate) context: &'a Context,
    pub(crate) account: &'a Account,
    pub(crate) request: &'a HttpRequest,
    /// Tells this request from all others.
    pub(crate) id: &'a str,
    /// When there must be an answer.
    pub(crate) deadline: Timestamp,
}

impl Context {
    /// What there is in these surroundings.
    pub fn new(context: &mut lambda::Context) -> Self {
        Self {
            accounts: context.accounts(),
            clients: context.clients(timing()),
            token_refresh: context.token_refresh(TokenRefresh::CALL_PATIENCE),
            media: context.media(),
            sends: context.sends(),
            queue: context.send_queue(),
            mass_queue: context.mass_send_queue(),
            clock: context.clock(),
        }
    }

    /// The accounts, to be read at the start and renewed beside the work.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}

impl Call<'_> {
    /// What is left of the time for an answer.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.since(self.context.clock.now())
    }

    /// What WeChat says, if it says it in that time.
    pub(crate) async fn in_time<T>(
        &self,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Refusal> {
        let answer = tokio::time::timeout(self.left(), asked).await;
        Ok(answer.map_err(|_| Refusal::slow())??)
    }
}

/// Two tries of a call fit into what the gateway waits: 30 s.
fn timing() -> Timing {
    Timing {
        call: Duration::from_secs(12),
        transfer: Duration::from_secs(12),
        repeats: 1,
        ..Timing::default()
    }
}
