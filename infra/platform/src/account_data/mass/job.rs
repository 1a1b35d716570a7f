//! One mass send from its order to its end.

use super::{received::Received, settings::MassSettings};
use crate::{account_data::Chance, clock::beijing_month};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The administrator has half an hour (protocol section 2.3).
pub(super) const ADMIN_MS: i64 = 30 * 60_000;

/// An event to push.
pub(crate) type Event = Map<String, Value>;

/// Who gets a message.
pub(crate) struct Target {
    /// Everybody the order meant.
    pub(crate) total: u64,
    /// Those who follow and are not on the blacklist, hashed.
    pub(crate) users: Vec<u64>,
    /// Whether it goes to all followers.
    pub(crate) to_all: bool,
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Awaiting { until_ms: i64 },
    Sending { due_ms: i64 },
    Ended(String),
    Deleted,
}

/// A mass send.
pub(super) struct Job {
    pub(super) msg_id: u64,
    pub(super) client_msg_id: String,
    pub(super) kind: &'static str,
    pub(super) articles: u32,
    pub(super) deleted: BTreeSet<u32>,
    pub(super) ignore_reprint: bool,
    pub(super) target: Target,
    pub(super) message: Value,
    pub(super) stage: Stage,
    pub(super) counts: Counts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    filtered_to: u64,
    sent: u64,
    errors: u64,
}

/// What the control API shows of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobView {
    /// `msg_id` of the answer.
    pub msg_id: u64,
    /// The id it was given, or the platform's digest.
    pub clientmsgid: String,
    /// The message's kind.
    pub msgtype: &'static str,
    /// `awaiting_admin`, `SENDING`, `DELETE`, or the status it ended with.
    pub status: String,
    /// Users the order meant.
    pub total: u64,
    /// Users left after filters.
    pub filter: u64,
    /// Delivered.
    pub sent: u64,
    /// Failed.
    pub error: u64,
}

impl Job {
    /// Ends the job when its time has come; the event tells how.
    pub(super) fn finish(
        &mut self,
        settings: &MassSettings,
        received: &mut Received,
        chance: &mut Chance,
        now_ms: i64,
    ) -> Option<Event> {
        let status = match &self.stage {
            Stage::Awaiting { until_ms } if now_ms >= *until_ms => "err(40002)".to_owned(),
            Stage::Sending { due_ms } if now_ms >= *due_ms => self.status(settings, chance),
            _ => return None,
        };
        Some(self.end(status, settings, received, chance, now_ms))
    }

    /// Ends the job with a status.
    pub(super) fn end(
        &mut self,
        status: String,
        settings: &MassSettings,
        received: &mut Received,
        chance: &mut Chance,
        now_ms: i64,
    ) -> Event {
        if status == "send success" {
            self.deliver(settings, received, chance, now_ms);
        }
        self.target.users = Vec::new();
        let event = self.event(&status, settings);
        self.stage = Stage::Ended(status);
        event
    }

    fn status(&self, settings: &MassSettings, chance: &mut Chance) -> String {
        if self.kind == "mpnews"
            && let Some(status) = settings.reprint_status(self.ignore_reprint)
        {
            return status.to_owned();
        }
        let weights: Vec<_> = settings
            .statuses
            .iter()
            .map(|(status, weight)| (status.as_str(), *weight))
            .collect();
        chance
            .weighted(&weights)
            .unwrap_or("send success")
            .to_owned()
    }

    fn deliver(
        &mut self,
        settings: &MassSettings,
        received: &mut Received,
        chance: &mut Chance,
        now_ms: i64,
    ) {
        let month = beijing_month(now_ms);
        for user in std::mem::take(&mut self.target.users) {
            let full = received.is_full(user, month, settings.per_follower);
            if full || chance.0.f64() < settings.filtered_share {
                continue;
            }
            self.counts.filtered_to += 1;
            if chance.0.f64() < settings.error_share {
                self.counts.errors += 1;
            } else {
                self.counts.sent += 1;
                received.add(user, month);
            }
        }
    }

    fn event(&self, status: &str, settings: &MassSettings) -> Event {
        let mut event = Event::new();
        event.insert("kind".to_owned(), json!("MASSSENDJOBFINISH"));
        event.insert("msg_id".to_owned(), json!(self.msg_id));
        event.insert("status".to_owned(), json!(status));
        let counts = [
            ("total_count", self.target.total),
            ("filter_count", self.counts.filtered_to),
            ("sent_count", self.counts.sent),
            ("error_count", self.counts.errors),
        ];
        for (name, count) in counts {
            event.insert(name.to_owned(), json!(count));
        }
        event.insert(
            "copyright_check_result".to_owned(),
            self.copyright(settings),
        );
        let urls = if status == "send success" {
            self.articles
        } else {
            0
        };
        let items: Vec<_> = (1..=urls)
            .map(|n| json!({"article_idx": n, "article_url": self.url(n)}))
            .collect();
        event.insert("article_url_result".to_owned(), result_list(&items));
        event
    }

    fn copyright(&self, settings: &MassSettings) -> Value {
        let is_news = self.kind == "mpnews";
        let item = |(n, may): (&u32, &bool)| {
            json!({
                "article_idx": n, "user_declare_state": 0, "audit_state": 2,
                "original_article_url": format!("http://mp.weixin.qq.com/s?__biz=original&idx={n}"),
                "original_article_type": 1, "can_reprint": u8::from(*may),
                "need_replace_content": u8::from(*may), "need_show_reprint_source": u8::from(*may),
            })
        };
        let reprints = settings.reprints.iter().filter(|_| is_news);
        let items: Vec<_> = reprints.map(item).collect();
        let state = match (is_news, items.is_empty(), settings.reprint_status(true)) {
            (false, _, _) => 0,
            (true, true, _) => 1,
            (true, false, None) => 2,
            (true, false, Some(_)) => 3,
        };
        let mut result = result_list(&items);
        if let Some(fields) = result.as_object_mut() {
            fields.insert("check_state".to_owned(), json!(state));
        }
        result
    }

    /// Where an article is read.
    pub(super) fn url(&self, n: u32) -> String {
        format!(
            "http://mp.weixin.qq.com/s?__biz=MzA4NTEx&mid={}&idx={n}&sn=ab12#rd",
            self.msg_id
        )
    }

    /// What `mass/get` says.
    pub(super) fn msg_status(&self) -> &'static str {
        match &self.stage {
            Stage::Awaiting { .. } | Stage::Sending { .. } => "SENDING",
            Stage::Ended(status) if status != "send success" => "SEND_FAIL",
            // Everybody was filtered out.
            Stage::Ended(_) if self.counts.sent == 0 => "DELETE",
            Stage::Ended(_) => "SEND_SUCCESS",
            Stage::Deleted => "DELETE",
        }
    }

    pub(super) fn view(&self) -> JobView {
        let status = match &self.stage {
            Stage::Awaiting { .. } => "awaiting_admin".to_owned(),
            Stage::Sending { .. } => "SENDING".to_owned(),
            Stage::Ended(status) => status.clone(),
            Stage::Deleted => "DELETE".to_owned(),
        };
        JobView {
            msg_id: self.msg_id,
            clientmsgid: self.client_msg_id.clone(),
            msgtype: self.kind,
            status,
            total: self.target.total,
            filter: self.counts.filtered_to,
            sent: self.counts.sent,
            error: self.counts.errors,
        }
    }
}

fn result_list(items: &[Value]) -> Value {
    json!({"count": items.len(), "result_list": {"item": items}})
}
