//! What a user's phone shows of an account, in order.

use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;

/// Entries kept for each user.
const KEPT: usize = 1_000;

/// One thing the user sees.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
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

/// Every phone: by app id and openid.
#[derive(Default)]
pub(crate) struct Phones {
    screens: HashMap<(String, String), Vec<Shown>>,
}

impl Phones {
    pub(crate) fn show(&mut self, app_id: &str, openid: &str, shown: Shown) {
        let screen = self
            .screens
            .entry((app_id.to_owned(), openid.to_owned()))
            .or_default();
        if screen.len() >= KEPT {
            screen.remove(0);
        }
        screen.push(shown);
    }

    pub(crate) fn screen(&self, app_id: &str, openid: &str) -> Vec<Shown> {
        let key = (app_id.to_owned(), openid.to_owned());
        self.screens.get(&key).cloned().unwrap_or_default()
    }
}
