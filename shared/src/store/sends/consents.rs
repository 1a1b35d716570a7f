//! What users said to subscription templates, and to one-time messages.

use super::{Key, Sends};
use crate::{
    sends::consent::{Change, Consent},
    store::{StoreError, table::ends},
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::ids::AppId;

/// How long a consent is kept after its last change.
const KEEP: Duration = Duration::from_secs(400 * 86_400);
/// Writers that may be in each other's way before one gives up.
const TRIES: usize = 8;

/// Consents to subscription templates, rows of table `sends`.
#[derive(Debug, Clone)]
pub struct Consents(Sends);

impl Sends {
    /// The consents in the same table.
    pub fn consents(&self) -> Consents {
        Consents(self.clone())
    }
}

impl Consents {
    /// What is known; an empty consent where there is no row.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn read(
        &self,
        app_id: &AppId,
        openid: &str,
        template: &str,
    ) -> Result<Consent, StoreError> {
        let key = Key::consent(app_id, openid, template).item();
        let found = self.0.table.get("sends.consent", key).await?;
        Ok(found.unwrap_or_default())
    }

    /// Counts an event, once: `event_id` tells it from every other one, such as the inbox row's
    /// key with the place in the list. `at` is when the user chose, or when the call began that
    /// WeChat refused. A refusal is remembered only beside what the user chose: who left is not
    /// written down again.
    ///
    /// # Errors
    /// When the table cannot be read or written; then the event must come again.
    pub async fn record(
        &self,
        app_id: &AppId,
        openid: &str,
        template: &str,
        change: Change,
        event_id: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let key = Key::consent(app_id, openid, template);
        let found = self.read(app_id, openid, template).await?;
        let next = |found: &Consent| match (change, found.version) {
            (Change::Refused, 0) => None,
            _ => found.after(change, event_id, at),
        };
        self.change(key, found, at, next).await
    }

    /// Uses up what a one-time message rested on that went in a call that began then: the consent
    /// `found` before it. Once a message, and nothing that was confirmed since. Who was erased meanwhile
    /// is not written down again.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn spend(
        &self,
        app_id: &AppId,
        openid: &str,
        subject: &str,
        found: &Consent,
        client_msg_id: &str,
        begun: Timestamp,
    ) -> Result<(), StoreError> {
        let event = format!("sent-{client_msg_id}");
        let next = |found: &Consent| {
            let before = found.version > 0 && found.accepted <= Some(begun);
            let spent = before.then(|| found.after(Change::Sent, &event, begun));
            spent.flatten()
        };
        let key = Key::consent(app_id, openid, subject);
        self.change(key, found.clone(), begun, next).await
    }

    /// Writes what `next` makes of a consent, as it was found or as it stands; nothing where that is `None`.
    /// Who was erased meanwhile begins anew.
    async fn change(
        &self,
        key: Key,
        found: Consent,
        at: Timestamp,
        next: impl Fn(&Consent) -> Option<Consent>,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "sends.record_consent";
        let (key, more) = (key.item(), ends(at + KEEP));
        let next = |found: &Consent| next(found).ok_or(());
        let change = (self.0.table).change(OPERATION, TRIES, key, found, more, next);
        change.await.map(drop)
    }
}
