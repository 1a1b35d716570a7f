//! How an account treats single messages, changed over the control API.

use super::{Chance, interaction::Interaction};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// How single messages are checked, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SendSettings {
    /// Whether results are pushed back as events (true).
    pub results: bool,
    /// Milliseconds of platform time until a result is pushed, least and most (0, 0).
    pub result_delay_ms: [u64; 2],
    /// How often each result is pushed (1).
    pub result_copies: u32,
    /// What becomes of accepted template and subscription messages.
    pub outcomes: Outcomes,
    /// Start of the random numbers behind outcomes and delays; setting it begins anew.
    pub seed: u64,
    /// Whether service messages need an interaction and an allowance (true).
    pub check_window: bool,
    /// What an interaction allows.
    pub allowances: Allowances,
    /// Whether subscription messages need consent (true).
    pub check_consent: bool,
    /// Whether a template id must be one of the account's (true).
    pub check_templates: bool,
    /// Whether a `media_id` must be one of the account's (true).
    pub check_media: bool,
    /// Whether `subscribe/bizsend` answers a msgid: undocumented, seen since 2024 (true).
    pub bizsend_msgid: bool,
    /// How publications end: 0 published, 2 originality failed, 3 failed, 4 refused (0).
    pub publish_status: u8,
    /// Whether accepted messages keep their body and are shown on the phone (true).
    pub keep_bodies: bool,
}

impl Default for SendSettings {
    fn default() -> Self {
        Self {
            results: true,
            result_delay_ms: [0, 0],
            result_copies: 1,
            outcomes: Outcomes::default(),
            seed: 0,
            check_window: true,
            allowances: Allowances::default(),
            check_consent: true,
            check_templates: true,
            check_media: true,
            bizsend_msgid: true,
            publish_status: 0,
            keep_bodies: true,
        }
    }
}

/// Weights of the outcomes; they need not add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outcomes {
    /// The message arrives (1).
    pub success: f64,
    /// The user refuses messages (0).
    pub user_block: f64,
    /// The platform fails (0).
    pub system_failed: f64,
}

impl Default for Outcomes {
    fn default() -> Self {
        Self {
            success: 1.0,
            user_block: 0.0,
            system_failed: 0.0,
        }
    }
}

/// What became of an accepted message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Success,
    UserBlock,
    SystemFailed,
}

impl Outcomes {
    pub(crate) fn draw(&self, chance: &mut Chance) -> Fate {
        let weights = [
            (Fate::Success, self.success),
            (Fate::UserBlock, self.user_block),
            (Fate::SystemFailed, self.system_failed),
        ];
        chance.weighted(&weights).unwrap_or(Fate::Success)
    }
}

/// Service messages an interaction allows, and for how long (protocol 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allowances {
    /// After a message of the user (5).
    pub message: u32,
    /// For how many milliseconds after it (48 h).
    pub message_ms: i64,
    /// After a menu click (3).
    pub click: u32,
    /// After following (3).
    pub follow: u32,
    /// After scanning a QR code (3).
    pub scan: u32,
    /// For how many milliseconds after these three (1 min).
    pub short_ms: i64,
}

impl Default for Allowances {
    fn default() -> Self {
        Self {
            message: 5,
            message_ms: 48 * 3_600_000,
            click: 3,
            follow: 3,
            scan: 3,
            short_ms: 60_000,
        }
    }
}

impl Allowances {
    pub(super) fn of(&self, interaction: Interaction) -> (u32, i64) {
        match interaction {
            Interaction::Message => (self.message, self.message_ms),
            Interaction::Click => (self.click, self.short_ms),
            Interaction::Follow => (self.follow, self.short_ms),
            Interaction::Scan => (self.scan, self.short_ms),
        }
    }
}

/// Settings with some fields changed. Refused when a field is unknown or of the wrong type.
pub(crate) fn merged<T: Serialize + DeserializeOwned>(
    present: &T,
    change: Map<String, Value>,
) -> Result<T, Refusal> {
    let mut all = serde_json::to_value(present).unwrap_or_default();
    overlay(&mut all, Value::Object(change));
    serde_path_to_error::deserialize(all)
        .map_err(|error| Refusal::field(error.path().to_string(), error.inner().to_string()))
}

/// Objects are merged field by field, anything else is replaced.
fn overlay(present: &mut Value, change: Value) {
    match (present, change) {
        (Value::Object(fields), Value::Object(changes)) => {
            for (name, change) in changes {
                overlay(fields.entry(name).or_insert(Value::Null), change);
            }
        }
        (present, change) => *present = change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_leaves_the_rest() {
        let change = json!({"results": false, "outcomes": {"user_block": 2}});
        let changed = merged(
            &SendSettings::default(),
            change.as_object().cloned().unwrap(),
        );
        let changed = changed.unwrap();
        assert!(!changed.results && changed.check_window);
        assert_eq!(
            (changed.outcomes.success, changed.outcomes.user_block),
            (1.0, 2.0)
        );
        for wrong in [
            json!({"result": true}),
            json!({"results": "no"}),
            json!({"allowances": {"x": 1}}),
        ] {
            let refused = merged(
                &SendSettings::default(),
                wrong.as_object().cloned().unwrap(),
            );
            assert!(refused.is_err(), "{wrong}");
        }
    }
}
