//! Ids a caller gave its sends, remembered for a while.

use std::collections::{HashMap, VecDeque};

/// Template messages know their `client_msg_id` for ten minutes (protocol section 5).
const KNOWN_MS: i64 = 600_000;

type Key = (Box<str>, Box<str>);

/// The `client_msg_id`s of the last ten minutes, each for its openid.
#[derive(Default)]
pub(crate) struct Repeats {
    known: HashMap<Key, u64>,
    order: VecDeque<(i64, Key)>,
}

impl Repeats {
    /// The msgid of the first message of that id, when it is known still.
    pub(crate) fn first(&mut self, openid: &str, id: &str, now_ms: i64) -> Option<u64> {
        while let Some((at_ms, _)) = self.order.front()
            && now_ms - at_ms >= KNOWN_MS
        {
            if let Some((_, key)) = self.order.pop_front() {
                self.known.remove(&key);
            }
        }
        self.known.get(&(openid.into(), id.into())).copied()
    }

    pub(crate) fn remember(&mut self, openid: &str, id: &str, msgid: u64, now_ms: i64) {
        let key: Key = (openid.into(), id.into());
        self.known.insert(key.clone(), msgid);
        self.order.push_back((now_ms, key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_for_ten_minutes_and_for_its_openid() {
        let mut repeats = Repeats::default();
        repeats.remember("o1", "a", 7, 0);
        assert_eq!(repeats.first("o1", "a", KNOWN_MS - 1), Some(7));
        assert_eq!(repeats.first("o2", "a", 1), None);
        assert_eq!(repeats.first("o1", "a", KNOWN_MS), None);
        assert!(repeats.known.is_empty());
    }
}
