//! WeChat's side of the wire, on one machine: it pushes, repeats, gives out tokens and fails on demand.
//!
//! [`Platform::start`] serves two things on one address. Everything is the WeChat API, host-independent,
//! except what lies below `/_control/`, which drives the platform; [`State`] has the same functions
//! in process. It shares no code with the product it plays against.
//!
//! | route | body | answer |
//! |---|---|---|
//! | `GET /_control/accounts` | | `{"accounts": [`[`AccountView`]`]}` |
//! | `POST /_control/accounts` | [`AccountSetup`] | [`AccountView`] |
//! | `POST /_control/accounts/{app_id}` | [`AccountChange`] | [`AccountView`] |
//! | `POST /_control/verify` | `{"app_id"}` | [`VerifyReport`] |
//! | `POST /_control/pushes` | [`PushRequest`] | [`PushReport`], when delivery is finished |
//! | `GET /_control/pushes` | | `{"pushes": [`[`PushReport`]`]}` |
//! | `GET /_control/pushes/{push_id}` | | [`PushReport`] |
//! | `GET /_control/calls?path=&app_id=` | | `{"calls": [`[`CallRecord`]`]}`, oldest first |
//! | `DELETE /_control/calls` | | `{}` |
//! | `GET /_control/phone/{app_id}/{openid}` | | `{"shown": [`[`Shown`]`]}`, oldest first |
//! | `GET /_control/messages?account=&to_user=&kind=&after=&limit=` | | `{"messages": [`[`Message`]`]}` accepted, in order of arrival, after `n` |
//! | `GET /_control/messages/count?…` | | `{"count"}`, same filter |
//! | `DELETE /_control/messages` | | `{}`; numbers go on |
//! | `GET`, `POST /_control/sends/{app_id}` | fields of [`SendSettings`] | [`SendSettings`]: results, outcomes, checks |
//! | `GET /_control/followers/{app_id}?openid=` | | `{"followers": [`[`FollowerView`]`]}` |
//! | `POST /_control/followers/{app_id}` | [`FollowerChange`] | `{}` |
//! | `GET /_control/mass?account=&openid=` | | [`MassView`]: total, distinct, duplicates, jobs; `received` by the openid |
//! | `GET`, `POST /_control/mass/{app_id}` | fields of [`MassSettings`] | [`MassSettings`]: statuses, shares, protection |
//! | `POST /_control/mass/{app_id}/{msg_id}` | `{"admin": "confirm"}` or `"refuse"` | `{}` |
//! | `POST /_control/desk/{app_id}` | [`KfChange`] | `{}`: workers go online, accept invitations; users wait |
//! | `POST /_control/media/{app_id}?kind=&name=` | a file | `{"media_id"}`: a picture or voice as a follower sends it |
//! | `GET /_control/media/{app_id}/{media_id}` | | a picture or voice of either side |
//! | `POST /_control/comments/{app_id}` | [`CommentRequest`] | `{"user_comment_id"}` |
//! | `POST /_control/autoreply/{app_id}` | the answer of `get_current_autoreply_info` | `{}` |
//! | `GET /_control/clock` | | [`ClockView`] |
//! | `POST /_control/clock` | [`ClockMove`] | [`ClockView`] |
//! | `GET /_control/faults` | | `{"faults": [`[`FaultView`]`]}` |
//! | `POST /_control/faults` | [`FaultSpec`] | [`FaultView`] |
//! | `DELETE /_control/faults`, `DELETE /_control/faults/{id}` | | `{}` |
//! | `POST /_control/tokens/{app_id}/revoke` | `{"how": "invalidate"}` or `"classic_fetch"` | `{}` |
//! | `GET /_control` | | what the control API offers: routes, kinds of pushes and faults |
//! | `GET /_control/events` | | what happens, as server-sent events; `Last-Event-ID` goes on from there |
//! | `GET /_control/document`, `/_control/behind/{*path}` | | the product's OpenAPI document and signed routes, where [`Behind`] tells |
//! | `GET /`, `GET /docs` | | the page, and the document to read |
//! | `POST /assistant/v1/chat/completions` | a chat-completions request | an assistant to try answers with, no part of WeChat |
//!
//! A refused control request answers 400, 404 or 409 with `{"error": {…}}` naming the field and the rule.
//!
//! Another page in the same browser is refused below `/_control`.
//!
//! Arrows inside: `server -> {control, window, api} -> state -> {account, push, faults, call_log, phone} ->
//! {tokens, quota, crypto, element, clock}`. The last row decides and does no I/O.

mod account;
mod account_data;
mod accounts_file;
mod api;
mod assistant;
mod behind;
mod call_log;
mod clock;
mod comments;
mod control;
mod crypto;
mod element;
mod events;
mod faults;
mod jweixin;
mod kf;
mod log;
mod mass;
mod messages;
mod phone;
mod push;
mod quota;
mod random;
mod refusal;
mod sender;
mod sends;
mod server;
mod state;
#[cfg(test)]
mod tests;
mod timers;
mod tokens;
mod verify;
mod window;

pub use account::{AccountChange, AccountSetup, AccountView, Class, Kind, Mode};
pub use account_data::{
    Allowances, FollowerChange, FollowerView, Interaction, JobView, MassSettings, OneTime,
    Outcomes, Protection, Receivers, SendSettings,
};
pub use accounts_file::{AccountsFileError, read_accounts};
pub use behind::{Behind, SignedRoutes};
pub use call_log::{CallFilter, CallRecord};
pub use clock::{Clock, ClockMove, ClockView};
pub use comments::CommentRequest;
pub use faults::{FaultKind, FaultSpec, FaultView};
pub use kf::KfChange;
pub use mass::MassView;
pub use messages::{Message, MessageFilter};
pub use phone::Shown;
pub use push::{
    Attempt, Characters, Damage, Format, Outcome, PushReport, PushRequest, Tamper, UserSees,
};
pub use refusal::Refusal;
pub use server::{Config, Platform, StartError};
pub use state::{Revocation, State};
pub use verify::VerifyReport;
