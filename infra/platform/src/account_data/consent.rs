//! Who may be sent which subscription message (protocol section 5).

use serde::{Deserialize, Serialize};

/// What a user chose for a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    Accept,
    Reject,
}

impl Choice {
    /// As events write it.
    pub(crate) fn of(word: &str) -> Option<Self> {
        match word {
            "accept" => Some(Self::Accept),
            "reject" => Some(Self::Reject),
            _ => None,
        }
    }
}

/// The consent of one user for one template.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Consent {
    accepted: u32,
}

impl Consent {
    /// Each acceptance adds one message, a refusal takes all.
    pub(crate) fn choose(&mut self, choice: Choice) {
        self.accepted = match choice {
            Choice::Accept => self.accepted.saturating_add(1),
            Choice::Reject => 0,
        };
    }

    /// Whether a message may go; it uses one acceptance up unless the template is a long-term one.
    pub(crate) fn take(&mut self, long_term: bool) -> bool {
        let may = self.accepted > 0;
        if may && !long_term {
            self.accepted -= 1;
        }
        may
    }

    pub(crate) fn left(self) -> u32 {
        self.accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_acceptance_is_one_message_and_long_term_lasts() {
        let mut consent = Consent::default();
        assert!(!consent.take(false));
        consent.choose(Choice::Accept);
        assert!(consent.take(true) && consent.take(true));
        assert!(consent.take(false) && !consent.take(false));
        consent.choose(Choice::Accept);
        consent.choose(Choice::Reject);
        assert!(!consent.take(true));
    }
}
