//! What is known of accounts, and when it has to be read anew: pure decisions of memory and time.

use crate::{
    account::{Account, AccountError, AccountName, Names},
    time::Timestamp,
};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// How long memory is good without a look, from and to: a changed key or secret
/// works within it, and processes that start together do not look together.
const FRESH: [Duration; 2] = [Duration::from_secs(240), Duration::from_secs(300)];
/// How long after a look that failed, or found something wrong.
const AGAIN: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(60)];
/// How long an absent account is believed absent.
const ABSENT: Duration = Duration::from_secs(30);
/// How long a list of names is not read anew for a name it lacks.
const NAMES: Duration = Duration::from_secs(30);
/// How long when there is none: without a list nobody can be told from anybody.
const NO_NAMES: Duration = Duration::from_secs(1);
/// Names remembered at most; a scan of names must not grow the memory.
const REMEMBERED: usize = 4096;
/// Accounts read before anybody asks for them.
const UNASKED: usize = 100;

/// What memory holds.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// The list of names; none when there is none yet.
    names: Option<Names>,
    /// When it was asked for.
    names_asked: Timestamp,
    documents: HashMap<AccountName, Document>,
    /// Which document was read last.
    revisions: HashMap<AccountName, Revision>,
    /// What is wrong with documents, in whole or in part.
    wrong: HashMap<AccountName, Vec<AccountError>>,
    /// When everything is read anew; never while nothing was read.
    renew_at: Option<Timestamp>,
}

/// A parameter as it was read.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// In clear, or as it is stored.
    pub(super) value: String,
    /// Whether it is stored encrypted.
    pub(super) is_encrypted: bool,
    pub(super) revision: Revision,
}

/// Which of a parameter's values it is. One that is deleted and stored again counts its versions
/// anew, so that the moment belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Revision {
    /// From 1; 0 is not known.
    pub(super) version: i64,
    /// When it was stored, in seconds and the rest in nanoseconds.
    pub(super) modified: Option<(i64, u32)>,
}

#[derive(Debug)]
enum Document {
    Known(Arc<Account>),
    Wrong(AccountError),
    Absent { until: Timestamp },
}

impl Document {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }
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
    pub(super) fn look(&self, name: &AccountName, now: Timestamp) -> Look {
        match self.documents.get(name) {
            Some(Document::Known(account)) => Look::Known(Arc::clone(account)),
            Some(Document::Wrong(error)) => Look::Wrong(error.clone()),
            Some(Document::Absent { until }) if now < *until => Look::Absent,
            Some(Document::Absent { .. }) | None => Look::Unread,
        }
    }

    /// Whether it is time to read everything anew; the one who is told does it, and nobody else
    /// for a while.
    pub(super) fn is_due(&mut self, now: Timestamp) -> bool {
        let is_due = self.renew_at.is_some_and(|at| now >= at);
        if is_due {
            self.not_renewed(now);
        }
        is_due
    }

    /// Everything was read. Something wrong is looked at again soon: somebody will correct it.
    pub(super) fn renewed(&mut self, now: Timestamp) {
        let wait = match self.wrong.is_empty() {
            true => FRESH,
            false => AGAIN,
        };
        self.renew_at = Some(now + between(wait));
    }

    /// Nothing is read anew before a while is over, unless all is read now.
    pub(super) fn not_renewed(&mut self, now: Timestamp) {
        self.renew_at = Some(now + between(AGAIN));
    }

    pub(super) fn lists(&self, name: &AccountName) -> bool {
        let names = self.names.as_ref();
        names.is_some_and(|names| names.contains(name))
    }

    /// Whether the list may have changed since it was read.
    pub(super) fn names_are_old(&self, now: Timestamp) -> bool {
        let keep = match self.names {
            Some(_) => NAMES,
            None => NO_NAMES,
        };
        now >= self.names_asked + keep
    }

    pub(super) fn asks_for_names(&mut self, now: Timestamp) {
        self.names_asked = now;
    }

    /// Takes the list as its parameters hold it; none of them: nobody wrote it yet.
    pub(super) fn take_names<'a>(&mut self, values: impl Iterator<Item = &'a String>) {
        let mut names = None;
        values.for_each(|value| names.get_or_insert_with(Names::default).read(value));
        self.names = names.or_else(|| self.names.take());
    }

    /// Those are all accounts there are, and all of them were read now.
    pub(super) fn is_all(&mut self, names: Names, now: Timestamp) {
        self.documents.retain(|name, _| names.contains(name));
        self.wrong.retain(|name, _| names.contains(name));
        self.revisions.retain(|name, _| names.contains(name));
        self.names = Some(names);
        self.names_asked = now;
        self.renewed(now);
    }

    /// The documents to read: those in memory, and listed ones beside them up to a number.
    pub(super) fn wanted(&self) -> Vec<AccountName> {
        let documents = self.documents.iter();
        let known = documents.filter(|(_, document)| !document.is_absent());
        let mut wanted: Vec<AccountName> = known.map(|(name, _)| name.clone()).collect();
        let listed = self.names.iter().flat_map(Names::iter);
        let unread = listed.filter(|name| !self.documents.contains_key(*name));
        let known = wanted.len();
        wanted.extend(unread.take(UNASKED).cloned());
        wanted.truncate(UNASKED.max(known));
        wanted
    }

    /// Whether a document of the account was read, be it wrong.
    pub(super) fn has_read(&self, name: &AccountName) -> bool {
        self.revisions.contains_key(name)
    }

    /// Whether that very document was read.
    pub(super) fn holds(&self, name: &AccountName, revision: &Revision) -> bool {
        revision.version > 0 && self.revisions.get(name) == Some(revision)
    }

    /// Everything that is wrong with the document that was read last.
    pub(super) fn faults(&self, name: &AccountName) -> &[AccountError] {
        self.wrong.get(name).map_or(&[], Vec::as_slice)
    }

    /// Takes a document as it was read; everything that is wrong with it. One that is wrong as a whole
    /// leaves the one before it in force, one that is wrong in part the parts before.
    pub(super) fn take(
        &mut self,
        name: &AccountName,
        found: Option<&Stored>,
        now: Timestamp,
    ) -> Vec<AccountError> {
        if self.documents.len() >= REMEMBERED {
            self.documents.retain(|_, document| !document.is_absent());
        }
        let faults = match found {
            Some(Stored {
                value, revision, ..
            }) => {
                (self.revisions).insert(name.clone(), revision.clone());
                self.put(name, Account::from_parameter(name, value))
            }
            None => {
                let until = now + ABSENT;
                (self.documents).insert(name.clone(), Document::Absent { until });
                self.revisions.remove(name);
                Vec::new()
            }
        };
        match faults.is_empty() {
            true => drop(self.wrong.remove(name)),
            false => drop(self.wrong.insert(name.clone(), faults.clone())),
        }
        if self.renew_at.is_none() {
            self.renewed(now);
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

fn between([from, to]: [Duration; 2]) -> Duration {
    from + (to - from).mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests;
