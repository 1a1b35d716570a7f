use super::*;
use crate::{
    sends::sample::APP,
    store::{Filing, Outcome, emulated::EmulatedTable},
    time::{Timestamp, ms},
};
use serde_json::json;
use wechat_oa::ids::AppId;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A user who left then.
fn left(at: Timestamp) -> Departure {
    Departure::new(None, at)
}

fn erased(rows: usize, busy: usize) -> Erased {
    Erased {
        rows,
        busy,
        slow: Vec::new(),
    }
}

async fn inbox() -> (Inbox, EmulatedTable) {
    let table = EmulatedTable::with_indexes(&["id"], &[(BY_OPENID, &["openid"])]).await;
    (Inbox::new(table.client.clone(), &table.name), table)
}

fn filing<'a>(
    app_id: &'a AppId,
    openid: &'a str,
    key: &'a str,
    push: &'a serde_json::Value,
    now: Timestamp,
) -> Filing<'a> {
    Filing {
        account: "demo",
        app_id,
        dedupe_key: key,
        kind: "text",
        openid,
        push,
        now,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_user_is_left_and_everything_of_others() {
    let (inbox, table) = inbox().await;
    let push = json!({ "from": "oA" });
    for n in 0..40 {
        let key = format!("msg:{n}:oA");
        let filing = filing(&APP, "oA", &key, &push, NOW + ms(n));
        inbox.answer(&filing, "success").await.unwrap();
    }
    let empty = json!({});
    let longer = AppId::try_from(format!("{}1", *APP)).unwrap();
    for (app_id, openid) in [(&*APP, "oB"), (&longer, "oA"), (&*APP, "oAB")] {
        let key = format!("msg:1:{openid}");
        let filing = filing(app_id, openid, &key, &empty, NOW);
        inbox.answer(&filing, "success").await.unwrap();
    }
    let until = NOW + ms(39);
    let erased = inbox
        .erase(&APP, "oA", left(until), until + ms(20_000))
        .await
        .unwrap();
    assert_eq!(erased, self::erased(40, 0));
    let rest = table.scan().await;
    assert_eq!(rest.len(), 3);
    let ids: Vec<_> = rest.iter().map(|row| row["id"].as_s().unwrap()).collect();
    assert!(
        !ids.iter()
            .any(|id| id.starts_with("wx1#") && id.ends_with(":oA")),
        "{ids:?}"
    );
    let again = inbox
        .erase(&APP, "oA", left(until), until + ms(20_000))
        .await
        .unwrap();
    assert_eq!(again, Erased::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_being_answered_stays_until_it_is_or_is_given_up() {
    let (inbox, table) = inbox().await;
    let push = json!({});
    let filing = filing(&APP, "oA", "evt:oA:1:unsubscribe::", &push, NOW);
    inbox.receive(&filing, "attempt").await.unwrap();
    let busy = inbox
        .erase(&APP, "oA", left(NOW), NOW + ms(20_000))
        .await
        .unwrap();
    assert_eq!(busy, self::erased(0, 1));
    let late = inbox
        .erase(&APP, "oA", left(NOW), NOW + GIVEN_UP)
        .await
        .unwrap();
    // Its answer may be on the send queue: that is seen to first.
    assert_eq!((late.rows, late.busy), (0, 0));
    let gone = inbox.erase_slow(&late.slow, left(NOW), NOW + GIVEN_UP);
    gone.await.unwrap();
    assert!(table.scan().await.is_empty());
    inbox.receive(&filing, "attempt").await.unwrap();
    inbox
        .begin(&filing.id(), "attempt", "run", NOW, NOW + ms(60_000))
        .await
        .unwrap();
    let nothing = Outcome {
        reply: "success",
        answer: "null",
        state: "replied",
        late: None,
    };
    inbox.finish(&filing.id(), "run", &nothing).await.unwrap();
    let done = inbox
        .erase(&APP, "oA", left(NOW), NOW + ms(20_000))
        .await
        .unwrap();
    assert_eq!((done.rows, &done.slow), (0, &vec![filing.id()]));
    let gone = inbox.erase_slow(&done.slow, left(NOW), NOW + ms(20_000));
    gone.await.unwrap();
    assert!(table.scan().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_keeps_what_came_after() {
    let (inbox, table) = inbox().await;
    let push = json!({});
    for (key, at) in [("old", NOW), ("new", NOW + ms(5_000))] {
        let filing = filing(&APP, "oA", key, &push, at);
        inbox.answer(&filing, "success").await.unwrap();
    }
    let erased = inbox
        .erase(&APP, "oA", left(NOW), NOW + ms(20_000))
        .await
        .unwrap();
    assert_eq!(erased, self::erased(1, 0));
    assert_eq!(table.scan().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_wechat_counts_and_not_when_a_push_came() {
    let (inbox, table) = inbox().await;
    let left_s = NOW.as_secs() - 7;
    let file = async |key: &str, created_s: i64, received: Timestamp| {
        let push = json!({ "create_time": created_s });
        let filing = filing(&APP, "oA", key, &push, received);
        inbox.answer(&filing, "success").await.unwrap();
    };
    // The news that the user left came after the news that they were back, and a text of before after both.
    file("subscribe", left_s + 5, NOW - ms(1_000)).await;
    file("unsubscribe", left_s, NOW).await;
    file("text", left_s - 1, NOW + ms(3_000)).await;
    let left = Departure::new(Some(left_s), NOW);
    let first = inbox
        .erase(&APP, "oA", left, NOW + ms(20_000))
        .await
        .unwrap();
    assert_eq!(first, self::erased(1, 1), "WeChat may repeat the text yet");
    let then = inbox
        .erase(&APP, "oA", left, NOW + ms(23_000))
        .await
        .unwrap();
    assert_eq!(then, self::erased(1, 0));
    let rows = table.scan().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        rows[0]["id"].as_s().unwrap(),
        "wx5f2c8a1d9e3b7046#subscribe"
    );
}
