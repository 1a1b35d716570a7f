//! Every queue of dead letters, emptied by `wechat-doctor redrive` without anything being lost or done twice.

use aws_sdk_dynamodb::types::AttributeValue;
use local::Options;
use sam_local::sqs::Draft;
use serde_json::{Value, json};
use std::collections::HashMap;
use tests::{Stage, accounts::SAFE, eventually, redrive::redrive};

const OPENID: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const CUSTOM: &str = "/cgi-bin/message/custom/send";

/// A bundle whose simulated WeChat takes any message.
async fn open() -> Stage {
    let stage = Stage::open(Options::default()).await;
    let any = json!({ "check_templates": false, "check_window": false, "results": false });
    stage.control(&format!("sends/{SAFE}"), any).await;
    stage
}

/// Puts a letter where it was given up.
fn put(stage: &Stage, queue: &str, id: &str, body: &Value) {
    let name = stage.bundle.queue(queue).unwrap();
    let fifo = name.ends_with(".fifo");
    let draft = Draft {
        group: fifo.then(|| format!("{SAFE}#0")),
        deduplication_id: fifo.then(|| id.to_owned()),
        ..Draft::new(body.to_string(), "tests")
    };
    stage.bundle.queues().send(&name, draft).unwrap();
}

/// A message that is filed by whoever sends it.
fn job(account: &str, id: &str) -> Value {
    json!({
        "account": account, "kind": "customer_service", "client_msg_id": id, "to_user": OPENID,
        "body": { "touser": OPENID, "msgtype": "text", "text": { "content": id } }, "unfiled": true,
    })
}

async fn message(stage: &Stage, id: &str) -> HashMap<String, AttributeValue> {
    let key = format!("{SAFE}#{id}");
    let rows = stage.rows("Sends").await;
    let mut rows = rows
        .into_iter()
        .filter(|row| row["id"].as_s().unwrap() == &key);
    rows.next().unwrap_or_default()
}

async fn is_in(stage: &Stage, id: &str, state: &str) -> Option<()> {
    let row = message(stage, id).await;
    (row.get("state")?.as_s().ok()? == state).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_back_to_their_queue_in_order_and_each_is_sent_once() {
    let stage = open().await;
    let ids: Vec<String> = (0..13).map(|n| format!("m-{n}")).collect();
    for id in &ids {
        put(&stage, "SendDeadLetters", id, &job("demo", id));
    }
    let looked = redrive(&stage, &["--dry-run", "--json"], "").await;
    let told: Value = serde_json::from_str(&looked.text).unwrap();
    let seen = &told["queues"][1];
    assert_eq!(
        (&told["ok"], &seen["queue"]),
        (&json!(true), &json!("SendDeadLetters"))
    );
    assert_eq!((&seen["letters"], &seen["done"]), (&json!(13), &json!(0)));
    assert_eq!(seen["sample"][0], "demo customer_service m-0");
    assert!(!looked.text.contains(OPENID), "{looked:?}");

    for answer in ["", "\n", "no\n", "yes, later\n"] {
        let declined = redrive(&stage, &[], answer).await;
        assert!(
            declined.ok && declined.text.ends_with("Nothing was run.\n"),
            "{declined:?}"
        );
    }
    assert_eq!(stage.bundle.waiting("SendDeadLetters"), 13);
    assert_eq!(stage.calls(CUSTOM, SAFE), 0);

    let run = redrive(&stage, &["--yes", "--queue", "SendDeadLetters"], "").await;
    let done = "SendDeadLetters: 13 dead letters: 13 done, 0 left in the queue.\n";
    assert!(run.ok && run.text.ends_with(done), "{run:?}");
    eventually("all messages", async || {
        (stage.calls(CUSTOM, SAFE) == 13).then_some(())
    })
    .await;
    let sent = stage.wechat().list_messages(&Default::default());
    let content = |message: &platform::Message| {
        let body = message.body.as_ref().unwrap().get();
        let body: Value = serde_json::from_str(body).unwrap();
        body["text"]["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(sent.iter().map(content).collect::<Vec<_>>(), ids);

    // A run that broke off before it deleted the letter: it lies there still.
    put(&stage, "SendDeadLetters", "once-more", &job("demo", "m-3"));
    let again = redrive(&stage, &["--yes"], "").await;
    assert!(
        again.ok && again.text.ends_with("1 done, 0 left in the queue.\n"),
        "{again:?}"
    );
    eventually("an empty queue", async || {
        (stage.bundle.waiting("SendQueue") == 0).then_some(())
    })
    .await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(stage.calls(CUSTOM, SAFE), 13, "its row says that it went");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_given_up_starts_over_and_is_not_lost_when_it_is_given_up_again() {
    let stage = open().await;
    put(&stage, "SendQueue", "dead", &job("nobody", "dead"));
    eventually("a letter without receiver", async || {
        (stage.bundle.waiting("SendDeadLetters") == 1).then_some(())
    })
    .await;
    eventually("its row", async || is_in(&stage, "dead", "dead").await).await;
    let run = redrive(&stage, &["--yes"], "").await;
    assert!(
        run.ok && run.text.contains("\n  nobody customer_service dead\n"),
        "{run:?}"
    );
    assert!(
        run.text
            .ends_with("SendDeadLetters: 1 dead letter: 1 done, 0 left in the queue.\n"),
        "{run:?}"
    );
    eventually("the same letter, anew", async || {
        (stage.bundle.waiting("SendDeadLetters") == 1).then_some(())
    })
    .await;
    eventually("its row", async || is_in(&stage, "dead", "dead").await).await;
    let row = message(&stage, "dead").await;
    assert_eq!(row["redrives"].as_n().unwrap(), "1");

    // By another way meanwhile: what is left of the letter is deleted, and the message is left alone.
    let dynamodb = aws_sdk_dynamodb::Client::new(&stage.aws());
    let gone = dynamodb.update_item().table_name("wechat-functions-Sends");
    let gone = gone.set_key(Some(HashMap::from([
        ("id".to_owned(), row["id"].clone()),
        ("part".to_owned(), row["part"].clone()),
    ])));
    let gone = gone.update_expression("SET #state = :unknown");
    let gone = gone.expression_attribute_names("#state", "state");
    let unknown = AttributeValue::S("unknown".to_owned());
    gone.expression_attribute_values(":unknown", unknown)
        .send()
        .await
        .unwrap();
    let run = redrive(&stage, &["--yes"], "").await;
    assert!(run.ok, "{run:?}");
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    is_in(&stage, "dead", "unknown").await.unwrap();
    assert_eq!(stage.bundle.waiting("SendDeadLetters"), 0);
    assert_eq!(stage.calls(CUSTOM, SAFE), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_on_campaigns_goes_back_and_runs_of_schedules_are_deleted() {
    let stage = open().await;
    put(
        &stage,
        "MassSendDeadLetters",
        "w",
        &json!({ "app_id": SAFE, "client_msg_id": "spring" }),
    );
    put(
        &stage,
        "ScheduleDeadLetters",
        "s",
        &json!({ "release": true }),
    );
    let chosen = redrive(&stage, &["--yes", "--queue", "MassSendDeadLetters"], "").await;
    assert!(
        chosen.ok && chosen.text.contains(&format!("  {SAFE} spring\n")),
        "{chosen:?}"
    );
    assert!(!chosen.text.contains("ScheduleDeadLetters"), "{chosen:?}");
    assert_eq!(
        stage.bundle.waiting("ScheduleDeadLetters"),
        1,
        "nobody asked for it"
    );
    eventually("work that is done", async || {
        (stage.bundle.waiting("MassSendQueue") == 0).then_some(())
    })
    .await;
    let rest = redrive(&stage, &[], "y\n").await;
    let done = "ScheduleDeadLetters: 1 dead letter: 1 done, 0 left in the queue.\n";
    assert!(rest.ok && rest.text.ends_with(done), "{rest:?}");
    for queue in ["MassSendDeadLetters", "ScheduleDeadLetters"] {
        assert_eq!(stage.bundle.waiting(queue), 0, "{queue}");
    }
}

/// A letter of the stream about pushes that came just now, or `days` ago.
async fn given_up(stage: &Stage, function: &str, days: u64) -> Value {
    let name = format!("wechat-functions-{function}");
    let now = aws_now(stage).await - days * 86_400_000;
    let at = shared::time::Timestamp::from_millis(i64::try_from(now).unwrap()).utc();
    json!({
        "requestContext": {
            "functionArn": format!("arn:aws:lambda:us-east-1:000000000000:function:{name}"),
            "condition": "RetryAttemptsExhausted",
        },
        "DDBStreamBatchInfo": {
            "batchSize": 1, "approximateArrivalOfFirstRecord": at, "approximateArrivalOfLastRecord": at,
        },
    })
}

/// When the latest push came, in milliseconds since 1970.
async fn aws_now(stage: &Stage) -> u64 {
    let rows = stage.rows("Inbox").await;
    let times = rows
        .iter()
        .map(|row| row["received_at"].as_n().unwrap().parse().unwrap());
    times.max().unwrap()
}

/// Has a follower's unsubscribe in the table that no stream tells of as one: the row is there before it says what it is.
async fn unnoticed_unsubscribe(stage: &Stage, received_ms: u64) {
    let dynamodb = aws_sdk_dynamodb::Client::new(&stage.aws());
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let id = text(&format!("{SAFE}#event:{OPENID}:unsubscribe"));
    let row = |kind: &str| {
        let put = dynamodb.put_item().table_name("wechat-functions-Inbox");
        put.item("id", id.clone()).item("kind", text(kind))
    };
    row("unread").send().await.unwrap();
    let push = HashMap::from([
        ("event".to_owned(), text("unsubscribe")),
        ("kind".to_owned(), text("event")),
    ]);
    let whole = row("event")
        .item("account", text("demo"))
        .item("app_id", text(SAFE))
        .item("openid", text(OPENID))
        .item("push", AttributeValue::M(push))
        .item("received_at", AttributeValue::N(received_ms.to_string()))
        .item("reply", text("success"));
    whole.send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_whose_erasure_was_given_up_is_erased() {
    let stage = open().await;
    let text = json!({ "kind": "text", "content": "ping", "from": OPENID });
    stage.push(json!({ "app_id": SAFE, "push": text })).await;
    let came = aws_now(&stage).await;
    unnoticed_unsubscribe(&stage, came + 1).await;
    let named = async |stage: &Stage| {
        let inbox = stage.rows("Inbox").await;
        inbox
            .iter()
            .filter(|row| format!("{row:?}").contains(OPENID))
            .count()
    };
    assert_eq!(named(&stage).await, 2);

    put(
        &stage,
        "InboxDeadLetters",
        "old",
        &given_up(&stage, "EraseUser", 8).await,
    );
    put(
        &stage,
        "InboxDeadLetters",
        "other",
        &given_up(&stage, "Callback", 0).await,
    );
    let stays = redrive(&stage, &["--yes"], "").await;
    assert!(
        !stays.ok
            && stays
                .text
                .contains("stays, its pushes came more than seven days ago"),
        "{stays:?}"
    );
    assert!(
        stays
            .text
            .contains("stays, its function is none of this stack"),
        "{stays:?}"
    );
    assert!(
        stays
            .text
            .ends_with("InboxDeadLetters: 2 dead letters: 0 done, 2 left in the queue.\n"),
        "{stays:?}"
    );
    assert_eq!(
        (
            named(&stage).await,
            stage.bundle.waiting("InboxDeadLetters")
        ),
        (2, 2)
    );

    // What a consumer did before changes nothing when it comes again.
    put(
        &stage,
        "InboxDeadLetters",
        "results",
        &given_up(&stage, "MassSendEvents", 0).await,
    );
    put(
        &stage,
        "InboxDeadLetters",
        "erasure",
        &given_up(&stage, "EraseUser", 0).await,
    );
    let run = redrive(&stage, &["--yes", "--json"], "").await;
    let told: Value = serde_json::from_str(&run.text).unwrap();
    let seen = &told["queues"][3];
    assert_eq!(
        (&seen["done"], &told["ok"]),
        (&json!(2), &json!(false)),
        "{told:#}"
    );
    assert_eq!(seen["stays"].as_array().unwrap().len(), 2, "{told:#}");
    assert!(!run.text.contains(OPENID), "{run:?}");
    assert_eq!(named(&stage).await, 0);
    assert_eq!(stage.bundle.waiting("InboxDeadLetters"), 2);
}
