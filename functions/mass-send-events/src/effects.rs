//! What a push means for messages sent and to be sent.

use serde::Deserialize;
use serde_json::Value;
use shared::{
    sends::{
        Failure,
        allowance::Interaction,
        campaign::{batch::Counts, result::MassResult},
        consent::Change,
    },
    store::{Fate, PushedResult},
    time::Timestamp,
};
use wechat_oa::{api::ErrorClass, ids::AppId};

/// A row of the inbox, as far as it is read here.
#[derive(Debug, Deserialize)]
pub(crate) struct Filed {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) app_id: AppId,
    /// Absent where the push does not tell who sent it.
    #[serde(default)]
    pub(crate) openid: String,
    kind: String,
    #[serde(default)]
    received_at: Timestamp,
    push: Pushed,
}

/// The parts of all pushes that matter here; each has its own few.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pushed {
    create_time: Option<i64>,
    event: String,
    msg_id: Option<String>,
    status: String,
    result: String,
    list: Vec<Entry>,
    total_count: u64,
    filter_count: u64,
    sent_count: u64,
    error_count: u64,
    copyright_check: Value,
    article_urls: Value,
}

/// One template of a subscription event.
#[derive(Debug, Deserialize)]
struct Entry {
    template_id: String,
    #[serde(default)]
    subscribe_status: String,
    msg_id: Option<String>,
    error_code: Option<i64>,
    #[serde(default)]
    error_status: String,
}

/// What is to be written.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// A mass send's fate.
    Mass(MassResult),
    /// A message's fate.
    Result(PushedResult),
    /// A user's consent to a template.
    Consent {
        template: String,
        change: Change,
        /// The same for every repeat of the push.
        event_id: String,
    },
    /// A user did what lets the account answer for a while.
    Interacted(Interaction),
}

impl Effect {
    /// Whether it writes down what a user did.
    pub(crate) fn is_of_user(&self) -> bool {
        matches!(self, Self::Consent { .. } | Self::Interacted(_))
    }
}

impl Filed {
    /// When the user acted; when the push came, if it does not tell.
    pub(crate) fn at(&self) -> Timestamp {
        self.push
            .create_time
            .map_or(self.received_at, Timestamp::from_secs)
    }

    /// What the push means; nothing for one that means nothing here.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        let of_user = !self.openid.is_empty();
        let interacted = |interaction| vec![Effect::Interacted(interaction)];
        match self.kind.as_str() {
            "event" => {}
            "unread" => return Vec::new(),
            _ if of_user => return interacted(Interaction::Message),
            _ => return Vec::new(),
        }
        match self.push.event.as_str() {
            "masssendjobfinish" => self.mass_result().into_iter().collect(),
            "templatesendjobfinish" => self.template_result().into_iter().collect(),
            "subscribe_msg_sent_event" => self.each(Self::sent),
            _ if !of_user => Vec::new(),
            "subscribe_msg_popup_event" | "subscribe_msg_change_event" => self.each(Self::chosen),
            "subscribe" => interacted(Interaction::Subscribe),
            "scan" => interacted(Interaction::Scan),
            "click" | "scancode_push" | "scancode_waitmsg" => interacted(Interaction::Click),
            _ => Vec::new(),
        }
    }

    /// A push without an id belongs to no send.
    fn mass_result(&self) -> Option<Effect> {
        let push = &self.push;
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            value => value.to_string(),
        };
        Some(Effect::Mass(MassResult {
            msg_id: push.msg_id.as_deref()?.parse().ok()?,
            status: push.status.clone(),
            counts: Counts {
                total: push.total_count,
                filtered: push.filter_count,
                sent: push.sent_count,
                failed: push.error_count,
            },
            copyright: text(&push.copyright_check),
            articles: text(&push.article_urls),
        }))
    }

    fn template_result(&self) -> Option<Effect> {
        let status = self.push.status.as_str();
        let fate = match self.push.result.as_str() {
            "success" => Fate::Delivered,
            "user_block" => Fate::Failed(Failure::new(None, status, "refused")),
            _ => Fate::Failed(Failure::new(None, status, "wechat_failed")),
        };
        Some(Effect::Result(PushedResult {
            openid: self.openid.clone(),
            msgid: self.push.msg_id.clone()?,
            template_id: None,
            pushed: self.at(),
            fate,
        }))
    }

    fn each(&self, effects: impl Fn(&Self, &Entry, String) -> Vec<Effect>) -> Vec<Effect> {
        let event_id = |n: usize| {
            let (event, second) = (&self.push.event, self.at().as_secs());
            format!("{event}:{second}:{}:{n}", self.distinction())
        };
        let entries = self.push.list.iter().enumerate();
        entries
            .flat_map(|(n, entry)| effects(self, entry, event_id(n)))
            .collect()
    }

    /// What tells the push from others of its second: the end of what its key ends with.
    fn distinction(&self) -> &str {
        const LENGTH: usize = 16;
        let id = self.id.rsplit(':').next().unwrap_or_default();
        let start = id.len() - id.len().min(LENGTH);
        id.get(start..).unwrap_or(id)
    }

    fn chosen(&self, entry: &Entry, event_id: String) -> Vec<Effect> {
        let change = match entry.subscribe_status.as_str() {
            "accept" => Change::Accepted,
            "reject" => Change::Rejected,
            _ => return Vec::new(),
        };
        if entry.template_id.is_empty() {
            return Vec::new();
        }
        vec![entry.consent(change, event_id)]
    }

    fn sent(&self, entry: &Entry, event_id: String) -> Vec<Effect> {
        let is_success = entry.error_status.eq_ignore_ascii_case("success");
        let (fate, change) = match entry.error_code.or(is_success.then_some(0)) {
            // What became of it does not read.
            None => return Vec::new(),
            Some(0) => (Fate::Delivered, Some(Change::Sent)),
            Some(code) => {
                let class = ErrorClass::of(code).name();
                let failure = Failure::new(Some(code), &entry.error_status, class);
                // When its call began, and so what of the user's it took account of, is not told.
                (Fate::Failed(failure), None)
            }
        };
        let result = Effect::Result(PushedResult {
            openid: self.openid.clone(),
            msgid: entry.msg_id.clone().unwrap_or_default(),
            template_id: Some(entry.template_id.clone()),
            pushed: self.at(),
            fate,
        });
        let consent = change
            .filter(|_| !self.openid.is_empty() && !entry.template_id.is_empty())
            .map(|change| entry.consent(change, event_id));
        [Some(result), consent].into_iter().flatten().collect()
    }
}

impl Entry {
    fn consent(&self, change: Change, event_id: String) -> Effect {
        Effect::Consent {
            template: self.template_id.clone(),
            change,
            event_id,
        }
    }
}

#[cfg(test)]
mod broken;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wechat_oa::callback::Push;

    /// A fixture as `callback` files it.
    fn effects(fixture: &str) -> Vec<Effect> {
        let path = format!(
            "{}/../../tests/fixtures/{fixture}.xml",
            env!("CARGO_MANIFEST_DIR")
        );
        let xml = std::fs::read_to_string(path).unwrap();
        let push = Push::parse(&xml).unwrap();
        let row = json!({
            "id": "wx1#key", "app_id": "wx1", "openid": push.from, "kind": push.kind(), "push": push,
        });
        let filed: Filed = serde_json::from_value(row).unwrap();
        assert_eq!(Some(filed.at().as_secs()), push.create_time);
        filed.effects()
    }

    fn fate(effects: &[Effect]) -> &PushedResult {
        match effects.first() {
            Some(Effect::Result(result)) => result,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn mass_results_are_read_in_full() {
        let told = |fixture: &str| {
            let effects = effects(&format!("events/masssendjobfinish_{fixture}"));
            match effects.into_iter().next() {
                Some(Effect::Mass(result)) => result,
                other => panic!("{other:?}"),
            }
        };
        let news = told("news_success");
        assert_eq!((news.msg_id, news.counts.sent), (3_147_483_706, 92));
        assert!(news.articles.contains("idx=2") && news.copyright.contains("check_state"));
        assert_eq!(told("text_success").articles, "");
        for (fixture, status) in [
            ("send_fail", "send fail"),
            ("err_10001", "err(10001)"),
            ("err_20431_unlisted", "err(20431)"),
            ("err_40002_admin_timeout", "err(40002)"),
        ] {
            let result = told(fixture);
            assert_eq!(result.status, status);
            assert!(result.failure().is_some(), "{fixture}");
        }
        let filtered = told("all_filtered");
        assert_eq!((filtered.failure(), filtered.counts.sent), (None, 0));
    }

    #[test]
    fn template_results_end_as_delivered_or_failed() {
        let told = effects("events/templatesendjobfinish_success");
        assert_eq!(fate(&told).msgid, "3671893450012213248");
        assert_eq!(fate(&told).fate, Fate::Delivered);
        for (fixture, class) in [
            ("user_block", "refused"),
            ("system_failed", "wechat_failed"),
            ("system_failed_nospace", "wechat_failed"),
        ] {
            let told = effects(&format!("events/templatesendjobfinish_{fixture}"));
            assert!(
                matches!(&fate(&told).fate, Fate::Failed(failure) if failure.class == class),
                "{told:?}"
            );
        }
    }

    #[test]
    fn subscription_results_tell_fate_and_consent() {
        let told = effects("events/subscribe_msg_sent_event_success");
        assert_eq!(fate(&told).fate, Fate::Delivered);
        assert!(fate(&told).template_id.is_some());
        assert!(matches!(
            &told[1],
            Effect::Consent {
                change: Change::Sent,
                ..
            }
        ));
        let told = effects("events/subscribe_msg_sent_event_refused");
        assert!(
            matches!(&fate(&told).fate, Fate::Failed(f) if f.errcode == Some(43_101) && f.class == "refused")
        );
        assert_eq!(told.len(), 1, "no consent: the call may be older than one");
    }

    #[test]
    fn choices_are_told_template_by_template() {
        let told = effects("events/subscribe_msg_popup_event_multi");
        let [
            Effect::Consent {
                change: Change::Accepted,
                event_id: first,
                ..
            },
            Effect::Consent {
                change: Change::Rejected,
                event_id: second,
                ..
            },
        ] = told.as_slice()
        else {
            panic!("{told:?}");
        };
        assert_ne!(first, second);
        let told = effects("events/subscribe_msg_change_event");
        assert!(matches!(
            &told[..],
            [Effect::Consent {
                change: Change::Rejected,
                ..
            }]
        ));
    }

    #[test]
    fn what_users_do_opens_windows() {
        for (fixture, interaction) in [
            ("messages/text", Interaction::Message),
            ("events/click", Interaction::Click),
            ("events/scancode_push", Interaction::Click),
            ("events/subscribe", Interaction::Subscribe),
            ("events/scan", Interaction::Scan),
        ] {
            assert_eq!(
                effects(fixture),
                [Effect::Interacted(interaction)],
                "{fixture}"
            );
        }
        for fixture in [
            "events/unsubscribe",
            "events/location",
            "events/unknown_event",
        ] {
            assert_eq!(effects(fixture), [], "{fixture}");
        }
    }
}
