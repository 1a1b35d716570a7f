//! Customer service: accounts, sessions, records (protocol 7.1).

use std::collections::{BTreeMap, VecDeque};

/// Records kept.
const RECORDS: usize = 10_000;
/// A session that nobody ended takes the user's messages no longer, in milliseconds.
const SESSION_MS: i64 = 30 * 60_000;

/// A service account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Worker {
    pub(crate) nickname: String,
    pub(crate) head_url: String,
    pub(crate) id: u64,
    /// Whose phone it is; empty while nobody accepted.
    pub(crate) wechat_id: String,
    /// Who is invited, and until when.
    pub(crate) invited: Option<(String, i64)>,
    pub(crate) online: bool,
}

/// A line of a conversation.
pub(crate) struct Record {
    pub(crate) openid: String,
    /// 2002 the agent, 2003 the customer.
    pub(crate) opercode: u16,
    pub(crate) text: String,
    pub(crate) at_ms: i64,
    pub(crate) worker: String,
}

/// The customer service of an account.
#[derive(Default)]
pub(crate) struct Kf {
    pub(crate) workers: BTreeMap<String, Worker>,
    /// Who serves a user, and since when.
    pub(crate) sessions: BTreeMap<String, (String, i64)>,
    /// Users who wait, and since when.
    pub(crate) waiting: BTreeMap<String, i64>,
    records: VecDeque<Record>,
    pub(crate) made: u64,
}

impl Kf {
    /// Writes a line down when the user is served, or somebody serves them now.
    pub(crate) fn record(
        &mut self,
        openid: &str,
        opercode: u16,
        text: &str,
        worker: &str,
        at_ms: i64,
    ) {
        let session = self.sessions.get(openid).map(|(worker, _)| worker.clone());
        let named = Some(worker.to_owned()).filter(|worker| !worker.is_empty());
        let Some(worker) = named.or(session) else {
            return;
        };
        if self.records.len() >= RECORDS {
            self.records.pop_front();
        }
        self.records.push_back(Record {
            openid: openid.to_owned(),
            opercode,
            text: text.to_owned(),
            at_ms,
            worker,
        });
    }

    /// The agent to whom what the user writes goes, instead of the callback: from the session's begin to
    /// its end, or for 30 minutes; not while the user still waits
    /// (<https://developers.weixin.qq.com/doc/subscription/guide/product/kf/forwarding.html>).
    pub(crate) fn agent_of(&self, openid: &str, now_ms: i64) -> Option<String> {
        let (worker, since_ms) = self.sessions.get(openid)?;
        (now_ms - since_ms <= SESSION_MS).then(|| worker.clone())
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }
}
