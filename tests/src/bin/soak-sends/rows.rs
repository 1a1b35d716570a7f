//! What the table says became of each message.

use crate::{
    arrivals::Arrivals,
    plan::{Plan, number},
};
use std::collections::{BTreeMap, HashMap};
use tests::Stage;

/// State and history of each message, by its number.
pub(crate) struct Rows(HashMap<u64, (String, String)>);

impl Rows {
    pub(crate) async fn read(stage: &Stage) -> Self {
        let rows = stage.rows("Sends").await;
        let states = rows.iter().filter_map(|row| {
            let text = |name: &str| row.get(name)?.as_s().ok().cloned();
            let history = format!("{:?}", row.get("history"));
            let n = number(&text("client_msg_id")?)?;
            Some((n, (text("state")?, history)))
        });
        Self(states.collect())
    }

    /// Whether each message has its row, and arrived as often as the row says.
    pub(crate) fn report(&self, plan: &Plan, arrivals: &Arrivals) -> bool {
        let times = arrivals.times();
        let (mut states, mut lost, mut doubled) = (BTreeMap::new(), Vec::new(), Vec::new());
        for n in 0..plan.messages {
            let state = self.0.get(&n).map_or("no row", |(state, _)| state);
            *states.entry(state).or_insert(0_u64) += 1;
            match (state, times.get(&n).copied().unwrap_or(0)) {
                (_, 2..) => doubled.push(n),
                ("sent" | "delivered", 0) | ("no row", _) => lost.push(n),
                _ => {}
            }
        }
        for (state, count) in &states {
            println!("{state:<18} {count:>9}");
        }
        println!("arrived            {:>9}", times.len());
        println!("lost               {:>9} {:?}", lost.len(), first(&lost));
        for n in first(&lost) {
            println!("lost {n}: {:?}", self.0.get(n));
        }
        println!(
            "arrived twice      {:>9} {:?}",
            doubled.len(),
            first(&doubled)
        );
        let ends = ["sent", "delivered", "unknown"];
        lost.is_empty() && doubled.is_empty() && states.keys().all(|state| ends.contains(state))
    }
}

fn first(numbers: &[u64]) -> &[u64] {
    &numbers[..numbers.len().min(10)]
}
