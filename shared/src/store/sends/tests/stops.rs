//! What is left of a campaign that was stopped, and who hears of its results.

use super::*;
use crate::{
    account::{Kind, MassLimits},
    sends::campaign::{
        State, Work,
        batch::{Batch, Counts},
        page::Page as Receivers,
        quota::ToAll,
        record::{Campaign, Target},
        result::MassResult,
        verdict::Verdict,
    },
    time::{Timestamp, ms},
};

const MSG_ID: u64 = 3_147_483_661;

fn campaign(id: &str, state: State) -> Campaign {
    Campaign {
        account: "demo".into(),
        app_id: APP.clone(),
        client_msg_id: id.into(),
        digest: "d".into(),
        target: Target::Openids,
        state,
        created: NOW,
        version: 1,
        ..sample::campaign()
    }
}

fn page(openids: &[&str]) -> Receivers {
    Receivers::of(openids.iter().map(|&openid| openid.to_owned()).collect())
}

fn result(msg_id: u64, total: u64) -> MassResult {
    MassResult {
        msg_id,
        status: "send success".into(),
        counts: Counts {
            total,
            filtered: total,
            sent: total,
            failed: 0,
        },
        ..MassResult::default()
    }
}

/// Receivers that are in the table.
async fn packed(table: &EmulatedTable) -> usize {
    let rows = table.scan().await;
    rows.iter().filter(|row| row.contains_key("packed")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_refused_leaves_no_receivers() {
    let (sends, table) = sends().await;
    let (named, other) = (page(&["oA"]), page(&["oB"]));
    let over = Campaign {
        pages: [named.name()].into(),
        ..campaign("c", State::Finished)
    };
    sends.create_campaign(&over).await.unwrap();
    sends.put_page(&over, &named).await.unwrap();
    let refused = sends.add_page(&over, &other, NOW).await.unwrap();
    assert_eq!(refused, Paged::Refused(State::Finished));
    assert_eq!(packed(&table).await, 1, "the page of the row stays");
    let open = campaign("open", State::Draft);
    sends.create_campaign(&open).await.unwrap();
    sends.put_page(&open, &other).await.unwrap();
    sends.forget_page(&open, &other).await.unwrap();
    assert_eq!(packed(&table).await, 2, "somebody may be adding it");
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_no_row_names_are_forgotten_too() {
    let (sends, table) = sends().await;
    let stopped = campaign("c", State::Planned);
    sends.create_campaign(&stopped).await.unwrap();
    let other = campaign("c2", State::Planned);
    sends.put_page(&other, &page(&["oC"])).await.unwrap();
    for n in 0..30 {
        let receivers = page(&["oA", &format!("o{n}")]);
        sends.put_page(&stopped, &receivers).await.unwrap();
        sends.put_receivers(&stopped, n, &receivers).await.unwrap();
    }
    sends.forget_receivers(&stopped, &[]).await.unwrap();
    assert_eq!(packed(&table).await, 1, "those of another campaign stay");
    assert!(sends.campaign(&APP, "c").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_is_taken_out_of_the_receivers_of_failed_batches() {
    let (sends, table) = sends().await;
    let failed = Campaign {
        due: Some(NOW + ms(604_800_000)),
        ..campaign("f", State::PartlyFailed)
    };
    let under_way = Campaign {
        due: Some(NOW),
        ..campaign("u", State::Submitting)
    };
    let both = page(&["oA", "oB"]);
    for campaign in [&failed, &under_way] {
        sends.create_campaign(campaign).await.unwrap();
        for (n, state) in [(0, State::Failed), (1, State::Finished)] {
            let batch = Batch::planned(campaign, n, 2, "p");
            let batch = Batch { state, ..batch };
            sends.create_batch(campaign, &batch).await.unwrap();
            sends.put_receivers(campaign, n, &both).await.unwrap();
        }
    }
    sends.forget_receivers(&failed, &[0]).await.unwrap();
    let sent_again = Batch {
        state: State::Submitting,
        earlier: Batch::default().again(2).earlier,
        ..Batch::planned(&under_way, 2, 2, "p")
    };
    sends.create_batch(&under_way, &sent_again).await.unwrap();
    sends.put_receivers(&under_way, 2, &both).await.unwrap();
    assert_eq!(packed(&table).await, 4, "one is kept");
    let leaves = async |openid| sends.erase(&APP, openid, left(NOW)).await.unwrap();
    // Two who leave at once are not in each other's way.
    let gone = tokio::join!(leaves("oA"), leaves("oB"), leaves("oC"));
    assert_eq!(gone, (3, 3, 0));
    for (campaign, n) in [(&failed, 0), (&under_way, 0), (&under_way, 2)] {
        let kept = sends.read_receivers(campaign, n).await.unwrap();
        assert!(kept.openids().is_empty(), "{n}");
    }
    let kept = sends.read_receivers(&under_way, 1).await.unwrap();
    assert_eq!(kept.openids().len(), 2, "they go when it sends no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_makes_its_campaign_due() {
    let (sends, _table) = sends().await;
    let asleep = Campaign {
        due: Some(NOW + ms(900_000)),
        ..campaign("c", State::Accepted)
    };
    sends.create_campaign(&asleep).await.unwrap();
    let verdict = Verdict::Accepted {
        msg_id: Some(MSG_ID),
        msg_data_id: None,
    };
    let batch = Batch::planned(&asleep, 0, 2, "p").claimed("me", NOW);
    let batch = Batch {
        version: 1,
        ..batch.settled(verdict, ms(900_000), NOW)
    };
    sends.create_batch(&asleep, &batch).await.unwrap();
    let landed = async || {
        sends
            .mass_result(&APP, &result(MSG_ID, 2), NOW)
            .await
            .unwrap()
    };
    let work = Work {
        app_id: APP.clone(),
        client_msg_id: "c".into(),
    };
    assert_eq!(landed().await, Landed::Joined(Some(work)));
    assert_eq!(sends.due_campaigns(NOW).await.unwrap().len(), 1);
    assert_eq!(landed().await, Landed::Joined(None), "it is due already");
    // Whoever joined it died before the campaign was woken.
    let slept = |found: &Campaign| {
        Some(Campaign {
            due: Some(NOW + ms(900_000)),
            ..found.next(NOW)
        })
    };
    sends.change_campaign(&APP, "c", slept).await.unwrap();
    assert!(matches!(landed().await, Landed::Joined(Some(_))));
}

/// Files a batch whose answer was lost, with so many receivers.
async fn unknown(sends: &Sends, id: &str, recipients: usize, called: Timestamp) {
    let stopped = campaign(id, State::Submitting);
    sends.create_campaign(&stopped).await.unwrap();
    let claimed = Batch::planned(&stopped, 0, recipients, "p").claimed("me", called);
    let lost = claimed.lost("stopped", Timestamp::MAX).unwrap();
    let row = Batch { version: 1, ..lost };
    sends.create_batch(&stopped, &row).await.unwrap();
}

async fn state(sends: &Sends, id: &str) -> (State, Option<u64>) {
    let batches = sends.batches(&APP, id).await.unwrap();
    (batches[0].state, batches[0].msg_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_without_a_batch_resolves_the_only_one_it_can_belong_to() {
    let (sends, _table) = sends().await;
    unknown(&sends, "lost", 50, NOW).await;
    unknown(&sends, "other", 51, NOW).await;
    unknown(&sends, "later", 50, NOW + ms(60_000)).await;
    sends
        .mass_result(&APP, &result(MSG_ID, 50), NOW + ms(5_000))
        .await
        .unwrap();
    assert_eq!(
        state(&sends, "lost").await,
        (State::Unknown, None),
        "not yet"
    );
    let joined = sends.join_mass_results(NOW + ms(65_000)).await.unwrap();
    assert_eq!(joined.found, 1);
    assert_eq!(state(&sends, "lost").await, (State::Finished, Some(MSG_ID)));
    for id in ["other", "later"] {
        assert_eq!(state(&sends, id).await, (State::Unknown, None), "{id}");
    }
    let woken = sends.due_campaigns(NOW + ms(65_000)).await.unwrap();
    assert_eq!(woken.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_could_be_meant_stay_unknown() {
    let (sends, _table) = sends().await;
    unknown(&sends, "a", 50, NOW).await;
    unknown(&sends, "b", 50, NOW).await;
    unknown(&sends, "c", 9, NOW).await;
    for (n, total) in [(0, 50), (1, 9), (2, 9)] {
        let result = result(MSG_ID + n, total);
        sends
            .mass_result(&APP, &result, NOW + ms(5_000))
            .await
            .unwrap();
    }
    let joined = sends.join_mass_results(NOW + ms(65_000)).await.unwrap();
    assert_eq!((joined.found, joined.unknown), (0, 0));
    for id in ["a", "b", "c"] {
        assert_eq!(state(&sends, id).await, (State::Unknown, None), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowance_is_spent_once_by_its_id_whoever_counts_it() {
    let (sends, _table) = sends().await;
    let counts = (0..4).map(|n| {
        let sends = sends.clone();
        tokio::spawn(async move {
            let (limits, kind) = (MassLimits::default(), Kind::Subscription);
            let to_all = Some(ToAll {
                id: Some("one"),
                called: false,
            });
            let spent = |quota: &crate::sends::campaign::quota::Quota| {
                quota.spent(&limits, kind, to_all, NOW)
            };
            let me = format!("w{n}");
            sends.spend_mass_quota(&APP, &me, spent).await.unwrap()
        })
    });
    for count in counts.collect::<Vec<_>>() {
        assert!(count.await.unwrap().is_ok());
    }
    let quota = sends.mass_quota(&APP).await.unwrap();
    assert_eq!((quota.to_all, quota.calls), (1, 4));
    for _ in 0..2 {
        sends.give_back_mass_quota(&APP, "me", "one").await.unwrap();
        let quota = sends.mass_quota(&APP).await.unwrap();
        assert_eq!((quota.to_all, quota.calls), (0, 4));
    }
}
