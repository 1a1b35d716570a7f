//! What a push can be answered with.
//!
//! "Some events allow a reply, some do not", says the page on events and lists none
//! (<https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html>).
//! Here are those whose answer nobody could see; where it is not known, a reply is allowed.

use super::{Content, Push};

/// Events without an answer, in lower case.
const WITHOUT_ANSWER: [&str; 21] = [
    // The follower has left.
    "unsubscribe",
    // The phone shows a page, or goes on as before.
    "location",
    "view",
    "view_miniprogram",
    // What became of something the account sent.
    "templatesendjobfinish",
    "masssendjobfinish",
    "publishjobfinish",
    "freepublishjobfinish",
    "subscribe_msg_sent_event",
    // An agent talks with the follower.
    "kf_create_session",
    "kf_close_session",
    "kf_switch_session",
    // Sent by WeChat itself, to which a reply would go.
    "user_info_modified",
    "user_authorization_revoke",
    "user_authorization_cancellation",
    "qualification_verify_success",
    "qualification_verify_fail",
    "naming_verify_success",
    "naming_verify_fail",
    "annual_renew",
    "verify_expired",
];

/// Messages that are answered with one article at most
/// (<https://developers.weixin.qq.com/doc/subscription/guide/product/message/Passive_user_reply_message.html>).
const ONE_ARTICLE: [&str; 6] = ["text", "image", "voice", "video", "location", "link"];

/// What a push can be answered with.
///
/// ```
/// use wechat_oa::callback::Answerable;
///
/// assert_eq!(Answerable::of("text", None, "o1"), Answerable::Articles(1));
/// assert_eq!(Answerable::of("event", Some("subscribe"), "o1"), Answerable::Event);
/// assert_eq!(Answerable::of("event", Some("unsubscribe"), "o1"), Answerable::Never);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answerable {
    /// Nothing: it is acknowledged.
    Never,
    /// A message: any reply; articles up to this number.
    Articles(usize),
    /// An event: up to 8 articles, and no transfer, for only messages are handed over
    /// (<https://developers.weixin.qq.com/doc/subscription/guide/product/kf/forwarding.html>).
    Event,
}

impl Answerable {
    /// By the push as JSON, as the team's own functions get it.
    pub fn of(kind: &str, event: Option<&str>, from: &str) -> Self {
        match (kind, event) {
            _ if from.is_empty() => Self::Never,
            ("unread", _) | ("event", None | Some("")) => Self::Never,
            ("event", Some(name)) if takes_no_answer(name) => Self::Never,
            ("event", _) => Self::Event,
            (kind, _) if ONE_ARTICLE.contains(&kind) => Self::Articles(1),
            _ => Self::Articles(8),
        }
    }
}

impl Push<'_> {
    /// What it can be answered with.
    pub fn answerable(&self) -> Answerable {
        let event = self.event().map(|event| event.name());
        Answerable::of(self.kind(), event, &self.from)
    }

    /// Whether it says enough to be looked at by rules: who sent it, and what it is.
    pub fn is_routed(&self) -> bool {
        let named = match &self.content {
            Content::Event { event, .. } => !event.name().is_empty(),
            Content::Unread { .. } => false,
            Content::Message { .. } | Content::Unknown { .. } => true,
        };
        named && !self.from.is_empty()
    }
}

/// Whether a reply to the event of that name, in any case, is never seen by anybody.
///
/// ```
/// use wechat_oa::callback::takes_no_answer;
///
/// assert!(takes_no_answer("VIEW") && !takes_no_answer("CLICK"));
/// ```
pub fn takes_no_answer(event: &str) -> bool {
    WITHOUT_ANSWER
        .iter()
        .any(|name| name.eq_ignore_ascii_case(event.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_can_see_it_are_answered() {
        for event in [
            "unsubscribe",
            "VIEW",
            "LOCATION",
            "MASSSENDJOBFINISH",
            "kf_close_session",
        ] {
            assert!(takes_no_answer(event), "{event}");
            assert_eq!(
                Answerable::of("event", Some(event), "oA"),
                Answerable::Never
            );
        }
        for event in [
            "subscribe",
            "CLICK",
            "SCAN",
            "scancode_waitmsg",
            "pic_weixin",
            "brand_new",
        ] {
            assert!(!takes_no_answer(event), "{event}");
            assert_eq!(
                Answerable::of("event", Some(event), "oA"),
                Answerable::Event
            );
        }
        assert_eq!(Answerable::of("text", None, "oA"), Answerable::Articles(1));
        assert_eq!(Answerable::of("text", None, ""), Answerable::Never);
        assert_eq!(Answerable::of("unread", None, "oA"), Answerable::Never);
        assert_eq!(Answerable::of("event", Some(""), "oA"), Answerable::Never);
    }
}
