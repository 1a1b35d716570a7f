//! What is known of accounts, and when it has to be read anew: pure decisions of memory and time.

use crate::account::{Account, AccountError, AccountName, Names};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// How long memory is good without a look, in milliseconds, from and to: a changed key or secret
/// works within it, and processes that start together do not look together.
const FRESH_MS: [i64; 2] = [240_000, 300_000];
/// How long after a look that failed, or found something wrong, in milliseconds.
const AGAIN_MS: [i64; 2] = [30_000, 60_000];
/// How long an absent account is believed absent, in milliseconds.
const ABSENT_MS: i64 = 30_000;
/// How long a list of names is not read anew for a name it lacks, in milliseconds.
const NAMES_MS: i64 = 30_000;
/// How long when there is none: without a list nobody can be told from anybody.
const NO_NAMES_MS: i64 = 1_000;
/// Names remembered at most; a scan of names must not grow the memory.
const REMEMBERED: usize = 4096;
/// Accounts read before anybody asks for them.
const UNASKED: usize = 100;

/// What memory holds.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// The list of names; none when there is none yet.
    names: Option<Names>,
    /// When it was asked for, in milliseconds since 1970.
    names_asked_ms: i64,
    documents: HashMap<AccountName, Document>,
    /// Whose document is wrong, in whole or in part.
    wrong: HashSet<AccountName>,
    /// When everything is read anew, in milliseconds since 1970; never while nothing was read.
    renew_at_ms: Option<i64>,
}

#[derive(Debug)]
enum Document {
    Known(Arc<Account>),
    Wrong(AccountError),
    Absent { until_ms: i64 },
}

/// What memory says of a name.
#[derive(Debug, Clone)]
pub(super) enum Look {
    Known(Arc<Account>),
    Wrong(AccountError),
    Absent,
    /// It was not looked up, or long ago.
    Unread,
}

impl Shelf {
    pub(super) fn look(&self, name: &AccountName, now_ms: i64) -> Look {
        match self.documents.get(name) {
            Some(Document::Known(account)) => Look::Known(Arc::clone(account)),
            Some(Document::Wrong(error)) => Look::Wrong(error.clone()),
            Some(Document::Absent { until_ms }) if now_ms < *until_ms => Look::Absent,
            Some(Document::Absent { .. }) | None => Look::Unread,
        }
    }

    /// Whether it is time to read everything anew; the one who is told does it, and nobody else
    /// for a while.
    pub(super) fn is_due(&mut self, now_ms: i64) -> bool {
        let is_due = self.renew_at_ms.is_some_and(|at_ms| now_ms >= at_ms);
        if is_due {
            self.not_renewed(now_ms);
        }
        is_due
    }

    /// Everything was read. Something wrong is looked at again soon: somebody will correct it.
    pub(super) fn renewed(&mut self, now_ms: i64) {
        let wait = match self.wrong.is_empty() {
            true => FRESH_MS,
            false => AGAIN_MS,
        };
        self.renew_at_ms = Some(now_ms.saturating_add(between(wait)));
    }

    /// Nothing is read anew before a while is over, unless all is read now.
    pub(super) fn not_renewed(&mut self, now_ms: i64) {
        self.renew_at_ms = Some(now_ms.saturating_add(between(AGAIN_MS)));
    }

    pub(super) fn lists(&self, name: &AccountName) -> bool {
        self.names
            .as_ref()
            .is_some_and(|names| names.contains(name))
    }

    /// Whether the list may have changed since it was read.
    pub(super) fn names_are_old(&self, now_ms: i64) -> bool {
        let keep_ms = match self.names {
            Some(_) => NAMES_MS,
            None => NO_NAMES_MS,
        };
        now_ms >= self.names_asked_ms.saturating_add(keep_ms)
    }

    pub(super) fn asks_for_names(&mut self, now_ms: i64) {
        self.names_asked_ms = now_ms;
    }

    /// Takes the list as its parameters hold it; none of them: nobody wrote it yet.
    pub(super) fn take_names<'a>(&mut self, values: impl Iterator<Item = &'a String>) {
        let mut names = None;
        values.for_each(|value| names.get_or_insert_with(Names::default).read(value));
        self.names = names.or_else(|| self.names.take());
    }

    /// Those are all accounts there are, and all of them were read now.
    pub(super) fn is_all(&mut self, names: Names, now_ms: i64) {
        self.documents.retain(|name, _| names.contains(name));
        self.wrong.retain(|name| names.contains(name));
        self.names = Some(names);
        self.names_asked_ms = now_ms;
        self.renewed(now_ms);
    }

    /// The documents to read: those in memory, and listed ones beside them up to a number.
    pub(super) fn wanted(&self) -> Vec<AccountName> {
        let mut wanted: Vec<AccountName> = self
            .documents
            .iter()
            .filter(|(_, document)| !matches!(document, Document::Absent { .. }))
            .map(|(name, _)| name.clone())
            .collect();
        let more = UNASKED.saturating_sub(wanted.len());
        let listed = self.names.iter().flat_map(Names::iter);
        let unread = listed.filter(|name| !self.documents.contains_key(*name));
        wanted.extend(unread.take(more).cloned());
        wanted
    }

    /// Takes a document as it was read; everything that is wrong with it. One that is wrong as a whole
    /// leaves the one before it in force, one that is wrong in part the parts before.
    pub(super) fn take(
        &mut self,
        name: &AccountName,
        json: Option<&str>,
        now_ms: i64,
    ) -> Vec<AccountError> {
        if self.documents.len() >= REMEMBERED {
            let absent = |document: &Document| matches!(document, Document::Absent { .. });
            self.documents.retain(|_, document| !absent(document));
        }
        let faults = match json {
            Some(json) => self.put(name, Account::from_parameter(name, json)),
            None => {
                let until_ms = now_ms.saturating_add(ABSENT_MS);
                let absent = Document::Absent { until_ms };
                self.documents.insert(name.clone(), absent);
                Vec::new()
            }
        };
        match faults.is_empty() {
            true => drop(self.wrong.remove(name)),
            false => drop(self.wrong.insert(name.clone())),
        }
        if self.renew_at_ms.is_none() {
            self.renewed(now_ms);
        }
        faults
    }

    fn put(
        &mut self,
        name: &AccountName,
        read: Result<Account, AccountError>,
    ) -> Vec<AccountError> {
        let before = match self.documents.get(name) {
            Some(Document::Known(before)) => Some(Arc::clone(before)),
            _ => None,
        };
        let (document, faults) = match (read, before) {
            (Ok(account), before) => {
                let faults = account.faults().cloned().collect();
                let account = match before {
                    Some(before) => account.mended(&before),
                    None => account,
                };
                (Document::Known(Arc::new(account)), faults)
            }
            (Err(error), Some(before)) => (Document::Known(before), vec![error]),
            (Err(error), None) => (Document::Wrong(error.clone()), vec![error]),
        };
        self.documents.insert(name.clone(), document);
        faults
    }
}

fn between([from, to]: [i64; 2]) -> i64 {
    fastrand::i64(from..=to)
}

#[cfg(test)]
mod tests;
