//! Everything between a request of WeChat and the answer to it, without I/O.
//!
//! [`open`] believes a request or refuses it, [`Push::read`] reads it as far as it goes, a [`Router`]
//! decides the [`Reply`], [`Reply::fitted`] makes it one that WeChat takes, [`seal_reply`] seals it;
//! [`inbox`] decides who answers when WeChat repeats itself.

mod answerable;
mod element;
mod envelope;
mod event;
pub mod inbox;
mod message;
mod opened;
mod push;
pub(crate) mod query;
mod refusal;
mod reply;
mod router;
mod signature;
mod unread;

pub use answerable::{Answerable, takes_no_answer};
pub use envelope::seal_reply;
pub use event::{
    ArticleCheck, ArticleUrl, Authorization, CopyrightCheck, Event, GuideInvite, GuideScan,
    MassSendResult, MassSendStatus, Pictures, PublishResult, PublishedArticle, ScanCode,
    SubscribeMsgChoice, SubscribeMsgSent, TemplateResult, TemplateStatus, Verification,
};
pub use message::{Envelope, Message, Place, Video};
pub use opened::{MAX_BODY, Opened, open, verify_url};
pub use push::{Clear, Content, Push};
pub use query::Query;
pub use refusal::Refusal;
pub use reply::{ACKNOWLEDGEMENT, Article, Change, Reply, ReplyError};
pub use router::{Decision, Handler, PatternError, Router, RulesError, answer, forward};
pub use signature::{is_signed, sign};
pub use unread::Unread;
