//! The tags of an account (protocol 7.6).

use std::collections::BTreeMap;

/// Tags an account may have: 45056.
pub(crate) const TAGS: usize = 100;
/// Ids below this one belong to the platform: 45058.
pub(crate) const FIRST_OWN: i64 = 100;

/// Tag names by id.
pub(crate) struct Tags {
    pub(crate) names: BTreeMap<i64, String>,
    made: i64,
}

impl Default for Tags {
    fn default() -> Self {
        Self {
            names: BTreeMap::from([(2, "星标组".to_owned())]),
            made: 0,
        }
    }
}

impl Tags {
    pub(crate) fn has(&self, id: i64) -> bool {
        self.names.contains_key(&id)
    }

    pub(crate) fn is_taken(&self, name: &str) -> bool {
        self.names.values().any(|known| known == name)
    }

    /// A new tag's id.
    pub(crate) fn add(&mut self, name: &str) -> i64 {
        let id = FIRST_OWN + self.made;
        self.made += 1;
        self.names.insert(id, name.to_owned());
        id
    }
}
