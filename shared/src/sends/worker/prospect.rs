//! What is known about a receiver before a call, and what a refusal tells.

use crate::{
    account::Account,
    beijing,
    problem::Problem,
    sends::{
        Failure, Record, SendJob, SendKind,
        allowance::{Interaction, Judgement},
        consent::{self, Change, Consent},
        job::is_typing,
        objection::{Objection, Ruling},
    },
    store::{Sends, StoreError},
    time::Timestamp,
};
use wechat_oa::ids::AppId;

/// What is known about a receiver before the call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Prospect {
    /// Nothing that would end it.
    Try,
    /// It is counted there when it is sent.
    Charge(Interaction),
    /// It uses that up, which is to this, when it is sent.
    Spend(String, Consent),
    /// Not yet what may be on its way: it waits until then.
    Wait(Timestamp),
    /// WeChat would refuse it.
    Refused(Failure),
}

/// Looks at consent or allowance of the receiver: one read for the kinds that have them, and a
/// second one where they speak against the message.
pub(super) async fn prospect(
    sends: &Sends,
    account: &Account,
    job: &SendJob,
    now: Timestamp,
) -> Result<Prospect, Problem> {
    let app_id = account.app_id();
    if let Some(failure) = capped(sends, account, job, now).await? {
        return Ok(Prospect::Refused(failure));
    }
    let objection = match (job.kind, consent::subject(job.kind, &job.body)) {
        (SendKind::Subscription, Some(template)) => {
            let consents = sends.consents();
            let consent = consents.read(app_id, &job.to_user, &template).await?;
            let mut long_term = account.long_term_templates.get()?.iter();
            let long_term = long_term.any(|t| *t == template);
            consent.usable(long_term).err()
        }
        (SendKind::OneTimeSubscription, Some(subject)) => {
            let consents = sends.consents();
            let consent = consents.read(app_id, &job.to_user, &subject).await?;
            match consent.usable(false) {
                Ok(()) => return Ok(Prospect::Spend(subject, consent)),
                // The team may have a page of its own: that nothing is known here says nothing.
                Err(objection) => Some(objection).filter(|objection| objection.proven.is_some()),
            }
        }
        (SendKind::CustomerService, _) if !is_typing(&job.body) => {
            let windows = sends.windows(app_id, &job.to_user).await?;
            let allowances = account.allowances.get()?;
            match windows.judge(allowances, now) {
                Judgement::Try => None,
                Judgement::Charge(interaction) => return Ok(Prospect::Charge(interaction)),
                Judgement::Refuse(objection) => Some(objection),
            }
        }
        _ => None,
    };
    match objection {
        Some(objection) if !job.options.force => {
            Ok(weigh(sends, app_id, job, objection, now).await?)
        }
        _ => Ok(Prospect::Try),
    }
}

/// The account's own cap, if the receiver has had as many today.
async fn capped(
    sends: &Sends,
    account: &Account,
    job: &SendJob,
    now: Timestamp,
) -> Result<Option<Failure>, Problem> {
    let (Some(most), Some(what)) = (job.kind.cap(account.caps.get()?), counted(job)) else {
        return Ok(None);
    };
    let had = sends.had(account.app_id(), &job.to_user, &what).await?;
    let why = format!("not sent: this user has had {most} of them today, the account's own cap");
    let full = had.on(beijing::day(now)) >= most;
    Ok(full.then(|| Failure::new(None, why, "capped")))
}

/// Counts a message that went, where the account caps its kind.
pub(super) async fn count(
    sends: &Sends,
    account: &Account,
    job: &SendJob,
    now: Timestamp,
) -> Result<(), Problem> {
    if let (Some(_), Some(what)) = (job.kind.cap(account.caps.get()?), counted(job)) {
        let counted = sends.count_had(account.app_id(), &job.to_user, &what, now);
        counted.await?;
    }
    Ok(())
}

/// As what a message counts; nothing for one that only shows that somebody types.
fn counted(job: &SendJob) -> Option<String> {
    let template = job.template_id().map(|id| format!("#{id}"));
    let what = format!("{}{}", job.kind.as_str(), template.unwrap_or_default());
    (!is_typing(&job.body)).then_some(what)
}

/// What speaks against a message counts if it is newer than the message.
async fn weigh(
    sends: &Sends,
    app_id: &AppId,
    job: &SendJob,
    objection: Objection,
    now: Timestamp,
) -> Result<Prospect, StoreError> {
    let Some(row) = sends.read(app_id, &job.client_msg_id).await? else {
        return Ok(Prospect::Try);
    };
    Ok(match objection.ruling(row.asked(), now) {
        Ruling::Refuse(failure) => Prospect::Refused(failure),
        // What is confirmed stands in the table before the site hears of it: no news is on its way.
        Ruling::Wait(until) if job.kind != SendKind::OneTimeSubscription => Prospect::Wait(until),
        Ruling::Wait(_) | Ruling::Ask => Prospect::Try,
    })
}

/// Remembers what WeChat's refusal says about the receiver.
pub(super) async fn learn(
    sends: &Sends,
    record: &Record,
    failure: &Failure,
) -> Result<(), StoreError> {
    let (app_id, to_user, begun) = (&record.app_id, &record.to_user, record.begun);
    let subject = consent::subject(record.kind, &record.body);
    match (record.kind, failure.errcode, subject) {
        (SendKind::CustomerService, Some(code @ (45_015 | 45_047)), _) => {
            sends.refused(app_id, to_user, code, begun).await
        }
        (_, Some(43_101), Some(subject)) => {
            let event = format!("refused-{}-{}", record.client_msg_id, begun.as_millis());
            let change = Change::Refused;
            let consents = sends.consents();
            consents
                .record(app_id, to_user, &subject, change, &event, begun)
                .await
        }
        _ => Ok(()),
    }
}
