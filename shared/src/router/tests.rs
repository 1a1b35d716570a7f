use super::*;
use crate::{followers::Known, random::Random, time::Timestamp};
use wechat_oa::callback::{Push, reply::Article};

mod followers;
mod rules;

/// Gives this number whenever it is asked.
#[derive(Debug)]
struct Dice(u64);

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
        let Self(number) = self;
        bytes.copy_from_slice(&number.to_le_bytes());
        Ok(())
    }
}

/// 2026-01-01, noon in Beijing.
const NOON: Timestamp = Timestamp::from_secs(1_767_240_000);

fn text(content: &str) -> String {
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime>\
         <MsgType>text</MsgType><Content><![CDATA[{content}]]></Content><MsgId>1</MsgId></xml>"
    )
}

fn event(name: &str, key: &str) -> String {
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime>\
         <MsgType>event</MsgType><Event>{name}</Event><EventKey>{key}</EventKey></xml>"
    )
}

fn decide_at(router: &Router, account: &str, body: &str, now: Timestamp, dice: u64) -> Decision {
    let push = Push::parse(body).unwrap();
    router.decide(&Asked {
        account,
        push: &push,
        now,
        random: &Dice(dice),
        known: Known::NOTHING,
    })
}

fn decide(router: &Router, account: &str, body: &str) -> Decision {
    decide_at(router, account, body, NOON, 0)
}

/// As where what waits is collected before the rule is asked.
fn collecting(reply: impl Into<Reply>) -> Decision {
    answer(reply).collecting()
}

#[test]
fn the_first_rule_that_fits_answers() {
    let router = Router::new()
        .on_text("ping", answer("pong"))
        .on_keyword("Price", |asked: &Asked<'_>| {
            format!("you asked: {}", asked.push.text().unwrap_or_default())
        })
        .on_regex(r"^order \d+$", forward("orders"))
        .unwrap()
        .on_click(
            "HELP",
            answer(vec![Article {
                title: "Help".into(),
                ..Article::default()
            }]),
        )
        .on_event("SUBSCRIBE", answer("hello"))
        .for_account("shop", |router| {
            router.fallback(|_: &Asked<'_>| "shop only")
        });
    let expected = [
        (text(" ping "), answer("pong")),
        (text("the PRICE?"), answer("you asked: the PRICE?")),
        (text("order 17"), forward("orders")),
        (text("order x"), collecting(())),
        (
            event("CLICK", "HELP"),
            answer(vec![Article {
                title: "Help".into(),
                ..Article::default()
            }]),
        ),
        (event("CLICK", "OTHER"), collecting(())),
        (event("subscribe", ""), answer("hello")),
    ];
    for (body, decision) in expected {
        assert_eq!(decide(&router, "demo", &body), decision, "{body}");
    }
    assert_eq!(
        decide(&router, "shop", &text("order x")),
        collecting("shop only")
    );
}

#[test]
fn rules_are_read_from_toml() {
    let router = Router::new()
        .with_toml(
            r#"
            [[rule]]
            account = "shop"
            any = true
            reply = { kind = "transfer_customer_service" }

            [[rule]]
            regex = '^order (\d+)$'
            reply = "looking for $1"

            [[rule]]
            event = "SCAN"
            forward = "wechat-handler-scan"
            "#,
        )
        .unwrap();
    assert_eq!(
        decide(&router, "demo", &text("order 17")),
        answer("looking for 17")
    );
    assert_eq!(
        decide(&router, "demo", &event("scan", "x")),
        forward("wechat-handler-scan")
    );
    let handed_over = collecting(Reply::TransferCustomerService { kf_account: None });
    assert_eq!(decide(&router, "shop", &text("order 17")), handed_over);
}

#[test]
fn what_can_be_answered_so_is_taken() {
    let articles = "articles = [{ title = \"1\" }, { title = \"2\" }]";
    for rule in [
        "event = \"unsubscribe\"\nforward = \"left\"".to_owned(),
        "event = \"unsubscribe\"\nreply = { kind = \"acknowledge\" }".to_owned(),
        "event = \"subscribe_msg_popup_event\"\nreply = \"thanks\"".to_owned(),
        format!("event = \"subscribe\"\n{articles}"),
        format!("click = \"HELP\"\n{articles}"),
        format!("scene = \"*\"\n{articles}"),
        format!("kind = \"shortvideo\"\n{articles}"),
        "view = \"*\"\nforward = \"seen\"".to_owned(),
        "any = true\ntransfer_ai = true".to_owned(),
    ] {
        let taken = Router::new().with_toml(&format!("[[rule]]\n{rule}\n"));
        assert!(taken.is_ok(), "{rule}: {:?}", taken.err());
    }
}

#[test]
fn texts_and_keywords_fit_in_any_case() {
    let router = Router::new()
        .on_text("Été 你好", answer("text"))
        .on_keyword("ÜBER", answer("keyword"));
    for (content, reply) in [(" éTÉ 你好", "text"), ("wir reden über alles", "keyword")] {
        assert_eq!(decide(&router, "demo", &text(content)), answer(reply));
    }
    assert_eq!(decide(&router, "demo", &text("été")), collecting(()));
}

#[test]
fn only_rules_that_forward_need_a_connection() {
    let plain = Router::new()
        .on_text("a", answer("b"))
        .on_keyword("c", |_: &Asked<'_>| "d")
        .with_toml("[[rule]]\nregex = '(.)'\nreply = '$1'\n")
        .unwrap();
    assert!(!plain.may_forward());
    assert!(
        plain
            .on_click("K", forward("wechat-handler-a"))
            .may_forward()
    );
}
