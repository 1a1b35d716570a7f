//! A message with its worker, its lane and its results.

use super::*;
use crate::sends::{Step, lane::Lane, verdict::Verdict};

const ME: &str = "me";

fn claim(me: &str, now_ms: i64) -> Claim<'_> {
    Claim {
        me,
        until_ms: now_ms + 60_000,
        now_ms,
    }
}

fn sent(msgid: &str) -> Verdict {
    Verdict::Sent {
        msgid: Some(msgid.into()),
    }
}

fn states(row: &Record) -> Vec<&'static str> {
    row.history
        .iter()
        .map(|entry| entry.state.as_str())
        .collect()
}

async fn filed(sends: &Sends, id: &str) -> SendJob {
    let job = job(id, "oA");
    sends.accept(APP, &job, NOW).await.unwrap();
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_begun_once_and_settled_by_who_began_it() {
    let (sends, _table) = sends().await;
    let job = filed(&sends, "a").await;
    let row = sends.begin(APP, &job, claim(ME, NOW + 1)).await.unwrap();
    assert_eq!((row.step(ME, NOW), row.attempts), (Step::Go, 1));
    let again = sends.begin(APP, &job, claim(ME, NOW + 1)).await.unwrap();
    assert_eq!(again, row, "the SDK repeats a write whose answer was lost");
    let other = sends
        .begin(APP, &job, claim("other", NOW + 2))
        .await
        .unwrap();
    assert!(matches!(other.step("other", NOW + 2), Step::Hold { .. }));
    let verdict = sent("77");
    let settled = |me: &'static str| sends.settle(&row, &verdict, 0, me, NOW + 3);
    assert_eq!(settled("other").await.unwrap().state, State::Sending);
    let row = settled(ME).await.unwrap();
    assert_eq!((row.state, row.msgid.as_deref()), (State::Sent, Some("77")));
    assert_eq!(states(&row), ["queued", "sending", "sent"]);
    let late = sends
        .begin(APP, &job, claim("late", NOW + 4))
        .await
        .unwrap();
    assert_eq!(late.step("late", NOW + 4), Step::Leave);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_leaves_a_message_to_the_next_one() {
    let (sends, _table) = sends().await;
    for (kind, expected) in [
        (SendKind::Template, Step::Go),
        (SendKind::CustomerService, Step::Unknown),
    ] {
        let job = SendJob {
            kind,
            ..job(kind.route(), "oA")
        };
        sends.accept(APP, &job, NOW).await.unwrap();
        sends.begin(APP, &job, claim("killed", NOW)).await.unwrap();
        let later = NOW + 60_000;
        let row = sends.begin(APP, &job, claim(ME, later)).await.unwrap();
        assert!(matches!(row.step(ME, later), Step::TakeOver { .. }));
        let (mine, theirs) = tokio::join!(
            sends.take_over(&row, claim(ME, later)),
            sends.take_over(&row, claim("third", later)),
        );
        let (mine, theirs) = (mine.unwrap(), theirs.unwrap());
        let steps = [mine.step(ME, later), theirs.step("third", later)];
        assert!(steps.contains(&expected), "{steps:?}");
        assert!(steps.contains(&Step::Hold {
            until_ms: later + 60_000
        }));
        assert_eq!((mine.uncertain_since_ms, mine.attempts), (NOW, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_count_when_wechat_was_asked() {
    let (sends, _table) = sends().await;
    let job = filed(&sends, "a").await;
    let mut tries = Vec::new();
    for counted in [true, false, true] {
        let row = sends.begin(APP, &job, claim(ME, NOW)).await.unwrap();
        assert_eq!(row.step(ME, NOW), Step::Go);
        let again = Verdict::Again(crate::sends::verdict::Again {
            failure: Failure::new(Some(-1), "busy", "transient"),
            at_ms: NOW,
            counted,
            uncertain: !counted,
            slow: false,
        });
        let row = sends.settle(&row, &again, NOW, ME, NOW).await.unwrap();
        assert_eq!(row.error.unwrap().errcode, Some(-1));
        tries.push((row.attempts, row.uncertain_since_ms));
    }
    assert_eq!(tries, [(1, 0), (1, NOW), (2, NOW)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_answers_are_filed_when_they_are_begun_and_erased_messages_are_gone() {
    let (sends, table) = sends().await;
    let late = SendJob {
        unfiled: true,
        ..job("late-1", "oA")
    };
    let row = sends.begin(APP, &late, claim(ME, NOW)).await.unwrap();
    assert_eq!(row.step(ME, NOW), Step::Go);
    let read = sends.read(APP, "late-1").await.unwrap().unwrap();
    assert_eq!(
        (read.body.clone(), read.to_user.as_str()),
        (late.body, "oA")
    );
    assert_eq!(sends.erase(APP, "oA").await.unwrap(), 1);
    let settled = sends.settle(&row, &sent("7"), 0, ME, NOW).await.unwrap();
    assert_eq!(settled, Record::default());
    let gone = filed(&sends, "b").await;
    sends.erase(APP, "oA").await.unwrap();
    let row = sends.begin(APP, &gone, claim(ME, NOW)).await.unwrap();
    assert_eq!(row.step(ME, NOW), Step::Leave);
    let row = sends.park(APP, &gone, NOW, NOW).await.unwrap();
    assert_eq!(row, Record::default());
    assert!(table.scan().await.is_empty());
}

fn result(msgid: &str, template_id: Option<&str>, fate: Fate) -> PushedResult {
    PushedResult {
        openid: "oA".into(),
        msgid: msgid.into(),
        template_id: template_id.map(str::to_owned),
        pushed_ms: i64::MAX,
        fate,
    }
}

async fn look_again(sends: &Sends, now_ms: i64) -> Vec<bool> {
    let mut found = Vec::new();
    for early in sends.early_results(now_ms).await.unwrap() {
        found.push(sends.look_again(&early, now_ms).await.unwrap());
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
        let row = sends.begin(APP, &job, claim(ME, NOW)).await.unwrap();
        let result = result(id, None, fate);
        if early {
            assert!(!sends.result(APP, &result, NOW).await.unwrap());
        }
        sends.settle(&row, &sent(id), 0, ME, NOW).await.unwrap();
        if early {
            assert!(look_again(&sends, NOW + 59_999).await.is_empty());
            assert_eq!(look_again(&sends, NOW + 60_000).await, [true]);
        } else {
            assert!(sends.result(APP, &result, NOW).await.unwrap());
        }
        assert!(sends.result(APP, &result, NOW + 1).await.unwrap(), "twice");
        let row = sends.read(APP, id).await.unwrap().unwrap();
        assert_eq!(states(&row).last(), Some(&state.as_str()));
        assert_eq!((row.state, row.history.len()), (state, 4));
        assert_eq!(row.error.is_some(), state == State::Failed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_nobody_is_dropped_in_the_end() {
    let (sends, table) = sends().await;
    let foreign = result("9", None, Fate::Delivered);
    sends.result(APP, &foreign, NOW).await.unwrap();
    for at in [60_000, 300_000, 900_000] {
        assert_eq!(look_again(&sends, NOW + at).await, [false]);
        assert_eq!(table.scan().await.len(), 1);
    }
    assert_eq!(look_again(&sends, NOW + 3_600_000).await, [false]);
    assert!(table.scan().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_message_without_an_id_is_found_by_receiver_and_template() {
    let (sends, _table) = sends().await;
    let unanswered = Verdict::Unknown(Failure::new(None, "no answer in time", "wechat_timeout"));
    for (id, verdict, at) in [
        ("lost", &unanswered, NOW),
        ("arrived", &unanswered, NOW + 70_000),
        ("answered", &Verdict::Sent { msgid: None }, NOW + 140_000),
    ] {
        let job = SendJob {
            kind: SendKind::Subscription,
            ..job(id, "oA")
        };
        sends.accept(APP, &job, at).await.unwrap();
        let row = sends.begin(APP, &job, claim(ME, at)).await.unwrap();
        sends.settle(&row, verdict, 0, ME, at).await.unwrap();
    }
    let state = async |id: &str| sends.read(APP, id).await.unwrap().unwrap();
    // The second came late.
    for (pushed, came, template, of) in [
        (71_000, 72_000, "t2", None),
        (71_000, 142_000, "t1", Some("arrived")),
        (141_000, 143_000, "t1", Some("answered")),
    ] {
        let msgid = format!("{came}{template}");
        let result = PushedResult {
            pushed_ms: NOW + pushed,
            ..result(&msgid, Some(template), Fate::Delivered)
        };
        // Not at once: the result may be that of a later message whose msgid is not written yet.
        assert!(!sends.result(APP, &result, NOW + came).await.unwrap());
        let found = look_again(&sends, NOW + came + 60_000).await;
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
    for (id, at) in [("lost", NOW - 70_000), ("killed", NOW + 1_000)] {
        let job = SendJob {
            kind: SendKind::Subscription,
            ..job(id, "oA")
        };
        sends.accept(APP, &job, at).await.unwrap();
        let row = sends.begin(APP, &job, claim(ME, at)).await.unwrap();
        if id == "lost" {
            sends.settle(&row, &lost, 0, ME, at).await.unwrap();
        }
    }
    let result = result("71", Some("t1"), Fate::Delivered);
    assert!(!sends.result(APP, &result, NOW + 2_000).await.unwrap());
    assert_eq!(look_again(&sends, NOW + 62_000).await, [false]);
    let later = NOW + 100_000;
    let killed = sends.read(APP, "killed").await.unwrap().unwrap();
    let next = sends
        .take_over(&killed, claim("next", later))
        .await
        .unwrap();
    sends.settle(&next, &lost, 0, "next", later).await.unwrap();
    assert_eq!(look_again(&sends, NOW + 302_000).await, [true]);
    for (id, state) in [("lost", State::Unknown), ("killed", State::Delivered)] {
        let row = sends.read(APP, id).await.unwrap().unwrap();
        assert_eq!(row.state, state, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_of_one_of_two_near_calls_leaves_both_unknown() {
    let (sends, _table) = sends().await;
    let unanswered = Verdict::Unknown(Failure::new(None, "no answer in time", "wechat_timeout"));
    for (id, at) in [("first", NOW), ("second", NOW + 20_000)] {
        let job = SendJob {
            kind: SendKind::Subscription,
            ..job(id, "oA")
        };
        sends.accept(APP, &job, at).await.unwrap();
        let row = sends.begin(APP, &job, claim(ME, at)).await.unwrap();
        sends.settle(&row, &unanswered, 0, ME, at).await.unwrap();
    }
    let pushed = async |msgid, pushed_ms| {
        let result = PushedResult {
            pushed_ms,
            ..result(msgid, Some("t1"), Fate::Delivered)
        };
        sends.result(APP, &result, NOW + 22_000).await.unwrap();
    };
    let state = async |id: &str| sends.read(APP, id).await.unwrap().unwrap().state;
    // WeChat may have been slow with the first's.
    pushed("72", NOW + 21_000).await;
    assert_eq!(look_again(&sends, NOW + 82_000).await, [false]);
    assert_eq!(state("second").await, State::Unknown);
    // The first's can be no other's, and then neither can the second's.
    pushed("71", NOW + 1_000).await;
    look_again(&sends, NOW + 322_000).await;
    look_again(&sends, NOW + 922_000).await;
    for id in ["first", "second"] {
        assert_eq!(state(id).await, State::Delivered, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_begins_anew_once() {
    let (sends, _table) = sends().await;
    assert_eq!(
        sends.redrive(APP, "a", NOW).await.unwrap(),
        Redriven::Missing
    );
    let job = filed(&sends, "a").await;
    assert!(matches!(
        sends.redrive(APP, "a", NOW).await.unwrap(),
        Redriven::Refused(_)
    ));
    let row = sends.begin(APP, &job, claim(ME, NOW)).await.unwrap();
    let dead = Verdict::Dead(Failure::new(Some(-1), "busy", "transient"));
    sends.settle(&row, &dead, 0, ME, NOW).await.unwrap();
    for _ in 0..2 {
        let Redriven::Queued(row) = sends.redrive(APP, "a", NOW).await.unwrap() else {
            panic!("a dead message is redriven")
        };
        assert_eq!(
            (row.attempts, row.redrives, row.error.clone()),
            (0, 1, None)
        );
        assert_eq!(row.deduplication_id(), "a.1");
        assert_eq!(row.job().unwrap(), job);
    }
    let row = sends.begin(APP, &job, claim("next", NOW)).await.unwrap();
    assert_eq!(row.step("next", NOW), Step::Go);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_keep_their_places_in_a_lane() {
    let (sends, _table) = sends().await;
    let group = "wx5f2c8a1d9e3b7046#3";
    assert_eq!(sends.lane(group).await.unwrap(), Lane::default());
    let closed = Lane::default().closed(NOW);
    assert_eq!(sends.write_lane(group, &closed).await.unwrap(), closed);
    let stale = Lane::default().closed(NOW + 5);
    assert_eq!(sends.write_lane(group, &stale).await.unwrap(), closed);
    assert!(sends.due_lanes(NOW - 1).await.unwrap().is_empty());
    assert_eq!(sends.due_lanes(NOW).await.unwrap(), [group]);
    for n in [100, 20, 3] {
        let parked = Parked {
            order: place(&n.to_string()),
            client_msg_id: format!("m{n}"),
        };
        for _ in 0..2 {
            sends.take_place(group, &parked).await.unwrap();
        }
    }
    let ids = |rows: Vec<Parked>| -> Vec<String> {
        rows.into_iter().map(|row| row.client_msg_id).collect()
    };
    let all = sends.parked(group, "", 10).await.unwrap();
    let second = all[0].order.clone();
    assert_eq!(ids(all), ["m3", "m20", "m100"]);
    let rest = sends.parked(group, &second, 1).await.unwrap();
    assert_eq!(ids(rest), ["m20"]);
    sends.leave(group, &second).await.unwrap();
    assert_eq!(sends.parked(group, "", 10).await.unwrap().len(), 2);
    let open = closed.open();
    sends.write_lane(group, &open).await.unwrap();
    assert!(sends.due_lanes(NOW).await.unwrap().is_empty());
    assert_eq!(sends.lane(group).await.unwrap(), open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_parked_before_and_after_its_call() {
    let (sends, _table) = sends().await;
    let job = filed(&sends, "a").await;
    let row = sends.park(APP, &job, NOW + 9, NOW).await.unwrap();
    assert_eq!((row.state, row.not_before_ms), (State::Parked, NOW + 9));
    let again = sends.park(APP, &job, NOW + 9, NOW + 1).await.unwrap();
    assert_eq!(again, row);
    let row = sends.begin(APP, &job, claim(ME, NOW)).await.unwrap();
    assert_eq!(row.step(ME, NOW), Step::Go);
    let quota = Verdict::Quota(Failure::new(Some(45_009), "", "quota"));
    let row = sends.settle(&row, &quota, NOW + 8, ME, NOW).await.unwrap();
    assert_eq!((row.state, row.attempts), (State::Parked, 0));
    assert_eq!(row.view()["not_before"], "2027-01-15T08:00:00.008Z");
}
