use super::*;
use crate::store::{Filing, Outcome, emulated::EmulatedTable};
use serde_json::json;

const NOW: i64 = 1_800_000_000_000;

async fn inbox() -> (Inbox, EmulatedTable) {
    let table = EmulatedTable::with_indexes(&["id"], &[(BY_OPENID, &["openid"])]).await;
    (Inbox::new(table.client.clone(), &table.name), table)
}

fn filing<'a>(
    app_id: &'a str,
    openid: &'a str,
    key: &'a str,
    push: &'a serde_json::Value,
    now_ms: i64,
) -> Filing<'a> {
    Filing {
        account: "demo",
        app_id,
        dedupe_key: key,
        kind: "text",
        openid,
        push,
        now_ms,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_user_is_left_and_everything_of_others() {
    let (inbox, table) = inbox().await;
    let push = json!({ "from": "oA" });
    for n in 0..40 {
        let key = format!("msg:{n}:oA");
        let filing = filing("wx1", "oA", &key, &push, NOW + n);
        inbox.answer(&filing, "success").await.unwrap();
    }
    let empty = json!({});
    for (app_id, openid) in [("wx1", "oB"), ("wx11", "oA"), ("wx1", "oAB")] {
        let key = format!("msg:1:{openid}");
        let filing = filing(app_id, openid, &key, &empty, NOW);
        inbox.answer(&filing, "success").await.unwrap();
    }
    let until = NOW + 39;
    let erased = inbox
        .erase("wx1", "oA", until, until + 20_000)
        .await
        .unwrap();
    assert_eq!(erased, Erased { rows: 40, busy: 0 });
    let left = table.scan().await;
    assert_eq!(left.len(), 3);
    let ids: Vec<_> = left.iter().map(|row| row["id"].as_s().unwrap()).collect();
    assert!(
        !ids.iter()
            .any(|id| id.starts_with("wx1#") && id.ends_with(":oA")),
        "{ids:?}"
    );
    let again = inbox
        .erase("wx1", "oA", until, until + 20_000)
        .await
        .unwrap();
    assert_eq!(again, Erased::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_being_answered_stays_until_it_is_or_is_given_up() {
    let (inbox, table) = inbox().await;
    let push = json!({});
    let filing = filing("wx1", "oA", "evt:oA:1:unsubscribe::", &push, NOW);
    inbox.receive(&filing, "attempt").await.unwrap();
    let busy = inbox.erase("wx1", "oA", NOW, NOW + 20_000).await.unwrap();
    assert_eq!(busy, Erased { rows: 0, busy: 1 });
    let late = inbox
        .erase("wx1", "oA", NOW, NOW + GIVEN_UP_MS)
        .await
        .unwrap();
    assert_eq!(late, Erased { rows: 1, busy: 0 });
    inbox.receive(&filing, "attempt").await.unwrap();
    inbox
        .begin(&filing.id(), "attempt", "run", NOW, NOW + 60_000)
        .await
        .unwrap();
    let nothing = Outcome {
        reply: "success",
        answer: "null",
        usable: true,
        late_ms: None,
    };
    inbox.finish(&filing.id(), "run", &nothing).await.unwrap();
    let done = inbox.erase("wx1", "oA", NOW, NOW + 20_000).await.unwrap();
    assert_eq!(done, Erased { rows: 1, busy: 0 });
    assert!(table.scan().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_keeps_what_came_after() {
    let (inbox, table) = inbox().await;
    let push = json!({});
    for (key, at) in [("old", NOW), ("new", NOW + 5_000)] {
        let filing = filing("wx1", "oA", key, &push, at);
        inbox.answer(&filing, "success").await.unwrap();
    }
    let erased = inbox.erase("wx1", "oA", NOW, NOW + 20_000).await.unwrap();
    assert_eq!(erased, Erased { rows: 1, busy: 0 });
    assert_eq!(table.scan().await.len(), 1);
}
