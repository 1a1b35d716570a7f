//! Results that WeChat pushes, and the messages they belong to.

use super::{
    worker::{ME, begun, claim, filed, sent, settled, states},
    *,
};
use crate::{
    sends::verdict::Verdict,
    time::{Timestamp, ms},
};

fn result(msgid: &str, template_id: Option<&str>, fate: Fate) -> PushedResult {
    PushedResult {
        openid: "oA".into(),
        msgid: msgid.into(),
        template_id: template_id.map(str::to_owned),
        pushed: Timestamp::MAX,
        fate,
    }
}

async fn look_again(sends: &Sends, now: Timestamp) -> Vec<bool> {
    let mut found = Vec::new();
    for early in sends.early_results(now).await.unwrap() {
        found.push(sends.look_again(&early, now).await.unwrap());
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_finds_its_message_before_and_after_the_workers_write() {
    let (sends, _table) = sends().await;
    let blocked = Fate::Failed(Failure::new(None, "failed:user block", "refused"));
    for (id, early, fate, state) in [
        ("1", true, Fate::Delivered, State::Delivered),
        ("2", false, Fate::Delivered, State::Delivered),
        ("3", false, blocked, State::Failed),
    ] {
        let job = filed(&sends, id).await;
        let row = begun(&sends, &job, claim(ME, NOW)).await;
        let result = result(id, None, fate);
        if early {
            assert!(!sends.result(&APP, &result, NOW).await.unwrap());
        }
        settled(&sends, &row, &sent(id), Timestamp::from_millis(0), NOW).await;
        if early {
            assert!(look_again(&sends, NOW + ms(59_999)).await.is_empty());
            assert_eq!(look_again(&sends, NOW + ms(60_000)).await, [true]);
        } else {
            assert!(sends.result(&APP, &result, NOW).await.unwrap());
        }
        assert!(
            sends.result(&APP, &result, NOW + ms(1)).await.unwrap(),
            "twice"
        );
        let row = sends.read(&APP, id).await.unwrap().unwrap();
        assert_eq!(states(&row).last(), Some(&state.as_str()));
        assert_eq!((row.state, row.history.len()), (state, 4));
        assert_eq!(row.error.is_some(), state == State::Failed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_nobody_is_dropped_in_the_end() {
    let (sends, table) = sends().await;
    let foreign = result("9", None, Fate::Delivered);
    sends.result(&APP, &foreign, NOW).await.unwrap();
    for at in [60_000, 300_000, 900_000] {
        assert_eq!(look_again(&sends, NOW + ms(at)).await, [false]);
        assert_eq!(table.scan().await.len(), 1);
    }
    assert_eq!(look_again(&sends, NOW + ms(3_600_000)).await, [false]);
    assert!(table.scan().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_message_without_an_id_is_found_by_receiver_and_template() {
    let (sends, _table) = sends().await;
    let unanswered = Verdict::Unknown(Failure::new(None, "no answer in time", "wechat_timeout"));
    for (id, verdict, at) in [
        ("lost", &unanswered, NOW),
        ("arrived", &unanswered, NOW + ms(70_000)),
        (
            "answered",
            &Verdict::Sent { msgid: None },
            NOW + ms(140_000),
        ),
    ] {
        let job = SendJob {
            kind: SendKind::Subscription,
            ..job(id, "oA")
        };
        sends.accept(&APP, &job, at).await.unwrap();
        let row = begun(&sends, &job, claim(ME, at)).await;
        settled(&sends, &row, verdict, Timestamp::from_millis(0), at).await;
    }
    let state = async |id: &str| sends.read(&APP, id).await.unwrap().unwrap();
    // The second came late.
    for (pushed, came, template, of) in [
        (71_000, 72_000, "t2", None),
        (71_000, 142_000, "t1", Some("arrived")),
        (141_000, 143_000, "t1", Some("answered")),
    ] {
        let msgid = format!("{came}{template}");
        let result = PushedResult {
            pushed: NOW + ms(pushed),
            ..result(&msgid, Some(template), Fate::Delivered)
        };
        // Not at once: the result may be that of a later message whose msgid is not written yet.
        assert!(!sends.result(&APP, &result, NOW + ms(came)).await.unwrap());
        let found = look_again(&sends, NOW + ms(came) + ms(60_000)).await;
        assert_eq!(found.contains(&true), of.is_some(), "{msgid}: {found:?}");
        let Some(id) = of else { continue };
        let row = state(id).await;
        assert_eq!((row.state, row.error), (State::Delivered, None), "{id}");
        assert_eq!(row.msgid.as_deref(), Some(msgid.as_str()));
    }
    assert_eq!(state("lost").await.state, State::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_waits_for_a_message_whose_worker_was_killed() {
    let (sends, _table) = sends().await;
    let lost = Verdict::Unknown(Failure::new(None, "no answer in time", "wechat_timeout"));
    for (id, at) in [("lost", NOW - ms(70_000)), ("killed", NOW + ms(1_000))] {
        let job = SendJob {
            kind: SendKind::Subscription,
            ..job(id, "oA")
        };
        sends.accept(&APP, &job, at).await.unwrap();
        let row = begun(&sends, &job, claim(ME, at)).await;
        if id == "lost" {
            settled(&sends, &row, &lost, Timestamp::from_millis(0), at).await;
        }
    }
    let result = result("71", Some("t1"), Fate::Delivered);
    assert!(!sends.result(&APP, &result, NOW + ms(2_000)).await.unwrap());
    assert_eq!(look_again(&sends, NOW + ms(62_000)).await, [false]);
    let later = NOW + ms(100_000);
    let killed = sends.read(&APP, "killed").await.unwrap().unwrap();
    let next = sends
        .take_over(&killed, claim("next", later))
        .await
        .unwrap()
        .unwrap();
    sends
        .settle(&next, &lost, Timestamp::from_millis(0), "next", later)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(look_again(&sends, NOW + ms(302_000)).await, [true]);
    for (id, state) in [("lost", State::Unknown), ("killed", State::Delivered)] {
        let row = sends.read(&APP, id).await.unwrap().unwrap();
        assert_eq!(row.state, state, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_one_of_two_near_calls_leaves_both_unknown() {
    let (sends, _table) = sends().await;
    let unanswered = Verdict::Unknown(Failure::new(None, "no answer in time", "wechat_timeout"));
    for (id, at) in [("first", NOW), ("second", NOW + ms(20_000))] {
        let job = SendJob {
            kind: SendKind::Subscription,
            ..job(id, "oA")
        };
        sends.accept(&APP, &job, at).await.unwrap();
        let row = begun(&sends, &job, claim(ME, at)).await;
        settled(&sends, &row, &unanswered, Timestamp::from_millis(0), at).await;
    }
    let pushed = async |msgid, pushed| {
        let result = PushedResult {
            pushed,
            ..result(msgid, Some("t1"), Fate::Delivered)
        };
        sends.result(&APP, &result, NOW + ms(22_000)).await.unwrap();
    };
    let state = async |id: &str| sends.read(&APP, id).await.unwrap().unwrap().state;
    // WeChat may have been slow with the first's.
    pushed("72", NOW + ms(21_000)).await;
    assert_eq!(look_again(&sends, NOW + ms(82_000)).await, [false]);
    assert_eq!(state("second").await, State::Unknown);
    // The first's can be no other's, and then neither can the second's.
    pushed("71", NOW + ms(1_000)).await;
    look_again(&sends, NOW + ms(322_000)).await;
    look_again(&sends, NOW + ms(922_000)).await;
    for id in ["first", "second"] {
        assert_eq!(state(id).await, State::Delivered, "{id}");
    }
}
