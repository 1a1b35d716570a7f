use super::*;
use crate::{
    sends::sample,
    time::{Timestamp, ms},
};

fn campaign() -> Campaign {
    Campaign {
        batches: 2,
        state: State::Planned,
        ..sample::campaign()
    }
}

fn batches(states: [State; 2]) -> [Batch; 2] {
    states.map(|state| Batch {
        state,
        ..Batch::default()
    })
}

#[test]
fn a_campaign_is_where_its_batches_are() {
    use State::{
        Accepted, AwaitingAdmin, Deleted, Failed, Finished, PartlyFailed, Planned, Submitting,
        Unknown,
    };
    for (states, state) in [
        ([Planned, Planned], Planned),
        ([Accepted, Planned], Submitting),
        ([Accepted, Submitting], Submitting),
        ([AwaitingAdmin, Planned], AwaitingAdmin),
        ([Accepted, Finished], Accepted),
        ([Finished, Failed], PartlyFailed),
        ([Unknown, Failed], PartlyFailed),
        ([Unknown, Finished], Unknown),
        ([Unknown, Deleted], Unknown),
        ([Finished, Deleted], Finished),
        ([Failed, Failed], Failed),
        ([Deleted, Deleted], Deleted),
    ] {
        assert_eq!(campaign().state_of(&batches(states)), state, "{states:?}");
        let stopped = campaign().taken_back(None, Timestamp::from_millis(1));
        assert_eq!(stopped.state_of(&batches(states)), state, "{states:?}");
    }
}

#[test]
fn asked_again_to_stop_it_is_hurried() {
    let stopped = campaign().taken_back(None, Timestamp::from_millis(1));
    let rested = Campaign {
        due: Some(Timestamp::from_millis(900_000)),
        ..stopped.next(Timestamp::from_millis(2))
    };
    let asked = Batch {
        asked: Timestamp::from_millis(2),
        ..Batch::default()
    };
    assert!(stopped.hurries(&Batch::default()) && !rested.hurries(&asked));
    let again = rested.taken_back(None, Timestamp::from_millis(3));
    assert_eq!(
        (again.due, again.hurries(&asked)),
        (Some(Timestamp::from_millis(3)), true)
    );
    let article = campaign().taken_back(Some(2), Timestamp::from_millis(4));
    assert_eq!((article.stopped, article.articles.len()), (false, 1));
}

#[test]
fn a_result_wakes_whoever_looks_after_the_campaign() {
    let asleep = Campaign {
        due: Some(Timestamp::from_millis(900_000)),
        ..campaign()
    };
    let woken = asleep.woken(false, Timestamp::from_millis(5)).unwrap();
    assert_eq!(
        (woken.due, woken.woken(false, Timestamp::from_millis(6))),
        (Some(Timestamp::from_millis(5)), None)
    );
    assert!(
        asleep.woken(true, Timestamp::from_millis(5)).is_some(),
        "whoever joined it died"
    );
    let over = Campaign {
        state: State::Finished,
        ..campaign()
    };
    assert_eq!(
        over.woken(true, Timestamp::from_millis(5)),
        None,
        "a repeat changes nothing"
    );
    assert!(over.woken(false, Timestamp::from_millis(5)).is_some());
}

#[test]
fn only_articles_and_videos_can_be_taken_back() {
    let gone = batches([State::Finished, State::Planned]);
    for (message, count) in [
        (r#"{"msgtype":"mpnews","mpnews":{"media_id":"m"}}"#, 0),
        (r#"{"msgtype":"mpvideo","mpvideo":{"media_id":"m"}}"#, 0),
        (r#"{"msgtype":"text","text":{"content":"a"}}"#, 1),
        (r#"{"msgtype":"voice","voice":{"media_id":"m"}}"#, 1),
        (r#"{"msgtype":"image","images":{"media_ids":["m"]}}"#, 1),
        (r#"{"msgtype":"wxcard","wxcard":{"card_id":"c"}}"#, 1),
    ] {
        let campaign = Campaign {
            message: message.into(),
            ..campaign()
        };
        assert_eq!(campaign.beyond_recall(&gone), count, "{message}");
        assert_eq!(campaign.can_be_taken_back(), count == 0, "{message}");
    }
}

#[test]
fn what_is_to_be_taken_back_is_looked_at_within_seconds() {
    let stopped = Campaign {
        message: r#"{"msgtype":"mpnews","mpnews":{"media_id":"m"}}"#.into(),
        stop: Some(Timestamp::from_millis(1_000)),
        ..campaign()
    };
    let batch = Batch::default();
    let pause = |now| stopped.pause(&batch, ms(900_000), now);
    assert_eq!(
        [
            pause(Timestamp::from_millis(1_000)),
            pause(Timestamp::from_millis(21_000)),
            pause(Timestamp::MAX)
        ],
        [2_000, 10_000, 900_000].map(ms)
    );
    assert_eq!(
        campaign().pause(&batch, ms(900_000), Timestamp::from_millis(1_000)),
        ms(900_000)
    );
}

#[test]
fn a_row_of_the_version_before_reads() {
    let mut row =
        serde_json::to_value(campaign().taken_back(None, Timestamp::from_millis(1))).unwrap();
    row.as_object_mut().unwrap().remove("stop_ms");
    let read: Campaign = serde_json::from_value(row).unwrap();
    assert!(read.stopped && read.stop.is_none());
}

#[test]
fn a_draft_is_released_once() {
    let draft = Campaign {
        not_before: Some(Timestamp::from_millis(500)),
        ..sample::campaign()
    };
    let released = draft
        .released(Timestamp::from_millis(100), Timestamp::from_millis(7))
        .unwrap();
    assert_eq!(
        (released.state, released.due),
        (State::Planned, Some(Timestamp::from_millis(500)))
    );
    assert_eq!(
        released.released(Timestamp::from_millis(100), Timestamp::from_millis(8)),
        None
    );
    let dropped = draft.taken_back(None, Timestamp::from_millis(9));
    // Somebody forgets its receivers.
    assert_eq!(
        (dropped.state, dropped.due),
        (State::Deleted, Some(Timestamp::from_millis(9)))
    );
}

#[test]
fn ids_differ_by_campaign_batch_content_and_receivers() {
    let id = campaign().clientmsgid(0, "p");
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(id, campaign().clientmsgid(0, "p"));
    let other = Campaign {
        digest: "d".into(),
        ..campaign()
    };
    for other in [
        campaign().clientmsgid(1, "p"),
        campaign().clientmsgid(0, "q"),
        other.clientmsgid(0, "p"),
    ] {
        assert_ne!(id, other);
    }
}

#[test]
fn receivers_of_failed_batches_are_kept_for_seven_days() {
    let at = Timestamp::from_millis(1_000);
    let week = ms(7 * 86_400_000);
    let failed = batches([State::Failed, State::Finished]);
    let until = |campaign: &Campaign, now| campaign.resendable_until(&failed, now);
    assert_eq!(until(&campaign(), at), Some(at + week), "it ends now");
    let ended = campaign().entered(State::PartlyFailed, at);
    assert_eq!(until(&ended, at + ms(5)), Some(at + week));
    assert_eq!(until(&ended, at + week), None);
    let stopped = ended.taken_back(None, at);
    assert_eq!(until(&stopped, at), None, "who stops it wants none");
    let finished = batches([State::Finished, State::Unknown]);
    assert_eq!(ended.resendable_until(&finished, at), None);
}
