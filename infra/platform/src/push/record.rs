//! What became of a push: every try, and what the user sees in the end.

use crate::refusal::Refusal;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};

/// Reports remembered; older ones fall out.
const KEPT: usize = 10_000;
/// What the user's phone says when an account does not answer as it should (protocol 1.7).
pub(super) const ERROR_NOTICE: &str = "该公众号提供的服务出现故障，请稍后再试";

/// A delivered push.
#[derive(Clone, Debug, Serialize)]
pub struct PushReport {
    /// Names the push in the control API.
    pub push_id: String,
    /// The account.
    pub app_id: String,
    /// FromUserName.
    pub openid: String,
    /// Platform time of its begin, milliseconds since 1970.
    pub at_ms: i64,
    /// What was asked for: kind and fields, or a raw body.
    pub push: Map<String, Value>,
    /// The message in the clear, as it stands in the body or its envelope; cut where it is very long.
    pub clear: String,
    /// MsgId of a message, MsgID of a result event.
    pub msg_id: Option<u64>,
    /// Every try, in the order of their start.
    pub attempts: Vec<Attempt>,
    /// What the user sees.
    pub user_sees: UserSees,
    /// The agent the message went to, who is in a session with its sender: it is not pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_agent: Option<String>,
}

/// One try.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// Counts from 1.
    pub n: u32,
    /// The address it went to, with its query.
    pub url: String,
    /// The body as it was sent; cut where it is very long.
    pub request: String,
    /// `timestamp` of the query.
    pub timestamp: String,
    /// `nonce` of the query.
    pub nonce: String,
    /// Platform time of its start, milliseconds since 1970.
    pub started_ms: i64,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// HTTP status, when an answer came.
    pub status: Option<u16>,
    /// The answer's body as it came.
    pub body: Option<String>,
    /// The reply inside an encrypted answer.
    pub decrypted_body: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it ended so, when it is neither a reply nor an acknowledgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What other platforms might refuse though this one let it pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A valid passive reply.
    Replied,
    /// `success` or an empty body.
    Acknowledged,
    /// No answer in time; the connection was closed.
    Timeout,
    /// No connection, or it broke before the answer was whole.
    ConnectFailed,
    /// An answer that is no reply.
    Invalid,
}

/// What the user's phone shows after a push.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UserSees {
    /// The reply: `kind` and its fields.
    Reply(Value),
    /// Nothing.
    Nothing,
    /// The system's notice that the account failed.
    ErrorNotice(String),
}

impl UserSees {
    pub(super) fn error() -> Self {
        Self::ErrorNotice(ERROR_NOTICE.to_owned())
    }
}

/// The pushes made so far, oldest first.
#[derive(Default)]
pub(crate) struct Pushes {
    order: VecDeque<String>,
    reports: BTreeMap<String, PushReport>,
    made: u64,
}

impl Pushes {
    pub(crate) fn next_id(&mut self) -> String {
        self.made += 1;
        format!("push-{}", self.made)
    }

    pub(crate) fn add(&mut self, report: PushReport) {
        if self.order.len() >= KEPT {
            let oldest = self.order.pop_front().unwrap_or_default();
            self.reports.remove(&oldest);
        }
        self.order.push_back(report.push_id.clone());
        self.reports.insert(report.push_id.clone(), report);
    }

    /// The newest pushes, oldest first.
    pub(crate) fn newest(&self, count: usize) -> Vec<PushReport> {
        let newest = self.order.iter().rev().take(count).rev();
        newest
            .filter_map(|id| self.reports.get(id))
            .cloned()
            .collect()
    }

    pub(crate) fn list(&self) -> Vec<PushReport> {
        self.order
            .iter()
            .filter_map(|id| self.reports.get(id))
            .cloned()
            .collect()
    }

    pub(crate) fn get(&self, push_id: &str) -> Result<PushReport, Refusal> {
        let unknown = || Refusal::Unknown {
            what: "push",
            name: push_id.to_owned(),
        };
        self.reports.get(push_id).cloned().ok_or_else(unknown)
    }
}
