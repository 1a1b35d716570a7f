//! Passive replies: what a push can be answered with (protocol section 3).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;
use thiserror::Error;

/// What WeChat is told when there is nothing to say to the user.
pub const ACKNOWLEDGEMENT: &str = "success";
/// Longest text, in bytes of UTF-8.
const MAX_TEXT: usize = 2048;
/// Most articles in one reply.
const MAX_ARTICLES: usize = 8;

/// An answer to a push.
///
/// As JSON, and in `rules.toml`: `null` acknowledges, a string is a text, an object names its `kind`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "kind",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Reply {
    /// Nothing is said to the user; WeChat does not repeat the push.
    #[default]
    Acknowledge,
    /// A text.
    Text {
        /// At most 2048 bytes.
        content: String,
    },
    /// A picture.
    Image {
        /// Temporary or permanent material.
        media_id: String,
    },
    /// A voice.
    Voice {
        /// Temporary or permanent material.
        media_id: String,
    },
    /// A video.
    Video {
        /// Temporary or permanent material.
        media_id: String,
        /// Its title, may be empty.
        #[serde(default)]
        title: String,
        /// Its description, may be empty.
        #[serde(default)]
        description: String,
    },
    /// A piece of music.
    Music {
        /// Its title, may be empty.
        #[serde(default)]
        title: String,
        /// Its description, may be empty.
        #[serde(default)]
        description: String,
        /// Where it plays from, may be empty.
        #[serde(default)]
        music_url: String,
        /// Where it plays from on Wi-Fi, may be empty.
        #[serde(default)]
        hq_music_url: String,
        /// The picture beside it; required.
        thumb_media_id: String,
    },
    /// Articles: one in answer to a message, up to 8 otherwise.
    News {
        /// From first to last.
        articles: Vec<Article>,
    },
    /// Hands the user over to customer service.
    TransferCustomerService {
        /// The agent, even when offline; any agent when absent.
        #[serde(default)]
        kf_account: Option<String>,
    },
}

/// An article of a news reply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Article {
    /// The title.
    pub title: String,
    /// The text below it.
    pub description: String,
    /// The picture, jpg or png.
    pub pic_url: String,
    /// Where it leads.
    pub url: String,
}

/// A reply that WeChat would not take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {rule}")]
pub struct ReplyError {
    /// The field.
    pub field: &'static str,
    /// The rule it breaks.
    pub rule: &'static str,
}

impl Reply {
    /// Reads what was answered or written as a reply; its limits are not checked.
    ///
    /// # Errors
    /// When it is no reply; the error names the field.
    pub fn from_answer(answer: Value) -> Result<Self, serde_json::Error> {
        match answer {
            Value::Null => Ok(Self::Acknowledge),
            Value::String(content) => Ok(Self::Text { content }),
            object => Self::deserialize(object),
        }
    }

    /// Checks the limits of protocol section 3.
    ///
    /// # Errors
    /// The first field that breaks its rule.
    pub fn validate(&self) -> Result<(), ReplyError> {
        match self {
            Self::Acknowledge => Ok(()),
            Self::Text { content } => {
                ensure(!content.is_empty(), "content", "must not be empty")?;
                ensure(
                    content.len() <= MAX_TEXT,
                    "content",
                    "must be at most 2048 bytes",
                )
            }
            Self::Image { media_id } | Self::Voice { media_id } | Self::Video { media_id, .. } => {
                ensure(!media_id.is_empty(), "media_id", "must not be empty")
            }
            Self::Music { thumb_media_id, .. } => ensure(
                !thumb_media_id.is_empty(),
                "thumb_media_id",
                "must not be empty",
            ),
            Self::News { articles } => {
                let fits = (1..=MAX_ARTICLES).contains(&articles.len());
                ensure(fits, "articles", "must be 1 to 8")?;
                ensure(
                    articles.iter().all(|a| !a.title.is_empty()),
                    "articles.title",
                    "must not be empty",
                )
            }
            Self::TransferCustomerService { kf_account } => ensure(
                kf_account.as_deref() != Some(""),
                "kf_account",
                "must not be empty",
            ),
        }
    }

    /// The reply in clear, from the account `from` to the user `to`; `success` for an acknowledgement.
    /// `create_time` in seconds since 1970.
    pub fn render(&self, to: &str, from: &str, create_time: i64) -> String {
        let Some(kind) = self.msg_type() else {
            return ACKNOWLEDGEMENT.to_owned();
        };
        let mut xml = Xml(String::with_capacity(512));
        xml.0.push_str("<xml>");
        xml.text("ToUserName", to);
        xml.text("FromUserName", from);
        xml.number("CreateTime", create_time);
        xml.text("MsgType", kind);
        self.render_content(&mut xml);
        xml.0.push_str("</xml>");
        xml.0
    }

    fn msg_type(&self) -> Option<&'static str> {
        Some(match self {
            Self::Acknowledge => return None,
            Self::Text { .. } => "text",
            Self::Image { .. } => "image",
            Self::Voice { .. } => "voice",
            Self::Video { .. } => "video",
            Self::Music { .. } => "music",
            Self::News { .. } => "news",
            Self::TransferCustomerService { .. } => "transfer_customer_service",
        })
    }

    fn render_content(&self, xml: &mut Xml) {
        match self {
            Self::Acknowledge | Self::TransferCustomerService { kf_account: None } => {}
            Self::Text { content } => xml.text("Content", content),
            Self::Image { media_id } => xml.inside("Image", |xml| xml.text("MediaId", media_id)),
            Self::Voice { media_id } => xml.inside("Voice", |xml| xml.text("MediaId", media_id)),
            Self::Video {
                media_id,
                title,
                description,
            } => xml.inside("Video", |xml| {
                xml.text("MediaId", media_id);
                xml.text_unless_empty("Title", title);
                xml.text_unless_empty("Description", description);
            }),
            Self::Music {
                title,
                description,
                music_url,
                hq_music_url,
                thumb_media_id,
            } => xml.inside("Music", |xml| {
                xml.text_unless_empty("Title", title);
                xml.text_unless_empty("Description", description);
                xml.text_unless_empty("MusicUrl", music_url);
                xml.text_unless_empty("HQMusicUrl", hq_music_url);
                xml.text("ThumbMediaId", thumb_media_id);
            }),
            Self::News { articles } => {
                xml.number(
                    "ArticleCount",
                    i64::try_from(articles.len()).unwrap_or_default(),
                );
                xml.inside("Articles", |xml| {
                    articles.iter().for_each(|article| article.render(xml))
                });
            }
            Self::TransferCustomerService {
                kf_account: Some(agent),
            } => {
                xml.inside("TransInfo", |xml| xml.text("KfAccount", agent));
            }
        }
    }
}

impl Article {
    fn render(&self, xml: &mut Xml) {
        xml.inside("item", |xml| {
            xml.text("Title", &self.title);
            xml.text("Description", &self.description);
            xml.text("PicUrl", &self.pic_url);
            xml.text("Url", &self.url);
        });
    }
}

fn ensure(fits: bool, field: &'static str, rule: &'static str) -> Result<(), ReplyError> {
    if fits {
        Ok(())
    } else {
        Err(ReplyError { field, rule })
    }
}

struct Xml(String);

impl Xml {
    fn inside(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.tag("<", name);
        content(self);
        self.tag("</", name);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.inside(name, |xml| {
            xml.0.push_str("<![CDATA[");
            push_text(&mut xml.0, text);
            xml.0.push_str("]]>");
        });
    }

    fn text_unless_empty(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(name, text);
        }
    }

    fn number(&mut self, name: &str, number: i64) {
        self.inside(name, |xml| xml.0.push_str(&number.to_string()));
    }

    fn tag(&mut self, start: &str, name: &str) {
        self.0.push_str(start);
        self.0.push_str(name);
        self.0.push('>');
    }
}

/// Writes text into an open CDATA section: characters XML forbids are dropped first, for what is
/// left may read `]]>`; then `]]>` is split over two sections.
pub(super) fn push_text(xml: &mut String, text: &str) {
    if is_plain(text.as_bytes()) {
        return xml.push_str(text);
    }
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    for (n, part) in text.replace(forbidden, "").split("]]>").enumerate() {
        if n > 0 {
            xml.push_str("]]]]><![CDATA[>");
        }
        xml.push_str(part);
    }
}

/// Whether no byte can belong to a forbidden character or to `]]>`; nearly every text is so.
fn is_plain(text: &[u8]) -> bool {
    !text.iter().fold(false, |found, byte| {
        found | (*byte < 0x20) | (*byte == b']') | (*byte == 0xef)
    })
}

impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::Acknowledge
    }
}

impl From<&str> for Reply {
    fn from(content: &str) -> Self {
        Self::Text {
            content: content.to_owned(),
        }
    }
}

impl From<String> for Reply {
    fn from(content: String) -> Self {
        Self::Text { content }
    }
}

impl From<Vec<Article>> for Reply {
    fn from(articles: Vec<Article>) -> Self {
        Self::News { articles }
    }
}

impl From<Article> for Reply {
    fn from(article: Article) -> Self {
        Self::News {
            articles: vec![article],
        }
    }
}

impl<T: Into<Self>> From<Option<T>> for Reply {
    fn from(reply: Option<T>) -> Self {
        reply.map_or(Self::Acknowledge, Into::into)
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Reply {
    /// Reads and validates; the error names field and rule.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply =
            Self::from_answer(Value::deserialize(deserializer)?).map_err(D::Error::custom)?;
        reply.validate().map_err(D::Error::custom)?;
        Ok(reply)
    }
}

#[cfg(test)]
mod tests;
