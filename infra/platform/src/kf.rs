//! Control of customer service: what its workers and waiting users do in their own apps.

use crate::{refusal::Refusal, state::State};
use serde::Deserialize;

/// What happens at the customer-service kf.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KfChange {
    /// The service account meant by the two fields below.
    pub kf_account: String,
    /// Whether its worker is online.
    pub online: Option<bool>,
    /// The worker accepts the invitation.
    pub accepts: bool,
    /// Users who wait to be served.
    pub waiting: Vec<String>,
}

impl State {
    /// Changes the kf. Refused when account, worker or invitation is unknown.
    pub fn change_kf(&self, app_id: &str, change: &KfChange) -> Result<(), Refusal> {
        let now_ms = self.clock().now_ms();
        self.with_account(app_id, |account| {
            let kf = &mut account.data.kf;
            for openid in &change.waiting {
                kf.waiting.insert(openid.clone(), now_ms);
            }
            if change.online.is_none() && !change.accepts {
                return Ok(());
            }
            let worker = kf.workers.get_mut(&change.kf_account);
            let worker = worker.ok_or_else(|| Refusal::Unknown {
                what: "service account",
                name: change.kf_account.clone(),
            })?;
            worker.online = change.online.unwrap_or(worker.online);
            if change.accepts {
                let invited = worker.invited.take();
                let invited =
                    invited.ok_or_else(|| Refusal::field("accepts", "nobody is invited"))?;
                worker.wechat_id = invited.0;
            }
            Ok(())
        })?
    }
}
