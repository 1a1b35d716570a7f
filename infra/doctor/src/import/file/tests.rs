use super::{
    super::console::{Candidate, candidates},
    *,
};
use serde_json::{Value, json};
use shared::{
    followers::Known,
    random::Random,
    router::{Asked, Decision, Router, Source},
    time::Timestamp,
};
use wechat_oa::callback::{Push, Reply};

#[derive(Debug)]
struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
        bytes.fill(0);
        Ok(())
    }
}

fn text(content: &str) -> String {
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime>\
         <MsgType>text</MsgType><Content><![CDATA[{content}]]></Content><MsgId>1</MsgId></xml>"
    )
}

const SUBSCRIBE: &str = "<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime>\
     <MsgType>event</MsgType><Event>subscribe</Event></xml>";

fn written(info: Value) -> Written {
    let found: Vec<Candidate> = candidates(serde_json::from_value(info).unwrap());
    write(&AccountName::try_from("shop".to_owned()).unwrap(), &found)
}

/// The console's answer with those keyword rules and nothing else.
fn keywords(list: Value) -> Value {
    json!({"is_add_friend_reply_open": 0, "is_autoreply_open": 0, "keyword_autoreply_info": {"list": list}})
}

fn rule(name: &str, keywords: &[(&str, &str)], replies: Value) -> Value {
    let keywords = keywords.iter();
    let keywords: Vec<_> = keywords
        .map(|(mode, content)| json!({"type": "text", "match_mode": mode, "content": content}))
        .collect();
    json!({"rule_name": name, "create_time": 1, "reply_mode": "reply_all", "keyword_list_info": keywords, "reply_list_info": replies})
}

fn texts(texts: &[&str]) -> Value {
    let texts = texts.iter();
    texts
        .map(|text| json!({"type": "text", "content": text}))
        .collect()
}

/// What the rules of the file answer; `None` where no rule fits.
fn answer(written: &Written, account: &str, body: &str) -> Vec<Reply> {
    let router = Router::new().with_toml(&written.text).unwrap();
    let push = Push::parse(body).unwrap();
    let asked = Asked {
        account,
        push: &push,
        now: Timestamp::from_secs(1_767_240_000),
        random: &Zeros,
        known: Known::NOTHING,
    };
    match router.decide(&asked) {
        Decision::Reply(quick) => vec![quick.reply],
        Decision::Forward(slow) => match slow.source {
            Source::Replies(all) => all,
            other => panic!("{other:?}"),
        },
    }
}

fn said(text: &str) -> Vec<Reply> {
    vec![Reply::from(text)]
}

#[test]
fn the_rules_of_the_page_answer_as_the_console_did() {
    let page =
        include_str!("../../../../../tests/fixtures/responses/get_current_autoreply_info.json");
    let written = written(serde_json::from_str(page).unwrap());
    assert_eq!(written.rules, 3, "{}", written.text);
    assert_eq!(answer(&written, "shop", SUBSCRIBE), said("谢谢关注"));
    assert_eq!(
        answer(&written, "shop", &text("多少钱？")),
        said("见价目表")
    );
    assert_eq!(answer(&written, "shop", &text("在吗")), said("请稍候"));
    let nothing = vec![Reply::Acknowledge];
    assert_eq!(answer(&written, "news", &text("多少钱？")), nothing);
    assert_eq!(written.remarks.len(), 1, "{:?}", written.remarks);
    assert!(written.remarks[0].contains("once an hour"));
}

#[test]
fn whole_texts_go_before_parts_and_several_answers_stay_several() {
    let list = json!([
        rule(
            "价",
            &[("contain", "价"), ("equal", " 报价 ")],
            texts(&["一", "二\n三"])
        ),
        rule("报价单", &[("equal", "报价单")], texts(&["四"])),
    ]);
    let written = written(keywords(list));
    assert_eq!(
        (written.rules, written.remarks.len()),
        (3, 0),
        "{}",
        written.text
    );
    assert_eq!(answer(&written, "shop", &text("报价单")), said("四"));
    let both = vec![Reply::from("一"), Reply::from("二\n三")];
    assert_eq!(answer(&written, "shop", &text("报价")), both);
    assert_eq!(answer(&written, "shop", &text("原价")), both);
}

#[test]
fn an_article_is_carried_over_and_what_is_not_says_why() {
    let article = |title: &str| {
        json!({"title": title, "author": "a", "digest": "d", "show_cover": 1, "cover_url": "https://mmbiz.qpic.cn/c",
               "content_url": "https://mp.weixin.qq.com/s?__biz=1&mid=2", "source_url": ""})
    };
    let list = json!([
        rule(
            "图文",
            &[("contain", "图文")],
            json!([{"type": "news", "content": "m",
             "news_info": {"list": [article("一"), article("二")]}}])
        ),
        rule(
            "图",
            &[("contain", "照片")],
            json!([{"type": "img", "content": "MEDIA1"}, {"type": "text", "content": "看图"}])
        ),
        rule(
            "声",
            &[("equal", "声音")],
            json!([{"type": "voice", "content": "MEDIA2"}])
        ),
        rule(
            "卡",
            &[("equal", "卡券")],
            json!([{"type": "card", "content": "c"}])
        ),
        rule("括号", &[("equal", "括号")], texts(&["{{openid}}"])),
    ]);
    let written = written(keywords(list));
    assert_eq!(written.rules, 2, "{}", written.text);
    let shown = answer(&written, "shop", &text("看图文"));
    let [Reply::News { articles }] = shown.as_slice() else {
        panic!("{shown:?}")
    };
    assert_eq!((articles.len(), articles[0].title.as_str()), (1, "一"));
    assert_eq!(answer(&written, "shop", &text("照片")), said("看图"));
    for (name, why) in [
        ("图文", "1 articles after the first"),
        ("图", "'MEDIA1' WeChat ends after three days"),
        ("声", "a voice"),
        ("卡", "not known: 'card'"),
        ("括号", "fills in"),
    ] {
        let told = written
            .remarks
            .iter()
            .find(|told| told.starts_with(&format!("{name}: ")));
        assert!(told.unwrap().contains(why), "{told:?}");
        assert!(written.text.contains(why), "{}", written.text);
    }
}

#[test]
fn what_the_callback_would_refuse_stays_as_a_comment() {
    let six = texts(&["1", "2", "3", "4", "5", "6"]);
    let list = json!([
        rule("宽", &[("contain", "a")], texts(&["ok"])),
        rule("窄", &[("contain", "ab")], texts(&["never"])),
        rule("空", &[("contain", "")], texts(&["never"])),
        rule(
            "长",
            &[("equal", "长")],
            texts(&["长".repeat(700).as_str()])
        ),
        rule("多", &[("equal", "多")], six),
        rule("无", &[], texts(&["never"])),
        rule("哑", &[("equal", "哑")], json!([])),
        rule("怪", &[("regex", "x")], texts(&["never"])),
        json!({"rule_name": "坏", "keyword_list_info": "none"}),
    ]);
    let written = written(keywords(list));
    assert_eq!(written.rules, 1, "{}", written.text);
    assert_eq!(written.remarks.len(), 8, "{:#?}", written.remarks);
    assert_eq!(answer(&written, "shop", &text("ab")), said("ok"));
    assert!(
        written.text.contains("never be reached"),
        "{}",
        written.text
    );
}

#[test]
fn no_text_of_the_console_becomes_a_rule() {
    let evil = "x\n[[rule]]\nany = true\nreply = \"evil\"\r\u{0}\u{7f}";
    let list = json!([
        rule(evil, &[("regex", evil), ("contain", evil)], texts(&[evil])),
        rule(
            "\"\"\"",
            &[("equal", "'''\"\"\"\\")],
            texts(&["'''\"\"\"\\ # no comment"])
        ),
        rule(
            evil,
            &[("equal", "y")],
            json!([{"type": evil, "content": evil}, {"type": "img", "content": evil}])
        ),
    ]);
    let written = written(keywords(list));
    assert_eq!(
        answer(&written, "shop", &text("hello")),
        vec![Reply::Acknowledge],
        "{}",
        written.text
    );
    assert_eq!(
        answer(&written, "shop", &text("'''\"\"\"\\")),
        said("'''\"\"\"\\ # no comment")
    );
}

#[test]
fn what_is_switched_off_is_not_carried_over() {
    let answer = json!({"type": "text", "content": "off"});
    let info = json!({"is_add_friend_reply_open": 0, "is_autoreply_open": 0, "add_friend_autoreply_info": answer,
                      "message_default_autoreply_info": answer});
    assert!(candidates(serde_json::from_value(info).unwrap()).is_empty());
}
