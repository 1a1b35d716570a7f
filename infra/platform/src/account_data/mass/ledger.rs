//! Every mass send of an account, and the rules between them.

mod reached;

use super::{
    job::{ADMIN_MS, Counts, Event, Job, JobView, Stage, Target},
    received::Received,
    settings::{MassSettings, Protection},
};
use crate::{account::Kind, account_data::Chance};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An id is known for a day (protocol section 6).
const KNOWN_MS: i64 = 24 * 3_600_000;
/// Ids of API sends lie above 2³¹.
const FIRST_MSG_ID: u64 = 3_147_483_661;
/// What `msg_data_id` is above `msg_id` is no secret of ours.
const DATA_ID_OFFSET: u64 = 900_000_000;

/// A mass send as it was called for, its body checked.
pub(crate) struct Order {
    pub(crate) client_msg_id: String,
    pub(crate) kind: &'static str,
    /// Articles of an `mpnews`, otherwise 0.
    pub(crate) articles: u32,
    pub(crate) ignore_reprint: bool,
    pub(crate) target: Target,
    /// What its receivers see.
    pub(crate) message: Value,
}

/// Why an order is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 45065, with the job that has the id.
    Known(u64),
    Code(i64),
}

/// What the administrator does with a job that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Admin {
    Confirm,
    Refuse,
}

struct Known {
    msg_id: u64,
    first_ms: i64,
    last_ms: i64,
}

/// The mass sends of one account.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) settings: MassSettings,
    pub(crate) speed: usize,
    jobs: BTreeMap<u64, Job>,
    known: HashMap<String, Known>,
    asked: BTreeSet<String>,
    to_all: (i64, u32),
    received: Received,
}

impl Ledger {
    /// Takes an order: the job's `msg_id` and when to look at it again.
    pub(crate) fn submit(
        &mut self,
        order: Order,
        kind: Kind,
        chance: &mut Chance,
        now_ms: i64,
    ) -> Result<(u64, i64), Refused> {
        self.refuse_known(&order.client_msg_id, now_ms)?;
        if order.target.to_all {
            self.ask_administrator(&order.client_msg_id)?;
            self.spend(kind, now_ms)?;
        }
        let msg_id = FIRST_MSG_ID + self.jobs.len() as u64;
        let (stage, due_ms) = self.first_stage(order.target.to_all, chance, now_ms);
        let known = Known {
            msg_id,
            first_ms: now_ms,
            last_ms: now_ms,
        };
        self.known.insert(order.client_msg_id.clone(), known);
        let job = Job {
            msg_id,
            client_msg_id: order.client_msg_id,
            kind: order.kind,
            articles: order.articles,
            deleted: BTreeSet::new(),
            ignore_reprint: order.ignore_reprint,
            target: order.target,
            message: order.message,
            stage,
            counts: Counts::default(),
        };
        self.jobs.insert(msg_id, job);
        Ok((msg_id, due_ms))
    }

    fn refuse_known(&mut self, id: &str, now_ms: i64) -> Result<(), Refused> {
        self.known
            .retain(|_, known| now_ms - known.first_ms < KNOWN_MS);
        let too_fast_ms = self.settings.too_fast_ms;
        match self.known.get_mut(id) {
            None => Ok(()),
            Some(known) => {
                let since = now_ms - std::mem::replace(&mut known.last_ms, now_ms);
                match since < too_fast_ms {
                    true => Err(Refused::Code(45_066)),
                    false => Err(Refused::Known(known.msg_id)),
                }
            }
        }
    }

    fn ask_administrator(&mut self, id: &str) -> Result<(), Refused> {
        if self.settings.protection != Protection::Ask {
            return Ok(());
        }
        match self.asked.insert(id.to_owned()) {
            true => Err(Refused::Code(89_504)),
            false => Err(Refused::Code(89_505)),
        }
    }

    fn spend(&mut self, kind: Kind, now_ms: i64) -> Result<(), Refused> {
        let (period, limit) = self.settings.allowance(kind, now_ms);
        if self.to_all.0 != period {
            self.to_all = (period, 0);
        }
        if self.to_all.1 >= limit {
            return Err(Refused::Code(45_028));
        }
        self.to_all.1 += 1;
        Ok(())
    }

    fn first_stage(&self, to_all: bool, chance: &mut Chance, now_ms: i64) -> (Stage, i64) {
        if to_all && self.settings.protection == Protection::Wait {
            let until_ms = now_ms + ADMIN_MS;
            return (Stage::Awaiting { until_ms }, until_ms);
        }
        let due_ms = self.due_ms(chance, now_ms);
        (Stage::Sending { due_ms }, due_ms)
    }

    fn due_ms(&self, chance: &mut Chance, now_ms: i64) -> i64 {
        let after = chance.between(self.settings.finish_after_ms);
        now_ms.saturating_add(i64::try_from(after).unwrap_or(i64::MAX))
    }

    /// Ends a job whose time has come; none when it has not, or it ended before.
    pub(crate) fn finish(
        &mut self,
        msg_id: u64,
        chance: &mut Chance,
        now_ms: i64,
    ) -> Option<Event> {
        let job = self.jobs.get_mut(&msg_id)?;
        job.finish(&self.settings, &mut self.received, chance, now_ms)
    }

    /// The administrator decides: when to look at the job again, or the event of its end.
    /// None when the job does not wait.
    pub(crate) fn decide(
        &mut self,
        msg_id: u64,
        admin: Admin,
        chance: &mut Chance,
        now_ms: i64,
    ) -> Option<Result<i64, Event>> {
        let due_ms = self.due_ms(chance, now_ms);
        let job = self.jobs.get_mut(&msg_id)?;
        if !matches!(job.stage, Stage::Awaiting { .. }) {
            return None;
        }
        if admin == Admin::Confirm {
            job.stage = Stage::Sending { due_ms };
            return Some(Ok(due_ms));
        }
        let refused = "err(40001)".to_owned();
        Some(Err(job.end(
            refused,
            &self.settings,
            &mut self.received,
            chance,
            now_ms,
        )))
    }

    /// What `mass/get` says of a job; none when it is unknown.
    pub(crate) fn msg_status(&self, msg_id: u64) -> Option<&'static str> {
        self.jobs.get(&msg_id).map(Job::msg_status)
    }

    /// Deletes one article (from 1) or all (0) of a job that was delivered: 40059 or 40060 otherwise.
    pub(crate) fn delete(&mut self, msg_id: u64, article: i64) -> Result<(), i64> {
        let job = self.jobs.get_mut(&msg_id).ok_or(40_059)?;
        let deletable = ["mpnews", "mpvideo"].contains(&job.kind);
        if !deletable || job.msg_status() != "SEND_SUCCESS" {
            return Err(40_059);
        }
        let article = u32::try_from(article).map_err(|_| 40_060)?;
        match article {
            0 => job.stage = Stage::Deleted,
            n if n <= job.articles.max(1) => drop(job.deleted.insert(n)),
            _ => return Err(40_060),
        }
        if job.deleted.len() >= job.articles.max(1) as usize {
            job.stage = Stage::Deleted;
        }
        Ok(())
    }

    /// The job and the article that are read at an address.
    pub(crate) fn by_url(&self, url: &str) -> Option<(u64, u32)> {
        let articles = self
            .jobs
            .values()
            .flat_map(|job| (1..=job.articles).map(move |n| (job, n)));
        let mut found = articles.filter(|(job, n)| job.url(*n) == url);
        found.next().map(|(job, n)| (job.msg_id, n))
    }

    pub(crate) fn views(&self) -> Vec<JobView> {
        self.jobs.values().map(Job::view).collect()
    }

    /// The id for statistics and comments that goes with a job's articles.
    pub(crate) fn msg_data_id(msg_id: u64) -> u64 {
        msg_id - DATA_ID_OFFSET
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn order(id: &str, to_all: bool) -> Order {
        Order {
            client_msg_id: id.to_owned(),
            kind: "mpnews",
            articles: 2,
            ignore_reprint: false,
            target: Target {
                total: 3,
                users: vec![1, 2],
                to_all,
            },
            message: Value::Null,
        }
    }

    fn submit(
        ledger: &mut Ledger,
        id: &str,
        to_all: bool,
        now_ms: i64,
    ) -> Result<(u64, i64), Refused> {
        ledger.submit(
            order(id, to_all),
            Kind::Service,
            &mut Chance::default(),
            now_ms,
        )
    }

    #[test]
    fn an_id_is_one_job_for_a_day() {
        let mut ledger = Ledger::default();
        let (first, _) = submit(&mut ledger, "a", false, 0).unwrap();
        assert_eq!(
            submit(&mut ledger, "a", false, 1),
            Err(Refused::Known(first))
        );
        ledger.settings.too_fast_ms = 60_000;
        assert_eq!(
            submit(&mut ledger, "a", false, 2),
            Err(Refused::Code(45_066))
        );
        assert_eq!(
            submit(&mut ledger, "a", false, 60_002),
            Err(Refused::Known(first))
        );
        assert_ne!(submit(&mut ledger, "a", false, 24 * HOUR).unwrap().0, first);
    }

    #[test]
    fn four_sends_to_all_a_month_or_one_a_day() {
        let mut ledger = Ledger::default();
        for n in 0..4 {
            assert!(submit(&mut ledger, &n.to_string(), true, 0).is_ok());
        }
        assert_eq!(
            submit(&mut ledger, "x", true, 0),
            Err(Refused::Code(45_028))
        );
        assert!(submit(&mut ledger, "y", false, 0).is_ok());
        let mut chance = Chance::default();
        let mut ledger = Ledger::default();
        let mut daily =
            |id, now_ms| ledger.submit(order(id, true), Kind::Subscription, &mut chance, now_ms);
        assert!(daily("a", 0).is_ok());
        assert_eq!(daily("b", HOUR), Err(Refused::Code(45_028)));
        assert!(daily("b", 24 * HOUR).is_ok());
    }

    #[test]
    fn a_job_ends_once_and_delivers() {
        let (mut ledger, mut chance) = (Ledger::default(), Chance::default());
        let (msg_id, due_ms) = submit(&mut ledger, "a", false, 0).unwrap();
        assert_eq!((due_ms, ledger.msg_status(msg_id)), (500, Some("SENDING")));
        assert!(ledger.finish(msg_id, &mut chance, 499).is_none());
        let event = ledger.finish(msg_id, &mut chance, 500).unwrap();
        assert_eq!(
            (&event["total_count"], &event["sent_count"]),
            (&3.into(), &2.into())
        );
        assert!(ledger.finish(msg_id, &mut chance, 600).is_none());
        assert_eq!(ledger.receivers().distinct, 2);
        assert_eq!(ledger.delete(msg_id, 3), Err(40_060));
        assert_eq!(ledger.delete(msg_id, 1), Ok(()));
        assert_eq!(ledger.msg_status(msg_id), Some("SEND_SUCCESS"));
        assert_eq!(ledger.delete(msg_id, 2), Ok(()));
        assert_eq!(ledger.msg_status(msg_id), Some("DELETE"));
    }

    #[test]
    fn the_administrator_confirms_refuses_or_is_silent() {
        let (mut ledger, mut chance) = (Ledger::default(), Chance::default());
        ledger.settings.protection = Protection::Wait;
        let ids = ["a", "b", "c"].map(|id| submit(&mut ledger, id, true, 0).unwrap());
        let confirmed = ledger.decide(ids[0].0, Admin::Confirm, &mut chance, 10);
        assert_eq!(confirmed, Some(Ok(510)));
        assert_eq!(
            ledger.finish(ids[0].0, &mut chance, 510).unwrap()["status"],
            "send success"
        );
        let refused = ledger.decide(ids[1].0, Admin::Refuse, &mut chance, 10);
        assert_eq!(refused.unwrap().unwrap_err()["status"], "err(40001)");
        let silent = ledger.finish(ids[2].0, &mut chance, ids[2].1).unwrap();
        assert_eq!(silent["status"], "err(40002)");
        assert!(
            ledger
                .decide(ids[2].0, Admin::Confirm, &mut chance, 10)
                .is_none()
        );
        ledger.settings.protection = Protection::Ask;
        assert_eq!(
            submit(&mut ledger, "d", true, 0),
            Err(Refused::Code(89_504))
        );
        assert_eq!(
            submit(&mut ledger, "d", true, 0),
            Err(Refused::Code(89_505))
        );
    }

    #[test]
    fn reprints_are_stopped_or_named() {
        let (mut ledger, mut chance) = (Ledger::default(), Chance::default());
        ledger.settings.reprints.insert(1, true);
        let mut end = |ledger: &mut Ledger, id: &str, ignore_reprint| {
            let order = Order {
                ignore_reprint,
                ..order(id, false)
            };
            let (msg_id, due_ms) = ledger.submit(order, Kind::Service, &mut chance, 0).unwrap();
            let event = ledger.finish(msg_id, &mut chance, due_ms).unwrap();
            let state = event["copyright_check_result"]["check_state"].clone();
            (event["status"].as_str().unwrap().to_owned(), state)
        };
        assert_eq!(
            end(&mut ledger, "a", false),
            ("err(30003)".to_owned(), 2.into())
        );
        assert_eq!(
            end(&mut ledger, "b", true),
            ("send success".to_owned(), 2.into())
        );
        ledger.settings.reprints.insert(2, false);
        assert_eq!(
            end(&mut ledger, "c", true),
            ("err(30002)".to_owned(), 3.into())
        );
    }
}
