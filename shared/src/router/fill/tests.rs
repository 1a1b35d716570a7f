use super::*;
use crate::{followers::Known, random::Random, time::Timestamp};
use serde_json::json;
use wechat_oa::callback::Push;

#[derive(Debug)]
struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _: &mut [u8]) -> Result<(), String> {
        Err("none is needed".to_owned())
    }
}

/// Fills a reply to the text of a user.
fn filled(mut reply: Reply, pattern: Option<&str>, text: &str) -> Reply {
    let body = format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime>\
         <MsgType>text</MsgType><Content><![CDATA[{text}]]></Content><MsgId>1</MsgId></xml>"
    );
    let push = Push::parse(&body).unwrap();
    let asked = Asked {
        account: "demo",
        push: &push,
        now: Timestamp::parse("2026-03-01T23:05:59.999Z").unwrap(),
        random: &NoRandom,
        known: Known::NOTHING,
    };
    let regex = pattern.map(|pattern| Regex::new(pattern).unwrap());
    fill(&mut reply, regex.as_ref(), &asked);
    reply
}

#[test]
fn groups_are_filled_in_and_other_dollars_stay() {
    let pattern = r"^(\w+) (?<what>\w+)( never)?$";
    for (template, text) in [
        ("$1 and $2", "order and 17"),
        ("${what}$what", "1717"),
        ("${1}0 $1a", "order0 ordera"),
        ("$0", "order 17"),
        ("[$3]", "[]"),
        ("$$1 $$", "$1 $"),
        ("costs $10 only", "costs $10 only"),
        ("$ $x ${y} ${1 $你 $", "$ $x ${y} ${1 $你 $"),
        ("$99999999999999999999", "$99999999999999999999"),
        ("{$1} {{$1}} {{{$1}}}", "{order} {{order}} {{{order}}}"),
    ] {
        let filled = filled(Reply::from(template), Some(pattern), "order 17");
        assert_eq!(filled, Reply::from(text), "{template}");
    }
}

#[test]
fn names_in_braces_are_filled_in_and_other_braces_stay() {
    for (template, text) in [
        ("{{openid}}{{ account }}", "oAdemo"),
        ("{{date}} {{time}}", "2026-03-02 07:05"),
        ("{{{time}}}", "{07:05}"),
        (
            "{{ { \"a\": 1 } }} {{}} {{ }} {{",
            "{{ { \"a\": 1 } }} {{}} {{ }} {{",
        ),
        ("$$ and $1 without a pattern", "$$ and $1 without a pattern"),
        ("{{time {{time}}", "{{time 07:05"),
    ] {
        assert_eq!(
            filled(Reply::from(template), None, "x"),
            Reply::from(text),
            "{template}"
        );
    }
}

#[test]
fn what_was_found_is_not_looked_at_again() {
    for found in ["$1 $$", "{{openid}}", "${name} {{time}}"] {
        for template in ["$1", "${1}", "{{time}}$1"] {
            let expected = template.replace("{{time}}", "07:05");
            let expected = expected.replace("${1}", "$1").replace("$1", found);
            let filled = filled(Reply::from(template), Some("^(?<name>.*)$"), found);
            assert_eq!(filled, Reply::from(expected), "{template} {found}");
        }
    }
    let halves = filled(Reply::from("{$1}"), Some("^(.*)$"), "{time}");
    assert_eq!(
        halves,
        Reply::from("{{time}}"),
        "nor together with what stands beside it"
    );
}

#[test]
fn names_are_found_with_their_braces() {
    let text = "{{ time }} {{{nick}} {{a b}} {{名}} {{remark | 同 学 }}";
    let parts = |(braces, name): (_, Name<'static>)| (braces, name.name, name.otherwise);
    let found: Vec<_> = names(text).map(parts).collect();
    assert_eq!(
        found,
        [
            ("{{ time }}", "time", None),
            ("{{nick}}", "nick", None),
            ("{{名}}", "名", None),
            ("{{remark | 同 学 }}", "remark", Some("同 学")),
        ]
    );
}

#[test]
fn every_text_of_a_reply_is_filled() {
    let news = json!({ "kind": "news", "articles": [{
        "title": "order $1", "description": "$$5 for $1", "pic_url": "https://example.com/$1.jpg", "url": "https://example.com/$1",
    }] });
    let music = json!({ "kind": "music", "title": "$1", "description": "$1", "music_url": "$1", "hq_music_url": "$1", "thumb_media_id": "$1" });
    let video = json!({ "kind": "video", "media_id": "$1", "title": "$1", "description": "$1" });
    let agent = json!({ "kind": "transfer_customer_service", "kf_account": "$1" });
    let image = json!({ "kind": "image", "media_id": "$1" });
    for reply in [news, music, video, agent, image, json!("$1 {{account}}")] {
        let expected = reply
            .to_string()
            .replace("$$", "€")
            .replace("$1", "17")
            .replace("{{account}}", "demo")
            .replace('€', "$");
        let reply: Reply = serde_json::from_value(reply).unwrap();
        let expected: Reply = serde_json::from_str(&expected).unwrap();
        assert_eq!(filled(reply, Some(r"^order (\d+)$"), "order 17"), expected);
    }
}
