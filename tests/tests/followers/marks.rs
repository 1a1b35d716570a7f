//! Tags that rules give and take away.

use super::*;
use tests::redrive::redrive;

const TAG: &str = "/cgi-bin/tags/members/batchtagging";

#[tokio::test(flavor = "multi_thread")]
async fn rules_give_tags_and_take_them_away() {
    let stage = stage("tags").await;
    assert_eq!(said(&stage, "hi").await, "你好，同学");
    row_is_there(&stage).await;
    // A tag that was not there when `forward` read their names.
    tag_by_hand(&stage).await;
    assert_eq!(said(&stage, "leave").await, "再见");
    until_tagged(&stage, &[]).await;
    let report = say(&stage, VERIFIED, "join").await;
    assert_eq!(report["user_sees"], "nothing");
    until_tagged(&stage, &["vip"]).await;
    eventually("the row", async || {
        (said(&stage, "hi").await == "欢迎回来，贵宾").then_some(())
    })
    .await;
    assert_eq!(stage.calls(INFO, VERIFIED), 1, "the row is renewed without");
    assert_eq!(said(&stage, "leave").await, "再见");
    until_tagged(&stage, &[]).await;

    // An event, in many copies.
    let subscribe = json!({ "kind": "subscribe" });
    let more = json!({ "repeat_regardless": 3, "concurrent": 2 });
    let report = push(&stage, VERIFIED, subscribe, more).await;
    assert_eq!(reply(&report), "欢迎");
    until_tagged(&stage, &["vip", "新人"]).await;
    let waiting = stage.bundle.waiting("ForwardDeadLetters");
    assert_eq!(waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_fails_is_tried_again_undoes_nothing_later_and_ends_in_the_dead_letters() {
    let stage = stage("retried").await;
    let fault = || json!({ "kind": "errcode", "errcode": 45_009, "path": TAG });
    let letters = || stage.bundle.waiting("ForwardDeadLetters");
    let refused = async |times: usize| {
        eventually("a refusal", async || {
            (stage.calls(TAG, VERIFIED) >= times).then_some(())
        })
        .await;
    };
    // Lambda tries again after a minute, and after two more.
    stage.control("faults", fault()).await;
    say(&stage, VERIFIED, "join").await;
    refused(1).await;
    // WeChat's time of pushes is in seconds.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(said(&stage, "leave").await, "再见");
    clear_faults(&stage).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(tags(&stage).await, [""; 0], "the later push wins");
    assert_eq!(letters(), 0, "there is nothing left to do");

    stage.control("faults", fault()).await;
    let before = stage.calls(TAG, VERIFIED);
    say(&stage, VERIFIED, "join").await;
    refused(before + 1).await;
    clear_faults(&stage).await;
    until_tagged(&stage, &["vip"]).await;

    stage.control("faults", fault()).await;
    say(&stage, VERIFIED, "join").await;
    eventually("a dead letter", async || (letters() > 0).then_some(())).await;
    clear_faults(&stage).await;
    let run = redrive(&stage, &["--queue", "ForwardDeadLetters", "--yes"], "").await;
    assert!(run.ok, "{run:?}");
    eventually("the letter is done with", async || {
        (letters() == 0).then_some(())
    })
    .await;
    until_tagged(&stage, &["vip"]).await;
}
