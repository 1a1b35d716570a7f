//! A tick of the schedule: every account's access token, in good time.

use crate::handler::{Failure, Handler};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use shared::{
    account::{Account, AccountError, AccountName},
    lambda::{Listed, Listing, Metric, Unit, clock, emit_metrics},
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
pub(crate) async fn run(handler: &Handler, deadline_ms: i64) -> Result<Report, Failure> {
    let mut accounts = Vec::new();
    let mut report = Report::default();
    let listing = handler.accounts.all().await?;
    store_names(handler, &listing).await;
    for Listed {
        name,
        account,
        faults,
    } in listing.accounts
    {
        tell(&name, &faults);
        match account {
            Some(account) => accounts.push(account),
            None => report.failed += 1,
        }
    }
    start_anywhere(&mut accounts);
    report.accounts = accounts.len() + report.failed;
    let last_start_ms = deadline_ms.saturating_sub(LAST_START_MS);
    let refresh = |account: Arc<Account>| async move {
        if clock::now_ms() >= last_start_ms {
            None
        } else {
            Some(one(handler, &account).await)
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
    Ok(report)
}

/// Keeps the list of names that tells the other functions which accounts there are.
async fn store_names(handler: &Handler, listing: &Listing) {
    match handler.accounts.store_names(listing).await {
        Ok(true) => tracing::info!(names = listing.accounts.len(), "list of accounts stored"),
        Ok(false) => {}
        Err(error) => {
            tracing::error!(outcome = error.error_type(), detail = %error, "list of accounts not stored");
        }
    }
}

/// Says what is wrong with an account's document, at every tick until it is set right.
fn tell(name: &AccountName, faults: &[AccountError]) {
    for fault in faults {
        let (account, outcome) = (name.as_str(), "malformed_parameter");
        tracing::error!(account, outcome, detail = %fault, "account");
    }
    if !faults.is_empty() {
        let malformed = Metric {
            name: "AccountsMalformed",
            unit: Unit::Count,
            value: 1.0,
        };
        let fields = [("account", name.as_str())];
        emit_metrics(clock::now_ms(), &[], &fields, &[malformed]);
    }
}

/// An account at the end of the list must not always be the one that time runs out for.
fn start_anywhere(accounts: &mut [Arc<Account>]) {
    let now = usize::try_from(clock::now_ms()).unwrap_or_default();
    accounts.rotate_left(now.checked_rem(accounts.len()).unwrap_or_default());
}

async fn one(handler: &Handler, account: &Account) -> Result<Refreshed, Failure> {
    let refreshed = handler
        .token_of(account, Kind::AccessToken, Why::Schedule)
        .await;
    match &refreshed {
        Ok(refreshed) => measure(account, refreshed),
        Err(failure) => count_failure(account.name.as_str(), failure.error_type()),
    }
    refreshed
}

fn measure(account: &Account, refreshed: &Refreshed) {
    let now_ms = clock::now_ms();
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
        Metric {
            name: "ForceRefreshLeft",
            unit: Unit::Count,
            value: f64::from(refreshed.forced_left),
        },
    ];
    emit_metrics(now_ms, &[], &[("account", account.name.as_str())], &metrics);
}

fn count_failure(account: &str, error_type: &str) {
    let failures = Metric {
        name: "RefreshFailures",
        unit: Unit::Count,
        value: 1.0,
    };
    emit_metrics(
        clock::now_ms(),
        &[("ErrorType", error_type)],
        &[("account", account)],
        &[failures],
    );
}
