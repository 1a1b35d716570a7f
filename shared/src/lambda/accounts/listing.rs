//! All accounts at once, and the list of their names.

use super::{
    parameters::Parameters,
    shelf::{Look, Shelf, Stored},
};
use crate::{
    account::{Account, AccountError, AccountName, Names},
    time::Timestamp,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// All accounts, with the list of their names as it is stored.
#[derive(Debug)]
pub struct Listing {
    /// In the order of their names.
    pub accounts: Vec<Listed>,
    /// The list that is stored, parameter by parameter.
    pub(super) stored: Vec<Option<String>>,
}

/// An account as a listing has it.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: AccountName,
    /// The account; one whose document became wrong as it was before, where that is known.
    pub account: Option<Arc<Account>>,
    /// Everything that is wrong with its document.
    pub faults: Vec<AccountError>,
}

/// Everything below the prefix, with encrypted values as they are stored.
pub(super) type Sealed = BTreeMap<String, Stored>;

/// What of a listing has to be read in clear: documents that are not in memory as they stand, and
/// the list of names, should somebody have encrypted it.
pub(super) fn changed(listed: &Sealed, parameters: &Parameters, shelf: &Shelf) -> Vec<String> {
    let lists = parameters.names();
    let is_asked = |parameter: &String, stored: &Stored| match parameters.account_of(parameter) {
        Some(name) => !shelf.holds(&name, &stored.revision),
        None => stored.is_encrypted && lists.contains(parameter),
    };
    let asked = listed
        .iter()
        .filter(|(name, stored)| is_asked(name, stored));
    asked.map(|(parameter, _)| parameter.clone()).collect()
}

impl Listing {
    /// Takes into memory what was `asked` for and `found`, and tells what memory holds of all that is `listed`.
    pub(super) fn taken(
        listed: &Sealed,
        (asked, found): (&[String], &HashMap<String, Stored>),
        parameters: &Parameters,
        shelf: &mut Shelf,
        now: Timestamp,
    ) -> Self {
        let mut accounts = Vec::new();
        for parameter in listed.keys() {
            let Some(name) = parameters.account_of(parameter) else {
                continue;
            };
            let faults = match asked.contains(parameter) {
                true => shelf.take(&name, found.get(parameter), now),
                false => shelf.faults(&name).to_vec(),
            };
            let account = match shelf.look(&name, now) {
                Look::Known(account) => Some(account),
                Look::Wrong(_) => None,
                // Deleted since it was listed.
                Look::Absent | Look::Unread => continue,
            };
            accounts.push(Listed {
                name,
                account,
                faults,
            });
        }
        let lists = parameters.names().into_iter();
        let stored = lists.map(|name| found.get(&name).or_else(|| listed.get(&name)));
        let stored = stored.map(|stored| stored.map(|stored| stored.value.clone()));
        let stored = stored.collect();
        let listing = Self { accounts, stored };
        shelf.is_all(listing.names(), now);
        listing
    }

    /// The names of all accounts.
    pub(super) fn names(&self) -> Names {
        let names = self.accounts.iter();
        names.map(|listed| listed.name.clone()).collect()
    }
}
