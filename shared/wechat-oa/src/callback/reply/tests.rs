use super::*;
use serde_json::json;

const TO: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const FROM: &str = "gh_7d31c0a94be2";
const MEDIA: &str = "9pXk2LmQvR7tYwZaBcDeF1gHiJ3kLmN5oPqRsT8uVwXyZ0123456789AbCdEfGhI";

fn fixture(name: &str) -> String {
    let path = format!(
        "{}/../../tests/fixtures/replies/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read_to_string(path).unwrap()
}

fn rendered(reply: serde_json::Value) -> String {
    serde_json::from_value::<Reply>(reply)
        .unwrap()
        .render(TO, FROM, 1_735_691_000)
}

#[test]
fn every_kind_is_written_byte_for_byte_as_in_the_fixtures() {
    let news = json!({ "kind": "news", "articles": [{
        "title": "标题", "description": "摘要", "pic_url": "https://example.com/p.jpg", "url": "https://example.com/a?x=1&y=2",
    }] });
    let music = json!({
        "kind": "music", "title": "歌名", "description": "描述", "music_url": "https://example.com/a.mp3",
        "hq_music_url": "https://example.com/hq.mp3",
        "thumb_media_id": "Th4mbQvR7tYwZaBcDeF1gHiJ3kLmN5oPqRsT8uVwXyZ0123456789AbCdEf-_Jk",
    });
    let kinds = [
        ("text.xml", json!("已收到 ✅\n第二行")),
        ("text_cdata_close.xml", json!("a]]>b")),
        ("image.xml", json!({ "kind": "image", "media_id": MEDIA })),
        ("voice.xml", json!({ "kind": "voice", "media_id": MEDIA })),
        (
            "video.xml",
            json!({ "kind": "video", "media_id": MEDIA, "title": "标题", "description": "描述" }),
        ),
        ("music.xml", music),
        ("news.xml", news),
        (
            "transfer_customer_service.xml",
            json!({ "kind": "transfer_customer_service" }),
        ),
        (
            "transfer_customer_service_account.xml",
            json!({ "kind": "transfer_customer_service", "kf_account": "test1@gongzhonghao" }),
        ),
        (
            "transfer_biz_ai_ivr.xml",
            json!({ "kind": "transfer_biz_ai_ivr" }),
        ),
        ("success.txt", json!(null)),
    ];
    for (name, reply) in kinds {
        assert_eq!(rendered(reply), fixture(name), "{name}");
    }
}

#[test]
fn a_reply_survives_being_stored() {
    let reply = Reply::Video {
        media_id: "m".into(),
        title: "t".into(),
        description: String::new(),
    };
    let stored = serde_json::to_string(&reply).unwrap();
    assert_eq!(serde_json::from_str::<Reply>(&stored).unwrap(), reply);
    let nothing = serde_json::to_string(&Reply::Acknowledge).unwrap();
    assert_eq!(
        serde_json::from_str::<Reply>(&nothing).unwrap(),
        Reply::Acknowledge
    );
}

#[test]
fn a_wrong_reply_is_refused_by_field_and_rule() {
    let wrong = [
        (json!(""), "content: must not be empty"),
        (
            json!("你".repeat(683)),
            "content: must be at most 2048 bytes",
        ),
        (
            json!({ "kind": "news", "articles": [] }),
            "articles: must be 1 to 8",
        ),
        (
            json!({ "kind": "news", "articles": [{}] }),
            "articles.title: must not be empty",
        ),
        (
            json!({ "kind": "image", "media_id": "" }),
            "media_id: must not be empty",
        ),
        (json!({ "kind": "music" }), "missing field `thumb_media_id`"),
        (
            json!({ "kind": "text", "content": "a", "colour": "red" }),
            "unknown field `colour`",
        ),
        (json!({ "kind": "poem" }), "unknown variant `poem`"),
        (json!(17), "invalid type"),
    ];
    for (reply, rule) in wrong {
        let error = serde_json::from_value::<Reply>(reply.clone())
            .unwrap_err()
            .to_string();
        assert!(error.contains(rule), "{reply}: {error}");
    }
}

#[test]
fn characters_xml_forbids_are_dropped() {
    let reply = Reply::from("a\u{0}b\u{1b}c\td\u{ffff}");
    assert!(reply.render(TO, FROM, 0).contains("<![CDATA[abc\td]]>"));
    let hidden = Reply::from("]]\u{0}><Evil/>");
    assert!(
        hidden
            .render(TO, FROM, 0)
            .contains("<![CDATA[]]]]><![CDATA[><Evil/>]]>")
    );
}
