//! Everything between a request of WeChat and the answer to it, without I/O.
//!
//! [`open`] believes a request or refuses it, [`Push::read`] reads it as far as it goes, [`Reply::fitted`]
//! makes what is answered one that WeChat takes, [`seal_reply`] seals it.

mod answerable;
mod element;
mod envelope;
pub mod event;
mod head;
mod key;
mod message;
mod opened;
mod push;
pub mod query;
mod refusal;
pub mod reply;
mod server_config;
mod signature;
mod unread;

pub use answerable::{Answerable, takes_no_answer};
pub use envelope::seal_reply;
pub use event::{
    ArticleCheck, ArticleUrl, Authorization, CopyrightCheck, EVENT_NAMES, Event, GuideInvite,
    GuideScan, MassSendResult, MassSendStatus, Pictures, PublishResult, PublishedArticle, ScanCode,
    SubscribeMsgChoice, SubscribeMsgSent, TemplateResult, TemplateStatus, Verification,
};
pub use key::EncodingAesKey;
pub use message::{Envelope, Message, Place, Video};
pub use opened::{MAX_BODY, Opened, open, verify_url};
pub use push::{Clear, Content, Push};
pub use query::Query;
pub use refusal::Refusal;
pub use reply::{ACKNOWLEDGEMENT, Article, Change, Reply, ReplyError};
pub use server_config::{Mode, ServerConfig, check_token};
pub use signature::{is_signed, sign};
pub use unread::Unread;
