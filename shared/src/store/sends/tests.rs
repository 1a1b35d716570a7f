mod campaigns;
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
    },
    store::{Departure, Put, emulated::EmulatedTable},
};
use serde_json::json;

const NOW: i64 = 1_800_000_000_000;
const APP: &str = "wx5f2c8a1d9e3b7046";

async fn sends() -> (Sends, EmulatedTable) {
    let indexes: &[(&str, &[&str])] = &[
        (keys::BY_USER, &["user", "created_ms"]),
        (keys::BY_STATE, &["in_state", "created_ms"]),
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
        app_id: &str,
        job: &SendJob,
        now_ms: i64,
    ) -> Result<Accepted, StoreError> {
        let ids = vec![job.client_msg_id.clone()];
        let intake = self.open_intake(app_id, "one", ids, false, now_ms).await?;
        let taken = self
            .take(&intake, std::slice::from_ref(job), now_ms)
            .await?;
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
fn left(at_ms: i64) -> Departure {
    Departure::new(Some(at_ms / 1000), at_ms)
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
        released: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_belongs_to_one_message() {
    let (sends, _table) = sends().await;
    let accepted = |job: SendJob, at| {
        let sends = sends.clone();
        async move { sends.accept(APP, &job, at).await.unwrap() }
    };
    let first = accepted(job("a", "oA"), NOW).await;
    assert!(matches!(&first, Accepted::New(row) if row.state == State::Queued));
    assert!(matches!(
        accepted(job("a", "oA"), NOW + 1).await,
        Accepted::Same(row) if row.created_ms == NOW
    ));
    assert!(matches!(
        accepted(job("a", "oB"), NOW + 1).await,
        Accepted::Other(row) if row.to_user == "oA"
    ));
    let read = sends.read(APP, "a").await.unwrap().unwrap();
    let again = read.job().unwrap();
    assert_eq!(
        SendJob {
            filed: None,
            ..again
        },
        job("a", "oA")
    );
    assert_eq!(sends.read(APP, "b").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_posts_at_once_one_is_new() {
    let (sends, _table) = sends().await;
    let posts = (0..64).map(|n| {
        let sends = sends.clone();
        tokio::spawn(async move { sends.accept(APP, &job("a", "oA"), NOW + n).await.unwrap() })
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
        let (rows, next) = sends.list(APP, filter, &page).await.unwrap();
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
        sends.accept(APP, &job, NOW + n).await.unwrap();
    }
    let to_a = Filter {
        to_user: Some("oA".into()),
        state: None,
    };
    assert_eq!(pages(&sends, &to_a, 3).await, ["m.6", "m.4", "m.2", "m.0"]);
    let queued = Filter {
        to_user: None,
        state: Some(State::Queued),
    };
    assert_eq!(pages(&sends, &queued, 2).await.len(), 7);
    assert_eq!(pages(&sends, &Filter::default(), 4).await.len(), 7);
    let dead = Filter {
        state: Some(State::Dead),
        ..to_a
    };
    assert!(pages(&sends, &dead, 2).await.is_empty());
    for wrong in ["", "x", "1.2", "1.2.a#b", "1.x.a"] {
        assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intake_that_is_not_closed_is_found() {
    let (sends, _table) = sends().await;
    let open = |name: &'static str| sends.open_intake(APP, name, vec!["a".into()], false, NOW);
    let (first, second) = (open("1").await.unwrap(), open("2").await.unwrap());
    sends.close_intake(&first).await.unwrap();
    assert!(sends.left_intakes(NOW).await.unwrap().is_empty());
    let left = sends.left_intakes(NOW + 120_000).await.unwrap();
    assert_eq!(left, [second]);
}

#[tokio::test(flavor = "multi_thread")]
async fn consents_count_each_event_once() {
    let (sends, _table) = sends().await;
    let consents = sends.consents();
    let record = |change, id: &'static str, at| {
        let consents = consents.clone();
        async move {
            let done = consents.record(APP, "oA", "t1", change, id, at).await;
            done.unwrap();
        }
    };
    tokio::join!(
        record(Change::Accepted, "e1", NOW),
        record(Change::Accepted, "e1", NOW),
        record(Change::Accepted, "e2", NOW),
        record(Change::Sent, "e3", NOW),
    );
    let consent = consents.read(APP, "oA", "t1").await.unwrap();
    assert!(consent.credits <= 2 && consent.version == 3, "{consent:?}");
    record(Change::Rejected, "e4", NOW + 1).await;
    let consent = consents.read(APP, "oA", "t1").await.unwrap();
    assert!(consent.usable(true).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn interactions_open_windows_and_sends_fill_them() {
    let (sends, _table) = sends().await;
    let allowances = crate::account::Allowances::default();
    let judged = || async {
        let windows = sends.windows(APP, "oA").await.unwrap();
        windows.judge(&allowances, NOW)
    };
    assert_eq!(judged().await, Judgement::Try);
    let message = Interaction::Message;
    sends.charge(APP, "oA", message).await.unwrap();
    for at in [NOW - 5, NOW - 9] {
        sends.interacted(APP, "oA", message, at).await.unwrap();
    }
    for _ in 0..5 {
        assert_eq!(judged().await, Judgement::Charge(message));
        sends.charge(APP, "oA", message).await.unwrap();
    }
    assert!(matches!(judged().await, Judgement::Hopeless(_)));
    sends.interacted(APP, "oA", message, NOW).await.unwrap();
    assert_eq!(judged().await, Judgement::Charge(message));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_does_while_a_call_is_refused_is_not_forgotten() {
    let (sends, table) = sends().await;
    let message = Interaction::Message;
    let judged = || async {
        let windows = sends.windows(APP, "oA").await.unwrap();
        windows.judge(&crate::account::Allowances::default(), NOW + 60_000)
    };
    sends.refused(APP, "oA", 45_015, NOW).await.unwrap();
    assert!(
        table.scan().await.is_empty(),
        "of a stranger nothing is filed"
    );
    let before = NOW - 3_600_000;
    sends.interacted(APP, "oA", message, before).await.unwrap();
    sends.refused(APP, "oA", 45_047, NOW).await.unwrap();
    sends.refused(APP, "oA", 45_015, NOW - 1).await.unwrap();
    let refused = Judgement::Hopeless(Objection {
        failure: Failure::new(
            Some(45_047),
            "not sent: the allowance of service messages to this user is used up (45047)",
            "refused",
        ),
        proven_ms: NOW,
    });
    assert_eq!(judged().await, refused);
    // What was before the call is heard of late: WeChat knew.
    let click = Interaction::Click;
    sends.interacted(APP, "oA", click, before).await.unwrap();
    assert_eq!(judged().await, refused);
    // The user wrote after the call began; that was written before its answer came.
    let (at_ms, begun_ms) = (NOW + 2_000, NOW + 1_500);
    sends.interacted(APP, "oA", message, at_ms).await.unwrap();
    sends.refused(APP, "oA", 45_015, begun_ms).await.unwrap();
    assert_eq!(judged().await, Judgement::Charge(message));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_an_erased_user() {
    let (sends, table) = sends().await;
    for n in 0..30 {
        sends
            .accept(APP, &job(&format!("a{n}"), "oGone"), NOW)
            .await
            .unwrap();
    }
    sends.accept(APP, &job("b", "oStays"), NOW).await.unwrap();
    let consents = sends.consents();
    for template in ["t1", "t2"] {
        let recorded = consents.record(APP, "oGone", template, Change::Accepted, "e", NOW);
        recorded.await.unwrap();
    }
    sends
        .interacted(APP, "oGone", Interaction::Scan, NOW)
        .await
        .unwrap();
    let early = PushedResult {
        openid: "oGone".into(),
        msgid: "7".into(),
        template_id: None,
        pushed_ms: NOW,
        fate: Fate::Failed(Failure::new(None, "failed:user block", "refused")),
    };
    assert!(!sends.result(APP, &early, NOW).await.unwrap());
    assert_eq!(sends.erase(APP, "oGone", left(NOW)).await.unwrap(), 34);
    assert_eq!(sends.erase(APP, "oGone", left(NOW)).await.unwrap(), 0);
    let left = table.scan().await;
    assert!(!format!("{left:?}").contains("oGone"));
    assert_eq!(left.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_did_after_coming_back_is_not_erased() {
    let (sends, _table) = sends().await;
    let (gone, back) = (NOW, NOW + 5_000);
    let consents = sends.consents();
    for (id, at) in [("before", gone), ("after", back)] {
        sends.accept(APP, &job(id, "oA"), at).await.unwrap();
        let recorded = consents.record(APP, "oA", id, Change::Accepted, id, at);
        recorded.await.unwrap();
    }
    let followed = sends.interacted(APP, "oA", Interaction::Subscribe, back);
    followed.await.unwrap();
    let early = PushedResult {
        openid: "oA".into(),
        msgid: "7".into(),
        template_id: None,
        pushed_ms: back,
        fate: Fate::Delivered,
    };
    assert!(!sends.result(APP, &early, back).await.unwrap());
    assert_eq!(sends.erase(APP, "oA", left(gone)).await.unwrap(), 2);
    assert!(sends.read(APP, "before").await.unwrap().is_none());
    assert!(sends.read(APP, "after").await.unwrap().is_some());
    let consent = async |template| consents.read(APP, "oA", template).await.unwrap().credits;
    assert_eq!((consent("before").await, consent("after").await), (0, 1));
    assert_eq!(sends.windows(APP, "oA").await.unwrap().since_ms, back);
    assert_eq!(sends.erase(APP, "oA", left(back)).await.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_unsubscribe_takes_only_what_is_older() {
    let (sends, table) = sends().await;
    let consents = sends.consents();
    let (gone, back, told) = (NOW - 7_000, NOW - 2_000, NOW);
    for (id, at) in [
        ("before", gone - 1),
        ("meanwhile", back + 1),
        ("after", told + 1),
    ] {
        sends.accept(APP, &job(id, "oA"), at).await.unwrap();
    }
    for (interaction, at) in [
        (Interaction::Message, gone - 60_000),
        (Interaction::Subscribe, back),
    ] {
        sends.interacted(APP, "oA", interaction, at).await.unwrap();
    }
    for (template, change, at) in [
        ("old", Change::Accepted, gone),
        ("new", Change::Accepted, back),
        ("no", Change::Rejected, back),
    ] {
        let recorded = consents.record(APP, "oA", template, change, template, at);
        recorded.await.unwrap();
    }
    // WeChat's refusal of a call, whenever it was, is nothing that the user did.
    let refused = consents.record(APP, "oA", "old", Change::Refused, "r", told + 5_000);
    refused.await.unwrap();
    let late = Departure::new(Some(gone / 1000), told);
    assert_eq!(sends.erase(APP, "oA", late).await.unwrap(), 2);
    let ids: Vec<_> = table.scan().await;
    let parts: std::collections::BTreeSet<_> = ids
        .iter()
        .map(|row| {
            row["id"]
                .as_s()
                .unwrap()
                .rsplit('#')
                .next()
                .unwrap()
                .to_owned()
                + "/"
                + row["part"].as_s().unwrap()
        })
        .collect();
    let kept = [
        "after/message",
        "meanwhile/message",
        "oA/allowance",
        "oA/consent#new",
        "oA/consent#no",
    ];
    assert_eq!(parts, kept.map(str::to_owned).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_left_is_not_written_down_again() {
    let (sends, table) = sends().await;
    let consents = sends.consents();
    let refused = consents.record(APP, "oA", "t1", Change::Refused, "e", NOW + 5_000);
    refused.await.unwrap();
    sends.refused(APP, "oA", 45_015, NOW + 5_000).await.unwrap();
    sends.charge(APP, "oA", Interaction::Message).await.unwrap();
    assert!(table.scan().await.is_empty());
    // What the stream brings far too late is forgotten by its own time.
    for (interaction, at) in [(Interaction::Click, NOW), (Interaction::Scan, NOW + 9_000)] {
        sends.interacted(APP, "oA", interaction, at).await.unwrap();
        let gone = sends
            .forget(APP, "oA", Departure::after(NOW))
            .await
            .unwrap();
        assert_eq!(gone, usize::from(at == NOW));
    }
}

#[test]
fn what_users_do_counts_when_they_left() {
    for interaction in Interaction::ALL {
        let name = format!("{}_at", interaction.as_str());
        assert!(erase::MOMENTS.contains(&(name.as_str(), ":acts")), "{name}");
    }
}
