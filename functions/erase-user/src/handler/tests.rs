//! The handler as it is, on tables with DynamoDB's semantics, by a clock that stands still.

use super::*;
use serde_json::json;
use shared::{
    clock::{Clock as _, ManualClock},
    lambda::SystemRandom,
    store::{Filing, emulated::EmulatedTable},
    time::{Timestamp, ms},
};
use std::sync::Arc;
use wechat_oa::ids::AppId;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const APP: &str = "wx5f2c8a1d9e3b7046";
const USER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";

struct Stage {
    handler: Handler,
    inbox: Inbox,
    table: EmulatedTable,
    clock: Arc<ManualClock>,
}

async fn stage() -> Stage {
    let table = EmulatedTable::with_indexes(&["id"], &[("by_openid", &["openid"])]).await;
    let indexes: [(&str, &[&str]); 4] = [
        ("by_user", &["user", "created_ms"]),
        ("by_state", &["in_state", "created_ms"]),
        ("by_wechat_id", &["wechat_id"]),
        ("by_due", &["due", "due_ms"]),
    ];
    let sends = table.beside("sends", &["id", "part"], &indexes).await;
    let answers = table.beside("answers", &["id", "part"], &[]).await;
    let (inbox_name, sends_name) = (table.name.clone(), sends.name.clone());
    let answers_name = answers.name.clone();
    let variables = move |name: &str| match name {
        "FORWARD_DEAD_LETTERS_URL" => Some("https://sqs.eu-west-1.amazonaws.com/1/dead".into()),
        "INBOX_TABLE" => Some(inbox_name.clone().into()),
        "SENDS_TABLE" => Some(sends_name.clone().into()),
        "ANSWERS_TABLE" => Some(answers_name.clone().into()),
        _ => None,
    };
    let clock = Arc::new(ManualClock::new(NOW));
    let random = Arc::new(SystemRandom);
    let context = Context::new(Box::new(variables), table.aws(), clock.clone(), random);
    Stage {
        handler: context.make(Handler::new).unwrap(),
        inbox: Inbox::new(table.client.clone(), &table.name),
        table,
        clock,
    }
}

impl Stage {
    /// A push that has its answer.
    async fn pushed(&self, key: &str, kind: &str, now: Timestamp) {
        let push = json!({ "kind": kind, "create_time": now.as_secs() });
        let filing = Filing {
            account: "demo",
            app_id: &AppId::try_from(APP).unwrap(),
            dedupe_key: key,
            kind,
            openid: USER,
            push: &push,
            now,
        };
        self.inbox.answer(&filing, "success").await.unwrap();
    }

    /// The unsubscribe as the stream of the inbox tells it.
    async fn unsubscribed(&self) -> BatchFailures {
        let event = json!({ "Records": [{ "dynamodb": {
            "SequenceNumber": "7",
            "NewImage": {
                "account": { "S": "demo" }, "app_id": { "S": APP }, "openid": { "S": USER },
                "received_at": { "N": NOW.as_millis().to_string() },
                "push": { "M": { "create_time": { "N": NOW.as_secs().to_string() } } },
            },
        } }] });
        let event = serde_json::from_value(event).unwrap();
        self.handler.handle(&event).await
    }

    async fn rows(&self) -> usize {
        self.table.scan().await.len()
    }
}

#[tokio::test]
async fn who_left_is_forgotten_once_wechat_repeats_no_more() {
    let stage = stage().await;
    stage.pushed("before", "text", NOW - ms(60_000)).await;
    stage.pushed("left", "unsubscribe", NOW).await;
    assert_eq!(stage.rows().await, 2);
    assert_eq!(stage.unsubscribed().await, BatchFailures::default());
    assert_eq!(stage.clock.now(), NOW + REPEATS, "it waited");
    assert_eq!(stage.rows().await, 0);
}

#[tokio::test]
async fn what_came_after_the_unsubscribe_stays() {
    let stage = stage().await;
    stage.pushed("left", "unsubscribe", NOW).await;
    stage.pushed("back", "subscribe", NOW + ms(10_000)).await;
    assert_eq!(stage.unsubscribed().await, BatchFailures::default());
    assert_eq!(stage.rows().await, 1);
}

#[tokio::test]
async fn a_table_that_is_gone_brings_the_unsubscribe_again() {
    let stage = stage().await;
    if stage.table.stop() {
        assert_eq!(stage.unsubscribed().await.count(), 1);
    }
}
