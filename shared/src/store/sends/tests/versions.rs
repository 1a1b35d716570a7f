//! Rows that another version of this code wrote, while one is deployed.

use super::{
    worker::{ME, claim, filed},
    *,
};
use crate::{sends::Step, time::ms};

/// A row as a version of this code wrote it that counted no writes.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_the_first_version_is_read_and_not_overwritten_from_what_it_was() {
    let (sends, table) = sends().await;
    let job = filed(&sends, "a").await;
    let update = |sets: &str| {
        let (update, key) = (table.client.update_item(), Key::message(&APP, "a"));
        update
            .table_name(&table.name)
            .set_key(Some(key.item()))
            .update_expression(sets)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text("sending"))
            .expression_attribute_values(":now", number(NOW + ms(7)))
            .expression_attribute_values(":me", text("former"))
            .expression_attribute_values(":until", number(NOW + ms(60_000)))
    };
    // The worker of that version begins it: no version, another time.
    update("SET #state = :state, updated_ms = :now, lease_owner = :me, lease_until = :until, begun_ms = :now REMOVE version")
        .send()
        .await
        .unwrap();
    let row = sends
        .begin(&APP, &job, claim(ME, NOW + ms(8)))
        .await
        .unwrap();
    let held = row.unwrap().step(ME, NOW + ms(8));
    assert!(matches!(held, Step::Hold { .. }), "{held:?}");
    let later = claim(ME, NOW + ms(60_000));
    let row = sends.claim(&APP, &job, later).await.unwrap().unwrap();
    assert_eq!(row.step(ME, NOW + ms(60_000)), Step::Go);
    assert_eq!((row.version, row.uncertain_since), (1, Some(NOW + ms(7))));
}
