//! What became of a batch: MASSSENDJOBFINISH (protocol section 2.3) and `mass/get`.

use super::{
    State,
    batch::{Batch, Counts, UNKNOWN_STATUS},
};
use crate::{sends::Failure, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long after its call a result comes at the latest: the administrator has half
/// an hour, the sending the rest.
const LATEST: Duration = Duration::from_secs(7_200);

/// A MASSSENDJOBFINISH.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MassResult {
    /// The `MsgID`: `msg_id` of the send.
    pub msg_id: u64,
    /// WeChat's words: `send success`, `send fail`, `err(n)`, or others.
    pub status: String,
    pub counts: Counts,
    /// What the check for originality found, article by article, as JSON text; empty where none.
    #[serde(default)]
    pub copyright: String,
    /// Where the articles can be read, as JSON text; empty where nowhere.
    #[serde(default)]
    pub articles: String,
}

impl MassResult {
    /// Whether an id is one of a send over the API; ids of console sends are lower.
    pub fn is_of_api(&self) -> bool {
        self.msg_id > 1 << 31
    }

    /// Whether it can be that of a batch whose call was not answered, having come then: not
    /// before that call, not hours after, for as many as the batch lists, and not that of an earlier
    /// try.
    pub fn may_be_of(&self, batch: &Batch, came: Timestamp) -> bool {
        let called = batch.called();
        let in_time = called <= came && came <= called + LATEST;
        let as_many = batch.recipients == 0 || u64::from(batch.recipients) == self.counts.total;
        let id = Some(self.msg_id.to_string());
        let before = batch.earlier.iter().any(|earlier| earlier.msg_id == id);
        batch.lacks_id() && self.is_of_api() && as_many && in_time && !before
    }

    /// Why the send failed; `None` when it did not. Words that are not known count as failed.
    pub fn failure(&self) -> Option<Failure> {
        let class = match self.status.as_str() {
            "send success" => return None,
            "send fail" => "wechat_failed",
            "err(40001)" => "admin_refused",
            "err(40002)" => "admin_silent",
            "err(30001)" | "err(30002)" | "err(30003)" => "reprint",
            status if status.starts_with("err(") => "content",
            _ => UNKNOWN_STATUS,
        };
        Some(Failure::new(None, &self.status, class))
    }
}

impl Batch {
    /// Joined with its result; `None` when that changes nothing. It may come early, late and twice.
    pub fn joined(&self, result: &MassResult) -> Option<Self> {
        if self.counts.is_some() {
            return None;
        }
        let failure = result.failure();
        let state = match (self.state, &failure) {
            (State::Deleted, _) => State::Deleted,
            (_, None) => State::Finished,
            (_, Some(_)) => State::Failed,
        };
        Some(Self {
            state,
            msg_id: Some(result.msg_id),
            error: failure,
            status: Some(result.status.clone()),
            counts: Some(result.counts),
            copyright: result.copyright.clone(),
            articles: result.articles.clone(),
            ..self.next()
        })
    }

    /// Joined with a result that names no call of ours, and can only be that of this one; `None` as
    /// long as its call may be repeated, which tells the id.
    pub fn inferred(&self, result: &MassResult) -> Option<Self> {
        let joined = self.joined(result).filter(|_| !self.is_open())?;
        Some(Self {
            inferred: true,
            ..joined
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;

    #[test]
    fn a_result_is_of_a_call_before_it_with_as_many_receivers() {
        const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
        let lost = Batch {
            state: State::Unknown,
            recipients: 50,
            uncertain_since: Some(NOW),
            ..Batch::default()
        };
        let result = |msg_id, total| MassResult {
            msg_id,
            counts: Counts {
                total,
                ..Counts::default()
            },
            ..MassResult::default()
        };
        let of_api = result(3_147_483_661, 50);
        assert!(of_api.may_be_of(&lost, NOW));
        assert!(!of_api.may_be_of(&lost, NOW - ms(1)));
        assert!(!of_api.may_be_of(&lost, NOW + LATEST + ms(1)));
        assert!(!result(3_147_483_661, 49).may_be_of(&lost, NOW));
        assert!(!result(1_000_000_001, 50).may_be_of(&lost, NOW), "console");
        let known = Batch {
            msg_id: Some(1),
            ..lost.clone()
        };
        assert!(!of_api.may_be_of(&known, NOW));
        assert!(lost.inferred(&of_api).unwrap().inferred);
        let failed = Batch {
            msg_id: Some(of_api.msg_id),
            ..lost.clone()
        };
        let sent_again = Batch {
            earlier: failed.again(50).earlier,
            ..lost.clone()
        };
        assert!(!of_api.may_be_of(&sent_again, NOW), "an earlier try's");
        let repeated = Batch {
            state: State::Submitting,
            ..lost
        };
        assert!(of_api.may_be_of(&repeated, NOW));
        assert_eq!(repeated.inferred(&of_api), None, "the repeat tells");
    }

    #[test]
    fn only_success_is_success() {
        for (status, class) in [
            ("send fail", "wechat_failed"),
            ("err(10001)", "content"),
            ("err(20431)", "content"),
            ("err(30003)", "reprint"),
            ("err(40002)", "admin_silent"),
            ("half sent", "unknown_status"),
        ] {
            let result = MassResult {
                status: status.into(),
                ..MassResult::default()
            };
            assert_eq!(result.failure().unwrap().class, class, "{status}");
        }
        let result = MassResult {
            status: "send success".into(),
            msg_id: 3_147_483_661,
            ..MassResult::default()
        };
        assert!(result.failure().is_none() && result.is_of_api());
    }
}
