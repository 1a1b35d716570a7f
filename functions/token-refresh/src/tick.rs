//! A tick of the schedule: every account's access token, in good time.

use crate::{addresses, context::Context};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use shared::{
    account::{Account, AccountError, AccountName},
    lambda::{Listing, Metric, Unit, emit_metrics},
    problem::{Classified as _, Problem},
    time::Timestamp,
    token::{Kind, Refreshed, Why},
};
use std::{sync::Arc, time::Duration};

/// Accounts refreshed side by side.
const SIDE_BY_SIDE: usize = 16;
/// No account is begun later than this before the end of the invocation.
const LAST_START: Duration = Duration::from_secs(30);

/// How a tick went.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    accounts: usize,
    fetched: usize,
    failed: usize,
    /// Left for the next tick, which begins with others.
    left: usize,
}

/// Refreshes what is due before `deadline`. One account's failure is logged and counted, and
/// never another's.
pub(crate) async fn run(context: &Context, listing: Listing, deadline: Timestamp) -> Report {
    let mut accounts = Vec::new();
    let mut report = Report::default();
    store_names(context, &listing).await;
    for listed in listing.accounts {
        report_faults(context, &listed.name, &listed.faults);
        match listed.account {
            Some(account) => accounts.push(account),
            None => report.failed += 1,
        }
    }
    start_anywhere(&mut accounts, context.clock.now());
    report.accounts = accounts.len() + report.failed;
    let last_start = deadline - LAST_START;
    let refresh = |account: Arc<Account>| async move {
        match context.clock.now() < last_start {
            true => Some(refresh_one(context, &account).await),
            false => None,
        }
    };
    let mut outcomes = stream::iter(accounts)
        .map(refresh)
        .buffer_unordered(SIDE_BY_SIDE);
    while let Some(outcome) = outcomes.next().await {
        match outcome {
            None => report.left += 1,
            Some(Ok(refreshed)) => report.fetched += usize::from(refreshed.fetched),
            Some(Err(_)) => report.failed += 1,
        }
    }
    let (accounts, fetched) = (report.accounts, report.fetched);
    let (failed, left) = (report.failed, report.left);
    tracing::info!(accounts, fetched, failed, left, "tick");
    report
}

/// Keeps the list of names that tells the other functions which accounts there are.
async fn store_names(context: &Context, listing: &Listing) {
    match context.accounts.store_names(listing).await {
        Ok(true) => tracing::info!(names = listing.accounts.len(), "list of accounts stored"),
        Ok(false) => {}
        Err(error) => {
            tracing::error!(outcome = error.error_type(), detail = %error, "list of accounts not stored");
        }
    }
}

/// Says what is wrong with an account's document, at every tick until it is set right.
fn report_faults(context: &Context, name: &AccountName, faults: &[AccountError]) {
    for fault in faults {
        let (account, outcome) = (name.as_str(), "malformed_parameter");
        tracing::error!(account, outcome, detail = %fault, "account");
    }
    if !faults.is_empty() {
        let malformed = Metric::count("AccountsMalformed", 1);
        let fields = [("account", name.as_str())];
        emit_metrics(context.clock.now(), &[], &fields, &[malformed]);
    }
}

/// An account at the end of the list must not always be the one that time runs out for.
fn start_anywhere(accounts: &mut [Arc<Account>], now: Timestamp) {
    let now = usize::try_from(now.as_millis()).unwrap_or_default();
    accounts.rotate_left(now.checked_rem(accounts.len()).unwrap_or_default());
}

async fn refresh_one(context: &Context, account: &Account) -> Result<Refreshed, Problem> {
    let asked = context.token(account, Kind::AccessToken, Why::Schedule);
    let refreshed = asked.await;
    if let (Ok(true), Ok(token)) = (account.only_from_wechat.get(), &refreshed) {
        addresses::renew(context, account, &token.current.value).await;
    }
    let (account, now) = (account.name.as_str(), context.clock.now());
    match &refreshed {
        Ok(refreshed) => measure(account, refreshed, now),
        Err(problem) => count_failure(account, problem.error_type(), now),
    }
    refreshed
}

fn measure(account: &str, refreshed: &Refreshed, now: Timestamp) {
    let seconds = |name, span: Duration| Metric {
        name,
        unit: Unit::Seconds,
        value: span.as_secs() as f64,
    };
    let current = &refreshed.current;
    let metrics = [
        seconds("TokenSecondsLeft", current.expires_at.since(now)),
        seconds("TokenAge", now.since(current.since)),
        Metric::count("ForceRefreshLeft", refreshed.forced_left),
    ];
    emit_metrics(now, &[], &[("account", account)], &metrics);
}

fn count_failure(account: &str, error_type: &str, now: Timestamp) {
    let failures = [Metric::count("RefreshFailures", 1)];
    let (dimensions, fields) = ([("ErrorType", error_type)], [("account", account)]);
    emit_metrics(now, &dimensions, &fields, &failures);
}
