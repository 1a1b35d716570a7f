//! A message with its worker and its lane.

use super::*;
use crate::{
    sends::{
        Step,
        lane::{Lane, LaneId},
        record::Claim,
        verdict::{Again, Verdict},
    },
    time::{Timestamp, ms},
};

pub(super) const ME: &str = "me";

pub(super) fn claim(me: &str, now: Timestamp) -> Claim<'_> {
    Claim {
        me,
        until: now + ms(60_000),
        now,
    }
}

pub(super) fn sent(msgid: &str) -> Verdict {
    Verdict::Sent {
        msgid: Some(msgid.into()),
    }
}

pub(super) fn states(row: &Record) -> Vec<&'static str> {
    row.history
        .iter()
        .map(|entry| entry.state.as_str())
        .collect()
}

pub(super) async fn filed(sends: &Sends, id: &str) -> SendJob {
    match sends.accept(&APP, &job(id, "oA"), NOW).await.unwrap() {
        Accepted::New(row) | Accepted::Same(row) => row.job(),
        other => panic!("{other:?}"),
    }
}

/// Begins a message that is there, as nobody else does.
pub(super) async fn begun(sends: &Sends, job: &SendJob, claim: Claim<'_>) -> Record {
    sends.begin(&APP, job, claim).await.unwrap().unwrap()
}

/// Settles what [`ME`] began.
pub(super) async fn settled(
    sends: &Sends,
    row: &Record,
    verdict: &Verdict,
    until: Timestamp,
    now: Timestamp,
) -> Record {
    let row = sends.settle(row, verdict, until, ME, now).await;
    row.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_begun_once_and_settled_by_who_began_it() {
    let (sends, _table) = sends().await;
    let job = filed(&sends, "a").await;
    let row = begun(&sends, &job, claim(ME, NOW + ms(1))).await;
    assert_eq!((row.step(ME, NOW), row.attempts), (Step::Go, 1));
    let again = begun(&sends, &job, claim(ME, NOW + ms(1))).await;
    assert_eq!(again, row, "the SDK repeats a write whose answer was lost");
    let other = begun(&sends, &job, claim("other", NOW + ms(2))).await;
    assert!(matches!(
        other.step("other", NOW + ms(2)),
        Step::Hold { .. }
    ));
    let verdict = sent("77");
    let settled =
        |me: &'static str| sends.settle(&row, &verdict, Timestamp::from_millis(0), me, NOW + ms(3));
    assert_eq!(
        settled("other").await.unwrap().unwrap().state,
        State::Sending
    );
    let row = settled(ME).await.unwrap().unwrap();
    assert_eq!((row.state, row.msgid.as_deref()), (State::Sent, Some("77")));
    assert_eq!(states(&row), ["queued", "sending", "sent"]);
    let late = begun(&sends, &job, claim("late", NOW + ms(4))).await;
    assert_eq!(late.step("late", NOW + ms(4)), Step::Leave);
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
        sends.accept(&APP, &job, NOW).await.unwrap();
        begun(&sends, &job, claim("killed", NOW)).await;
        let later = NOW + ms(60_000);
        let row = begun(&sends, &job, claim(ME, later)).await;
        assert!(matches!(row.step(ME, later), Step::TakeOver { .. }));
        let (mine, theirs) = tokio::join!(
            sends.take_over(&row, claim(ME, later)),
            sends.take_over(&row, claim("third", later)),
        );
        let (mine, theirs) = (mine.unwrap().unwrap(), theirs.unwrap().unwrap());
        let steps = [mine.step(ME, later), theirs.step("third", later)];
        assert!(steps.contains(&expected), "{steps:?}");
        assert!(steps.contains(&Step::Hold {
            until: later + ms(60_000)
        }));
        assert_eq!((mine.uncertain_since, mine.attempts), (Some(NOW), 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_count_when_wechat_was_asked() {
    let (sends, _table) = sends().await;
    let job = filed(&sends, "a").await;
    let mut tries = Vec::new();
    for counted in [true, false, true] {
        let row = begun(&sends, &job, claim(ME, NOW)).await;
        assert_eq!(row.step(ME, NOW), Step::Go);
        let again = Verdict::Again(Again {
            failure: Failure::new(Some(-1), "busy", "transient"),
            at: NOW,
            counted,
            uncertain: !counted,
            slow: false,
        });
        let row = settled(&sends, &row, &again, NOW, NOW).await;
        assert_eq!(row.error.unwrap().errcode, Some(-1));
        tries.push((row.attempts, row.uncertain_since));
    }
    assert_eq!(tries, [(1, None), (1, Some(NOW)), (2, Some(NOW))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_leaves_no_trace_that_grows() {
    let (sends, _table) = sends().await;
    let job = filed(&sends, "a").await;
    let failure = Failure::new(None, "no connection", "wechat_unreachable");
    for n in 0..50 {
        let now = NOW + ms(n * 2_000);
        let row = begun(&sends, &job, claim(ME, now)).await;
        let later = Verdict::Again(Again::later(failure.clone(), now));
        settled(&sends, &row, &later, now, now).await;
    }
    let row = sends.read(&APP, "a").await.unwrap().unwrap();
    assert_eq!(states(&row), ["queued", "queued"]);
    assert_eq!((row.history[1].at, row.attempts), (NOW + ms(98_000), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn late_answers_are_filed_when_they_are_begun_and_erased_messages_are_gone() {
    let (sends, table) = sends().await;
    let late = SendJob {
        unfiled: true,
        ..job("late-1", "oA")
    };
    let row = begun(&sends, &late, claim(ME, NOW)).await;
    assert_eq!(row.step(ME, NOW), Step::Go);
    let read = sends.read(&APP, "late-1").await.unwrap().unwrap();
    assert_eq!(
        (read.body.clone(), read.to_user.as_str()),
        (late.body, "oA")
    );
    assert_eq!(sends.erase(&APP, "oA", left(NOW)).await.unwrap(), 1);
    let settled = sends
        .settle(&row, &sent("7"), Timestamp::from_millis(0), ME, NOW)
        .await
        .unwrap();
    assert_eq!(settled, None);
    let gone = filed(&sends, "b").await;
    sends.erase(&APP, "oA", left(NOW)).await.unwrap();
    let begun = sends.begin(&APP, &gone, claim(ME, NOW)).await.unwrap();
    assert_eq!(begun, None);
    assert_eq!(sends.park(&APP, &gone, NOW, NOW).await.unwrap(), None);
    assert!(table.scan().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_on_the_queue_does_not_file_who_was_erased() {
    let (sends, table) = sends().await;
    let late = |row: &str| SendJob {
        unfiled: true,
        ..job(&SendJob::late_id(row, 0), "oA")
    };
    // One was never begun, one waits after a try that began when the user had left, one is called.
    let back = |failure: Failure| Verdict::Again(Again::later(failure, NOW));
    for row_id in ["waits", "called"] {
        let (job, claim) = (late(row_id), claim(ME, NOW + ms(9_000)));
        let row = begun(&sends, &job, claim).await;
        if row_id == "waits" {
            let again = back(Failure::new(None, "no connection", "wechat_unreachable"));
            settled(&sends, &row, &again, Timestamp::from_millis(0), NOW).await;
        }
    }
    for row_id in ["queued", "waits", "called"] {
        sends
            .bar_late(&APP, row_id, NOW + ms(20_000))
            .await
            .unwrap();
    }
    // Asked twice, and with an index that still lists what was there.
    for _ in 0..2 {
        sends.erase(&APP, "oA", left(NOW)).await.unwrap();
        for row_id in ["queued", "waits", "called"] {
            let later = claim("later", NOW + ms(200_000));
            let begun = sends.begin(&APP, &late(row_id), later).await.unwrap();
            assert_eq!(begun, None, "{row_id}");
            let parked = sends.park(&APP, &late(row_id), NOW, NOW).await.unwrap();
            assert_eq!(parked, None);
            let read = sends
                .read(&APP, &SendJob::late_id(row_id, 0))
                .await
                .unwrap();
            assert_eq!(read, None);
        }
    }
    let rows = table.scan().await;
    assert!(!format!("{rows:?}").contains("oA"), "{rows:?}");
    let gone_s = (NOW + ms(20_000)).as_secs() + 14 * 86_400;
    assert!(rows.iter().all(|row| row["expires_at"] == number(gone_s)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_begins_anew_once() {
    let (sends, _table) = sends().await;
    assert_eq!(
        sends.redrive(&APP, "a", NOW).await.unwrap(),
        Redriven::Missing
    );
    let job = filed(&sends, "a").await;
    assert!(matches!(
        sends.redrive(&APP, "a", NOW).await.unwrap(),
        Redriven::Refused(_)
    ));
    let row = begun(&sends, &job, claim(ME, NOW)).await;
    let dead = Verdict::Dead(Failure::new(Some(-1), "busy", "transient"));
    settled(&sends, &row, &dead, Timestamp::from_millis(0), NOW).await;
    for _ in 0..2 {
        let Redriven::Queued(row) = sends.redrive(&APP, "a", NOW).await.unwrap() else {
            panic!("a dead message is redriven")
        };
        assert_eq!(
            (row.attempts, row.redrives, row.error.clone()),
            (0, 1, None)
        );
        assert_eq!(row.deduplication_id(), "a/1");
        let again = row.job();
        assert_eq!(
            again,
            SendJob {
                filed: None,
                ..job.clone()
            }
        );
    }
    let row = begun(&sends, &job, claim("next", NOW)).await;
    assert_eq!(row.step("next", NOW), Step::Go);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wechat_could_not_deliver_is_redriven_as_another_message() {
    let (sends, _table) = sends().await;
    let failure = || Failure::new(None, "failed:system failed", "failed");
    let wechat_id = async |verdict| {
        let job = filed(&sends, "a").await;
        let row = begun(&sends, &job, claim(ME, NOW)).await;
        settled(&sends, &row, &verdict, Timestamp::from_millis(0), NOW).await;
        let Redriven::Queued(row) = sends.redrive(&APP, "a", NOW).await.unwrap() else {
            panic!("{verdict:?} is redriven")
        };
        let body = crate::sends::body::wire(&row);
        body["client_msg_id"].as_str().unwrap().to_owned()
    };
    // A call whose fate is not known may be out: WeChat is to know its repeat.
    assert_eq!(wechat_id(Verdict::Unknown(failure())).await, "a");
    let renewed = wechat_id(Verdict::Failed(failure())).await;
    assert_eq!((renewed.len(), renewed == "a"), (32, false));
    let duplicate = Failure::new(Some(40_241), "same message", "duplicate");
    for verdict in [Verdict::Unknown(failure()), Verdict::Failed(duplicate)] {
        assert_eq!(wechat_id(verdict).await, renewed);
    }
    assert_ne!(wechat_id(Verdict::Failed(failure())).await, renewed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_queue_lost_is_redriven_after_a_day() {
    let (sends, _table) = sends().await;
    filed(&sends, "a").await;
    let day = 86_400_000;
    let early = sends.redrive(&APP, "a", NOW + ms(day)).await.unwrap();
    assert!(matches!(early, Redriven::Refused(_)), "{early:?}");
    for _ in 0..2 {
        let Redriven::Queued(row) = sends
            .redrive(&APP, "a", NOW + ms(day) + ms(1))
            .await
            .unwrap()
        else {
            panic!("a lost message is redriven")
        };
        assert_eq!(row.deduplication_id(), "a/1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_keep_their_places_in_a_lane() {
    let (sends, _table) = sends().await;
    let lane = &LaneId::parse("wx5f2c8a1d9e3b7046#3").unwrap();
    assert_eq!(sends.lane(lane).await.unwrap(), Lane::default());
    let closed = Lane::default().closed(NOW);
    assert_eq!(sends.write_lane(lane, &closed).await.unwrap(), Put::Done);
    let stale = Lane::default().closed(NOW + ms(5));
    let put = sends.write_lane(lane, &stale).await.unwrap();
    assert_eq!(put, Put::Lost(Box::new(closed.clone())));
    assert!(sends.due_lanes(NOW - ms(1)).await.unwrap().is_empty());
    assert_eq!(
        sends.due_lanes(NOW).await.unwrap(),
        std::slice::from_ref(lane)
    );
    for n in [100, 20, 3] {
        let parked = Parked {
            order: place(&n.to_string()),
            client_msg_id: format!("m{n}"),
        };
        for _ in 0..2 {
            sends.take_place(lane, &parked).await.unwrap();
        }
    }
    let ids = |rows: Vec<Parked>| -> Vec<String> {
        rows.into_iter().map(|row| row.client_msg_id).collect()
    };
    let all = sends.parked(lane, "", 10).await.unwrap();
    let second = all[0].order.clone();
    assert_eq!(ids(all), ["m3", "m20", "m100"]);
    let rest = sends.parked(lane, &second, 1).await.unwrap();
    assert_eq!(ids(rest), ["m20"]);
    sends.leave(lane, &second).await.unwrap();
    assert_eq!(sends.parked(lane, "", 10).await.unwrap().len(), 2);
    let open = closed.open();
    sends.write_lane(lane, &open).await.unwrap();
    assert!(sends.due_lanes(NOW).await.unwrap().is_empty());
    assert_eq!(sends.lane(lane).await.unwrap(), open);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_parked_before_and_after_its_call() {
    let (sends, _table) = sends().await;
    let job = filed(&sends, "a").await;
    let row = sends
        .park(&APP, &job, NOW + ms(9), NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.state, row.not_before), (State::Parked, NOW + ms(9)));
    let again = sends
        .park(&APP, &job, NOW + ms(9), NOW + ms(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(again, row);
    let row = begun(&sends, &job, claim(ME, NOW)).await;
    assert_eq!(row.step(ME, NOW), Step::Go);
    let quota = Verdict::Quota(Failure::new(Some(45_009), "", "quota"));
    let row = settled(&sends, &row, &quota, NOW + ms(8), NOW).await;
    assert_eq!((row.state, row.attempts), (State::Parked, 0));
    assert_eq!(row.view()["not_before"], "2027-01-15T08:00:00.008Z");
}
