//! What users said to subscription templates.

use super::{Key, Sends, malformed};
use crate::{
    sends::consent::{Change, Consent},
    store::{
        StoreError,
        write::{Item, number},
    },
};

/// Seconds a consent is kept after its last change.
const KEEP_S: i64 = 400 * 86_400;
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
        app_id: &str,
        openid: &str,
        template: &str,
    ) -> Result<Consent, StoreError> {
        let found = self.0.get(&Key::consent(app_id, openid, template)).await?;
        Ok(found.unwrap_or_default())
    }

    /// Counts an event, once: `event_id` tells it from every other one, such as the inbox row's
    /// key with the place in the list. `at_ms` is when the user chose, or when the call began that
    /// WeChat refused. A refusal is remembered only beside what the user chose: who left is not
    /// written down again.
    ///
    /// # Errors
    /// When the table cannot be read or written; then the event must come again.
    pub async fn record(
        &self,
        app_id: &str,
        openid: &str,
        template: &str,
        change: Change,
        event_id: &str,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        let key = Key::consent(app_id, openid, template);
        let mut found = self.read(app_id, openid, template).await?;
        for _ in 0..TRIES {
            if change == Change::Refused && found.version == 0 {
                return Ok(());
            }
            let Some(next) = found.after(change, event_id, at_ms) else {
                return Ok(());
            };
            let now = self.write(&key, &next, at_ms).await?;
            if now == next {
                return Ok(());
            }
            found = now;
        }
        Err(StoreError::Throttled {
            operation: "sends.record_consent",
            reason: "too many at once".to_owned(),
        })
    }

    async fn write(&self, key: &Key, next: &Consent, at_ms: i64) -> Result<Consent, StoreError> {
        const OPERATION: &str = "sends.record_consent";
        let mut attributes: Item =
            serde_dynamo::to_item(next).map_err(|e| malformed(OPERATION, &e.to_string()))?;
        let expires_at = (at_ms / 1000).saturating_add(KEEP_S);
        attributes.insert("expires_at".to_owned(), number(expires_at));
        let seen = i64::try_from(next.version.saturating_sub(1)).unwrap_or(i64::MAX);
        let mut update = self.0.update(key);
        update = match seen {
            0 => update.condition_expression("attribute_not_exists(version)"),
            // A row that was erased meanwhile is not written again from what it held.
            seen => update
                .condition_expression("version = :before")
                .expression_attribute_values(":before", number(seen)),
        };
        let mut sets = Vec::with_capacity(attributes.len());
        for (name, value) in attributes {
            sets.push(format!("#{name} = :{name}"));
            update = update
                .expression_attribute_values(format!(":{name}"), value)
                .expression_attribute_names(format!("#{name}"), name);
        }
        let update = update.update_expression(format!("SET {}", sets.join(", ")));
        self.0.row(OPERATION, update).await
    }
}
