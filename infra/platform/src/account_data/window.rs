//! When a service message may be sent, and how many (protocol 7.1).

use super::{interaction::Interaction, settings::Allowances};

/// Messages left from one kind of interaction.
#[derive(Clone, Copy, Debug)]
struct Grant {
    from: Interaction,
    left: u32,
    until_ms: i64,
}

/// The window of one user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    grants: Vec<Grant>,
}

/// Whether a message may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Yes,
    /// No interaction in time: 45015.
    Closed,
    /// As many as allowed have gone: 45047.
    UsedUp,
}

impl Window {
    /// The user did something: the allowance of that kind begins anew.
    pub(crate) fn open(&mut self, from: Interaction, allowances: &Allowances, now_ms: i64) {
        let (left, life_ms) = allowances.of(from);
        let until_ms = now_ms.saturating_add(life_ms);
        self.grants.retain(|grant| grant.from != from);
        self.grants.push(Grant {
            from,
            left,
            until_ms,
        });
    }

    /// Takes one message out of the allowance that ends first.
    pub(crate) fn take(&mut self, now_ms: i64) -> Taken {
        self.grants.retain(|grant| grant.until_ms > now_ms);
        if self.grants.is_empty() {
            return Taken::Closed;
        }
        let open = self.grants.iter_mut().filter(|grant| grant.left > 0);
        match open.min_by_key(|grant| grant.until_ms) {
            Some(grant) => {
                grant.left -= 1;
                Taken::Yes
            }
            None => Taken::UsedUp,
        }
    }

    /// Messages left now, over all kinds.
    pub(crate) fn left(&self, now_ms: i64) -> u32 {
        let open = self.grants.iter().filter(|grant| grant.until_ms > now_ms);
        open.map(|grant| grant.left).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn five_messages_within_two_days() {
        let (mut window, allowances) = (Window::default(), Allowances::default());
        assert_eq!(window.take(0), Taken::Closed);
        window.open(Interaction::Message, &allowances, 0);
        assert!((0..5).all(|_| window.take(HOUR) == Taken::Yes));
        assert_eq!(window.take(HOUR), Taken::UsedUp);
        assert_eq!(window.take(48 * HOUR), Taken::Closed);
        window.open(Interaction::Message, &allowances, HOUR);
        assert_eq!(window.left(2 * HOUR), 5);
    }

    #[test]
    fn a_click_gives_three_for_a_minute_and_is_used_first() {
        let (mut window, allowances) = (Window::default(), Allowances::default());
        window.open(Interaction::Message, &allowances, 0);
        window.open(Interaction::Click, &allowances, 0);
        assert!((0..3).all(|_| window.take(1) == Taken::Yes));
        assert_eq!(window.left(1), 5);
        assert_eq!(window.left(60_000), 5);
    }

    #[test]
    fn what_opens_the_window() {
        let of = Interaction::of;
        assert_eq!(of("text", ""), Some(Interaction::Message));
        assert_eq!(of("event", "scancode_waitmsg"), Some(Interaction::Click));
        assert_eq!(of("event", "Subscribe"), Some(Interaction::Follow));
        assert_eq!(of("event", "SCAN"), Some(Interaction::Scan));
        for nothing in ["VIEW", "unsubscribe", "LOCATION", "TEMPLATESENDJOBFINISH"] {
            assert_eq!(of("event", nothing), None);
        }
    }
}
