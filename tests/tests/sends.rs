//! Messages from the queue to the simulated WeChat: in order, once, and told apart when they fail.

use local::Options;
use sam_local::sqs::Draft;
use serde_json::{Value, json};
use shared::sends::lane::LaneId;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Stage, accounts::SAFE, eventually};
use wechat_oa::ids::AppId;

/// A bundle whose simulated WeChat takes any message.
async fn open() -> Stage {
    let stage = Stage::open(Options::default()).await;
    let any = json!({ "check_templates": false, "check_window": false, "results": false });
    stage.control(&format!("sends/{SAFE}"), any).await;
    stage
}

/// Receivers in all four lanes, two of them in one.
const USERS: [&str; 5] = ["oUser0", "oUser1", "oUser5", "oUser7", "oUser10"];

/// The account's lane of a receiver.
fn lane(to_user: &str) -> String {
    LaneId::of(&AppId::try_from(SAFE).unwrap(), to_user, 4).to_string()
}

fn job(id: &str, to_user: &str, kind: &str) -> Value {
    let body = if kind == "template" {
        json!({ "touser": to_user, "template_id": "TPL", "data": { "thing1": { "value": id } } })
    } else {
        json!({ "touser": to_user, "msgtype": "text", "text": { "content": id } })
    };
    json!({
        "account": "demo", "kind": kind, "client_msg_id": id, "to_user": to_user, "body": body,
        "unfiled": true,
    })
}

fn queue(stage: &Stage, id: &str, to_user: &str, body: &str) {
    let name = stage.bundle.queue("SendQueue");
    let draft = Draft {
        group: Some(lane(to_user)),
        deduplication_id: Some(id.to_owned()),
        ..Draft::new(body, "tests")
    };
    let queues = stage.bundle.queues();
    queues.send(&name.unwrap(), draft).unwrap();
}

/// The state of each message, by its id.
async fn states(stage: &Stage) -> BTreeMap<String, String> {
    let rows = stage.rows("Sends").await;
    let text = |row: &std::collections::HashMap<_, _>, name: &str| {
        let value: Option<&aws_sdk_dynamodb::types::AttributeValue> = row.get(name);
        value
            .and_then(|v| v.as_s().ok())
            .cloned()
            .unwrap_or_default()
    };
    rows.iter()
        .filter(|row| text(row, "part") == "message")
        .map(|row| (text(row, "client_msg_id"), text(row, "state")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_arrive_once_and_in_order_while_calls_fail_in_every_way() {
    let stage = open().await;
    for kind in [
        "cut",
        "cut_unprocessed",
        "cut_half",
        "gateway_502",
        "truncated_json",
    ] {
        let fault =
            json!({ "kind": kind, "path": "/cgi-bin/message/", "times": 2, "probability": 0.2 });
        stage.control("faults", fault).await;
    }
    for errcode in [-1, 43_108] {
        let fault = json!({ "kind": "errcode", "errcode": errcode, "path": "/cgi-bin/message/", "times": 2 });
        stage.control("faults", fault).await;
    }
    for n in 0..40 {
        let (id, to_user) = (format!("m-{n:02}"), USERS[n % 5]);
        let job = job(&id, to_user, "template");
        queue(&stage, &id, to_user, &job.to_string());
    }
    eventually("all are sent", async || {
        let states = states(&stage).await;
        (states.len() == 40 && states.values().all(|state| state == "sent")).then_some(())
    })
    .await;
    let messages = stage.wechat().list_messages(&Default::default());
    let ids: Vec<_> = messages
        .iter()
        .map(|m| m.client_msg_id.clone().unwrap())
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 40);
    assert_eq!(ids.len(), 40, "each once");
    assert_eq!(
        USERS.map(lane).into_iter().collect::<BTreeSet<_>>().len(),
        4
    );
    for to_user in USERS {
        let own = messages.iter().filter(|m| *m.to_user == *to_user);
        let own: Vec<_> = own.map(|m| m.client_msg_id.clone()).collect();
        assert!(own.is_sorted() && own.len() == 8, "{own:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_an_id_is_not_repeated_when_its_fate_is_not_known() {
    let stage = open().await;
    let cut = json!({ "kind": "cut", "path": "/cgi-bin/message/custom/send", "times": 1 });
    stage.control("faults", cut).await;
    for id in ["first", "second"] {
        queue(
            &stage,
            id,
            "oUser0",
            &job(id, "oUser0", "customer_service").to_string(),
        );
    }
    let states = eventually("both are done", async || {
        let states = states(&stage).await;
        (states.get("second").map(String::as_str) == Some("sent")).then_some(states)
    })
    .await;
    assert_eq!(states["first"], "unknown");
    assert_eq!(
        stage.wechat().count_messages(&Default::default()),
        2,
        "it was sent, and once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_read_is_buried_and_holds_nobody_up() {
    let stage = open().await;
    queue(&stage, "poison", "oUser0", "{\"account\":");
    queue(
        &stage,
        "next",
        "oUser0",
        &job("next", "oUser0", "template").to_string(),
    );
    eventually("the next one is sent", async || {
        (states(&stage).await.get("next")? == "sent").then_some(())
    })
    .await;
    assert_eq!(stage.bundle.waiting("SendDeadLetters"), 1);
    assert_eq!(stage.bundle.waiting("SendQueue"), 0);
}
