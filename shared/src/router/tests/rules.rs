//! What rules of a file fit, and what they answer.

use super::*;

fn rules(text: &str) -> Router {
    let router = Router::new().with_toml(text);
    router.map_err(|error| error.to_string()).unwrap()
}

/// Whether a rule with these conditions fits a push.
fn fits(conditions: &str, body: &str) -> bool {
    fits_at(conditions, body, NOON)
}

fn fits_at(conditions: &str, body: &str, now: Timestamp) -> bool {
    let router = rules(&format!("[[rule]]\n{conditions}\nforward = 'f'\n"));
    let decision = decide_at(&router, "demo", body, now, 0);
    matches!(decision, Decision::Forward(_))
}

fn message(kind: &str, more: &str) -> String {
    format!(
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime>\
         <MsgType>{kind}</MsgType>{more}<MsgId>1</MsgId></xml>"
    )
}

#[test]
fn one_of_a_list_is_enough_and_the_case_of_letters_counts_only_where_it_is_asked() {
    for (conditions, text_of, expected) in [
        ("text = ['a', 'ΟΔΟΣ']", " οδος ", true),
        ("text = ['a', 'b']", "c", false),
        ("text = 'Ping'\nexact = true", " Ping ", true),
        ("text = 'Ping'\nexact = true", "ping", false),
        ("keyword = ['preis', 'СКИДКА']", "где скидка?", true),
        ("keyword = 'straße'", "DIE HAUPTSTRASSE", true),
        ("keyword = ['x', 'y']", "z", false),
    ] {
        assert_eq!(
            fits(conditions, &text(text_of)),
            expected,
            "{conditions} {text_of}"
        );
    }
}

#[test]
fn messages_are_told_by_their_kind() {
    for kind in [
        "text",
        "image",
        "voice",
        "video",
        "shortvideo",
        "location",
        "link",
        "file",
    ] {
        let body = message(kind, "<Content>a</Content>");
        assert!(fits(&format!("kind = '{kind}'"), &body), "{kind}");
        assert!(fits(
            "kind = ['text', 'image', 'voice', 'video', 'shortvideo', 'location', 'link', 'file']",
            &body
        ));
        assert_eq!(fits("kind = 'image'", &body), kind == "image");
        assert!(
            !fits(&format!("kind = '{kind}'"), &event("CLICK", "a")),
            "{kind}"
        );
    }
    assert!(fits(
        "kind = 'hologram'\nallow_unknown = true",
        &message("hologram", "")
    ));
}

#[test]
fn keys_fit_whole_or_by_how_they_begin() {
    for (conditions, name, key, expected) in [
        ("click = 'BUY'", "CLICK", "BUY", true),
        ("click = 'BUY'", "CLICK", "BUY_1", false),
        ("click = 'buy'", "CLICK", "BUY", false),
        ("click = ['BUY_*', 'HELP']", "CLICK", "BUY_1", true),
        ("click = ['BUY_*', 'HELP']", "CLICK", "HELP", true),
        ("click = ['BUY_*', 'HELP']", "CLICK", "BUY", false),
        ("click = 'BUY'", "pic_weixin", "BUY", false),
        (
            "view = 'https://www.example.com/a'",
            "VIEW",
            "https://www.example.com/a",
            true,
        ),
        (
            "view = 'https://www.example.com/*'",
            "VIEW",
            "https://www.example.com/a",
            true,
        ),
        (
            "view = 'https://www.example.com/*'",
            "VIEW",
            "https://example.com/",
            false,
        ),
        ("view = '*'", "CLICK", "https://www.example.com/a", false),
    ] {
        assert_eq!(
            fits(conditions, &event(name, key)),
            expected,
            "{conditions} {name} {key}"
        );
    }
}

#[test]
fn a_scene_fits_followers_and_those_who_become_one() {
    for (conditions, name, key, expected) in [
        ("scene = 'shop_12'", "SCAN", "shop_12", true),
        ("scene = 'shop_12'", "subscribe", "qrscene_shop_12", true),
        ("scene = 'shop_*'", "subscribe", "qrscene_shop_12", true),
        ("scene = ['a', '123']", "subscribe", "qrscene_123", true),
        ("scene = 'shop_12'", "subscribe", "shop_12", false),
        ("scene = '*'", "subscribe", "", false),
        ("scene = '*'", "subscribe", "last_trade_no_1", false),
        ("scene = '*'", "SCAN", "1", true),
        ("scene = '*'\nevent = 'subscribe'", "SCAN", "1", false),
        (
            "scene = '*'\nevent = 'subscribe'",
            "subscribe",
            "qrscene_1",
            true,
        ),
        ("scene = 'CLICK'", "CLICK", "CLICK", false),
    ] {
        assert_eq!(
            fits(conditions, &event(name, key)),
            expected,
            "{conditions} {name} {key}"
        );
    }
}

#[test]
fn choices_of_a_msgmenu_and_spoken_words_are_looked_at() {
    let choice = message(
        "text",
        "<Content>满意</Content><bizmsgmenuid>101</bizmsgmenuid>",
    );
    assert!(fits("menu_id = '101'", &choice) && fits("menu_id = ['7', '10*']", &choice));
    assert!(!fits("menu_id = '102'", &choice) && !fits("menu_id = '*'", &text("满意")));
    let voice = |words: &str| {
        let media = "<MediaId>m</MediaId><Format>amr</Format>";
        message(
            "voice",
            &format!("{media}<Recognition><![CDATA[{words}]]></Recognition>"),
        )
    };
    assert!(fits("recognition = ['价格', 'PING']", &voice("ping。")));
    assert!(!fits("recognition = 'ping'", &voice("")));
    assert!(!fits("recognition = 'ping'", &text("ping")));
    assert!(
        !fits("keyword = 'ping'", &voice("ping。")),
        "what was said is no text"
    );
}

#[test]
fn a_rule_holds_during_its_hours() {
    let at = |time: &str| Timestamp::parse(time).unwrap();
    for (conditions, now, expected) in [
        ("during = '09:00-18:00'", "2026-01-01T09:00:00+08:00", true),
        (
            "during = '09:00-18:00'",
            "2026-01-01T08:59:59.999+08:00",
            false,
        ),
        ("during = '09:00-18:00'", "2026-01-01T18:00:00+08:00", false),
        ("during = '22:00-06:00'", "2026-01-01T23:59:00+08:00", true),
        ("during = '22:00-06:00'", "2026-01-01T05:59:59+08:00", true),
        ("during = '22:00-06:00'", "2026-01-01T06:00:00+08:00", false),
        ("during = '18:00-24:00'", "2026-01-01T23:59:59+08:00", true),
        ("during = '18:00-24:00'", "2026-01-02T00:00:00+08:00", false),
        (
            "during = '09:00-18:00 Europe/Berlin'",
            "2026-07-01T09:00:00+02:00",
            true,
        ),
        (
            "during = '09:00-18:00 Europe/Berlin'",
            "2026-07-01T08:59:59+02:00",
            false,
        ),
        (
            "during = '09:00 - 18:00  Asia/Tokyo'",
            "2026-01-01T08:00:00+08:00",
            true,
        ),
        (
            "during = '09:00-18:00'\nkeyword = 'a'",
            "2026-01-01T12:00:00+08:00",
            false,
        ),
    ] {
        assert_eq!(
            fits_at(conditions, &text("x"), at(now)),
            expected,
            "{conditions} {now}"
        );
    }
    assert!(!fits_at(
        "during = '00:00-23:59'",
        &text("x"),
        Timestamp::MAX
    ));
}

#[test]
fn all_that_a_rule_names_must_hold() {
    let conditions =
        "regex = '^(\\d+)'\nkeyword = ['元', '块']\nmenu_id = '7'\nkind = ['text', 'voice']";
    let body = |content: &str, id: &str| {
        message(
            "text",
            &format!("<Content>{content}</Content><bizmsgmenuid>{id}</bizmsgmenuid>"),
        )
    };
    assert!(fits(conditions, &body("12 元", "7")));
    for (content, id) in [("12", "7"), ("元 12", "7"), ("12 元", "8")] {
        assert!(!fits(conditions, &body(content, id)), "{content} {id}");
    }
}

#[test]
fn one_of_several_replies_is_picked_by_the_randomness_that_is_given() {
    let router = rules(
        "[[rule]]\nkeyword = 'a'\nreplies = ['one', { kind = 'image', media_id = 'm' }, '{{openid}}']\npick = 'random'\n",
    );
    let said = |dice| decide_at(&router, "demo", &text("a"), NOON, dice);
    let image = Reply::Image {
        media_id: "m".to_owned(),
    };
    assert_eq!([said(0), said(3)], [answer("one"), answer("one")]);
    assert_eq!(said(1), answer(image));
    assert_eq!(said(2), answer("oA"));
    assert_eq!(said(u64::MAX), answer("one"));
}

#[test]
fn where_no_randomness_is_to_be_had_the_first_reply_is_given() {
    #[derive(Debug)]
    struct Dry;
    impl Random for Dry {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
            bytes.fill(1);
            Err("dry".to_owned())
        }
    }
    let body = text("a");
    let push = Push::parse(&body).unwrap();
    let asked = Asked {
        account: "demo",
        push: &push,
        now: NOON,
        random: &Dry,
        known: Known::NOTHING,
    };
    assert_eq!(asked.pick(&["one", "two"]), Some(&"one"));
    assert_eq!(asked.pick::<u8>(&[]), None);
}

/// Rules whose answer somebody else works out.
const SLOW: &str = r#"
[[rule]]
regex = '^ask (.+)$'
ask = "helper"
ai = true
fallback = "nothing on $1 at {{time}}"

[[rule]]
text = "site"
forward = "https://www.example.com/wechat"
secret_parameter = "/wechat/demo/webhook-site"
markdown = "plain"
collect = "first"

[[rule]]
text = "both"
reply = "one moment, {{openid}}"
forward = "orders"
fallback = { kind = "image", media_id = "m" }

[[rule]]
text = "ours"
run = "member"
fallback = "later"

[[rule]]
any = true
ask = "helper"
markdown = "keep"
"#;

#[test]
fn who_else_answers_and_what_stands_beside_is_read() {
    let router = rules(SLOW);
    let slow = |source| Slow::from(source);
    let helper = || Source::Assistant("helper".to_owned());
    let expected = [
        (
            "ask tea",
            Slow {
                fallback: Some(Reply::from("nothing on tea at 12:00")),
                ai: true,
                ..slow(helper())
            },
        ),
        (
            "site",
            Slow {
                markdown: Markdown::Plain,
                collect: Collect::First,
                secret_parameter: Some("/wechat/demo/webhook-site".to_owned()),
                ..slow(Source::Url("https://www.example.com/wechat".to_owned()))
            },
        ),
        (
            "both",
            Slow {
                at_once: Some(Reply::from("one moment, oA")),
                fallback: Some(Reply::Image {
                    media_id: "m".to_owned(),
                }),
                ..slow(Source::Function("orders".to_owned()))
            },
        ),
        (
            "ours",
            Slow {
                fallback: Some(Reply::from("later")),
                ..slow(Source::Code("member".to_owned()))
            },
        ),
        (
            "else",
            Slow {
                markdown: Markdown::Keep,
                collect: Collect::First,
                ..slow(helper())
            },
        ),
    ];
    for (content, slow) in expected {
        assert_eq!(
            decide(&router, "demo", &text(content)),
            Decision::Forward(slow),
            "{content}"
        );
    }
    assert_eq!(slow(helper()).markdown, Markdown::Plain);
}

#[test]
fn only_a_rule_that_every_push_fits_lets_collect_first_unless_it_says_so() {
    for (rule, collect) in [
        ("text = 'a'", Collect::Last),
        ("text = 'a'\ncollect = 'first'", Collect::First),
        ("any = true", Collect::First),
        ("account = 'demo'\nany = true", Collect::First),
        ("any = true\ncollect = 'last'", Collect::Last),
        ("any = true\nduring = '00:00-23:59'", Collect::Last),
    ] {
        for happens in ["reply = 'b'", "forward = 'f'"] {
            let router = rules(&format!("[[rule]]\n{rule}\n{happens}\n"));
            let found = match decide(&router, "demo", &text("a")) {
                Decision::Reply(quick) => quick.collect,
                Decision::Forward(slow) => slow.collect,
            };
            assert_eq!(found, collect, "{rule} {happens}");
        }
    }
}

#[test]
fn users_are_handed_over() {
    let router = rules(
        "[[rule]]\ntext = 'agent'\ntransfer = true\n[[rule]]\ntext = 'anna'\ntransfer = 'anna@shop'\n\
         [[rule]]\nkind = ['text', 'voice']\ntransfer_ai = true\n",
    );
    let agent = |kf_account| answer(Reply::TransferCustomerService { kf_account });
    assert_eq!(decide(&router, "demo", &text("agent")), agent(None));
    assert_eq!(
        decide(&router, "demo", &text("anna")),
        agent(Some("anna@shop".to_owned()))
    );
    assert_eq!(
        decide(&router, "demo", &text("else")),
        answer(Reply::TransferAi)
    );
}
