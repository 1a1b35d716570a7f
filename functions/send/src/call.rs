//! The call itself, and what is known about its receiver before and after it.

use crate::group::Failed;
use serde_json::Value;
use shared::{
    account::Account,
    api::{Error, endpoint::Method},
    lambda::{AccountClient, AccountsError},
    sends::{
        Failure, Record, SendJob, SendKind, allowance::Interaction, allowance::Judgement, body,
        consent::Change, job::is_typing,
    },
    store::{Sends, StoreError},
};

/// Makes the call of a message, once.
pub(crate) async fn call(client: &AccountClient, record: &Record) -> Result<Value, Error> {
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
) -> Result<Prospect, Failed> {
    let app_id = account.app_id.as_str();
    let prospect = match (job.kind, job.template_id()) {
        (SendKind::Subscription, Some(template)) => {
            let consents = sends.consents();
            let consent = consents.read(app_id, &job.to_user, template).await?;
            let long_term = account.long_term_templates.get();
            let mut long_term = long_term.map_err(AccountsError::from)?.iter();
            let long_term = long_term.any(|t| t == template);
            match consent.usable(long_term) {
                Ok(()) => Prospect::Try,
                Err(failure) => Prospect::Hopeless(failure),
            }
        }
        (SendKind::CustomerService, _) if !is_typing(&job.body) => {
            let windows = sends.windows(app_id, &job.to_user).await?;
            let allowances = account.allowances.get().map_err(AccountsError::from)?;
            match windows.judge(allowances, now_ms) {
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
