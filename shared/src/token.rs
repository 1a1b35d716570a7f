//! Access tokens and tickets: who fetches one, when, and which is the one in force.
//!
//! One row a token. Every write expects the version that was read and raises it by one, so that of
//! two writers one wins, and a late answer never overwrites a newer token. A fetch is preceded by
//! a lease on the row; nobody waits for it while the stored token is still good.
//!
//! | module | holds |
//! |---|---|
//! | [`secret_call`] | calls that take the app secret |
//! | `record` | the row of table `tokens` |
//! | `decide` | what to do with it |
//! | `advice` | what helps when there is none |
//! | `failure` | why a fetch failed, and how long to leave it |
//! | `cached` | the token in a caller's memory (feature `http`) |
//! | `refresh` | reading, leasing, fetching, publishing (features `aws` and `http`) |

mod advice;
#[cfg(feature = "wechat")]
mod cached;
mod decide;
mod failure;
mod record;
#[cfg(feature = "wechat")]
mod refresh;
pub mod secret_call;

pub use advice::{Advice, advice};
#[cfg(feature = "wechat")]
pub use cached::{Cached, Origin};
pub use decide::{
    CLASSIC_A_DAY, CLASSIC_GAP, Decision, FETCH, FORCED_A_DAY, FORCED_GAP, Grant, LEASE, OVERLAP,
    Pause, RESERVE, Terms, Why, accept_repeated, decide, force, forced_left, margin, publish,
    release, uncount_classic,
};
pub use failure::FetchError;
pub use record::{Kind, Record};
#[cfg(feature = "wechat")]
pub use refresh::{RefreshError, Refreshed, Refresher, Secrets};

use crate::time::Timestamp;
use secrecy::SecretString;

/// A token in force.
#[derive(Debug, Clone)]
pub struct Current {
    pub value: SecretString,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Since when it is in force.
    pub since: Timestamp,
}
