//! What an account has on the platform beside keys and tokens: followers, materials, menus, sends. State
//! without I/O.

mod codes;
mod comments;
mod consent;
mod follower;
mod interaction;
mod kf;
mod library;
mod mass;
mod menus;
mod publications;
mod repeats;
mod settings;
mod tags;
mod templates;
mod web;
mod window;

pub(crate) use codes::{Codes, Short};
pub(crate) use comments::{Comment, Comments, Topic};
pub(crate) use consent::Choice;
pub(crate) use follower::{Follower, Followers, is_openid};
pub use follower::{FollowerChange, FollowerView, OneTime};
pub use interaction::Interaction;
pub(crate) use kf::{Kf, Record, Worker};
pub(crate) use library::{Library, Media, News};
pub(crate) use mass::{Admin, Event, Ledger as MassLedger, Order, Refused, Target, hash};
pub use mass::{JobView, MassSettings, Protection, Receivers};
pub(crate) use menus::{Conditional, Menus};
pub(crate) use publications::{Publication, Publications};
pub(crate) use repeats::Repeats;
pub use settings::{Allowances, Outcomes, SendSettings};
pub(crate) use settings::{Fate, merged};
pub(crate) use tags::{FIRST_OWN, TAGS, Tags};
pub(crate) use templates::{NotifyTemplate, TEMPLATES, Template, Templates, content, keywords};
pub(crate) use web::{Grant as WebGrant, Granted, Web};
pub(crate) use window::Taken;

use serde_json::{Map, Value};

/// Everything of one account that calls read and change.
#[derive(Default)]
pub(crate) struct AccountData {
    pub(crate) sends: SendSettings,
    pub(crate) chance: Chance,
    pub(crate) followers: Followers,
    pub(crate) templates: Templates,
    pub(crate) client_msg_ids: Repeats,
    pub(crate) tags: Tags,
    pub(crate) library: Library,
    pub(crate) mass: MassLedger,
    pub(crate) publications: Publications,
    pub(crate) comments: Comments,
    pub(crate) menus: Menus,
    pub(crate) kf: Kf,
    pub(crate) codes: Codes,
    pub(crate) web: Web,
    /// The console's reply rules, as WeChat answers them.
    pub(crate) autoreply: Option<Map<String, Value>>,
}

/// The account's random numbers; the same seed brings the same results.
pub(crate) struct Chance(pub(crate) fastrand::Rng);

impl Default for Chance {
    fn default() -> Self {
        Self(fastrand::Rng::with_seed(0))
    }
}

impl Chance {
    /// One of the two ends or what lies between.
    pub(crate) fn between(&mut self, [least, most]: [u64; 2]) -> u64 {
        self.0.u64(least..=most.max(least))
    }

    /// One of the weighted things; none when no weight is above 0.
    pub(crate) fn weighted<T: Copy>(&mut self, all: &[(T, f64)]) -> Option<T> {
        let sum: f64 = all.iter().map(|(_, weight)| weight.max(0.0)).sum();
        let mut point = self.0.f64() * sum;
        let mut last = None;
        for (thing, weight) in all.iter().filter(|(_, weight)| *weight > 0.0) {
            last = Some(*thing);
            point -= weight;
            if point < 0.0 {
                break;
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_decide() {
        let mut chance = Chance::default();
        assert_eq!(chance.weighted(&[("a", 0.0), ("b", 1.0)]), Some("b"));
        assert_eq!(chance.weighted::<()>(&[]), None);
        let drawn = (0..1_000).filter_map(|_| chance.weighted(&[("a", 1.0), ("b", 3.0)]));
        let share = drawn.filter(|one| *one == "a").count();
        assert!((150..350).contains(&share), "{share}");
    }
}
