//! Pages into batches: every receiver in one of them, in a memory that does not grow with their
//! number.
//!
//! The pages are read again and again; each reading takes the next receivers in order. A million
//! receivers cost ten readings of a hundred pages.

use super::{BATCH, LEAST};
use std::collections::BTreeSet;

/// Receivers held by one reading.
pub const READING: usize = 100_000;

/// One reading of all pages: of the receivers behind the last one before, the first so many.
#[derive(Debug)]
pub struct Reading {
    after: Option<String>,
    most: usize,
    first: BTreeSet<String>,
    more: bool,
}

impl Reading {
    /// A reading of what comes behind `after`, `most` receivers of it.
    pub fn new(after: Option<String>, most: usize) -> Self {
        Self {
            after,
            most,
            first: BTreeSet::new(),
            more: false,
        }
    }

    /// Looks at a page: its receivers, in order.
    pub fn page(&mut self, openids: &[String]) {
        let start = match &self.after {
            Some(after) => openids.partition_point(|openid| openid <= after),
            None => 0,
        };
        for openid in openids.iter().skip(start) {
            let full = self.first.len() >= self.most;
            match self.first.last() {
                // The page is in order: what follows is behind it too.
                Some(last) if full && openid > last => {
                    self.more = true;
                    return;
                }
                _ => {}
            }
            let new = self.first.insert(openid.clone());
            if new && self.first.len() > self.most {
                self.first.pop_last();
                self.more = true;
            }
        }
    }

    /// The receivers found, in order, and whether there are more behind them.
    pub fn end(self) -> (Vec<String>, bool) {
        (self.first.into_iter().collect(), self.more)
    }
}

/// Cuts receivers into batches of at most 10,000 and at least 2.
#[derive(Debug, Default)]
pub struct Cutter {
    left: Vec<String>,
}

impl Cutter {
    /// Takes more receivers.
    pub fn add(&mut self, openids: Vec<String>) {
        self.left.extend(openids);
    }

    /// The next batch, while so many are left behind it that they make one of their own.
    pub fn next_full(&mut self) -> Option<Vec<String>> {
        (self.left.len() >= BATCH + LEAST).then(|| self.cut(BATCH))
    }

    /// The last batches: one or two, or none when nothing is left.
    pub fn end(mut self) -> Vec<Vec<String>> {
        let mut last = Vec::new();
        while let Some(full) = self.next_full() {
            last.push(full);
        }
        if self.left.len() > BATCH {
            let most = BATCH - 1;
            last.push(self.cut(most));
        }
        if !self.left.is_empty() {
            last.push(self.left);
        }
        last
    }

    fn cut(&mut self, most: usize) -> Vec<String> {
        let behind = self.left.split_off(most.min(self.left.len()));
        std::mem::replace(&mut self.left, behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sends::campaign::page::Page;
    use proptest::prelude::*;

    fn openid(n: usize) -> String {
        format!("o{n:07}")
    }

    fn plan(pages: &[Page], reading: usize) -> Vec<Vec<String>> {
        let (mut after, mut cutter, mut batches) = (None, Cutter::default(), Vec::new());
        loop {
            let mut read = Reading::new(after.take(), reading);
            for page in pages {
                read.page(page.openids());
                assert!(read.first.len() <= reading);
            }
            let (found, more) = read.end();
            after = found.last().cloned();
            cutter.add(found);
            while let Some(batch) = cutter.next_full() {
                batches.push(batch);
            }
            if !more {
                batches.extend(cutter.end());
                return batches;
            }
        }
    }

    #[test]
    fn no_batch_has_one_receiver_unless_the_campaign_has() {
        for (receivers, sizes) in [
            (0, &[][..]),
            (1, &[1]),
            (2, &[2]),
            (10_000, &[10_000]),
            (10_001, &[9_999, 2]),
            (10_002, &[10_000, 2]),
            (20_001, &[10_000, 9_999, 2]),
            (30_000, &[10_000, 10_000, 10_000]),
        ] {
            let pages: Vec<Page> = (0..receivers)
                .map(openid)
                .collect::<Vec<_>>()
                .chunks(7_000)
                .map(|some| Page::of(some.to_vec()))
                .collect();
            let found: Vec<usize> = plan(&pages, 8_000).iter().map(Vec::len).collect();
            assert_eq!(found, sizes, "{receivers}");
        }
    }

    proptest! {
        #[test]
        fn everybody_is_in_one_batch(
            pages in prop::collection::vec(prop::collection::vec(0_usize..400, 0..60), 0..12),
            reading in 1_usize..50,
        ) {
            let pages: Vec<Page> = pages
                .into_iter()
                .map(|page| Page::of(page.into_iter().map(openid).collect()))
                .collect();
            let all: BTreeSet<String> =
                pages.iter().flat_map(|page| page.openids().to_vec()).collect();
            let planned: Vec<String> = plan(&pages, reading).concat();
            prop_assert_eq!(planned, all.into_iter().collect::<Vec<_>>());
        }
    }
}
