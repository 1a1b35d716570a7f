//! Campaigns: one message to many, from its plan to WeChat's final counts.
//!
//! | module | holds |
//! |---|---|
//! | [`page`] | receivers as they come in, sorted and packed |
//! | [`plan`] | pages into batches, every receiver once, in a memory that does not grow |
//! | [`record`] | the row of a campaign |
//! | [`batch`] | the row of a batch, and what changes it |
//! | [`verdict`] | what an outcome of WeChat's means for a batch |
//! | [`quota`] | when an account may call |
//! | [`result`] | MASSSENDJOBFINISH and `mass/get` |
//! | [`agenda`] | what a worker does next |
//! | [`view`] | the campaign as the API shows it |

pub mod agenda;
pub mod batch;
pub mod page;
pub mod plan;
pub mod quota;
pub mod record;
pub mod result;
pub mod verdict;
pub mod view;
#[cfg(feature = "aws")]
pub mod worker;

use serde::{Deserialize, Serialize};
use wechat_oa::ids::AppId;

/// Receivers of one call, at most.
pub const BATCH: usize = 10_000;
/// Receivers of one call, at least: WeChat refuses a list of one with 40130.
pub const LEAST: usize = 2;
/// Pages of a campaign, at most.
pub const PAGES: usize = 1_000;

/// What travels on the queue of mass sends: look after this campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub app_id: AppId,
    pub client_msg_id: String,
}

/// Where a campaign or one of its batches is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "CampaignState")
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Receivers may still be added.
    #[default]
    Draft,
    /// It will be sent.
    Planned,
    /// It is being sent.
    Submitting,
    /// The account's administrator has to agree.
    AwaitingAdmin,
    /// WeChat has it.
    Accepted,
    /// It is through.
    Finished,
    /// Some batches of a campaign failed, others did not.
    PartlyFailed,
    /// It did not go, or WeChat stopped it.
    Failed,
    /// It may have gone: the answer to its call was lost, and it is not sent again. A result of
    /// WeChat's tells in the end.
    Unknown,
    /// It was stopped before it went, or taken back; a campaign, when that is so of every batch.
    Deleted,
}

impl State {
    /// As in the table and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Planned => "planned",
            Self::Submitting => "submitting",
            Self::AwaitingAdmin => "awaiting_admin",
            Self::Accepted => "accepted",
            Self::Finished => "finished",
            Self::PartlyFailed => "partly_failed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Deleted => "deleted",
        }
    }
}
