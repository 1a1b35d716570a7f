//! The single messages the platform accepted, in order of arrival.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::sync::Arc;

/// Messages answered at once when the request names no limit.
const LIMIT: usize = 1_000;

/// A message that was accepted and is on its way to a user.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Counts from 1 over all accounts.
    pub n: u64,
    /// Platform time of its arrival, milliseconds since 1970.
    pub at_ms: i64,
    /// Name of the account.
    pub account: Arc<str>,
    /// Its app id.
    pub app_id: Arc<str>,
    /// `template`, `subscription`, `one_time_subscription`, `customer_service`, `typing` or `mass_preview`.
    pub kind: &'static str,
    /// The receiver.
    pub to_user: Box<str>,
    /// The id the caller gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_msg_id: Option<Box<str>>,
    /// The platform's id, also of kinds whose answer does not carry it.
    pub msgid: u64,
    /// The request body as it came; absent when bodies are not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
}

/// Which messages to list; empty: all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessageFilter {
    /// Name or app id of the account.
    pub account: String,
    /// The receiver.
    pub to_user: String,
    /// The kind.
    pub kind: String,
    /// Only those with a higher `n`.
    pub after: u64,
    /// How many at most (1000).
    pub limit: Option<usize>,
}

impl MessageFilter {
    fn lets(&self, message: &Message) -> bool {
        let is = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
        let account = is(&self.account, &message.account) || is(&self.account, &message.app_id);
        account && is(&self.to_user, &message.to_user) && is(&self.kind, message.kind)
    }
}

/// The messages, oldest first.
#[derive(Default)]
pub(crate) struct Messages {
    all: Vec<Message>,
    made: u64,
}

impl Messages {
    /// Numbers a message, tells of it and adds it.
    pub(crate) fn add(&mut self, message: Message, tell: impl FnOnce(&Message)) {
        self.made += 1;
        let n = self.made;
        let message = Message { n, ..message };
        tell(&message);
        self.all.push(message);
    }

    /// The newest messages, oldest first.
    pub(crate) fn newest(&self, count: usize) -> Vec<Message> {
        let before = self.all.len().saturating_sub(count);
        self.all.iter().skip(before).cloned().collect()
    }

    fn after(&self, filter: &MessageFilter) -> impl Iterator<Item = &Message> {
        let passed = self
            .all
            .partition_point(|message| message.n <= filter.after);
        let rest = self.all.get(passed..).unwrap_or_default();
        let filter = filter.clone();
        rest.iter().filter(move |message| filter.lets(message))
    }

    pub(crate) fn list(&self, filter: &MessageFilter) -> Vec<Message> {
        let limit = filter.limit.unwrap_or(LIMIT);
        self.after(filter).take(limit).cloned().collect()
    }

    pub(crate) fn count(&self, filter: &MessageFilter) -> usize {
        self.after(filter).count()
    }

    pub(crate) fn clear(&mut self) {
        self.all.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(to_user: &str) -> Message {
        Message {
            n: 0,
            at_ms: 0,
            account: "demo".into(),
            app_id: "wx1".into(),
            kind: "template",
            to_user: to_user.into(),
            client_msg_id: None,
            msgid: 1,
            body: None,
        }
    }

    #[test]
    fn pages_follow_each_other() {
        let mut messages = Messages::default();
        (0..10).for_each(|n| messages.add(message(["o1", "o2"][n % 2]), |_| ()));
        let page = |after, limit| {
            let filter = MessageFilter {
                account: "wx1".into(),
                to_user: "o2".into(),
                after,
                limit: Some(limit),
                ..MessageFilter::default()
            };
            let listed = messages.list(&filter);
            listed.iter().map(|message| message.n).collect::<Vec<_>>()
        };
        assert_eq!(page(0, 3), [2, 4, 6]);
        assert_eq!(page(6, 3), [8, 10]);
        assert_eq!(page(10, 3), [0; 0]);
        let other = MessageFilter {
            account: "wx2".into(),
            ..MessageFilter::default()
        };
        assert_eq!(messages.count(&other), 0);
        assert_eq!(messages.count(&MessageFilter::default()), 10);
    }
}
