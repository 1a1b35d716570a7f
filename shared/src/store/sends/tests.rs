mod again;
mod campaigns;
mod erase;
mod results;
mod stops;
mod taking;
mod versions;
mod worker;

use super::*;
use crate::{
    sends::{
        Failure, Options, SendJob, SendKind,
        allowance::{Interaction, Judgement},
        consent::Change,
        objection::Objection,
        sample::{self, APP},
    },
    store::{Departure, Put, emulated::EmulatedTable},
    time::{Timestamp, ms},
};
use serde_json::json;
use wechat_oa::ids::AppId;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
async fn sends() -> (Sends, EmulatedTable) {
    let indexes: &[(&str, &[&str])] = &[
        (keys::BY_USER, &["user", "created_ms"]),
        (keys::BY_STATE, &["in_state", "created_ms"]),
        (keys::BY_ACCOUNT, &["listed", "created_ms"]),
        (keys::BY_MSGID, &["wechat_id"]),
        (keys::BY_DUE, &["due", "due_ms"]),
    ];
    let table = EmulatedTable::with_indexes(&["id", "part"], indexes).await;
    (Sends::new(table.client.clone(), &table.name), table)
}

impl Sends {
    /// Takes one message.
    async fn accept(
        &self,
        app_id: &AppId,
        job: &SendJob,
        now: Timestamp,
    ) -> Result<Accepted, StoreError> {
        let ids = vec![job.client_msg_id.clone()];
        let intake = self.open_intake(app_id, "one", ids, false, now).await?;
        let taken = self.take(&intake, std::slice::from_ref(job), now).await?;
        self.close_intake(&intake).await?;
        match taken {
            Taken::All(mut accepted) => Ok(accepted.remove(0)),
            Taken::Conflict(_) => {
                let found = self.read(app_id, &job.client_msg_id).await?;
                Ok(Accepted::Other(Box::new(found.unwrap())))
            }
        }
    }
}

/// A user who left in that second, told at once.
fn left(at: Timestamp) -> Departure {
    Departure::new(Some(at.as_secs()), at)
}

fn job(id: &str, to_user: &str) -> SendJob {
    SendJob {
        account: "demo".into(),
        kind: SendKind::Template,
        client_msg_id: id.into(),
        to_user: to_user.into(),
        body: json!({"touser": to_user, "template_id": "t1", "data": {}}),
        options: Options::default(),
        unfiled: false,
        filed: None,
        not_before: None,
        released: None,
        answer: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_belongs_to_one_message() {
    let (sends, _table) = sends().await;
    let accepted = |job: SendJob, at| {
        let sends = sends.clone();
        async move { sends.accept(&APP, &job, at).await.unwrap() }
    };
    let first = accepted(job("a", "oA"), NOW).await;
    assert!(matches!(&first, Accepted::New(row) if row.state == State::Queued));
    assert!(matches!(
        accepted(job("a", "oA"), NOW + ms(1)).await,
        Accepted::Same(row) if row.created == NOW
    ));
    assert!(matches!(
        accepted(job("a", "oB"), NOW + ms(1)).await,
        Accepted::Other(row) if row.to_user == "oA"
    ));
    let read = sends.read(&APP, "a").await.unwrap().unwrap();
    let again = read.job();
    assert_eq!(
        SendJob {
            filed: None,
            ..again
        },
        job("a", "oA")
    );
    assert_eq!(sends.read(&APP, "b").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_posts_at_once_one_is_new() {
    let (sends, _table) = sends().await;
    let posts = (0..64).map(|n| {
        let sends = sends.clone();
        tokio::spawn(async move {
            sends
                .accept(&APP, &job("a", "oA"), NOW + ms(n))
                .await
                .unwrap()
        })
    });
    let mut new = 0;
    for post in posts.collect::<Vec<_>>() {
        new += usize::from(matches!(post.await.unwrap(), Accepted::New(_)));
    }
    assert_eq!(new, 1);
}

async fn pages(sends: &Sends, filter: &Filter, limit: usize) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let page = Page { limit, cursor };
        let (rows, next) = sends.list(&APP, filter, &page).await.unwrap();
        assert!(rows.len() <= limit);
        ids.extend(rows.into_iter().map(|row| row.client_msg_id));
        let Some(next) = next else { return ids };
        cursor = Some(next.to_string().parse::<Cursor>().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_go_page_by_page() {
    let (sends, _table) = sends().await;
    for n in 0..7 {
        let to_user = if n % 2 == 0 { "oA" } else { "oB" };
        let job = job(&format!("m.{n}"), to_user);
        sends.accept(&APP, &job, NOW + ms(n)).await.unwrap();
    }
    let to_a = Filter {
        to_user: Some("oA".into()),
        state: None,
        ..Filter::default()
    };
    assert_eq!(pages(&sends, &to_a, 3).await, ["m.6", "m.4", "m.2", "m.0"]);
    let queued = Filter {
        to_user: None,
        state: Some(State::Queued),
        ..Filter::default()
    };
    assert_eq!(pages(&sends, &queued, 2).await.len(), 7);
    assert_eq!(pages(&sends, &Filter::default(), 4).await.len(), 7);
    let dead = Filter {
        state: Some(State::Dead),
        ..to_a
    };
    assert!(pages(&sends, &dead, 2).await.is_empty());
    for wrong in ["", "x", "1.", "1.a#b", "x.a"] {
        assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intake_that_is_not_closed_is_found() {
    let (sends, _table) = sends().await;
    let open = |name: &'static str| sends.open_intake(&APP, name, vec!["a".into()], false, NOW);
    let (first, second) = (open("1").await.unwrap(), open("2").await.unwrap());
    sends.close_intake(&first).await.unwrap();
    assert!(sends.left_intakes(NOW).await.unwrap().is_empty());
    let left = sends.left_intakes(NOW + ms(120_000)).await.unwrap();
    assert_eq!(left, [second]);
}

#[tokio::test(flavor = "multi_thread")]
async fn consents_count_each_event_once() {
    let (sends, _table) = sends().await;
    let consents = sends.consents();
    let record = |change, id: &'static str, at| {
        let consents = consents.clone();
        async move {
            let done = consents.record(&APP, "oA", "t1", change, id, at).await;
            done.unwrap();
        }
    };
    tokio::join!(
        record(Change::Accepted, "e1", NOW),
        record(Change::Accepted, "e1", NOW),
        record(Change::Accepted, "e2", NOW),
        record(Change::Sent, "e3", NOW),
    );
    let consent = consents.read(&APP, "oA", "t1").await.unwrap();
    assert!(consent.credits <= 2 && consent.version == 3, "{consent:?}");
    record(Change::Rejected, "e4", NOW + ms(1)).await;
    let consent = consents.read(&APP, "oA", "t1").await.unwrap();
    assert!(consent.usable(true).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_is_one_message_however_often_it_is_told() {
    let (sends, _table) = sends().await;
    let consents = sends.consents();
    let (later, credits) = (NOW + ms(9_000), async || {
        consents.read(&APP, "oA", "T#7").await.unwrap().credits
    });
    let confirm = |nonce: &'static str, at| {
        let consents = consents.clone();
        let change = Change::Confirmed;
        async move {
            let done = consents.record(&APP, "oA", "T#7", change, nonce, at).await;
            done.unwrap();
        }
    };
    tokio::join!(confirm("a", NOW), confirm("a", NOW), confirm("b", NOW));
    assert_eq!(credits().await, 1, "WeChat does not add them up");
    let found = consents.read(&APP, "oA", "T#7").await.unwrap();
    let spend = |id: &'static str, begun| {
        let (consents, found) = (consents.clone(), found.clone());
        async move {
            let done = consents.spend(&APP, "oA", "T#7", &found, id, begun).await;
            done.unwrap();
        }
    };
    tokio::join!(spend("m1", NOW), spend("m1", NOW));
    assert_eq!(credits().await, 0);
    confirm("a", later).await;
    assert_eq!(credits().await, 0, "the same way back, told again");
    confirm("c", later).await;
    spend("m1", later).await;
    assert_eq!(credits().await, 1, "the same message, told again");
    spend("m2", NOW).await;
    assert_eq!(credits().await, 1, "its call was before");
    spend("m2", later).await;
    assert_eq!(credits().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn interactions_open_windows_and_sends_fill_them() {
    let (sends, _table) = sends().await;
    let allowances = crate::account::Allowances::default();
    let judged = || async {
        let windows = sends.windows(&APP, "oA").await.unwrap();
        windows.judge(&allowances, NOW)
    };
    assert_eq!(judged().await, Judgement::Try);
    let message = Interaction::Message;
    sends.charge(&APP, "oA", message).await.unwrap();
    for at in [NOW - ms(5), NOW - ms(9)] {
        sends.interacted(&APP, "oA", message, at).await.unwrap();
    }
    for _ in 0..5 {
        assert_eq!(judged().await, Judgement::Charge(message));
        sends.charge(&APP, "oA", message).await.unwrap();
    }
    assert!(matches!(judged().await, Judgement::Refuse(_)));
    sends.interacted(&APP, "oA", message, NOW).await.unwrap();
    assert_eq!(judged().await, Judgement::Charge(message));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_does_while_a_call_is_refused_is_not_forgotten() {
    let (sends, table) = sends().await;
    let message = Interaction::Message;
    let judged = || async {
        let windows = sends.windows(&APP, "oA").await.unwrap();
        windows.judge(&crate::account::Allowances::default(), NOW + ms(60_000))
    };
    sends.refused(&APP, "oA", 45_015, NOW).await.unwrap();
    assert!(
        table.scan().await.is_empty(),
        "of a stranger nothing is filed"
    );
    let before = NOW - ms(3_600_000);
    sends.interacted(&APP, "oA", message, before).await.unwrap();
    sends.refused(&APP, "oA", 45_047, NOW).await.unwrap();
    sends
        .refused(&APP, "oA", 45_015, NOW - ms(1))
        .await
        .unwrap();
    let refused = Judgement::Refuse(Objection {
        failure: Failure::new(
            Some(45_047),
            "not sent: the allowance of service messages to this user is used up (45047)",
            "refused",
        ),
        proven: Some(NOW),
    });
    assert_eq!(judged().await, refused);
    // What was before the call is heard of late: WeChat knew.
    let click = Interaction::Click;
    sends.interacted(&APP, "oA", click, before).await.unwrap();
    assert_eq!(judged().await, refused);
    // The user wrote after the call began; that was written before its answer came.
    let (at, begun) = (NOW + ms(2_000), NOW + ms(1_500));
    sends.interacted(&APP, "oA", message, at).await.unwrap();
    sends.refused(&APP, "oA", 45_015, begun).await.unwrap();
    assert_eq!(judged().await, Judgement::Charge(message));
}

/// A template message as people send them: five values of ten Chinese characters, and a page behind it.
fn usual(id: &str) -> SendJob {
    let to_user = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
    let value = json!({ "value": "您的订单已经发货了啦" });
    let body = json!({
        "touser": to_user,
        "template_id": "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY",
        "url": "https://www.example.com/orders/20270206-0001",
        "data": {
            "thing1": value, "thing2": value, "time3": value, "amount4": value, "const5": value,
        },
    });
    SendJob {
        body,
        ..job(id, to_user)
    }
}

/// What each step of a message costs that came in an array of ten: one index by receiver and one by account
/// when it comes, one by WeChat's id when WeChat has it, and none for states it only passes through.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_costs_at_most_ten_write_units() {
    let (sends, table) = sends().await;
    let (first, me) = ("m-0", "0f8b6c2e-7a41-4f0e-9d53-2c1b7e8a9d10");
    let row = async || sends.read(&APP, first).await.unwrap().unwrap();
    let jobs: Vec<_> = (0..10).map(|n| usual(&format!("m-{n}"))).collect();
    let taken = table.cost_of(async {
        let ids = jobs.iter().map(|job| job.client_msg_id.clone()).collect();
        let opened = sends.open_intake(&APP, me, ids, true, NOW).await;
        let intake = opened.unwrap();
        sends.take(&intake, &jobs, NOW).await.unwrap();
        sends.close_intake(&intake).await.unwrap();
    });
    let taken = taken.await.map(|units| units / 10.0);
    let begun = table.cost_of(async {
        let (job, claim) = (row().await.job(), worker::claim(me, NOW + ms(900)));
        sends.begin(&APP, &job, claim).await.unwrap();
    });
    let begun = begun.await;
    let settled = table.cost_of(async {
        let (row, sent) = (row().await, worker::sent("3147483661000000000"));
        let settled = sends.settle(&row, &sent, NOW, me, NOW + ms(1_100));
        settled.await.unwrap();
    });
    let settled = settled.await;
    let delivered = table.cost_of(async {
        let result = PushedResult {
            openid: row().await.to_user,
            msgid: "3147483661000000000".into(),
            template_id: None,
            pushed: NOW + ms(2_000),
            fate: Fate::Delivered,
        };
        assert!(sends.result(&APP, &result, NOW + ms(2_500)).await.unwrap());
    });
    let steps = [taken, begun, settled, delivered.await];
    println!("write units of taking, begin, settle, result: {steps:?}");
    let units: f64 = steps.into_iter().flatten().sum();
    assert!(units <= 10.0, "{steps:?}");
}
