//! What comes late, or out of its order, when things go a second time.

use super::*;
use crate::sends::campaign::{
    self,
    batch::{Batch, Counts},
    record::Campaign,
    result::MassResult,
};

#[tokio::test(flavor = "multi_thread")]
async fn of_intakes_that_were_left_the_oldest_goes_first() {
    let (sends, _table) = sends().await;
    for (name, at) in [("b", 0), ("c", 1), ("a", 2)] {
        let ids = vec![name.to_owned()];
        let open = sends.open_intake(&APP, name, ids, false, NOW + ms(at));
        open.await.unwrap();
    }
    let left = sends.left_intakes(NOW + ms(600_000)).await.unwrap();
    let ids: Vec<_> = left.into_iter().flat_map(|intake| intake.ids).collect();
    assert_eq!(ids, ["b", "c", "a"]);
}

/// A batch that WeChat took, and said later that it failed.
async fn failed(sends: &Sends) -> (Campaign, Batch) {
    let campaign = Campaign {
        version: 1,
        batches: 1,
        ..sample::campaign()
    };
    sends.create_campaign(&campaign).await.unwrap();
    let failed = Batch {
        state: campaign::State::Failed,
        msg_id: Some(3_147_483_661),
        ..Batch::planned(&campaign, 0, 2, "p")
    };
    sends.create_batch(&campaign, &failed).await.unwrap();
    (campaign, failed)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_an_earlier_try_says_nothing_about_the_next_one() {
    let (sends, table) = sends().await;
    let (campaign, failed) = failed(&sends).await;
    let again = failed.again(2);
    sends.write_batch(&campaign, &again).await.unwrap();
    // As the index has it for a moment longer.
    let old = table.client.update_item().table_name(&table.name);
    let key = keys::Key::batch(&campaign, 0).item();
    old.set_key(Some(key))
        .update_expression("SET wechat_id = :id")
        .expression_attribute_values(":id", text(&keys::mass_id(&APP, 3_147_483_661)))
        .send()
        .await
        .unwrap();
    let result = MassResult {
        msg_id: 3_147_483_661,
        status: "send fail".into(),
        counts: Counts::default(),
        ..MassResult::default()
    };
    sends.mass_result(&APP, &result, NOW).await.unwrap();
    let rows = sends.batches(&APP, &campaign.client_msg_id).await.unwrap();
    assert_eq!(rows, [again]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_time_is_a_place_all_the_same() {
    let (sends, _table) = sends().await;
    for (id, at) in [("a", 1), ("b", 2), ("c", 3)] {
        sends
            .accept(&APP, &job(id, "oA"), NOW + ms(at))
            .await
            .unwrap();
    }
    let filter = Filter {
        since: Some(NOW + ms(2)),
        until: Some(NOW + ms(2)),
        ..Filter::default()
    };
    for (at, expected) in [(1, None), (3, Some("b"))] {
        let cursor = format!("{}.x", (NOW + ms(at)).as_millis());
        let page = Page {
            limit: 10,
            cursor: cursor.parse().ok(),
        };
        let (rows, _) = sends.list(&APP, &filter, &page).await.unwrap();
        let first = rows.first().map(|row| row.client_msg_id.as_str());
        assert_eq!(first, expected, "{at}");
    }
}
