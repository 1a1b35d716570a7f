//! A tick of the schedule: every account's access token, in good time.

use crate::context::Context;
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use shared::{
    account::{Account, AccountError, AccountName},
    lambda::{Classified as _, Listed, Listing, Metric, Problem, Unit, emit_metrics},
    token::{Kind, Refreshed, Why},
};
use std::sync::Arc;

/// Accounts refreshed side by side.
const SIDE_BY_SIDE: usize = 16;
/// No account is begun later than this before the end of the invocation, in milliseconds.
const LAST_START_MS: i64 = 30_000;

/// How a tick went.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    accounts: usize,
    fetched: usize,
    failed: usize,
    /// Left for the next tick, which begins with others.
    left: usize,
}

/// Refreshes what is due before `deadline_ms`. One account's failure is logged and counted, and
/// never another's.
pub(crate) async fn run(context: &Context, listing: Listing, deadline_ms: i64) -> Report {
    let mut accounts = Vec::new();
    let mut report = Report::default();
    store_names(context, &listing).await;
    for Listed {
        name,
        account,
        faults,
    } in listing.accounts
    {
        report_faults(context, &name, &faults);
        match account {
            Some(account) => accounts.push(account),
            None => report.failed += 1,
        }
    }
    start_anywhere(&mut accounts, context.clock.now_ms());
    report.accounts = accounts.len() + report.failed;
    let last_start_ms = deadline_ms.saturating_sub(LAST_START_MS);
    let refresh = |account: Arc<Account>| async move {
        if context.clock.now_ms() >= last_start_ms {
            None
        } else {
            Some(refresh_one(context, &account).await)
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
    let Report {
        accounts,
        fetched,
        failed,
        left,
    } = report;
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
        emit_metrics(context.clock.now_ms(), &[], &fields, &[malformed]);
    }
}

/// An account at the end of the list must not always be the one that time runs out for.
fn start_anywhere(accounts: &mut [Arc<Account>], now_ms: i64) {
    let now = usize::try_from(now_ms).unwrap_or_default();
    accounts.rotate_left(now.checked_rem(accounts.len()).unwrap_or_default());
}

async fn refresh_one(context: &Context, account: &Account) -> Result<Refreshed, Problem> {
    let refreshed = context
        .token(account, Kind::AccessToken, Why::Schedule)
        .await;
    let (account, now_ms) = (account.name.as_str(), context.clock.now_ms());
    match &refreshed {
        Ok(refreshed) => measure(account, refreshed, now_ms),
        Err(problem) => count_failure(account, problem.error_type(), now_ms),
    }
    refreshed
}

fn measure(account: &str, refreshed: &Refreshed, now_ms: i64) {
    let seconds = |ms: i64| f64::from(i32::try_from(ms / 1000).unwrap_or(i32::MAX));
    let current = &refreshed.current;

    let metrics = [
        Metric {
            name: "TokenSecondsLeft",
            unit: Unit::Seconds,
            value: seconds(current.expires_at_ms - now_ms),
        },
        Metric {
            name: "TokenAge",
            unit: Unit::Seconds,
            value: seconds(now_ms - current.since_ms),
        },
        Metric::count("ForceRefreshLeft", refreshed.forced_left),
    ];
    emit_metrics(now_ms, &[], &[("account", account)], &metrics);
}

fn count_failure(account: &str, error_type: &str, now_ms: i64) {
    let failures = Metric::count("RefreshFailures", 1);
    emit_metrics(
        now_ms,
        &[("ErrorType", error_type)],
        &[("account", account)],
        &[failures],
    );
}
