//! What comes late, or out of its order, when things go a second time.

use super::*;

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
