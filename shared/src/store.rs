//! The tables: each decision of the core as one request to DynamoDB.

mod answers;
mod assistants;
mod departure;
#[cfg(any(test, feature = "emulated"))]
#[allow(clippy::unwrap_used, reason = "a test that has no table has failed")]
pub mod emulated;
mod error;
mod followers;
mod inbox;
mod logins;
mod media;
mod sends;
mod sessions;
mod table;
mod tokens;
#[cfg(test)]
mod versions;

pub use answers::Answers;
pub use assistants::{Assistants, Conversation};
pub use departure::Departure;
pub use error::{StoreError, sdk_reason};
pub use followers::Followers;
pub use inbox::{Erased, Filing, Inbox, Outcome, REPEATS};
pub use logins::Logins;
pub use media::Media;
pub use sends::{
    Accepted, Cancelled, Change, Consents, Created, Cursor, EarlyResult, Fate, Filter, Intake,
    Joined, Landed, Page, Paged, Parked, PushedResult, Redriven, Sends, Taken, place,
};
pub use sessions::{Sessions, UserSessions};
pub use table::Put;
pub use tokens::Tokens;
