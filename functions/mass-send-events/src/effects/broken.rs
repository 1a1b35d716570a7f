//! What does not read means little, and poisons nothing.

use super::*;
use serde_json::json;
use shared::time::Timestamp;
use wechat_oa::callback::{Clear, Push};

/// A body as `callback` files it.
fn filed(body: &[u8]) -> Filed {
    let clear = Clear::of(body);
    let push = Push::read(&clear);
    let mut row = json!({
        "id": format!("wx1#{}", push.dedupe_key()), "app_id": "wx1", "kind": push.kind(),
        "received_at": 7_000, "push": push.row(&clear),
    });
    if !push.from.is_empty() {
        row["openid"] = json!(push.from);
    }
    serde_json::from_value(row).unwrap()
}

fn fixture(name: &str) -> Filed {
    let root = env!("CARGO_MANIFEST_DIR");
    filed(&std::fs::read(format!("{root}/../../tests/fixtures/pushes/{name}")).unwrap())
}

#[test]
fn every_row_reads_whatever_it_lacks() {
    let root = env!("CARGO_MANIFEST_DIR");
    for folder in ["pushes", "hostile"] {
        for file in std::fs::read_dir(format!("{root}/../../tests/fixtures/{folder}")).unwrap() {
            let filed = filed(&std::fs::read(file.unwrap().path()).unwrap());
            let without_user = filed.openid.is_empty() && !filed.effects().is_empty();
            assert!(!without_user, "{filed:?}");
        }
    }
    for name in [
        "json_cut.json",
        "text_without_a_type.xml",
        "text_without_a_sender.xml",
        "result_whose_id_is_no_number.xml",
    ] {
        assert_eq!(fixture(name).effects(), [], "{name}");
    }
}

#[test]
fn what_reads_counts_from_when_it_came_if_it_tells_no_time() {
    let text = fixture("text_whose_time_is_no_time.xml");
    assert_eq!(text.effects(), [Effect::Interacted(Interaction::Message)]);
    assert_eq!(text.at(), Timestamp::from_millis(7_000));
}

#[test]
fn a_result_tells_what_reads_of_it() {
    let told = |name: &str| match fixture(name).effects().pop() {
        Some(Effect::Mass(result)) => result,
        other => panic!("{other:?}"),
    };
    assert_eq!(told("result_with_a_negative_count.xml").counts.total, 0);
    let reprint = told("mass_send_judged_a_reprint.xml");
    assert_eq!(reprint.status, "err(30003)");
    assert!(
        reprint.copyright.contains("\"article_idx\":2"),
        "{}",
        reprint.copyright
    );
    let sent = |code: &str, status: &str| {
        filed(format!(
            "<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType>\
             <Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent><List><TemplateId>T</TemplateId><MsgID>1</MsgID>\
             <ErrorCode>{code}</ErrorCode><ErrorStatus>{status}</ErrorStatus></List></SubscribeMsgSentEvent></xml>"
        ).as_bytes()).effects()
    };
    assert_eq!(sent("zero", "who knows"), []);
    assert!(
        matches!(&sent("zero", "success")[0], Effect::Result(result) if result.fate == Fate::Delivered)
    );
}

#[test]
fn two_choices_of_one_second_are_two() {
    let id = |name: &str| match fixture(name).effects().pop() {
        Some(Effect::Consent { event_id, .. }) => event_id,
        other => panic!("{other:?}"),
    };
    assert_ne!(
        id("consent_to_one_template.xml"),
        id("consent_to_other_template.xml")
    );
    assert_eq!(
        id("consent_to_one_template.xml"),
        id("consent_to_one_template.xml")
    );
}
