//! Who got how many mass messages, small enough for millions of followers.

use serde::Serialize;
use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{BuildHasherDefault, Hasher},
};

/// An openid as the ledger keeps it: among a million, two fall together once in 37 million campaigns.
pub(crate) fn hash(openid: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(openid.as_bytes());
    hasher.finish()
}

/// The keys are hashes already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    total: u16,
    month: u16,
    in_month: u8,
}

/// Messages delivered, by hashed openid.
#[derive(Default)]
pub(super) struct Received {
    counts: HashMap<u64, Count, BuildHasherDefault<AsItIs>>,
    total: u64,
    /// Users whose phones somebody looks at, by their hash.
    looked_at: HashMap<u64, Box<str>, BuildHasherDefault<AsItIs>>,
    /// Those of them who got one since the last look.
    reached: Vec<Box<str>>,
}

/// How the deliveries spread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receivers {
    /// Messages delivered.
    pub total: u64,
    /// Users who got at least one.
    pub distinct: u64,
    /// Messages beyond the first of each user.
    pub duplicates: u64,
}

impl Received {
    /// Whether the user got as many this month as allowed; a limit of 0 allows any number.
    pub(super) fn is_full(&self, user: u64, month: i64, limit: u8) -> bool {
        let count = self.counts.get(&user).copied().unwrap_or_default();
        limit > 0 && i64::from(count.month) == month && count.in_month >= limit
    }

    pub(super) fn add(&mut self, user: u64, month: i64) {
        let count = self.counts.entry(user).or_default();
        let month = u16::try_from(month).unwrap_or_default();
        if count.month != month {
            (count.month, count.in_month) = (month, 0);
        }
        count.total = count.total.saturating_add(1);
        count.in_month = count.in_month.saturating_add(1);
        self.total += 1;
        self.reached.extend(self.looked_at.get(&user).cloned());
    }

    pub(super) fn look_at(&mut self, openid: &str) {
        self.looked_at.insert(hash(openid), openid.into());
    }

    pub(super) fn take_reached(&mut self) -> Vec<Box<str>> {
        std::mem::take(&mut self.reached)
    }

    pub(super) fn of(&self, user: u64) -> u64 {
        self.counts.get(&user).map_or(0, |count| count.total.into())
    }

    pub(super) fn spread(&self) -> Receivers {
        let distinct = self.counts.len() as u64;
        Receivers {
            total: self.total,
            distinct,
            duplicates: self.total - distinct,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_followers_fit() {
        let mut received = Received::default();
        for n in 0..1_000_000_u32 {
            received.add(hash(&format!("o{n:027}")), 24_300);
        }
        received.add(hash(&format!("o{:027}", 7)), 24_300);
        let spread = received.spread();
        assert_eq!(
            (spread.total, spread.distinct, spread.duplicates),
            (1_000_001, 1_000_000, 1)
        );
        assert!(std::mem::size_of::<(u64, Count)>() <= 16);
    }

    #[test]
    fn four_a_month() {
        let mut received = Received::default();
        (0..4).for_each(|_| received.add(1, 24_300));
        assert!(received.is_full(1, 24_300, 4) && !received.is_full(1, 24_301, 4));
        assert!(!received.is_full(1, 24_300, 0) && !received.is_full(2, 24_300, 4));
        received.add(1, 24_301);
        assert_eq!(received.of(1), 5);
    }
}
