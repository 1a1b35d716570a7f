//! The menu of an account and its conditional menus (protocol 7.3).

use serde_json::Value;
use std::collections::BTreeMap;

const FIRST_ID: u64 = 208_379_533;

/// A menu that only some users see.
pub(crate) struct Conditional {
    pub(crate) button: Value,
    pub(crate) rule: Value,
}

/// The menus, as they were written.
#[derive(Default)]
pub(crate) struct Menus {
    /// The default menu and its id.
    pub(crate) default: Option<(u64, Value)>,
    pub(crate) conditional: BTreeMap<u64, Conditional>,
    made: u64,
}

impl Menus {
    pub(crate) fn new_id(&mut self) -> u64 {
        self.made += 1;
        FIRST_ID + self.made
    }

    /// Whether a button shows this material.
    pub(crate) fn names(&self, media_id: &str) -> bool {
        let default = self.default.iter().map(|(_, button)| button);
        let conditional = self.conditional.values().map(|menu| &menu.button);
        let quoted = format!("\"{media_id}\"");
        default
            .chain(conditional)
            .any(|button| button.to_string().contains(&quoted))
    }
}
