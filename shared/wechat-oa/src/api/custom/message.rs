//! What a customer-service message can be: `msgtype` and the object of the same name.

use crate::{
    api::{
        Invalid,
        rules::{count, each, filled},
        wire,
    },
    ids::AppId,
};
use serde::{Deserialize, Serialize};

/// A customer-service message without its receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "msgtype", rename_all = "lowercase")]
pub enum Message {
    /// Text; may hold links, to mini programs too. Clients keep links by the text around them: a
    /// changed link under the same text may open the old one.
    Text {
        /// The text.
        text: Text,
    },
    /// A picture.
    Image {
        /// The picture.
        image: Media,
    },
    /// A voice.
    Voice {
        /// The voice.
        voice: Media,
    },
    /// A video.
    Video {
        /// The video.
        video: Video,
    },
    /// Music.
    Music {
        /// The music.
        music: Music,
    },
    /// A card that leads to a web page.
    News {
        /// The card.
        news: News,
    },
    /// An article of the material library; superseded by [`Mpnewsarticle`](Self::Mpnewsarticle).
    Mpnews {
        /// The article.
        mpnews: Media,
    },
    /// A published article.
    Mpnewsarticle {
        /// The article.
        mpnewsarticle: PublishedArticle,
    },
    /// A question with answers to tap; the answer comes as a text with `bizmsgmenuid`.
    Msgmenu {
        /// The question.
        msgmenu: Menu,
    },
    /// A card of the card feature.
    Wxcard {
        /// The card.
        wxcard: Card,
    },
    /// A page of a mini program.
    Miniprogrampage {
        /// The page.
        miniprogrampage: MiniProgramPage,
    },
}

/// A text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"content\": \"…\"}")]
pub struct Text {
    /// Raw text; `\n` breaks a line.
    #[serde(default)]
    pub content: String,
}

/// Temporary or permanent material.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"media_id\": \"…\"}")]
pub struct Media {
    /// The material's id.
    #[serde(default)]
    pub media_id: String,
}

/// A video.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"media_id\": \"…\"}")]
pub struct Video {
    /// The material's id.
    #[serde(default)]
    pub media_id: String,
    /// The material of the picture shown before it plays.
    pub thumb_media_id: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

/// Music.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"musicurl\": \"…\", \"thumb_media_id\": \"…\"}")]
pub struct Music {
    /// Its title.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Where it plays from.
    pub musicurl: Option<String>,
    /// Where it plays from on Wi-Fi.
    pub hqmusicurl: Option<String>,
    /// The material of the picture beside it.
    #[serde(default)]
    pub thumb_media_id: String,
}

/// A card that leads to a web page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"articles\": [{\"title\": \"…\"}]}")]
pub struct News {
    /// Exactly one.
    #[serde(default)]
    pub articles: Vec<Article>,
}

/// What the card shows.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Article {
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// What stands below.
    pub description: Option<String>,
    /// Where a tap leads.
    pub url: Option<String>,
    /// Its picture.
    pub picurl: Option<String>,
}

/// A published article.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PublishedArticle {
    /// The id it was published under.
    #[serde(default)]
    pub article_id: String,
}

/// A question with answers to tap.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"list\": [{\"id\": \"…\", \"content\": \"…\"}]}")]
pub struct Menu {
    /// The question.
    pub head_content: Option<String>,
    /// The answers.
    #[serde(default)]
    pub list: Vec<MenuItem>,
    /// What stands below.
    pub tail_content: Option<String>,
}

/// An answer to tap.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MenuItem {
    /// Comes back as `bizmsgmenuid`.
    #[serde_as(as = "wire::Text")]
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub id: String,
    /// What it says.
    #[serde(default)]
    pub content: String,
}

/// A card of the card feature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Card {
    /// The card; 40168 when it is not linked.
    #[serde(default)]
    pub card_id: String,
}

/// A page of a mini program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MiniProgramPage {
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// The mini program.
    pub appid: AppId,
    /// The page, query included.
    #[serde(default)]
    pub pagepath: String,
    /// The material of its picture.
    #[serde(default)]
    pub thumb_media_id: String,
}

impl Message {
    /// A text.
    pub fn text(content: &str) -> Self {
        let content = content.to_owned();
        Self::Text {
            text: Text { content },
        }
    }

    /// A picture.
    pub fn image(media_id: &str) -> Self {
        let media_id = media_id.to_owned();
        Self::Image {
            image: Media { media_id },
        }
    }

    /// The message has what its kind needs.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        let (part, verdict) = match self {
            Self::Text { text } => ("text", text.check()),
            Self::Image { image } => ("image", filled("media_id", &image.media_id)),
            Self::Voice { voice } => ("voice", filled("media_id", &voice.media_id)),
            Self::Video { video } => ("video", filled("media_id", &video.media_id)),
            Self::Music { music } => ("music", filled("thumb_media_id", &music.thumb_media_id)),
            Self::News { news } => ("news", news.check()),
            Self::Mpnews { mpnews } => ("mpnews", filled("media_id", &mpnews.media_id)),
            Self::Mpnewsarticle { mpnewsarticle } => (
                "mpnewsarticle",
                filled("article_id", &mpnewsarticle.article_id),
            ),
            Self::Msgmenu { msgmenu } => ("msgmenu", msgmenu.check()),
            Self::Wxcard { wxcard } => ("wxcard", filled("card_id", &wxcard.card_id)),
            Self::Miniprogrampage { miniprogrampage } => {
                ("miniprogrampage", miniprogrampage.check())
            }
        };
        verdict.map_err(|broken| broken.inside(part))
    }
}

impl Text {
    /// Longest text, in bytes; what is longer is refused with 45002.
    pub const LIMIT: usize = 2048;

    fn check(&self) -> Result<(), Invalid> {
        filled("content", &self.content)?;
        let fits = self.content.len() <= Self::LIMIT;
        let rule = "must be at most 2048 bytes, a Chinese character counts 3";
        Invalid::unless(fits, "content", rule)
    }
}

impl News {
    fn check(&self) -> Result<(), Invalid> {
        count("articles", &self.articles, 1..=1, "must be one article")?;
        each("articles", &self.articles, |article| {
            filled("title", &article.title)
        })
    }
}

impl Menu {
    fn check(&self) -> Result<(), Invalid> {
        Invalid::unless(!self.list.is_empty(), "list", "must hold an answer")?;
        each("list", &self.list, |item| {
            filled("id", &item.id)?;
            filled("content", &item.content)
        })
    }
}

impl MiniProgramPage {
    fn check(&self) -> Result<(), Invalid> {
        filled("pagepath", &self.pagepath)?;
        filled("thumb_media_id", &self.thumb_media_id)
    }
}
