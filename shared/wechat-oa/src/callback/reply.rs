//! Passive replies: what a push can be answered with (protocol section 3).

mod fit;
mod xml;

pub use fit::Change;
pub(super) use xml::push_text;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;
use thiserror::Error;
use xml::{Xml, is_forbidden};

/// What WeChat is told when there is nothing to say to the user.
pub const ACKNOWLEDGEMENT: &str = "success";
/// Longest text, in bytes of UTF-8; an address or an id is far shorter.
const MAX_TEXT: usize = 2048;
/// Most articles in one reply.
const MAX_ARTICLES: usize = 8;

/// An answer to a push.
///
/// As JSON, and in `rules.toml`: `null` acknowledges, a string is a text, an object names its `kind`.
///
/// ```
/// use wechat_oa::callback::{Article, Reply};
///
/// assert_eq!(serde_json::from_str::<Reply>("\"pong\"").unwrap(), Reply::from("pong"));
/// assert_eq!(serde_json::from_str::<Reply>("null").unwrap(), Reply::Acknowledge);
/// assert_eq!(serde_json::json!(Reply::Image { media_id: "m1".into() })["kind"], "image");
/// let article = Article { title: "新品".into(), url: "https://www.example.com/".into(), ..Article::default() };
/// assert!(matches!(Reply::from(article), Reply::News { articles } if articles.len() == 1));
/// ```
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
    Text {
        /// At most 2,048 bytes of UTF-8: about 680 Chinese characters.
        content: String,
    },
    Image {
        /// The id of temporary or permanent material.
        media_id: String,
    },
    Voice {
        /// The id of temporary or permanent material.
        media_id: String,
    },
    Video {
        /// The id of temporary or permanent material.
        media_id: String,
        /// Its title, may be empty.
        #[serde(default)]
        title: String,
        /// Its description, may be empty.
        #[serde(default)]
        description: String,
    },
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
    News { articles: Vec<Article> },
    /// Hands the user over to customer service.
    TransferCustomerService {
        /// The agent, even when offline; any agent when absent.
        #[serde(default)]
        kf_account: Option<String>,
    },
    /// Hands a message to WeChat's own AI reply of the account, which has to be switched on in the
    /// console and to have read the account's articles
    /// (<https://developers.weixin.qq.com/doc/subscription/guide/product/message/Passive_user_reply_message.html>).
    #[serde(rename = "transfer_biz_ai_ivr")]
    TransferAi,
}

/// An article of a news reply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Article {
    pub title: String,
    pub description: String,
    /// The picture, jpg or png.
    pub pic_url: String,
    pub url: String,
}

/// A reply that WeChat would not take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {rule}")]
pub struct ReplyError {
    pub field: &'static str,
    pub rule: &'static str,
}

impl Reply {
    /// Reads what the team's own function answered, whatever the lengths: it is to be
    /// [`fitted`](Self::fitted).
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
            Self::Acknowledge
            | Self::TransferAi
            | Self::TransferCustomerService { kf_account: None } => Ok(()),
            Self::Text { content } => {
                given(content, "content")?;
                fits(content, "content")
            }
            Self::Image { media_id } | Self::Voice { media_id } | Self::Video { media_id, .. } => {
                id(media_id, "media_id")
            }
            Self::Music {
                music_url,
                hq_music_url,
                thumb_media_id,
                ..
            } => {
                fits(music_url, "music_url")?;
                fits(hq_music_url, "hq_music_url")?;
                id(thumb_media_id, "thumb_media_id")
            }
            Self::News { articles } => {
                let number = (1..=MAX_ARTICLES).contains(&articles.len());
                ensure(number, "articles", "must be 1 to 8")?;
                articles.iter().try_for_each(|article| {
                    given(&article.title, "articles.title")?;
                    fits(&article.pic_url, "articles.pic_url")?;
                    fits(&article.url, "articles.url")
                })
            }
            Self::TransferCustomerService {
                kf_account: Some(agent),
            } => id(agent, "kf_account"),
        }
    }

    /// The reply in clear, from the account `from` to the user `to`; `success` for an acknowledgement.
    /// `create_time` in seconds since 1970.
    ///
    /// ```
    /// use wechat_oa::callback::Reply;
    ///
    /// let xml = Reply::from("pong").render("o1", "gh_7d31c0a94be2", 1_767_000_000);
    /// assert!(xml.contains("<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[pong]]></Content>"));
    /// assert_eq!(Reply::Acknowledge.render("o1", "gh_7d31c0a94be2", 1_767_000_000), "success");
    /// ```
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
            Self::TransferAi => "transfer_biz_ai_ivr",
        })
    }

    fn render_content(&self, xml: &mut Xml) {
        match self {
            Self::Acknowledge
            | Self::TransferAi
            | Self::TransferCustomerService { kf_account: None } => {}
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

fn id(text: &str, field: &'static str) -> Result<(), ReplyError> {
    given(text, field)?;
    fits(text, field)
}

fn given(text: &str, field: &'static str) -> Result<(), ReplyError> {
    ensure(!is_empty(text), field, "must not be empty")
}

fn fits(text: &str, field: &'static str) -> Result<(), ReplyError> {
    ensure(text.len() <= MAX_TEXT, field, "must be at most 2048 bytes")
}

fn ensure(fits: bool, field: &'static str, rule: &'static str) -> Result<(), ReplyError> {
    if fits {
        Ok(())
    } else {
        Err(ReplyError { field, rule })
    }
}

/// Whether nothing of the text would be seen.
fn is_empty(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_forbidden(c))
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
