//! After a send: how it stands, taking it back, how fast it goes.

use crate::api::{
    Invalid,
    wire::{Number, NumberText},
};
use serde::{Deserialize, Serialize};

/// `POST /cgi-bin/message/mass/delete`: takes articles or a video back that were sent over the API;
/// who has them keeps the card, which then leads nowhere. One piece of media sent several times
/// goes from all of them. 10 a day on old accounts.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeleteMass {
    /// The send; wins over `url`.
    pub msg_id: Option<u64>,
    /// Which of its articles, from 1; 0 or absent for all. Only with `msg_id`.
    pub article_idx: Option<u32>,
    /// The address of an article.
    pub url: Option<String>,
}

impl DeleteMass {
    /// A send, or one of its articles, from 1.
    pub fn send(msg_id: u64, article_idx: Option<u32>) -> Self {
        Self {
            msg_id: Some(msg_id),
            article_idx,
            url: None,
        }
    }

    /// The article at that address.
    pub fn article(url: impl Into<String>) -> Self {
        Self {
            msg_id: None,
            article_idx: None,
            url: Some(url.into()),
        }
    }

    /// It names a send or an article, not both.
    ///
    /// # Errors
    /// When it does not.
    pub fn validate(&self) -> Result<(), Invalid> {
        let url = self.url.as_deref().filter(|url| !url.trim().is_empty());
        Invalid::unless(
            self.msg_id.is_some() != url.is_some(),
            "msg_id",
            "must be there, or url in its place",
        )?;
        Invalid::unless(
            self.msg_id.is_some() || self.article_idx.is_none(),
            "article_idx",
            "goes with msg_id only",
        )
    }
}

/// `POST /cgi-bin/message/mass/get`: how a send stands. 40059 for an unknown one.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GetMass {
    #[serde_as(as = "NumberText")]
    pub msg_id: u64,
}

/// How a send stands.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MassState {
    #[serde_as(as = "Number")]
    pub msg_id: u64,
    pub msg_status: MassStatus,
}

/// How a send stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MassStatus {
    /// It went.
    SendSuccess,
    /// It is on its way.
    Sending,
    /// It did not go.
    SendFail,
    /// It was taken back, or every receiver was filtered out.
    Delete,
    /// Something newer.
    #[serde(untagged)]
    Other(String),
}

/// `POST /cgi-bin/message/mass/speed/get`: how fast sends go.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetMassSpeed {}

/// How fast sends go.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct MassSpeed {
    /// The level: 0 is 80, 1 is 60, 2 is 45, 3 is 30 and 4 is 10 times 10,000 a minute.
    #[serde_as(as = "Number")]
    pub speed: u8,
    /// The real speed, times 10,000 a minute.
    #[serde_as(as = "Number")]
    pub realspeed: u32,
}

/// `POST /cgi-bin/message/mass/speed/set`: how fast sends are to go. 45083 when out of range.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SetMassSpeed {
    /// The level, 0 (fastest) to 4; see [`MassSpeed`].
    pub speed: u8,
}

impl SetMassSpeed {
    /// The level exists.
    ///
    /// # Errors
    /// When it does not.
    pub fn validate(&self) -> Result<(), Invalid> {
        Invalid::unless(self.speed <= 4, "speed", "must be 0 to 4")
    }
}
