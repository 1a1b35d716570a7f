//! What a message on the send queue carries.

use crate::sends::{SendJob, lane::Marker};
use serde::Deserialize;

/// What a message carries.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Marker(Marker),
    Job(Box<SendJob>),
}

impl Content {
    /// What that text says; `None` when it does not read.
    pub(super) fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_carries_a_job_or_a_marker_or_nothing() {
        let marker = json!({"marks": "wx1#0", "generation": 3}).to_string();
        assert!(matches!(Content::read(&marker), Some(Content::Marker(m)) if m.generation == 3));
        let job = json!({
            "account": "demo", "kind": "template", "client_msg_id": "a", "to_user": "oA",
            "body": {"touser": "oA"},
        });
        let job = Content::read(&job.to_string());
        assert!(matches!(job, Some(Content::Job(job)) if job.to_user == "oA"));
        for malformed in ["", "{}", "\"text\"", "{\"account\": \"demo\"}", "null"] {
            assert!(Content::read(malformed).is_none(), "{malformed}");
        }
    }
}
