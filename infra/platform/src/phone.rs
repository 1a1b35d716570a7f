//! What a user's phone shows of an account, in order.

use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;

/// Entries kept for each user.
const KEPT: usize = 1_000;

/// One thing the user sees.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Counts from 1 over all phones.
    pub n: u64,
    /// Platform time in milliseconds since 1970.
    pub at_ms: i64,
    /// `reply`, `error_notice`, or the kind of send that put it there.
    pub source: &'static str,
    /// The push it answers, if it answers one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_id: Option<String>,
    /// The message: kind and fields, or the text of the notice.
    pub message: Value,
}

/// What one user's phone shows of one account.
#[derive(Serialize)]
pub(crate) struct Screen {
    app_id: String,
    openid: String,
    shown: Vec<Shown>,
}

/// Every phone: by app id and openid.
#[derive(Default)]
pub(crate) struct Phones {
    screens: HashMap<(String, String), Vec<Shown>>,
    made: u64,
}

impl Phones {
    /// Numbers what is shown, tells of it and puts it on the screen.
    pub(crate) fn show(
        &mut self,
        app_id: &str,
        openid: &str,
        shown: Shown,
        tell: impl FnOnce(&Shown),
    ) {
        self.made += 1;
        let n = self.made;
        let shown = Shown { n, ..shown };
        tell(&shown);
        let screen = self
            .screens
            .entry((app_id.to_owned(), openid.to_owned()))
            .or_default();
        if screen.len() >= KEPT {
            screen.remove(0);
        }
        screen.push(shown);
    }

    /// The screens that changed last, each with its newest entries, for a page.
    pub(crate) fn newest(&self, screens: usize, entries: usize) -> Vec<Screen> {
        let number = |shown: &Vec<Shown>| shown.last().map_or(0, |shown| shown.n);
        let mut all: Vec<_> = self.screens.iter().collect();
        all.sort_by_key(|(_, shown)| std::cmp::Reverse(number(shown)));
        let newest = all.into_iter().take(screens);
        newest
            .map(|((app_id, openid), shown)| Screen {
                app_id: app_id.clone(),
                openid: openid.clone(),
                shown: shown.iter().rev().take(entries).rev().cloned().collect(),
            })
            .collect()
    }

    pub(crate) fn screen(&self, app_id: &str, openid: &str) -> Vec<Shown> {
        let key = (app_id.to_owned(), openid.to_owned());
        self.screens.get(&key).cloned().unwrap_or_default()
    }
}
