//! How many service messages a user still takes (protocol section 7.1). WeChat pushes no event when
//! a user pays: who wants that window sends with `force`.

use super::{
    Failure,
    objection::{Objection, is_before},
};
use crate::account::{Allowance, Allowances};
use serde::{Deserialize, Serialize};

/// How long a refusal of WeChat's is believed while the user is not seen to act, in milliseconds.
const BELIEVED_MS: i64 = 3_600_000;

/// What a user did that opens a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interaction {
    /// Sent a message.
    Message,
    /// Clicked the menu: click, scancode_push, scancode_waitmsg.
    Click,
    /// Followed.
    Subscribe,
    /// Scanned a QR code.
    Scan,
}

impl Interaction {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Message, Self::Click, Self::Subscribe, Self::Scan];

    /// As in the row and in the account's document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Click => "click",
            Self::Subscribe => "subscribe",
            Self::Scan => "scan",
        }
    }

    fn allowance(self, allowances: &Allowances) -> &Allowance {
        match self {
            Self::Message => &allowances.message,
            Self::Click => &allowances.click,
            Self::Subscribe => &allowances.subscribe,
            Self::Scan => &allowances.scan,
        }
    }
}

/// One window of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// When it opened, in milliseconds since 1970; 0 when never.
    pub at_ms: i64,
    /// Messages sent in it.
    pub used: u32,
}

/// What is known about a user.
///
/// ```
/// use shared::{account::Allowances, sends::allowance::{Interaction, Judgement, Window, Windows}};
///
/// let now = 1_767_000_000_000;
/// let mut user = Windows { since_ms: 1, ..Windows::default() };
/// user.windows[0] = Window { at_ms: now - 60_000, used: 0 };
/// assert_eq!(user.judge(&Allowances::default(), now), Judgement::Charge(Interaction::Message));
///
/// user.windows[0].used = 5;
/// assert!(matches!(user.judge(&Allowances::default(), now), Judgement::Hopeless(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Windows {
    /// Since when anything is known, in milliseconds since 1970; 0 when nothing is.
    pub since_ms: i64,
    /// The windows, in the order of [`Interaction::ALL`].
    pub windows: [Window; Interaction::ALL.len()],
    /// WeChat's last refusal for want of a window or an allowance, and when that call began.
    pub refused: Option<(i64, i64)>,
}

/// What becomes of a service message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Send it; nothing is known against it.
    Try,
    /// Send it, and count it there.
    Charge(Interaction),
    /// WeChat would refuse it, as far as is known.
    Hopeless(Objection),
}

impl Windows {
    /// What becomes of a service message now. The window that closes first is used first.
    pub fn judge(&self, allowances: &Allowances, now_ms: i64) -> Judgement {
        if let Some((errcode, begun_ms)) = self.refused
            && now_ms.saturating_sub(begun_ms) < BELIEVED_MS
            && self.windows.iter().all(|w| is_before(w.at_ms, begun_ms))
        {
            return hopeless(errcode, begun_ms);
        }
        let open: Vec<_> = Interaction::ALL
            .into_iter()
            .zip(self.windows)
            .map(|(kind, window)| (kind, window, kind.allowance(allowances)))
            .filter(|(_, window, allowance)| closes_ms(window, allowance) > now_ms)
            .collect();
        let free = open
            .iter()
            .filter(|(_, window, allowance)| allowance.messages.is_none_or(|all| window.used < all))
            .min_by_key(|(_, window, allowance)| closes_ms(window, allowance));
        let longest_ms = i64::from(allowances.message.within_s).saturating_mul(1_000);
        let known = self.since_ms > 0 && now_ms.saturating_sub(self.since_ms) >= longest_ms;
        match free {
            Some((kind, ..)) => Judgement::Charge(*kind),
            None if !open.is_empty() => hopeless(45_047, 0),
            None if known => hopeless(45_015, 0),
            None => Judgement::Try,
        }
    }
}

fn closes_ms(window: &Window, allowance: &Allowance) -> i64 {
    match window.at_ms {
        0 => 0,
        at_ms => at_ms.saturating_add(i64::from(allowance.within_s).saturating_mul(1_000)),
    }
}

fn hopeless(errcode: i64, proven_ms: i64) -> Judgement {
    let why = if errcode == 45_047 {
        "not sent: the allowance of service messages to this user is used up (45047)"
    } else {
        "not sent: the user did nothing in the time that allows service messages (45015)"
    };
    Judgement::Hopeless(Objection {
        failure: Failure::new(Some(errcode), why, "refused"),
        proven_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;
    const HOUR: i64 = 3_600_000;

    fn known(kind: Interaction, ago_ms: i64, used: u32) -> Windows {
        let mut windows = Windows {
            since_ms: NOW - 100 * HOUR,
            ..Windows::default()
        };
        windows.windows[kind as usize] = Window {
            at_ms: NOW - ago_ms,
            used,
        };
        windows
    }

    fn code(judgement: Judgement) -> i64 {
        match judgement {
            Judgement::Hopeless(objection) => objection.failure.errcode.unwrap(),
            _ => 0,
        }
    }

    #[test]
    fn the_windows_are_those_of_the_protocol() {
        use Interaction::*;
        for (kind, ago, used, expected) in [
            (Message, 47 * HOUR, 4, 0),
            (Message, 47 * HOUR, 5, 45_047),
            (Message, 48 * HOUR, 0, 45_015),
            (Click, 59_000, 2, 0),
            (Click, 59_000, 3, 45_047),
            (Scan, 60_000, 0, 45_015),
            (Subscribe, 59_000, 3, 45_047),
        ] {
            let judged = known(kind, ago, used).judge(&Allowances::default(), NOW);
            assert_eq!(code(judged), expected, "{kind:?} {ago} {used}");
        }
    }

    #[test]
    fn who_is_not_known_well_enough_is_tried() {
        let allowances = Allowances::default();
        assert_eq!(Windows::default().judge(&allowances, NOW), Judgement::Try);
        let mut new = known(Interaction::Click, 2 * HOUR, 0);
        new.since_ms = NOW - 2 * HOUR;
        assert_eq!(new.judge(&allowances, NOW), Judgement::Try);
    }

    #[test]
    fn the_shortest_window_is_used_first() {
        let mut both = known(Interaction::Message, HOUR, 0);
        both.windows[Interaction::Click as usize].at_ms = NOW - 1;
        let judged = |w: &Windows| w.judge(&Allowances::default(), NOW);
        assert_eq!(judged(&both), Judgement::Charge(Interaction::Click));
        both.windows[Interaction::Click as usize].used = 3;
        assert_eq!(judged(&both), Judgement::Charge(Interaction::Message));
    }

    #[test]
    fn a_refusal_is_believed_for_an_hour() {
        let refused = Windows {
            refused: Some((45_015, NOW)),
            ..Windows::default()
        };
        let judged = |at| refused.judge(&Allowances::default(), at);
        assert_eq!(code(judged(NOW + HOUR - 1)), 45_015);
        assert_eq!(judged(NOW + HOUR), Judgement::Try);
    }

    #[test]
    fn a_refusal_is_believed_only_against_what_was_before_its_call() {
        let mut windows = known(Interaction::Message, HOUR, 1);
        let judged = |windows: &Windows| windows.judge(&Allowances::default(), NOW);
        windows.refused = Some((45_047, NOW - 1_000));
        let Judgement::Hopeless(objection) = judged(&windows) else {
            panic!("WeChat knew of the message an hour before")
        };
        assert_eq!(objection.proven_ms, NOW - 1_000);
        // The user wrote while the call was made; WeChat tells whole seconds.
        for at_ms in [NOW - 2_000, NOW - 1_000, NOW] {
            windows.windows[Interaction::Message as usize].at_ms = at_ms;
            assert_eq!(judged(&windows), Judgement::Charge(Interaction::Message));
        }
    }

    #[test]
    fn what_is_counted_here_proves_nothing() {
        for used_up in [
            known(Interaction::Message, HOUR, 5),
            known(Interaction::Message, 49 * HOUR, 0),
        ] {
            let judged = used_up.judge(&Allowances::default(), NOW);
            let Judgement::Hopeless(objection) = judged else {
                panic!("{judged:?}")
            };
            assert_eq!(objection.proven_ms, 0);
        }
    }
}
