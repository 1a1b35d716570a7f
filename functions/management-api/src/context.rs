//! What a request is answered with, and a request of an account that exists.

use lambda_runtime::Error;
use shared::{
    account::Account,
    lambda::{
        Accounts, Aws, Clients, HttpRequest, SendQueue, Settings, TokenRefresh, clock, connections,
    },
    store::{Media, Sends, Tokens},
};
use std::time::Duration;
use wechat_oa::api::client::Timing;

/// Everything a request needs, built once.
pub struct Context {
    pub(crate) accounts: Accounts,
    pub(crate) clients: Clients,
    pub(crate) token_refresh: TokenRefresh,
    pub(crate) media: Media,
    pub(crate) sends: Sends,
    pub(crate) queue: SendQueue,
    pub(crate) mass_queue: SendQueue,
}

/// A request of an account that exists.
pub(crate) struct Call<'a> {
    pub(crate) context: &'a Context,
    pub(crate) account: &'a Account,
    pub(crate) request: &'a HttpRequest,
    /// Tells this request from all others.
    pub(crate) id: &'a str,
    /// When there must be an answer, in milliseconds since 1970.
    pub(crate) deadline_ms: i64,
}

impl Context {
    /// # Errors
    /// A setting that is absent or means nothing.
    pub async fn from_environment() -> Result<Self, Error> {
        let settings = Settings::require(&[
            "PARAMETER_PREFIX",
            "TOKENS_TABLE",
            "TOKEN_REFRESH_FUNCTION",
            "MEDIA_TABLE",
            "SENDS_TABLE",
            "SEND_QUEUE_URL",
            "MASS_SEND_QUEUE_URL",
        ])?;
        let aws = Aws::load().await?;
        let function = settings.get("TOKEN_REFRESH_FUNCTION");
        let tokens = Tokens::new(aws.dynamodb(), settings.get("TOKENS_TABLE"));
        let accounts = Accounts::new(aws.ssm(), settings.get("PARAMETER_PREFIX"));
        accounts.start().await;
        Ok(Self {
            accounts,
            clients: Clients::new(&aws, connections(timing())?, tokens, function)?,
            token_refresh: TokenRefresh::new(&aws, function, TokenRefresh::CALL_PATIENCE),
            media: Media::new(aws.dynamodb(), settings.get("MEDIA_TABLE")),
            sends: Sends::new(aws.dynamodb(), settings.get("SENDS_TABLE")),
            queue: SendQueue::new(aws.sqs(), settings.get("SEND_QUEUE_URL")),
            mass_queue: SendQueue::new(aws.sqs(), settings.get("MASS_SEND_QUEUE_URL")),
        })
    }
}

impl Call<'_> {
    /// What is left of the time for an answer.
    pub(crate) fn left(&self) -> Duration {
        let left = self.deadline_ms.saturating_sub(clock::now_ms());
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
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
