//! What one sends to many.

use crate::api::{Invalid, rules::filled};
use serde::{Deserialize, Serialize};
use serde_with::BoolFromInt;

/// Longest text, in bytes: beyond it WeChat answers 45002. The pages name no limit for the call;
/// this is the one that texts have everywhere else. The console stops at 300 characters
/// (<https://developers.weixin.qq.com/community/develop/doc/000c8c659b87a084cc799cccc51409>).
const LONGEST_TEXT: usize = 2_048;

/// A message to many: `msgtype` and the object of that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "msgtype", rename_all = "lowercase")]
pub enum MassMessage {
    /// Articles.
    Mpnews {
        mpnews: Kept,
    },
    Text {
        text: MassText,
    },
    Voice {
        voice: Kept,
    },
    Image(Picture),
    Mpvideo {
        mpvideo: MassVideo,
    },
    /// A card.
    Wxcard {
        wxcard: MassCard,
    },
}

/// Something WeChat keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Kept {
    /// Its id.
    pub media_id: String,
}

/// Text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MassText {
    /// It.
    pub content: String,
}

/// Pictures, or for a preview one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Picture {
    /// Those of a send.
    Many { images: Pictures },
    /// That of a preview.
    One { image: Kept },
}

/// Pictures that go together.
#[serde_with::serde_as]
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pictures {
    /// The pictures, in order.
    pub media_ids: Vec<String>,
    /// A few words with them; 40193 when they are too many.
    pub recommend: Option<String>,
    /// Whether they can be commented on.
    #[serde_as(as = "Option<BoolFromInt>")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<u8>", range(max = 1)))]
    pub need_open_comment: Option<bool>,
    /// Whether only followers can comment.
    #[serde_as(as = "Option<BoolFromInt>")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<u8>", range(max = 1)))]
    pub only_fans_can_comment: Option<bool>,
}

/// A video.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MassVideo {
    /// Its id, from [`UploadMassVideo`](super::UploadMassVideo).
    pub media_id: String,
    /// Its title.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
}

/// A card.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MassCard {
    /// Its id.
    pub card_id: String,
    /// What signs it; previews only.
    pub card_ext: Option<String>,
}

impl MassMessage {
    /// Text.
    pub fn text(content: impl Into<String>) -> Self {
        let content = content.into();
        Self::Text {
            text: MassText { content },
        }
    }

    /// The articles of a draft.
    pub fn articles(media_id: impl Into<String>) -> Self {
        let media_id = media_id.into();
        Self::Mpnews {
            mpnews: Kept { media_id },
        }
    }

    /// What the kind needs is there.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        let kept = |object: &'static str, media_id: &str| {
            filled("media_id", media_id).map_err(|broken| broken.inside(object))
        };
        match self {
            Self::Mpnews { mpnews } => kept("mpnews", &mpnews.media_id),
            Self::Text { text } => {
                filled("text.content", &text.content)?;
                let fits = text.content.len() <= LONGEST_TEXT;
                Invalid::unless(fits, "text.content", "must be at most 2,048 bytes of UTF-8")
            }
            Self::Voice { voice } => kept("voice", &voice.media_id),
            Self::Image(Picture::Many { images }) => {
                let there = !images.media_ids.is_empty()
                    && images.media_ids.iter().all(|id| !id.trim().is_empty());
                Invalid::unless(there, "images.media_ids", "must not be empty")
            }
            Self::Image(Picture::One { image }) => kept("image", &image.media_id),
            Self::Mpvideo { mpvideo } => kept("mpvideo", &mpvideo.media_id),
            Self::Wxcard { wxcard } => filled("wxcard.card_id", &wxcard.card_id),
        }
    }

    /// It is of a shape that goes to many, not to one for a look.
    pub(super) fn check_for_many(&self) -> Result<(), Invalid> {
        self.check()?;
        match self {
            Self::Image(Picture::One { .. }) => Invalid::unless(
                false,
                "image",
                "is for previews; a send takes `images` with `media_ids`",
            ),
            Self::Wxcard { wxcard } => Invalid::unless(
                wxcard.card_ext.is_none(),
                "wxcard.card_ext",
                "is for previews only",
            ),
            _ => Ok(()),
        }
    }
}
