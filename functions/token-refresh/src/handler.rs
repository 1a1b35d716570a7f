//! What the function is asked for: a tick of the schedule, a token by invoke, a token over HTTP.

use crate::{errands, route, tick};
use lambda_runtime::{Context, Diagnostic};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    account::Account,
    lambda::{
        Accounts, AccountsError, Aws, HttpRequest, Settings,
        clock::{self, SystemClock},
        connections,
    },
    store::Tokens,
    token::{Current, Kind, RefreshError, Refreshed, Refresher, Secrets, Why},
};
use std::fmt;
use thiserror::Error;
use wechat_oa::{
    api::{Error, Http, client::Timing, error::Cause},
    ids::AppSecret,
};

/// An event of any of the function's triggers.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// A signed request.
    Http(Box<HttpRequest>),
    /// A function needs a token.
    Invoke(Invoke),
    /// A call that takes the app secret.
    Errand {
        /// The call.
        secret_call: errands::Asked,
    },
    /// All domain verification files of all accounts.
    VerifyFiles {
        /// Asked for by `true`.
        verify_files: bool,
    },
    /// The schedule: every account's access token.
    Tick {
        /// Asked for by `true`.
        tick: bool,
    },
}

/// A function that needs a token.
#[derive(Deserialize)]
pub struct Invoke {
    account: String,
    #[serde(default = "access_token")]
    kind: Kind,
    refused: Option<SecretString>,
}

fn access_token() -> Kind {
    Kind::AccessToken
}

/// Why there is no token.
#[derive(Error)]
pub enum Failure {
    /// The account is not to be had.
    #[error(transparent)]
    Account(#[from] AccountsError),
    /// WeChat, the table or the app secret did not give one.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// The call that takes the app secret could not be made.
    #[error(transparent)]
    Call(#[from] Error),
}

/// As it is displayed, for the runtime prints what a handler ends with.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Failure {
    pub(crate) fn error_type(&self) -> &'static str {
        match self {
            Self::Account(error) => error.error_type(),
            Self::Refresh(error) => error.error_type(),
            Self::Call(error) => error.error_type(),
        }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.error_type().to_owned(),
            error_message: failure.to_string(),
        }
    }
}

/// Reads app secrets where only this function may.
pub(crate) struct ParameterSecrets(Accounts);

impl Secrets for ParameterSecrets {
    async fn app_secret(&self, account: &Account) -> Result<AppSecret, Cause> {
        Ok(self.0.app_secret(&account.name).await?)
    }
}

/// Everything an event needs, built once.
pub struct Handler {
    pub(crate) accounts: Accounts,
    pub(crate) refresher: Refresher<ParameterSecrets, SystemClock>,
    pub(crate) http: Http,
    /// In place of WeChat's hosts.
    pub(crate) base: Option<String>,
}

impl Handler {
    /// # Errors
    /// A setting that is absent or means nothing.
    pub async fn from_environment() -> Result<Self, lambda_runtime::Error> {
        let settings = Settings::require(&["PARAMETER_PREFIX", "TOKENS_TABLE"])?;
        let aws = Aws::load().await?;
        let accounts = Accounts::new(aws.ssm(), settings.get("PARAMETER_PREFIX"));
        let (http, base) = (
            connections(Timing::default())?,
            Settings::optional("WECHAT_API_BASE")?,
        );
        let refresher = Refresher::new(
            Tokens::new(aws.dynamodb(), settings.get("TOKENS_TABLE")),
            http.clone(),
            base.clone(),
            ParameterSecrets(accounts.clone()),
            SystemClock,
        );
        Ok(Self {
            accounts,
            refresher,
            http,
            base,
        })
    }

    /// Answers an event. What fails has one line: here, or where more is known of it.
    ///
    /// # Errors
    /// Why there is no token, no answer of WeChat's, no file.
    pub async fn handle(&self, event: Event, context: &Context) -> Result<Value, Failure> {
        let answered = self.answer(event, context).await;
        if let Err(failure @ Failure::Account(_)) = &answered {
            tracing::error!(outcome = failure.error_type(), detail = %failure, "event");
        }
        answered
    }

    async fn answer(&self, event: Event, context: &Context) -> Result<Value, Failure> {
        match event {
            Event::Http(request) => Ok(json!(route::answer(self, &request).await)),
            Event::Invoke(Invoke {
                account,
                kind,
                refused,
            }) => {
                let why = refused.as_ref().map_or(Why::Need, Why::Refused);
                let refreshed = self.token(&account, kind, why).await?;
                Ok(written(kind, &refreshed.current))
            }
            Event::Errand { secret_call } => Ok(json!(errands::call(self, secret_call).await?)),
            Event::VerifyFiles {
                verify_files: false,
            } => Ok(Value::Null),
            Event::VerifyFiles { verify_files: true } => {
                Ok(json!(errands::verify_files(self).await?))
            }
            Event::Tick { tick: false } => Ok(Value::Null),
            Event::Tick { tick: true } => {
                let deadline_ms = i64::try_from(context.deadline).unwrap_or(i64::MAX);
                Ok(json!(tick::run(self, deadline_ms).await?))
            }
        }
    }

    /// A token of the account of that name; writes its one log line.
    pub(crate) async fn token(
        &self,
        name: &str,
        kind: Kind,
        why: Why<'_>,
    ) -> Result<Refreshed, Failure> {
        let account = self.accounts.get(name).await?;
        self.token_of(&account, kind, why).await
    }

    pub(crate) async fn token_of(
        &self,
        account: &Account,
        kind: Kind,
        why: Why<'_>,
    ) -> Result<Refreshed, Failure> {
        let started = clock::now_ms();
        let got = self.refresher.get(account, kind, why).await;
        let ms = clock::now_ms().saturating_sub(started);
        let (account, kind) = (&account.name, kind.as_str());
        match &got {
            Ok(refreshed) => {
                tracing::info!(%account, kind, fetched = refreshed.fetched, ms, "token")
            }
            Err(error) => {
                tracing::error!(%account, kind, outcome = error.error_type(), detail = %error, ms, "token")
            }
        }
        Ok(got?)
    }
}

/// A token as other functions and systems read it; `expires_at` in seconds since 1970.
pub(crate) fn written(kind: Kind, current: &Current) -> Value {
    let name = if kind == Kind::AccessToken {
        "access_token"
    } else {
        "ticket"
    };
    let left_ms = current.expires_at_ms.saturating_sub(clock::now_ms()).max(0);
    json!({
        name: current.value.expose_secret(),
        "expires_in": left_ms / 1000,
        "expires_at": current.expires_at_ms / 1000,
    })
}
