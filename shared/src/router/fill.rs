//! Replies in which `$1` stands for what the pattern's first group found.

use super::{Decision, Handler, Matcher};
use regex_lite::{Captures, Regex};
use wechat_oa::callback::{Push, Reply};

/// What answers for a rule: its decision, filled in where a pattern found something.
pub(super) fn handler(matcher: &Matcher, decision: Decision) -> Box<dyn Handler> {
    match (matcher, decision) {
        (Matcher::Regex(regex), Decision::Reply(reply)) if has_dollar(&reply) => Box::new(Filled {
            regex: regex.clone(),
            reply,
        }),
        (_, decision) => Box::new(decision),
    }
}

fn has_dollar(reply: &Reply) -> bool {
    let mut found = false;
    let mut reply = reply.clone();
    reply.change_texts(&mut |text| found |= text.contains('$'));
    found
}

struct Filled {
    regex: Regex,
    reply: Reply,
}

impl Handler for Filled {
    fn handle(&self, push: &Push<'_>) -> Decision {
        let mut reply = self.reply.clone();
        let text = push.text().unwrap_or_default().trim();
        if let Some(found) = self.regex.captures(text) {
            reply.change_texts(&mut |text| *text = expand(text, &self.regex, &found));
        }
        Decision::Reply(reply)
    }

    fn may_forward(&self) -> bool {
        false
    }
}

/// `$1`, `$name` and `${name}` are what that group found, nothing where it took no part; `$$` is a
/// dollar, and a dollar that names no group of the pattern stays as it is written.
fn expand(template: &str, regex: &Regex, found: &Captures<'_>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            filled.push('$');
            rest = after;
        } else if let Some((text, after)) = group(rest, regex, found) {
            filled.push_str(text);
            rest = after;
        } else {
            filled.push('$');
        }
    }
    filled.push_str(rest);
    filled
}

/// The text of the group named right behind a dollar, and what follows the name.
fn group<'f, 't>(rest: &'t str, regex: &Regex, found: &Captures<'f>) -> Option<(&'f str, &'t str)> {
    let (name, after) = match rest.strip_prefix('{') {
        Some(inside) => inside.split_once('}')?,
        None => {
            let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
            let named =
                |c: char| c.is_ascii_digit() || !is_number && (c.is_ascii_alphabetic() || c == '_');
            rest.split_at_checked(rest.find(|c| !named(c)).unwrap_or(rest.len()))?
        }
    };
    let number = match name.parse() {
        Ok(number) => number,
        Err(_) => (regex.capture_names()).position(|known| known == Some(name))?,
    };
    let group = (number < found.len()).then(|| found.get(number))?;
    Some((group.map_or("", |group| group.as_str()), after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(template: &str, pattern: &str, text: &str) -> String {
        let regex = Regex::new(pattern).unwrap();
        let found = regex.captures(text).unwrap();
        expand(template, &regex, &found)
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
        ] {
            assert_eq!(fill(template, pattern, "order 17"), text, "{template}");
        }
        assert_eq!(
            fill("$1", "(.*)", "$1 $$"),
            "$1 $$",
            "what was found is not looked at again"
        );
    }

    #[test]
    fn every_text_of_a_reply_is_filled() {
        let news = json!({ "kind": "news", "articles": [{
            "title": "order $1", "description": "$$5 for $1", "pic_url": "https://example.com/$1.jpg", "url": "https://example.com/$1",
        }] });
        let music = json!({ "kind": "music", "title": "$1", "description": "$1", "music_url": "$1", "hq_music_url": "$1", "thumb_media_id": "$1" });
        let video =
            json!({ "kind": "video", "media_id": "$1", "title": "$1", "description": "$1" });
        let agent = json!({ "kind": "transfer_customer_service", "kf_account": "$1" });
        let body = "<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime>\
            <MsgType>text</MsgType><Content>order 17</Content><MsgId>1</MsgId></xml>";
        let push = Push::parse(body).unwrap();
        for reply in [
            news,
            music,
            video,
            agent,
            json!({ "kind": "image", "media_id": "$1" }),
            json!("$1"),
        ] {
            let expected = reply
                .to_string()
                .replace("$$", "€")
                .replace("$1", "17")
                .replace('€', "$");
            let matcher = Matcher::Regex(Regex::new(r"^order (\d+)$").unwrap());
            let reply: Reply = serde_json::from_value(reply).unwrap();
            let Decision::Reply(filled) = handler(&matcher, Decision::Reply(reply)).handle(&push)
            else {
                unreachable!()
            };
            let expected: Reply = serde_json::from_str(&expected).unwrap();
            assert_eq!(filled, expected);
        }
    }
}
