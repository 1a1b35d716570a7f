//! The library every function shares: all that is ours. WeChat's own protocol is the crate `wechat_oa`.
//!
//! | module | holds |
//! |---|---|
//! | [`account`] | the accounts served, and how they are written down |
//! | [`answers`] | answers that wait to be collected |
//! | [`assistant`] | what an assistant is told, and what is kept of it |
//! | [`beijing`] | the days WeChat counts in |
//! | [`callback_ips`] | where pushes come from |
//! | [`clock`], [`random`] | time and randomness, as inputs |
//! | [`time`] | moments |
//! | [`followers`] | what is known of a follower beside a push |
//! | [`inbox`] | who answers when WeChat repeats a push |
//! | [`invocation`] | what one function says to another |
//! | [`markdown`] | Markdown as phones show it |
//! | [`media`] | media of messages, uploaded once |
//! | [`problem`] | why work was not done |
//! | [`relay`] | which calls are passed on for others |
//! | [`router`] | which rule answers a push |
//! | [`sends`] | messages and campaigns: verdicts, lanes, pace, consent |
//! | [`sessions`] | what the team's code keeps of a follower from push to push |
//! | [`store`] | the tables (feature `aws`) |
//! | [`token`] | tokens and tickets: leases, refreshes, the token in memory |
//! | [`web`] | web pages: logins, user agents |
//! | [`lambda`] | entry glue of the functions (feature `lambda`) |
//!
//! "protocol section 2.3" and the like stand for WeChat's pages: `docs/protocol.md` lists them.

pub mod account;
pub mod answers;
pub mod assistant;
pub mod beijing;
pub mod callback_ips;
pub mod clock;
pub mod followers;
pub mod inbox;
pub mod invocation;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod markdown;
pub mod media;
pub mod problem;
pub mod random;
pub mod relay;
pub mod router;
pub mod sends;
pub mod sessions;
#[cfg(feature = "aws")]
pub mod store;
pub mod time;
pub mod token;
pub mod web;
