//! The call itself, and what is known about its receiver before and after it.

use serde_json::Value;
use shared::{
    account::Account,
    api::{Client, Error, Http, client::Hosts, endpoint::Method},
    lambda::{Aws, Settings, clock::SystemClock},
    sends::{
        Failure, Record, SendJob, SendKind, allowance::Interaction, allowance::Judgement, body,
        consent::Change, job::is_typing,
    },
    store::{Sends, StoreError, Tokens},
    token::{Cached, Remote},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long a refreshed token is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

type Wechat = Client<Cached<Remote, SystemClock>>;

/// A client for each account, made when it is first needed.
pub(crate) struct Clients {
    http: Http,
    base: Option<String>,
    tokens: Tokens,
    lambda: aws_sdk_lambda::Client,
    function: String,
    known: Mutex<HashMap<String, Arc<Wechat>>>,
}

impl Clients {
    pub(crate) fn new(aws: &Aws, http: Http, settings: &Settings) -> Self {
        Self {
            http,
            base: Settings::optional("WECHAT_API_BASE"),
            tokens: Tokens::new(aws.dynamodb(), settings.get("TOKENS_TABLE")),
            lambda: aws.patient_lambda(PATIENCE),
            function: settings.get("TOKEN_REFRESH_FUNCTION").to_owned(),
            known: Mutex::default(),
        }
    }

    /// The account's client.
    pub(crate) fn of(&self, account: &Account) -> Arc<Wechat> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let client = known
            .entry(account.app_id.as_str().to_owned())
            .or_insert_with(|| Arc::new(self.make(account)));
        Arc::clone(client)
    }

    fn make(&self, account: &Account) -> Wechat {
        let remote = Remote {
            tokens: self.tokens.clone(),
            lambda: self.lambda.clone(),
            function: self.function.clone(),
            account: account.name.clone(),
            app_id: account.app_id.clone(),
        };
        Client::new(
            self.http.clone(),
            Hosts::new(&account.api_hosts, self.base.as_deref()),
            Cached::new(remote, SystemClock),
        )
    }
}

/// Makes the call of a message, once.
pub(crate) async fn call(client: &Wechat, record: &Record) -> Result<Value, Error> {
    let kind = record.kind.unwrap_or(SendKind::Template);
    let body = body::wire(record);
    client
        .raw(Method::Post, kind.path(&record.body), Some(&body))
        .await
}

/// What is known about a receiver before the call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Prospect {
    /// Nothing against it.
    Try,
    /// It is counted there when it is sent.
    Charge(Interaction),
    /// WeChat would refuse it.
    Hopeless(Failure),
}

/// Looks at consent or allowance of the receiver: one read for the kinds that have them.
pub(crate) async fn prospect(
    sends: &Sends,
    account: &Account,
    job: &SendJob,
    now_ms: i64,
) -> Result<Prospect, StoreError> {
    let app_id = account.app_id.as_str();
    let prospect = match (job.kind, job.template_id()) {
        (SendKind::Subscription, Some(template)) => {
            let consents = sends.consents();
            let consent = consents.read(app_id, &job.to_user, template).await?;
            let long_term = account.long_term_templates.iter().any(|t| t == template);
            match consent.usable(long_term) {
                Ok(()) => Prospect::Try,
                Err(failure) => Prospect::Hopeless(failure),
            }
        }
        (SendKind::CustomerService, _) if !is_typing(&job.body) => {
            let windows = sends.windows(app_id, &job.to_user).await?;
            match windows.judge(&account.allowances, now_ms) {
                Judgement::Try => Prospect::Try,
                Judgement::Charge(interaction) => Prospect::Charge(interaction),
                Judgement::Hopeless(failure) => Prospect::Hopeless(failure),
            }
        }
        _ => Prospect::Try,
    };
    Ok(match prospect {
        Prospect::Hopeless(_) if job.options.force => Prospect::Try,
        prospect => prospect,
    })
}

/// Remembers what WeChat's refusal says about the receiver.
pub(crate) async fn learn(
    sends: &Sends,
    record: &Record,
    failure: &Failure,
    now_ms: i64,
) -> Result<(), StoreError> {
    let (app_id, to_user) = (&record.app_id, &record.to_user);
    match (record.kind, failure.errcode, &record.template_id) {
        (Some(SendKind::CustomerService), Some(code @ (45_015 | 45_047)), _) => {
            sends.refused(app_id, to_user, code, now_ms).await
        }
        (Some(SendKind::Subscription), Some(43_101), Some(template)) => {
            let event = format!("refused-{}-{}", record.client_msg_id, record.begun_ms);
            let (change, at_ms) = (Change::Refused, record.begun_ms);
            let consents = sends.consents();
            consents
                .record(app_id, to_user, template, change, &event, at_ms)
                .await
        }
        _ => Ok(()),
    }
}
