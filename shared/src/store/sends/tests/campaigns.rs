use super::*;
use crate::{
    sends::campaign::{
        PAGES, State,
        batch::{Batch, Counts},
        page,
        quota::Closed,
        record::{Campaign, Target},
        result::MassResult,
        verdict::Verdict,
    },
    time::{Timestamp, ms},
};

const MSG_ID: u64 = 3_147_483_661;

fn draft(id: &str) -> Campaign {
    Campaign {
        account: "demo".into(),
        app_id: APP.clone(),
        client_msg_id: id.into(),
        digest: "d".into(),
        target: Target::Openids,
        created: NOW,
        version: 1,
        ..sample::campaign()
    }
}

fn page(openids: &[&str]) -> page::Page {
    page::Page::of(openids.iter().map(|&openid| openid.to_owned()).collect())
}

fn result(msg_id: u64) -> MassResult {
    MassResult {
        msg_id,
        status: "send success".into(),
        counts: Counts {
            total: 2,
            filtered: 2,
            sent: 2,
            failed: 0,
        },
        ..MassResult::default()
    }
}

fn accepted(batch: &Batch) -> Batch {
    let verdict = Verdict::Accepted {
        msg_id: Some(MSG_ID),
        msg_data_id: None,
    };
    batch.claimed("me", NOW).settled(verdict, ms(1_000), NOW)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_comes_twice_adds_nothing() {
    let (sends, table) = sends().await;
    let campaign = draft("c");
    assert!(matches!(
        sends.create_campaign(&campaign).await.unwrap(),
        Created::New(_)
    ));
    assert!(matches!(
        sends.create_campaign(&campaign).await.unwrap(),
        Created::New(_)
    ));
    let add = async |page| sends.add_page(&campaign, &page, NOW).await.unwrap();
    for _ in 0..3 {
        assert_eq!(add(page(&["oB", "oA"])).await, Paged::Added);
    }
    assert_eq!(add(page(&["oC"])).await, Paged::Added);
    let row = sends.campaign(&APP, "c").await.unwrap().unwrap();
    assert_eq!((row.pages.len(), row.posted_recipients()), (2, 3));
    for name in &row.pages {
        assert_eq!(&sends.read_page(&row, name).await.unwrap().name(), name);
    }
    assert_eq!(table.scan().await.len(), 3);
    let none = draft("none");
    assert_eq!(
        sends.add_page(&none, &page(&["oA"]), NOW).await.unwrap(),
        Paged::Missing
    );
    assert!(sends.read_page(&row, "gone-1").await.is_err());
    let other = Campaign {
        digest: "e".into(),
        ..campaign
    };
    let taken = sends.create_campaign(&other).await.unwrap();
    assert!(matches!(taken, Created::Other(found) if found.digest == "d"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_has_so_many_pages_and_no_more() {
    let (sends, _table) = sends().await;
    let full = Campaign {
        pages: (0..PAGES).map(|n| format!("p{n}-1")).collect(),
        ..draft("c")
    };
    sends.create_campaign(&full).await.unwrap();
    assert_eq!(
        sends.add_page(&full, &page(&["oA"]), NOW).await.unwrap(),
        Paged::Full
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_releases_one_is_made_and_pages_come_too_late() {
    let (sends, _table) = sends().await;
    sends.create_campaign(&draft("c")).await.unwrap();
    let releases = (0..16).map(|n| {
        let sends = sends.clone();
        tokio::spawn(async move {
            let released = |found: &Campaign| found.released(NOW + ms(5), NOW + ms(n));
            sends.change_campaign(&APP, "c", released).await.unwrap()
        })
    });
    let mut made = 0;
    for release in releases.collect::<Vec<_>>() {
        made += usize::from(matches!(
            release.await.unwrap(),
            crate::store::Change::Made(_)
        ));
    }
    assert_eq!(made, 1);
    let late = sends
        .add_page(&draft("c"), &page(&["oA"]), NOW)
        .await
        .unwrap();
    assert_eq!(late, Paged::Refused(State::Planned));
    assert_eq!(sends.due_campaigns(NOW + ms(4)).await.unwrap(), []);
    let due = sends.due_campaigns(NOW + ms(5)).await.unwrap();
    assert_eq!((due.len(), due[0].client_msg_id.as_str()), (1, "c"));
    let done = |found: &Campaign| {
        Some(Campaign {
            due: None,
            ..found.next(NOW)
        })
    };
    sends.change_campaign(&APP, "c", done).await.unwrap();
    assert_eq!(sends.due_campaigns(Timestamp::MAX).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_claimed_by_one() {
    let (sends, _table) = sends().await;
    let campaign = draft("c");
    let batch = Batch::planned(&campaign, 0, 2, "p");
    sends.create_batch(&campaign, &batch).await.unwrap();
    let claims = (0..16).map(|n| {
        let (sends, campaign, batch) = (sends.clone(), campaign.clone(), batch.clone());
        tokio::spawn(async move {
            let next = batch.claimed(&format!("w{n}"), NOW);
            sends.write_batch(&campaign, &next).await.unwrap() == Put::Done
        })
    });
    let mut claimed = 0;
    for claim in claims.collect::<Vec<_>>() {
        claimed += usize::from(claim.await.unwrap());
    }
    assert_eq!(claimed, 1);
    sends.create_batch(&campaign, &batch).await.unwrap();
    let rows = sends.batches(&APP, "c").await.unwrap();
    assert_eq!(
        (rows.len(), rows[0].state),
        (1, State::Submitting),
        "planning again changes nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_finds_its_batch_early_late_and_twice() {
    let (sends, _table) = sends().await;
    let campaign = draft("c");
    let batch = Batch::planned(&campaign, 0, 2, "p");
    sends.create_batch(&campaign, &batch).await.unwrap();
    let landed = async || sends.mass_result(&APP, &result(MSG_ID), NOW).await.unwrap();
    assert_eq!(landed().await, Landed::Kept, "early");
    let early = sends.early_result(&campaign, MSG_ID).await.unwrap();
    assert_eq!(early, Some(result(MSG_ID)));
    let next = accepted(&batch.claimed("me", NOW));
    sends
        .write_batch(&campaign, &batch.claimed("me", NOW))
        .await
        .unwrap();
    let put = sends.write_batch(&campaign, &next).await.unwrap();
    assert_eq!(put.or(next.clone()).version, 2);
    let settled = Batch { version: 3, ..next };
    sends.write_batch(&campaign, &settled).await.unwrap();
    let joined = sends.join_mass_results(NOW + ms(60_000)).await.unwrap();
    assert_eq!((joined.found, joined.unknown), (1, 0));
    for _ in 0..2 {
        assert!(matches!(landed().await, Landed::Joined(_)));
    }
    let rows = sends.batches(&APP, "c").await.unwrap();
    assert_eq!(
        (rows[0].state, rows[0].counts.unwrap().sent),
        (State::Finished, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_to_no_batch_is_kept_and_told_once() {
    let (sends, _table) = sends().await;
    for msg_id in [MSG_ID, 1_000_000_001] {
        sends.mass_result(&APP, &result(msg_id), NOW).await.unwrap();
    }
    let mut unknown = 0;
    for minutes in [1, 5, 15, 60, 61, 120] {
        let joined = sends
            .join_mass_results(NOW + ms(minutes * 60_000))
            .await
            .unwrap();
        unknown += joined.unknown;
    }
    assert_eq!(unknown, 1, "sends of the console are somebody else's");
    assert!(
        sends
            .early_result(&draft("c"), MSG_ID)
            .await
            .unwrap()
            .is_some(),
        "kept"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_whoever_makes_them() {
    let (sends, _table) = sends().await;
    let spends = (0..4).map(|n| {
        let sends = sends.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                let limits = crate::account::MassLimits::default();
                let kind = crate::account::Kind::Service;
                let spent = async || {
                    sends
                        .spend_mass_quota::<Closed>(&APP, &format!("w{n}"), |q| {
                            q.spent(&limits, kind, None, NOW)
                        })
                        .await
                };
                while spent().await.is_err() {}
            }
        })
    });
    for spend in spends.collect::<Vec<_>>() {
        spend.await.unwrap();
    }
    assert_eq!(sends.mass_quota(&APP).await.unwrap().calls, 20);
}
