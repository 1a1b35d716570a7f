//! Handlers in Rust: what a rule with `run = "NAME"` answers. **Your own stand here**, each in a file of this
//! folder, with its name in `handlers/list.rs`, by which rules files are checked.
//!
//! A handler is an async function from what is [`Asked`] to a reply (a text, an article, `None` for nothing) or a
//! [`Problem`], whose sentence goes into the log and so holds no word of the user's.
//! A problem, or a panic, has the rule's `fallback` given; without one the handler is run twice more. One that hands on
//! a [conflict](shared::sessions::CONFLICT) of two pushes side by side is run again at once, three times in all: what it
//! does beside its sessions it may do more than once.
//!
//! ```
//! use forward::handlers::Asked;
//! use shared::{
//!     clock::ManualClock,
//!     problem::Problem,
//!     sessions::DAY,
//!     store::{Sessions, UserSessions, emulated::EmulatedTable},
//!     time::Timestamp,
//! };
//! use std::sync::Arc;
//!
//! // In the list: "visits" => visits::visits
//! async fn visits(asked: Asked) -> Result<String, Problem> {
//!     Ok(format!("第 {} 次", count(&asked.sessions).await?))
//! }
//!
//! async fn count(sessions: &UserSessions) -> Result<u32, Problem> {
//!     let count = sessions.get("visits").await?.unwrap_or(0) + 1;
//!     sessions.put("visits", &count, DAY).await?;
//!     Ok(count)
//! }
//!
//! # #[tokio::main]
//! # async fn main() {
//! # let table = EmulatedTable::create(&["id", "part"]).await;
//! # let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_767_000_000)));
//! # let sessions = Sessions::new(table.client.clone(), &table.name, clock);
//! # let app_id = "wx5f2c8a1d9e3b7046".try_into().unwrap();
//! let push = |mark| sessions.of(&app_id, "oA", mark, Timestamp::MAX);
//! assert_eq!(count(&push("one")).await.unwrap(), 1);
//! assert_eq!(count(&push("two")).await.unwrap(), 2);
//! assert_eq!(count(&push("two")).await.unwrap(), 2, "the same push, run again");
//! # }
//! ```

mod asked;
mod since;

pub use asked::Asked;

use futures_util::future::BoxFuture;
use shared::problem::Problem;
use std::future::Future;
use wechat_oa::callback::Reply;

/// A handler as it is called.
pub(crate) type Run = fn(Asked) -> BoxFuture<'static, Result<Reply, Problem>>;

/// The list as functions; `infra/local` and the build of `callback` read its names.
macro_rules! handlers {
    ($($name:literal => $handler:path),* $(,)?) => {
        &[$(($name, |asked| Box::pin(answer($handler(asked))))),*]
    };
}
#[cfg(test)]
pub(crate) use handlers;

/// The handlers by their names.
pub(crate) const HANDLERS: &[(&str, Run)] = include!("handlers/list.rs");

pub(crate) async fn answer<R: Into<Reply>>(
    answered: impl Future<Output = Result<R, Problem>> + Send,
) -> Result<Reply, Problem> {
    answered.await.map(Into::into)
}
