use super::*;
use crate::{
    store::emulated::EmulatedTable,
    token::{Need, Step, next_step},
};

const APP: &str = "wx1";
const KIND: Kind = Kind::AccessToken;
const NOW: i64 = 1_000_000;

async fn tokens() -> (Tokens, EmulatedTable) {
    let table = EmulatedTable::create(&["app_id", "kind"]).await;
    (Tokens::new(table.client.clone(), &table.name), table)
}

fn issue(value: &str, at_ms: i64) -> Issue<'_> {
    Issue {
        value,
        issued_at_ms: at_ms,
        expires_in_s: 7200,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_refreshers_one_gets_the_lease() {
    let (tokens, _table) = tokens().await;
    for round in 0..20 {
        let now = NOW + round * 100_000;
        let seen = tokens.read(APP, KIND).await.unwrap();
        let racers: Vec<_> = (0..8)
            .map(|n| {
                let (tokens, seen) = (tokens.clone(), seen.clone());
                tokio::spawn(async move {
                    let me = format!("r{round}-{n}");
                    let row = tokens.lease(APP, KIND, &seen, &me, now).await.unwrap();
                    (row.lease_owner.as_deref() == Some(&me)).then_some((me, row))
                })
            })
            .collect();
        let mut winners = Vec::new();
        for racer in racers {
            winners.extend(racer.await.unwrap());
        }
        assert_eq!(winners.len(), 1, "round {round}");
        let (me, held) = &winners[0];
        let row = tokens
            .publish(APP, KIND, held, me, issue(&format!("v{round}"), now))
            .await
            .unwrap();
        assert_eq!(row.version, u64::try_from(round).unwrap() + 1);
        assert_eq!(row.lease_owner, None);
    }
}

#[tokio::test]
async fn a_late_fetch_never_overwrites_a_newer_value() {
    let (tokens, _table) = tokens().await;
    let slow = tokens
        .lease(APP, KIND, &Row::default(), "slow", NOW)
        .await
        .unwrap();
    let later = NOW + LEASE_MS;
    let seen = tokens.read(APP, KIND).await.unwrap();
    assert_eq!(next_step(&seen, Need::Working, later, 0), Step::Fetch);
    let quick = tokens
        .lease(APP, KIND, &seen, "quick", later)
        .await
        .unwrap();
    tokens
        .publish(APP, KIND, &quick, "quick", issue("new", later))
        .await
        .unwrap();
    let row = tokens
        .publish(APP, KIND, &slow, "slow", issue("old", NOW))
        .await
        .unwrap();
    assert_eq!(
        row.value.as_deref(),
        Some("new"),
        "the late one is given the newer value"
    );
    assert_eq!(tokens.read(APP, KIND).await.unwrap(), row);
}

#[tokio::test]
async fn a_lease_for_a_value_that_has_changed_is_refused() {
    let (tokens, _table) = tokens().await;
    let held = tokens
        .lease(APP, KIND, &Row::default(), "a", NOW)
        .await
        .unwrap();
    tokens
        .publish(APP, KIND, &held, "a", issue("v1", NOW))
        .await
        .unwrap();
    let stale = tokens
        .lease(
            APP,
            KIND,
            &Row {
                version: 0,
                ..Row::default()
            },
            "b",
            NOW,
        )
        .await
        .unwrap();
    assert_eq!(
        (stale.lease_owner, stale.value.as_deref()),
        (None, Some("v1"))
    );
}

#[tokio::test]
async fn a_repeated_write_finds_what_its_first_try_did() {
    let (tokens, _table) = tokens().await;
    let first = tokens
        .lease(APP, KIND, &Row::default(), "me", NOW)
        .await
        .unwrap();
    let again = tokens
        .lease(APP, KIND, &Row::default(), "me", NOW)
        .await
        .unwrap();
    assert_eq!(first, again);
    let published = tokens
        .publish(APP, KIND, &first, "me", issue("v1", NOW))
        .await
        .unwrap();
    let repeated = tokens
        .publish(APP, KIND, &first, "me", issue("v1", NOW))
        .await
        .unwrap();
    assert_eq!(published, repeated);
    assert_eq!(repeated.version, 1);
}

#[tokio::test]
async fn the_former_value_and_its_end_are_kept() {
    let (tokens, _table) = tokens().await;
    let held = tokens
        .lease(APP, KIND, &Row::default(), "a", NOW)
        .await
        .unwrap();
    let first = tokens
        .publish(APP, KIND, &held, "a", issue("v1", NOW))
        .await
        .unwrap();
    let later = NOW + 7_000_000;
    let held = tokens.lease(APP, KIND, &first, "b", later).await.unwrap();
    let second = tokens
        .publish(APP, KIND, &held, "b", issue("v2", later))
        .await
        .unwrap();
    assert_eq!(second.previous.as_deref(), Some("v1"));
    assert_eq!(second.previous_valid_until, NOW + 7_200_000);
}

#[tokio::test]
async fn a_failure_frees_the_lease_and_is_remembered() {
    let (tokens, _table) = tokens().await;
    tokens
        .lease(APP, KIND, &Row::default(), "a", NOW)
        .await
        .unwrap();
    let failed = tokens.fail(APP, KIND, "a", "wechat_ip", NOW).await.unwrap();
    assert_eq!(
        (failed.lease_owner.as_deref(), failed.failure.as_deref()),
        (None, Some("wechat_ip"))
    );
    assert_eq!(next_step(&failed, Need::Working, NOW + 1, 0), Step::Wait);
    let other = tokens.fail(APP, KIND, "b", "late", NOW).await.unwrap();
    assert_eq!(
        other.failure.as_deref(),
        Some("wechat_ip"),
        "only the owner may say so"
    );
}

#[tokio::test]
async fn forced_refreshes_are_counted_under_the_lease() {
    let (tokens, _table) = tokens().await;
    let held = tokens
        .lease(APP, KIND, &Row::default(), "a", NOW)
        .await
        .unwrap();
    let counted = tokens
        .count_forced(APP, KIND, &held, "a", NOW)
        .await
        .unwrap();
    assert_eq!((counted.forced_count, counted.forced_at_ms), (1, NOW));
    let stranger = tokens
        .count_forced(APP, KIND, &held, "b", NOW + 1)
        .await
        .unwrap();
    assert_eq!(stranger.forced_at_ms, NOW);
}
