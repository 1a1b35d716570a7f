//! Control functions over mass sends, and how a job ends.

use crate::{
    account_data::{Admin, Event, JobView, MassSettings, Receivers, merged},
    phone::Shown,
    refusal::Refusal,
    state::State,
    timers::Task,
};
use serde::Serialize;
use serde_json::{Map, Value};

/// The mass sends of one account.
#[derive(Clone, Debug, Serialize)]
pub struct MassView {
    /// How the delivered messages spread over users; an openid named twice counts twice.
    #[serde(flatten)]
    pub receivers: Receivers,
    /// Messages the user that was asked for got.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<u64>,
    /// Every job, oldest first.
    pub jobs: Vec<JobView>,
}

impl State {
    /// The mass sends of an account, and how many messages one user got.
    /// Refused when the account is unknown by name and app id.
    pub fn mass(&self, account: &str, openid: Option<&str>) -> Result<MassView, Refusal> {
        let named = self
            .accounts()
            .into_iter()
            .find(|known| known.name == account);
        let app_id = named.map_or_else(|| account.to_owned(), |known| known.app_id);
        self.with_account(&app_id, |account| {
            let mass = &account.data.mass;
            MassView {
                receivers: mass.receivers(),
                received: openid.map(|openid| mass.received_by(openid)),
                jobs: mass.views(),
            }
        })
    }

    /// How an account treats mass sends. Refused when it is unknown.
    pub fn mass_settings(&self, app_id: &str) -> Result<MassSettings, Refusal> {
        self.with_account(app_id, |account| account.data.mass.settings.clone())
    }

    /// Changes the named fields of [`MassSettings`]; `statuses` and `reprints` are replaced whole.
    /// Refused when a field is unknown or wrong.
    pub fn change_mass_settings(
        &self,
        app_id: &str,
        change: Map<String, Value>,
    ) -> Result<MassSettings, Refusal> {
        self.with_account(app_id, |account| {
            let settings = &mut account.data.mass.settings;
            let mut present = settings.clone();
            if change.contains_key("statuses") {
                present.statuses.clear();
            }
            if change.contains_key("reprints") {
                present.reprints.clear();
            }
            *settings = merged(&present, change)?;
            Ok(settings.clone())
        })?
    }

    /// The administrator decides on a job that waits. Refused when it does not wait.
    pub(crate) fn administrate(
        &self,
        app_id: &str,
        msg_id: u64,
        admin: Admin,
    ) -> Result<(), Refusal> {
        let now_ms = self.clock().now_ms();
        let decided = self.with_account(app_id, |account| {
            let data = &mut account.data;
            data.mass.decide(msg_id, admin, &mut data.chance, now_ms)
        })?;
        match decided {
            None => Err(Refusal::Unknown {
                what: "waiting job",
                name: msg_id.to_string(),
            }),
            Some(Ok(due_ms)) => {
                let app_id = app_id.into();
                self.timers().add(due_ms, Task::Mass { app_id, msg_id });
                Ok(())
            }
            Some(Err(event)) => self.tell(app_id, &event),
        }
    }

    /// Ends a job whose time has come.
    pub(crate) fn finish_mass(&self, app_id: &str, msg_id: u64) -> Result<(), Refusal> {
        let now_ms = self.clock().now_ms();
        let (event, (message, reached)) = self.with_account(app_id, |account| {
            let data = &mut account.data;
            let event = data.mass.finish(msg_id, &mut data.chance, now_ms);
            (event, data.mass.take_reached(msg_id))
        })?;
        for openid in reached {
            let shown = Shown {
                n: 0,
                at_ms: now_ms,
                source: "mass",
                push_id: None,
                message: message.clone(),
            };
            self.show(app_id, &openid, shown);
        }
        event.map_or(Ok(()), |event| self.tell(app_id, &event))
    }

    fn tell(&self, app_id: &str, event: &Event) -> Result<(), Refusal> {
        let settings = self.mass_settings(app_id)?;
        let copies = if settings.results {
            settings.result_copies
        } else {
            0
        };
        for _ in 0..copies {
            let push = event.clone();
            let app_id = app_id.into();
            self.timers()
                .add(self.clock().now_ms(), Task::Push { app_id, push });
        }
        Ok(())
    }
}
