//! What arrived at the simulated WeChat.

use crate::{
    accounts::ACCOUNTS,
    plan::{Plan, number},
};
use platform::{MessageFilter, State};
use std::collections::HashMap;

const MINUTE_MS: i64 = 60_000;
/// Messages read at once.
const PAGE: usize = 1000;

/// Numbers of the messages and when they came, in the order they came.
pub(crate) struct Arrivals(Vec<(u64, i64)>);

impl Arrivals {
    pub(crate) fn count(wechat: &State) -> usize {
        wechat.count_messages(&MessageFilter::default())
    }

    pub(crate) fn read(wechat: &State) -> Self {
        let mut all = Vec::new();
        let mut filter = MessageFilter {
            limit: Some(PAGE),
            ..MessageFilter::default()
        };
        loop {
            let page = wechat.list_messages(&filter);
            let Some(last) = page.last() else {
                return Self(all);
            };
            filter.after = last.n;
            all.extend(page.iter().map(|message| {
                let body = message.body.as_ref().map_or("", |body| body.get());
                // The receiver's name comes first; what the message says is the last mark.
                (number(body).expect("a message of this run"), message.at_ms)
            }));
        }
    }

    /// How often each message arrived.
    pub(crate) fn times(&self) -> HashMap<u64, u32> {
        let mut times = HashMap::new();
        for (n, _) in &self.0 {
            *times.entry(*n).or_insert(0) += 1;
        }
        times
    }

    /// Order and pace.
    pub(crate) fn report(&self, plan: &Plan) -> bool {
        let mut last = HashMap::new();
        let mut overtaken = 0;
        for (n, _) in &self.0 {
            let before = last.insert(plan.receiver(*n), *n);
            overtaken += u32::from(before.is_some_and(|before| before > *n));
        }
        println!("out of order       {overtaken:>9}");
        let mut kept = overtaken == 0;
        for (index, account) in ACCOUNTS.iter().enumerate() {
            let its = self.0.iter().filter(|(n, _)| plan.account(*n) == index);
            let times: Vec<i64> = its.map(|(_, at)| *at).collect();
            let busiest = busiest_minute(&times);
            println!(
                "{:<8} minute    {busiest:>9} at most, of {}",
                account.name, account.per_minute
            );
            kept &= busiest <= account.per_minute as usize;
        }
        kept
    }
}

/// Most arrivals in any sixty seconds; `times` ascends.
fn busiest_minute(times: &[i64]) -> usize {
    let mut from = 0;
    let mut most = 0;
    for (at, time) in times.iter().enumerate() {
        while time - times[from] >= MINUTE_MS {
            from += 1;
        }
        most = most.max(at + 1 - from);
    }
    most
}
