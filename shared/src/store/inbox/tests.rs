mod late;

use super::*;
use crate::{
    inbox::{Run, Step, next_run, next_step},
    sends::sample::APP,
    store::emulated::EmulatedTable,
    time::{Timestamp, ms},
};
use serde_json::json;
use std::collections::BTreeSet;

async fn inbox() -> (Inbox, EmulatedTable) {
    let table = EmulatedTable::create(&["id"]).await;
    (Inbox::new(table.client.clone(), &table.name), table)
}

fn filing(push: &serde_json::Value) -> Filing<'_> {
    Filing {
        account: "demo",
        app_id: &APP,
        dedupe_key: "24871936450123401",
        kind: "text",
        openid: "oA",
        push,
        now: Timestamp::from_millis(1_000_000),
    }
}

/// A usable answer in time.
fn said(reply: &str) -> Outcome<'_> {
    Outcome {
        reply,
        answer: "\"late\"",
        state: "replied",
        late: None,
    }
}

/// What is left to do for the answer of [`said`].
fn deliver(from: u32) -> Run {
    Run::Deliver {
        answer: "\"late\"".to_owned(),
        from,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_answers_at_once_are_one() {
    let (inbox, _table) = inbox().await;
    let attempts = (0..64).map(|n| {
        let inbox = inbox.clone();
        tokio::spawn(async move {
            let push = json!({ "kind": "text", "msg_id": 24_871_936_450_123_401_u64 });
            inbox
                .answer(&filing(&push), &format!("reply of attempt {n}"))
                .await
                .unwrap()
        })
    });
    let mut replies = BTreeSet::new();
    let mut counted = BTreeSet::new();
    for attempt in attempts.collect::<Vec<_>>() {
        let row = attempt.await.unwrap();
        replies.insert(row.reply.unwrap());
        counted.insert(row.attempts);
    }
    assert_eq!(replies.len(), 1);
    assert_eq!(counted, (1..=64).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_attempts_at_once_start_a_slow_rule_once() {
    let (inbox, _table) = inbox().await;
    let attempts = (0..64).map(|n| {
        let inbox = inbox.clone();
        tokio::spawn(async move {
            let me = format!("attempt-{n}");
            let row = inbox.receive(&filing(&json!({})), &me).await.unwrap();
            next_step(&row, &me, Timestamp::from_millis(1_000_000))
        })
    });
    let mut started = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Step::Start => started += 1,
            step => assert_eq!(step, Step::Wait),
        }
    }
    assert_eq!(started, 1);
}

#[tokio::test]
async fn a_repeated_write_of_the_same_attempt_finds_its_own_lease() {
    let (inbox, _table) = inbox().await;
    for _ in 0..2 {
        let row = inbox.receive(&filing(&json!({})), "me").await.unwrap();
        assert_eq!(
            next_step(&row, "me", Timestamp::from_millis(1_000_000)),
            Step::Start
        );
    }
}

#[tokio::test]
async fn a_dead_lease_goes_to_one_attempt_and_the_late_runner_is_shut_out() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    let late = Timestamp::from_millis(1_000_000) + BEGIN_LEASE;
    let second = inbox.take_over(&id, "first", "second", late).await.unwrap();
    let third = inbox.take_over(&id, "first", "third", late).await.unwrap();
    assert_eq!(next_step(&second, "second", late), Step::Start);
    assert_eq!(next_step(&third, "third", late), Step::Wait);
    let late_runner = inbox
        .begin(&id, "first", "runner-1", late, late + ms(60_000))
        .await
        .unwrap();
    let held = Run::Held {
        until: late + BEGIN_LEASE,
    };
    assert_eq!(next_run(&late_runner, "runner-1"), held);
    let runner = inbox
        .begin(&id, "second", "runner-2", late, late + ms(60_000))
        .await
        .unwrap();
    assert_eq!(next_run(&runner, "runner-2"), Run::Go);
}

#[tokio::test]
async fn a_live_lease_is_not_taken() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    inbox.receive(&filing(&push), "first").await.unwrap();
    let row = inbox
        .take_over(
            &filing(&push).id(),
            "first",
            "second",
            Timestamp::from_millis(1_000_001),
        )
        .await
        .unwrap();
    assert_eq!(row.lease_owner.as_deref(), Some("first"));
}

#[tokio::test]
async fn a_runner_killed_after_its_write_still_sends_the_late_answer() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    inbox
        .begin(
            &id,
            "first",
            "runner",
            Timestamp::from_millis(1_000_000),
            Timestamp::MAX,
        )
        .await
        .unwrap();
    inbox
        .acknowledge(&id, None, Timestamp::from_millis(1_004_500))
        .await
        .unwrap();
    let written = inbox
        .finish(&id, "runner", &said("<xml>late</xml>"))
        .await
        .unwrap();
    let send_late = deliver(0);
    assert_eq!(next_run(&written, "runner"), send_late);
    let again = inbox
        .begin(
            &id,
            "first",
            "runner",
            Timestamp::from_millis(1_000_000),
            Timestamp::MAX,
        )
        .await
        .unwrap();
    assert_eq!(
        next_run(&again, "runner"),
        send_late,
        "the retry goes on where the first stopped"
    );
    let repeat = inbox.receive(&filing(&push), "second").await.unwrap();
    assert_eq!(
        next_step(&repeat, "second", Timestamp::from_millis(2_000_000)),
        Step::Acknowledge,
        "or the user has it twice"
    );
}

#[tokio::test]
async fn a_reply_that_is_there_at_the_deadline_is_given() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    inbox
        .begin(
            &id,
            "first",
            "runner",
            Timestamp::from_millis(1_000_000),
            Timestamp::MAX,
        )
        .await
        .unwrap();
    let written = inbox.finish(&id, "runner", &said("<xml/>")).await.unwrap();
    assert_eq!(next_run(&written, "runner"), deliver(1));
    let row = inbox
        .acknowledge(&id, None, Timestamp::from_millis(1_004_500))
        .await
        .unwrap();
    assert_eq!(
        next_step(&row, "first", Timestamp::from_millis(1_004_500)),
        Step::Answer("<xml/>".to_owned())
    );
    assert_eq!(inbox.read(&id).await.unwrap().unwrap(), row);
}

#[tokio::test]
async fn a_duplicate_invocation_does_not_run_the_rule_again() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    let runner = inbox
        .begin(
            &id,
            "first",
            "runner-1",
            Timestamp::from_millis(1_000_000),
            Timestamp::MAX,
        )
        .await
        .unwrap();
    let twin = inbox
        .begin(
            &id,
            "first",
            "runner-2",
            Timestamp::from_millis(1_000_000),
            Timestamp::MAX,
        )
        .await
        .unwrap();
    assert_eq!(next_run(&runner, "runner-1"), Run::Go);
    let held = Run::Held {
        until: Timestamp::MAX,
    };
    assert_eq!(next_run(&twin, "runner-2"), held);
}

#[tokio::test]
async fn a_lease_that_is_over_or_given_back_goes_to_whoever_comes() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    let begun = Timestamp::from_millis(1_000_100);
    let until = begun + ms(60_000);
    inbox
        .begin(&id, "first", "runner-1", begun, until)
        .await
        .unwrap();
    let early = inbox
        .begin(&id, "first", "runner-2", until - ms(1), Timestamp::MAX)
        .await
        .unwrap();
    assert_eq!(next_run(&early, "runner-2"), Run::Held { until });
    let over = inbox
        .begin(&id, "first", "runner-2", until, Timestamp::MAX)
        .await
        .unwrap();
    assert_eq!(next_run(&over, "runner-2"), Run::Go);
    let not_mine = inbox.give_back(&id, "runner-1", until).await.unwrap();
    assert_eq!(not_mine.lease_owner.as_deref(), Some("runner-2"));
    let back = inbox.give_back(&id, "runner-2", until).await.unwrap();
    assert_eq!(
        next_step(&back, "second", Timestamp::MAX),
        Step::Acknowledge
    );
    let repeat = inbox.receive(&filing(&push), "second").await.unwrap();
    assert_eq!(
        next_step(&repeat, "second", Timestamp::from_millis(1_060_101)),
        Step::Acknowledge,
        "nobody waits for what is run again in a minute"
    );
    let third = inbox
        .begin(
            &id,
            "first",
            "runner-3",
            Timestamp::from_millis(1_060_101),
            Timestamp::MAX,
        )
        .await
        .unwrap();
    assert_eq!(next_run(&third, "runner-3"), Run::Go);
}

#[tokio::test]
async fn an_answer_that_is_none_is_an_end() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    let begin = |runner| {
        inbox.begin(
            &id,
            "first",
            runner,
            Timestamp::from_millis(1_000_000),
            Timestamp::MAX,
        )
    };
    begin("runner").await.unwrap();
    let outcome = Outcome {
        answer: "null",
        state: "unusable",
        ..said("success")
    };
    inbox.finish(&id, "runner", &outcome).await.unwrap();
    let again = begin("runner").await.unwrap();
    let over = Run::Deliver {
        answer: "null".to_owned(),
        from: 1,
    };
    assert_eq!(next_run(&again, "runner"), over);
    let waiting = inbox.read(&id).await.unwrap().unwrap();
    let told = Step::Answer("success".to_owned());
    assert_eq!(
        next_step(&waiting, "first", Timestamp::from_millis(1_000_000)),
        told
    );
}

#[tokio::test]
async fn a_row_that_is_erased_is_nobodys() {
    let (inbox, _table) = inbox().await;
    let none = inbox
        .begin(
            "wx1#1",
            "first",
            "runner",
            Timestamp::from_millis(1_000_000),
            Timestamp::MAX,
        )
        .await
        .unwrap();
    assert_eq!(next_run(&none, "runner"), Run::Gone);
}

#[tokio::test]
async fn an_outage_is_an_error_and_never_an_acknowledgement() {
    let (inbox, table) = inbox().await;
    if table.stop() {
        let error = inbox
            .answer(&filing(&json!({})), "reply")
            .await
            .unwrap_err();
        assert_eq!(error.error_type(), "table_unreachable");
    }
}

#[tokio::test]
async fn a_push_without_a_sender_has_a_row_without_one() {
    let (inbox, table) = inbox().await;
    let push = json!({ "kind": "unread" });
    let nobody = Filing {
        openid: "",
        kind: "unread",
        ..filing(&push)
    };
    for attempts in 1..=2 {
        let row = inbox.answer(&nobody, "success").await.unwrap();
        assert_eq!(
            (row.attempts, row.reply.as_deref()),
            (attempts, Some("success"))
        );
    }
    inbox.receive(&nobody, "me").await.unwrap();
    let rows = table
        .client
        .scan()
        .table_name(&table.name)
        .send()
        .await
        .unwrap();
    assert!(!rows.items()[0].contains_key("openid"), "{rows:?}");
}
