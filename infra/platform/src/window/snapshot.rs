//! Everything as it stands, for a page that opens.

use crate::state::State;
use serde_json::{Value, json};

const PUSHES: usize = 200;
const CALLS: usize = 300;
const MESSAGES: usize = 300;
const LINES: usize = 600;
const SCREENS: usize = 60;
const ENTRIES: usize = 100;

impl State {
    /// What a page shows when it opens; later events repeat some of it, each thing with its own number.
    pub(super) fn snapshot(&self) -> Value {
        json!({
            "settings": self.settings(),
            "pushes": self.pushes().newest(PUSHES),
            "calls": self.call_log().newest(CALLS),
            "messages": self.messages().newest(MESSAGES),
            "phones": self.phones().newest(SCREENS, ENTRIES),
            "log": self.log().newest(LINES),
        })
    }

    /// Tells everybody who watches what can be switched, after something was.
    pub(crate) fn tell_settings(&self) {
        if self.events().is_watched() {
            self.events().tell("settings", &self.settings());
        }
    }

    fn settings(&self) -> Value {
        let accounts: Vec<_> = self
            .accounts()
            .iter()
            .map(|view| self.account(&json!(view)))
            .collect();
        json!({
            "accounts": accounts,
            "faults": self.list_faults(),
            "clock": self.clock().view(),
            "behind": self.behind().is_some(),
        })
    }

    /// An account with what is seen of it: its menu, its templates, its agents.
    fn account(&self, view: &Value) -> Value {
        let app_id = view
            .get("app_id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let now_ms = self.clock().now_ms();
        let more = self.with_account(app_id, |account| {
            let data = &account.data;
            let private = data.templates.private.iter();
            let notify = data.templates.notify.iter();
            let templates = private
                .map(|(id, one)| ("template", id, &one.title, &one.content, &one.example))
                .chain(notify.map(|(id, one)| ("subscription", id, &one.title, &one.content, &one.example)));
            let templates = templates.map(|(kind, id, title, content, example)| {
                json!({"kind": kind, "template_id": id, "title": title, "content": content, "example": example})
            });
            let agents = data.kf.workers.iter();
            let agents = agents.map(|(name, worker)| {
                json!({"kf_account": name, "nickname": worker.nickname, "online": worker.online,
                    "invited": worker.invited.is_some()})
            });
            let sessions = data.kf.sessions.keys();
            let sessions = sessions.filter_map(|openid| {
                let agent = data.kf.agent_of(openid, now_ms)?;
                Some(json!({"openid": openid, "kf_account": agent}))
            });
            json!({
                "menu": data.menus.default.as_ref().map(|(_, button)| button),
                "templates": templates.collect::<Vec<_>>(),
                "agents": agents.collect::<Vec<_>>(),
                "sessions": sessions.collect::<Vec<_>>(),
                "waiting": data.kf.waiting.keys().collect::<Vec<_>>(),
                "sends": data.sends, "mass": data.mass.settings,
            })
        });
        let mut account = view.clone();
        if let (Some(fields), Ok(Value::Object(more))) = (account.as_object_mut(), more) {
            fields.extend(more);
        }
        account
    }
}
