//! How many service messages a user still takes (protocol section 7.1). WeChat pushes no event when
//! a user pays: who wants that window sends with `force`.

use super::{
    Failure,
    objection::{Objection, is_before},
};
use crate::{
    account::{Allowance, Allowances},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a refusal of WeChat's is believed while the user is not seen to act.
const BELIEVED: Duration = Duration::from_secs(3_600);

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

    /// What it lets the account send.
    pub fn allowance(self, allowances: &Allowances) -> &Allowance {
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
    /// When it opened, if ever.
    pub at: Option<Timestamp>,
    /// Messages sent in it.
    pub used: u32,
}

/// What is known about a user.
///
/// ```
/// use shared::{
///     account::Allowances,
///     sends::allowance::{Interaction, Judgement, Window, Windows},
///     time::Timestamp,
/// };
///
/// let [wrote, now] = [1_767_000_000, 1_767_000_060].map(Timestamp::from_secs);
/// let mut user = Windows { since: Some(wrote), ..Windows::default() };
/// user.windows[0] = Window { at: Some(wrote), used: 0 };
/// assert_eq!(user.judge(&Allowances::default(), now), Judgement::Charge(Interaction::Message));
///
/// user.windows[0].used = 5;
/// assert!(matches!(user.judge(&Allowances::default(), now), Judgement::Refuse(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Windows {
    /// Since when anything is known.
    pub since: Option<Timestamp>,
    /// The windows, in the order of [`Interaction::ALL`].
    pub windows: [Window; Interaction::ALL.len()],
    /// WeChat's last refusal for want of a window or an allowance, and when that call began.
    pub refused: Option<(i64, Timestamp)>,
}

/// What becomes of a service message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Send it; nothing is known against it.
    Try,
    /// Send it, and count it there.
    Charge(Interaction),
    /// WeChat would refuse it, as far as is known.
    Refuse(Objection),
}

impl Windows {
    /// What becomes of a service message now. The window that closes first is used first.
    pub fn judge(&self, allowances: &Allowances, now: Timestamp) -> Judgement {
        if let Some((errcode, begun)) = self.refused
            && now.since(begun) < BELIEVED
            && (self.windows.iter()).all(|w| w.at.is_none_or(|at| is_before(at, begun)))
        {
            return refuse(errcode, Some(begun));
        }
        let open: Vec<_> = Interaction::ALL
            .into_iter()
            .zip(self.windows)
            .map(|(kind, window)| (kind, window, kind.allowance(allowances)))
            .filter(|(_, window, allowance)| closes(window, allowance) > Some(now))
            .collect();
        let free = open
            .iter()
            .filter(|(_, window, allowance)| allowance.messages.is_none_or(|all| window.used < all))
            .min_by_key(|(_, window, allowance)| closes(window, allowance));
        let longest = Duration::from_secs(allowances.message.within_s.into());
        let known = self.since.is_some_and(|since| now.since(since) >= longest);
        match free {
            Some((kind, ..)) => Judgement::Charge(*kind),
            None if !open.is_empty() => refuse(45_047, None),
            None if known => refuse(45_015, None),
            None => Judgement::Try,
        }
    }
}

fn closes(window: &Window, allowance: &Allowance) -> Option<Timestamp> {
    Some(window.at? + Duration::from_secs(allowance.within_s.into()))
}

fn refuse(errcode: i64, proven: Option<Timestamp>) -> Judgement {
    let why = if errcode == 45_047 {
        "not sent: the allowance of service messages to this user is used up (45047)"
    } else {
        "not sent: the user did nothing in the time that allows service messages (45015)"
    };
    Judgement::Refuse(Objection {
        failure: Failure::new(Some(errcode), why, "refused"),
        proven,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const HOUR: Duration = Duration::from_secs(3_600);

    fn known(kind: Interaction, ago: Duration, used: u32) -> Windows {
        let mut windows = Windows {
            since: Some(NOW - 100 * HOUR),
            ..Windows::default()
        };
        windows.windows[kind as usize] = Window {
            at: Some(NOW - ago),
            used,
        };
        windows
    }

    fn code(judgement: Judgement) -> i64 {
        match judgement {
            Judgement::Refuse(objection) => objection.failure.errcode.unwrap(),
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
            (Click, ms(59_000), 2, 0),
            (Click, ms(59_000), 3, 45_047),
            (Scan, ms(60_000), 0, 45_015),
            (Subscribe, ms(59_000), 3, 45_047),
        ] {
            let judged = known(kind, ago, used).judge(&Allowances::default(), NOW);
            assert_eq!(code(judged), expected, "{kind:?} {ago:?} {used}");
        }
    }

    #[test]
    fn who_is_not_known_well_enough_is_tried() {
        let allowances = Allowances::default();
        assert_eq!(Windows::default().judge(&allowances, NOW), Judgement::Try);
        let mut new = known(Interaction::Click, 2 * HOUR, 0);
        new.since = Some(NOW - 2 * HOUR);
        assert_eq!(new.judge(&allowances, NOW), Judgement::Try);
    }

    #[test]
    fn the_shortest_window_is_used_first() {
        let mut both = known(Interaction::Message, HOUR, 0);
        both.windows[Interaction::Click as usize].at = Some(NOW - ms(1));
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
        assert_eq!(code(judged(NOW + HOUR - ms(1))), 45_015);
        assert_eq!(judged(NOW + HOUR), Judgement::Try);
    }

    #[test]
    fn a_refusal_is_believed_only_against_what_was_before_its_call() {
        let mut windows = known(Interaction::Message, HOUR, 1);
        let judged = |windows: &Windows| windows.judge(&Allowances::default(), NOW);
        windows.refused = Some((45_047, NOW - ms(1_000)));
        let Judgement::Refuse(objection) = judged(&windows) else {
            panic!("WeChat knew of the message an hour before")
        };
        assert_eq!(objection.proven, Some(NOW - ms(1_000)));
        // The user wrote while the call was made; WeChat tells whole seconds.
        for at in [NOW - ms(2_000), NOW - ms(1_000), NOW] {
            windows.windows[Interaction::Message as usize].at = Some(at);
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
            let Judgement::Refuse(objection) = judged else {
                panic!("{judged:?}")
            };
            assert_eq!(objection.proven, None);
        }
    }
}
