//! How an account treats mass sends, changed over the control API.

use crate::{
    account::Kind,
    clock::{beijing_day, beijing_month},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How mass sends are checked, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MassSettings {
    /// Whether MASSSENDJOBFINISH is pushed (true).
    pub results: bool,
    /// How often each is pushed (1).
    pub result_copies: u32,
    /// Milliseconds of platform time until a job is finished, least and most (500, 500).
    pub finish_after_ms: [u64; 2],
    /// Weights of the statuses: `send success`, `send fail`, `err(10001)` …; they need not add up to 1.
    pub statuses: BTreeMap<String, f64>,
    /// Share of the receivers that are filtered out (0).
    pub filtered_share: f64,
    /// Share of the others that fail (0).
    pub error_share: f64,
    /// Whether the account accepted the mass-send agreement (true); otherwise 48003.
    pub agreement: bool,
    /// Whether sends to all wait for the administrator (off).
    pub protection: Protection,
    /// Articles judged to be reprints, by number from 1, and whether they may be reprinted.
    pub reprints: BTreeMap<u32, bool>,
    /// A repeated id is refused with 45066 instead of 45065 within so many milliseconds (0).
    pub too_fast_ms: i64,
    /// Sends to all in a day (subscription account: 1) or a month (service account: 4).
    pub to_all: Option<u32>,
    /// Mass messages a follower of a service account gets in a month (4); 0: any number.
    pub per_follower: u8,
}

impl Default for MassSettings {
    fn default() -> Self {
        Self {
            results: true,
            result_copies: 1,
            finish_after_ms: [500, 500],
            statuses: BTreeMap::from([("send success".to_owned(), 1.0)]),
            filtered_share: 0.0,
            error_share: 0.0,
            agreement: true,
            protection: Protection::Off,
            reprints: BTreeMap::new(),
            too_fast_ms: 0,
            to_all: None,
            per_follower: 4,
        }
    }
}

/// What API send protection does to sends to all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// Nothing.
    #[default]
    Off,
    /// They are accepted and wait for the administrator, 30 minutes at most.
    Wait,
    /// They are refused with 89504, repeats of the same id with 89505, until this is changed.
    Ask,
}

impl MassSettings {
    /// The period in which sends to all are counted, and how many there may be.
    pub(super) fn allowance(&self, kind: Kind, now_ms: i64) -> (i64, u32) {
        match kind {
            Kind::Subscription => (beijing_day(now_ms), self.to_all.unwrap_or(1)),
            Kind::Service => (beijing_month(now_ms), self.to_all.unwrap_or(4)),
        }
    }

    /// The status the originality check ends in; none when it lets the job pass.
    pub(super) fn reprint_status(&self, ignore_reprint: bool) -> Option<&'static str> {
        match (self.reprints.is_empty(), ignore_reprint) {
            (true, _) => None,
            (false, false) => Some("err(30003)"),
            (false, true) if self.reprints.values().all(|may| *may) => None,
            (false, true) => Some("err(30002)"),
        }
    }
}
