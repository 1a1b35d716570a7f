//! What happens on the platform, one event after the other, for those who watch.
//!
//! Only so many events are kept; who was away for longer begins again with everything as it stands.

use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Events kept for somebody who comes back.
const KEPT: usize = 4_096;
/// Bytes they may have together.
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// Counts from 1.
    pub(crate) n: u64,
    pub(crate) kind: &'static str,
    /// JSON on one line.
    pub(crate) data: Arc<str>,
}

#[derive(Default)]
struct Kept {
    /// Until somebody watches nothing is kept, and nothing is spent on it.
    is_watched: bool,
    newest: u64,
    bytes: usize,
    events: VecDeque<Event>,
}

/// The events, oldest first.
pub(crate) struct Events {
    kept: Mutex<Kept>,
    newest: watch::Sender<u64>,
    /// Tells the events of this process from those of another.
    run: String,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            newest: watch::Sender::new(0),
            run: format!("{:08x}", fastrand::u32(..)),
        }
    }
}

impl Events {
    /// Adds an event. What is no JSON is left out.
    pub(crate) fn tell(&self, kind: &'static str, value: &impl Serialize) {
        if !self.kept().is_watched {
            return;
        }
        if let Ok(data) = serde_json::to_string(value) {
            let n = self.kept().add(kind, data.into());
            self.newest.send_replace(n);
        }
    }

    /// Somebody watches from now on; answers after which event.
    pub(crate) fn watch(&self) -> u64 {
        let mut kept = self.kept();
        kept.is_watched = true;
        kept.newest
    }

    /// Whether anybody watches, or did.
    pub(crate) fn is_watched(&self) -> bool {
        self.kept().is_watched
    }

    /// Wakes up whenever there is a later event.
    pub(crate) fn wake(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// The next event after `n`; an error when it is gone, or never was.
    pub(crate) fn after(&self, n: u64) -> Result<Option<Event>, Gone> {
        let kept = self.kept();
        let oldest = kept.events.front().map_or(kept.newest + 1, |event| event.n);
        if n > kept.newest || n + 1 < oldest {
            return Err(Gone);
        }
        let at = usize::try_from(n + 1 - oldest).map_err(|_| Gone)?;
        Ok(kept.events.get(at).cloned())
    }

    /// The event as a browser names it when it comes back.
    pub(crate) fn id(&self, n: u64) -> String {
        format!("{}-{n}", self.run)
    }

    /// The event that a browser names; none when it is of another process, or no name of ours.
    pub(crate) fn named(&self, id: &str) -> Option<u64> {
        let (run, n) = id.split_once('-')?;
        (run == self.run).then(|| n.parse().ok()).flatten()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The event that was asked for is not kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Gone;

impl Kept {
    fn add(&mut self, kind: &'static str, data: Arc<str>) -> u64 {
        self.newest += 1;
        self.bytes += data.len();
        let n = self.newest;
        self.events.push_back(Event { n, kind, data });
        while self.events.len() > KEPT || self.bytes > KEPT_BYTES {
            let oldest = self.events.pop_front();
            self.bytes -= oldest.map_or(self.bytes, |event| event.data.len());
        }
        n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(events: &Events, mut at: u64) -> Vec<u64> {
        let mut seen = Vec::new();
        while let Ok(Some(event)) = events.after(at) {
            at = event.n;
            seen.push(at);
        }
        seen
    }

    #[test]
    fn nothing_is_kept_until_somebody_watches() {
        let events = Events::default();
        events.tell("call", &1);
        assert_eq!((events.watch(), numbers(&events, 0)), (0, vec![]));
        events.tell("call", &1);
        events.tell("call", &2);
        assert_eq!(numbers(&events, 0), [1, 2]);
        assert_eq!(numbers(&events, 1), [2]);
        assert_eq!(&*events.after(1).unwrap().unwrap().data, "2");
    }

    #[test]
    fn what_is_gone_or_never_was_is_told() {
        let events = Events::default();
        events.watch();
        (0..KEPT + 2).for_each(|n| events.tell("log", &n));
        assert_eq!(events.after(1).unwrap_err(), Gone);
        assert_eq!(numbers(&events, 2).len(), KEPT);
        assert_eq!(events.after(u64::MAX).unwrap_err(), Gone);
        assert!(events.after(events.watch()).unwrap().is_none());
    }

    #[test]
    fn long_events_push_others_out() {
        let events = Events::default();
        events.watch();
        let long = "x".repeat(KEPT_BYTES / 2);
        (0..3).for_each(|_| events.tell("call", &long));
        assert_eq!(numbers(&events, 2), [3]);
        events.tell("call", &"x".repeat(KEPT_BYTES));
        assert_eq!(events.after(3).unwrap_err(), Gone, "too long by itself");
        events.tell("call", &1);
        assert_eq!(numbers(&events, 4), [5]);
    }

    #[test]
    fn names_are_of_this_process() {
        let (events, other) = (
            Events::default(),
            Events {
                run: "other".into(),
                ..Events::default()
            },
        );
        assert_eq!(events.named(&events.id(7)), Some(7));
        for wrong in [&*other.id(7), "", "-", "7", &format!("{}-x", events.run)] {
            assert_eq!(events.named(wrong), None, "{wrong}");
        }
    }
}
