//! The list of the names of all accounts, kept beside their documents so that one cheap read tells
//! a name that exists from one that somebody made up.

use super::AccountName;
use std::collections::BTreeSet;

/// The parameters that hold the list: one read of ten takes all of them and one document.
const PARAMETERS: usize = 9;
/// What a standard parameter holds, in bytes
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>).
const HOLDS: usize = 4096;

/// Names of accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeSet<AccountName>);

impl Names {
    /// The parameters that may hold names, in order. No account is called so: names have no dot.
    pub fn parameters(prefix: &str) -> [String; PARAMETERS] {
        std::array::from_fn(|n| match n {
            0 => format!("/{prefix}/accounts"),
            n => format!("/{prefix}/accounts.{n}"),
        })
    }

    /// Whether the account is listed.
    pub fn contains(&self, name: &AccountName) -> bool {
        self.0.contains(name)
    }

    /// The names, in order.
    pub fn iter(&self) -> impl Iterator<Item = &AccountName> {
        self.0.iter()
    }

    /// Adds a name; whether it is new.
    pub fn insert(&mut self, name: AccountName) -> bool {
        self.0.insert(name)
    }

    /// Adds the names one parameter holds; what is no list of names is passed over.
    pub fn read(&mut self, value: &str) {
        let names: Vec<String> = serde_json::from_str(value).unwrap_or_default();
        let names = names.into_iter();
        self.0
            .extend(names.filter_map(|name| AccountName::try_from(name).ok()));
    }

    /// The values of the parameters, one at least. Of more names than they hold, about two thousand
    /// of usual length, the last are left out: these are looked up one by one.
    pub fn values(&self) -> Vec<String> {
        let mut values = vec![String::new()];
        for name in &self.0 {
            let item = format!(",\"{name}\"");
            match values.last_mut() {
                Some(last) if last.len() + item.len() < HOLDS => last.push_str(&item),
                _ => values.push(item),
            }
        }
        values.truncate(PARAMETERS);
        let list = |items: &String| format!("[{}]", items.trim_start_matches(','));
        values.iter().map(list).collect()
    }
}

impl FromIterator<AccountName> for Names {
    fn from_iter<T: IntoIterator<Item = AccountName>>(names: T) -> Self {
        Self(names.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nobody_is_a_list_too_and_rubbish_is_none() {
        assert_eq!(Names::default().values(), ["[]"]);
        let mut names = Names::default();
        for value in ["[]", "{", "", "[\"a/b\", \"demo\"]"] {
            names.read(value);
        }
        assert_eq!(names.values(), ["[\"demo\"]"]);
        assert_eq!(
            Names::parameters("p")[..2],
            ["/p/accounts", "/p/accounts.1"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn names_come_back_from_values_that_parameters_hold(
            names in prop::collection::btree_set("[a-zA-Z0-9_-]{1,64}", 0..500),
        ) {
            let names: Names = names
                .into_iter()
                .map(|name| AccountName::try_from(name).unwrap())
                .collect();
            let values = names.values();
            prop_assert!(values.iter().all(|v| (2..=HOLDS).contains(&v.len())));
            let mut read = Names::default();
            values.iter().for_each(|value| read.read(value));
            prop_assert_eq!(read, names);
        }
    }
}
