//! What the platform does later by itself: results of sends, in the platform's own time.

use serde_json::{Map, Value};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;

/// How often the clock is looked at while something waits: tests move it.
const TICK: Duration = Duration::from_millis(10);

/// Something to do.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// Push an event.
    Push {
        app_id: Arc<str>,
        push: Map<String, Value>,
    },
    /// Look whether a mass send is to end.
    Mass { app_id: Arc<str>, msg_id: u64 },
}

struct Due {
    at_ms: i64,
    /// Keeps things of the same moment in their order.
    number: u64,
    task: Task,
}

impl Due {
    fn key(&self) -> Reverse<(i64, u64)> {
        Reverse((self.at_ms, self.number))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[derive(Default)]
struct Waiting {
    heap: BinaryHeap<Due>,
    added: u64,
}

/// What waits for its time.
#[derive(Default)]
pub(crate) struct Timers {
    waiting: Mutex<Waiting>,
    more: Notify,
}

impl Timers {
    pub(crate) fn add(&self, at_ms: i64, task: Task) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.added += 1;
        let number = waiting.added;
        waiting.heap.push(Due {
            at_ms,
            number,
            task,
        });
        self.more.notify_one();
    }

    /// Waits for the next thing whose time comes.
    pub(crate) async fn due(&self, now_ms: impl Fn() -> i64) -> Task {
        loop {
            match self.next(now_ms()) {
                (Some(task), _) => return task,
                (None, true) => tokio::time::sleep(TICK).await,
                (None, false) => self.more.notified().await,
            }
        }
    }

    /// The next thing whose time has come, and whether anything waits.
    fn next(&self, now_ms: i64) -> (Option<Task>, bool) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = waiting.heap.peek().is_some_and(|due| due.at_ms <= now_ms);
        let task = if is_due { waiting.heap.pop() } else { None };
        (task.map(|due| due.task), !waiting.heap.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_done_in_the_order_of_their_time() {
        let timers = Timers::default();
        let task = |app_id: &str| Task::Push {
            app_id: app_id.into(),
            push: Map::new(),
        };
        for (at_ms, name) in [(5, "c"), (1, "a"), (1, "b")] {
            timers.add(at_ms, task(name));
        }
        let next = |now_ms| match timers.next(now_ms) {
            (Some(Task::Push { app_id, .. }), _) => app_id.to_string(),
            (Some(other), _) => format!("{other:?}"),
            (None, waits) => waits.to_string(),
        };
        assert_eq!(next(0), "true");
        assert_eq!(
            (next(1), next(1), next(1)),
            ("a".into(), "b".into(), "true".into())
        );
        assert_eq!((next(9), next(9)), ("c".into(), "false".into()));
    }
}
