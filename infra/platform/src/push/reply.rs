//! Reads a passive reply strictly, as the protocol's section 3 has it.

use super::catalog;
use crate::element::{Content, Element};
use serde_json::{Map, Value, json};

/// Older documents give this length; longer texts still arrive.
const TEXT_BYTES: usize = 2_048;
/// Articles in answer to an event; a message gets one.
const ARTICLES: usize = 8;
const ONE_ARTICLE: &[&str] = &["text", "image", "voice", "video", "link", "location"];

/// A valid reply as the control API shows it.
#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    /// None where nobody sees it.
    pub(super) shown: Option<Value>,
    pub(super) warnings: Vec<String>,
}

/// What a reply has to fit.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    /// FromUserName of the push.
    pub(super) openid: &'a str,
    /// ToUserName of the push.
    pub(super) original_id: &'a str,
    /// MsgType of the push.
    pub(super) msg_type: &'a str,
    /// Event of the push, if it is one.
    pub(super) event: &'a str,
}

/// Reads a reply; the error says which element is wrong.
pub(super) fn read(tree: &Element, expected: Expected<'_>) -> Result<Reply, String> {
    same(tree, "ToUserName", expected.openid)?;
    same(tree, "FromUserName", expected.original_id)?;
    number(tree, "CreateTime")?;
    let kind = required_text(tree, "MsgType")?;
    let mut warnings = Vec::new();
    let mut shown = match kind {
        "text" => text(tree, &mut warnings)?,
        "image" => fields(part(tree, "Image")?, &[("media_id", "MediaId")], &[])?,
        "voice" => fields(part(tree, "Voice")?, &[("media_id", "MediaId")], &[])?,
        "video" => fields(part(tree, "Video")?, &[("media_id", "MediaId")], TITLES)?,
        "music" => fields(
            part(tree, "Music")?,
            &[("thumb_media_id", "ThumbMediaId")],
            MUSIC,
        )?,
        "news" => news(tree, expected.msg_type, &mut warnings)?,
        "transfer_customer_service" => transfer(tree, expected.msg_type, &mut warnings)?,
        "transfer_biz_ai_ivr" => transfer_ai(tree, expected.msg_type, &mut warnings)?,
        other => return Err(format!("MsgType '{other}' is no reply")),
    };
    shown.insert("kind".to_owned(), Value::from(kind));
    warn_of_bare_text(tree, &mut warnings);
    let is_shown = catalog::shows_a_reply(expected.event);
    if !is_shown {
        let event = expected.event;
        warnings.push(format!("{event} takes no reply: nobody sees this one"));
    }
    Ok(Reply {
        shown: is_shown.then_some(Value::Object(shown)),
        warnings,
    })
}

const TITLES: &[(&str, &str)] = &[("title", "Title"), ("description", "Description")];
const MUSIC: &[(&str, &str)] = &[
    ("title", "Title"),
    ("description", "Description"),
    ("music_url", "MusicUrl"),
    ("hq_music_url", "HQMusicUrl"),
];
const ARTICLE: &[(&str, &str)] = &[
    ("title", "Title"),
    ("description", "Description"),
    ("pic_url", "PicUrl"),
    ("url", "Url"),
];

fn text(tree: &Element, warnings: &mut Vec<String>) -> Result<Map<String, Value>, String> {
    let content = required_text(tree, "Content")?;
    if content.len() > TEXT_BYTES {
        warnings.push(format!(
            "Content has {} bytes, older documents allow {TEXT_BYTES}",
            content.len()
        ));
    }
    Ok(Map::from_iter([(
        "content".to_owned(),
        Value::from(content),
    )]))
}

fn news(
    tree: &Element,
    msg_type: &str,
    warnings: &mut Vec<String>,
) -> Result<Map<String, Value>, String> {
    let count = number(tree, "ArticleCount")?;
    let items = part(tree, "Articles")?.children();
    if items.is_empty()
        || count != items.len().to_string()
        || items.iter().any(|item| item.name != "item")
    {
        return Err(format!(
            "ArticleCount is {count}, Articles holds {}",
            items.len()
        ));
    }
    let limit = if ONE_ARTICLE.contains(&msg_type) {
        1
    } else {
        ARTICLES
    };
    if items.len() > limit {
        warnings.push(format!("{} articles, the user sees {limit}", items.len()));
    }
    let articles = items
        .iter()
        .take(limit)
        .map(article)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Map::from_iter([("articles".to_owned(), json!(articles))]))
}

fn article(item: &Element) -> Result<Map<String, Value>, String> {
    let read = |(name, element): &(&str, &str)| {
        let text = item
            .text_of(element)
            .ok_or_else(|| format!("Articles/item/{element} is missing"))?;
        Ok((name.to_string(), Value::from(text)))
    };
    ARTICLE.iter().map(read).collect()
}

/// Only messages are to be handed over
/// (<https://developers.weixin.qq.com/doc/subscription/guide/product/kf/forwarding.html>).
fn transfer(
    tree: &Element,
    msg_type: &str,
    warnings: &mut Vec<String>,
) -> Result<Map<String, Value>, String> {
    if msg_type == "event" {
        warnings.push("an event is handed to customer service, which is for messages".to_owned());
    }
    match tree.child("TransInfo") {
        Some(info) => fields(info, &[("kf_account", "KfAccount")], &[]),
        None => Ok(Map::new()),
    }
}

/// Hands a message to the account's AI reply: the four elements that every reply has, and no other
/// (<https://developers.weixin.qq.com/doc/subscription/guide/product/message/Passive_user_reply_message.html>).
fn transfer_ai(
    tree: &Element,
    msg_type: &str,
    warnings: &mut Vec<String>,
) -> Result<Map<String, Value>, String> {
    const HEAD: [&str; 4] = ["ToUserName", "FromUserName", "CreateTime", "MsgType"];
    let more = |child: &&Element| !HEAD.contains(&&*child.name);
    if let Some(more) = tree.children().iter().find(more) {
        return Err(format!("{} is none of this reply", more.name));
    }
    if msg_type == "event" {
        warnings.push("an event is handed to the AI reply, which is for messages".to_owned());
    }
    Ok(Map::new())
}

fn fields(
    part: &Element,
    required: &[(&str, &str)],
    optional: &[(&str, &str)],
) -> Result<Map<String, Value>, String> {
    let mut shown = Map::new();
    for (name, element) in required {
        shown.insert(
            (*name).to_owned(),
            Value::from(required_text(part, element)?),
        );
    }
    for (name, element) in optional {
        if let Some(text) = part.text_of(element) {
            shown.insert((*name).to_owned(), Value::from(text));
        }
    }
    Ok(shown)
}

fn part<'a>(tree: &'a Element, name: &str) -> Result<&'a Element, String> {
    tree.child(name).ok_or_else(|| format!("{name} is missing"))
}

fn required_text<'a>(tree: &'a Element, name: &str) -> Result<&'a str, String> {
    let text = tree
        .text_of(name)
        .ok_or_else(|| format!("{name} is missing"))?;
    if text.is_empty() {
        Err(format!("{name} is empty"))
    } else {
        Ok(text)
    }
}

fn same(tree: &Element, name: &str, expected: &str) -> Result<(), String> {
    if required_text(tree, name)? == expected {
        Ok(())
    } else {
        Err(format!("{name} is not {expected}"))
    }
}

fn number<'a>(tree: &'a Element, name: &str) -> Result<&'a str, String> {
    let text = required_text(tree, name)?.trim();
    if text.parse::<u64>().is_ok() {
        Ok(text)
    } else {
        Err(format!("{name} is no number"))
    }
}

/// Text outside CDATA is read, but it is not how the documents write it.
fn warn_of_bare_text(tree: &Element, warnings: &mut Vec<String>) {
    for child in tree.children() {
        match &child.content {
            Content::Bare(text) if text.parse::<u64>().is_err() => {
                warnings.push(format!("{} is not in CDATA", child.name));
            }
            Content::Children(_) => warn_of_bare_text(child, warnings),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: Expected<'_> = Expected {
        openid: "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
        original_id: "gh_7d31c0a94be2",
        msg_type: "text",
        event: "",
    };

    fn fixture(name: &str) -> Element {
        let path = format!(
            "{}/../../tests/fixtures/replies/{name}.xml",
            env!("CARGO_MANIFEST_DIR")
        );
        Element::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn reply(inner: &str, msg_type: &str) -> Result<Reply, String> {
        reply_to(inner, msg_type, "")
    }

    fn reply_to(inner: &str, msg_type: &str, event: &str) -> Result<Reply, String> {
        let head =
            "<ToUserName><![CDATA[o1]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>";
        let tree = Element::parse(&format!(
            "<xml>{head}<CreateTime>1</CreateTime>{inner}</xml>"
        ))
        .unwrap();
        read(
            &tree,
            Expected {
                openid: "o1",
                original_id: "gh",
                msg_type,
                event,
            },
        )
    }

    fn news(count: usize, items: usize, msg_type: &str) -> Result<Reply, String> {
        let item = "<item><Title>t</Title><Description/><PicUrl/><Url>u</Url></item>".repeat(items);
        let inner = format!(
            "<MsgType><![CDATA[news]]></MsgType><ArticleCount>{count}</ArticleCount><Articles>{item}</Articles>"
        );
        reply(&inner, msg_type)
    }

    #[test]
    fn every_kind_of_the_fixtures_is_read_without_a_warning() {
        for (name, field, value) in [
            ("text_cdata_close", "content", "a]]>b"),
            (
                "image",
                "media_id",
                "9pXk2LmQvR7tYwZaBcDeF1gHiJ3kLmN5oPqRsT8uVwXyZ0123456789AbCdEfGhI",
            ),
            ("voice", "kind", "voice"),
            ("video", "title", "标题"),
            ("music", "hq_music_url", "https://example.com/hq.mp3"),
            (
                "transfer_customer_service",
                "kind",
                "transfer_customer_service",
            ),
            (
                "transfer_customer_service_account",
                "kf_account",
                "test1@gongzhonghao",
            ),
            ("transfer_biz_ai_ivr", "kind", "transfer_biz_ai_ivr"),
        ] {
            let reply = read(&fixture(name), EXPECTED).unwrap();
            assert_eq!(reply.shown.unwrap()[field], value, "{name}");
            assert_eq!(reply.warnings, Vec::<String>::new(), "{name}");
        }
        let news = read(&fixture("news"), EXPECTED).unwrap();
        assert_eq!(
            news.shown.unwrap()["articles"][0]["url"],
            "https://example.com/a?x=1&y=2"
        );
    }

    #[test]
    fn names_must_be_swapped_and_elements_there() {
        let other = Expected {
            openid: "someone else",
            ..EXPECTED
        };
        assert_eq!(
            read(&fixture("text"), other).unwrap_err(),
            "ToUserName is not someone else"
        );
        assert_eq!(
            reply("<MsgType>text</MsgType>", "text").unwrap_err(),
            "Content is missing"
        );
        assert_eq!(
            reply("<MsgType>text</MsgType><Content/>", "text").unwrap_err(),
            "Content is empty"
        );
        assert_eq!(
            reply("<MsgType>music</MsgType><Music/>", "text").unwrap_err(),
            "ThumbMediaId is missing"
        );
        assert!(reply("<MsgType>mpnews</MsgType>", "text").is_err());
    }

    #[test]
    fn a_message_gets_one_article_an_event_eight() {
        let shown = |reply: Reply| reply.shown.unwrap()["articles"].as_array().unwrap().len();
        assert_eq!(shown(news(2, 2, "text").unwrap()), 1);
        assert_eq!(shown(news(9, 9, "event").unwrap()), 8);
        assert!(news(2, 1, "event").is_err() && news(0, 0, "event").is_err());
    }

    #[test]
    fn a_reply_that_nobody_sees_is_warned_of() {
        let pong = "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[pong]]></Content>";
        for event in [
            "unsubscribe",
            "LOCATION",
            "VIEW",
            "MASSSENDJOBFINISH",
            "annual_renew",
        ] {
            let unseen = reply_to(pong, "event", event).unwrap();
            assert_eq!((unseen.shown, unseen.warnings.len()), (None, 1), "{event}");
        }
        for event in [
            "subscribe",
            "CLICK",
            "SCAN",
            "subscribe_msg_popup_event",
            "",
        ] {
            let seen = reply_to(pong, "event", event).unwrap();
            assert!(seen.shown.is_some() && seen.warnings.is_empty(), "{event}");
        }
        let transfer = "<MsgType><![CDATA[transfer_customer_service]]></MsgType>";
        assert_eq!(reply(transfer, "event").unwrap().warnings.len(), 1);
        let ai = "<MsgType><![CDATA[transfer_biz_ai_ivr]]></MsgType>";
        assert_eq!(reply(ai, "event").unwrap().warnings.len(), 1);
        let more = format!("{ai}<Content><![CDATA[hello]]></Content>");
        assert!(reply(&more, "text").is_err());
    }

    #[test]
    fn text_outside_cdata_is_read_with_a_warning() {
        let reply = reply("<MsgType>text</MsgType><Content>a &lt; b</Content>", "text").unwrap();
        assert_eq!(reply.shown.unwrap()["content"], "a < b");
        assert_eq!(
            reply.warnings,
            ["MsgType is not in CDATA", "Content is not in CDATA"]
        );
    }
}
