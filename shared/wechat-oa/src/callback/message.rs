//! Messages of users (protocol section 2.1).

use super::{element::Element, unread::Faults};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// A message, as WeChat's `MsgType` tells it apart.
///
/// ```
/// use wechat_oa::callback::{Content, Message, Push};
///
/// let read = |content: &str| format!("<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
///     <CreateTime>1767000000</CreateTime>{content}<MsgId>7</MsgId></xml>");
/// let voice = read("<MsgType>voice</MsgType><MediaId>m1</MediaId><Format>amr</Format>");
/// let Content::Message { message: Message::Voice { format, .. }, .. } = Push::parse(&voice).unwrap().content else {
///     unreachable!()
/// };
/// assert_eq!(format, "amr");
///
/// let place = read("<MsgType>location</MsgType><Location_X>31.2</Location_X><Location_Y>121.5</Location_Y>\
///     <Scale>16</Scale><Label>上海</Label>");
/// let Content::Message { message: Message::Location(place), .. } = Push::parse(&place).unwrap().content else {
///     unreachable!()
/// };
/// assert_eq!((place.latitude, &*place.label), (Some(31.2), "上海"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Message<'a> {
    /// 文本消息: what the user wrote, or chose in a msgmenu.
    Text {
        /// What the user wrote.
        content: Cow<'a, str>,
        /// The item of a msgmenu the user chose, when it is such a choice.
        menu_id: Option<Cow<'a, str>>,
    },
    /// 图片消息: a picture, which `pic_url` and `media_id` both fetch.
    Image {
        /// Where the picture can be fetched.
        pic_url: Cow<'a, str>,
        /// Temporary material, kept for three days.
        media_id: Cow<'a, str>,
    },
    /// 语音消息: a recording, with its text where recognition is on.
    Voice {
        /// Temporary material, which WeChat keeps for three days.
        media_id: Cow<'a, str>,
        /// How it is encoded: `amr` or `speex`.
        format: Cow<'a, str>,
        /// The same voice at 16 kHz.
        media_id_16k: Option<Cow<'a, str>>,
        /// The speech as text, where recognition is on.
        recognition: Option<Cow<'a, str>>,
    },
    /// 视频消息: a video, with its preview picture.
    Video(Video<'a>),
    /// 小视频消息: a short video, with its preview picture.
    ShortVideo(Video<'a>),
    /// 地理位置消息: a place that the user sent.
    Location(Place<'a>),
    /// 链接消息: a page that the user shared.
    Link {
        /// The title of the page.
        title: Cow<'a, str>,
        description: Cow<'a, str>,
        url: Cow<'a, str>,
    },
}

/// A video a user sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Video<'a> {
    /// Temporary material, which WeChat keeps for three days.
    pub media_id: Cow<'a, str>,
    pub thumb_media_id: Cow<'a, str>,
}

/// A place a user sent or chose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place<'a> {
    /// `Location_X`, the latitude in degrees; absent when it does not read.
    pub latitude: Option<f64>,
    /// `Location_Y`, the longitude in degrees; absent when it does not read.
    pub longitude: Option<f64>,
    /// The scale of the map; `16` or `16.5`.
    pub scale: Cow<'a, str>,
    pub label: Cow<'a, str>,
    /// The name of the place, of a chosen one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poi_name: Option<Cow<'a, str>>,
}

/// What every message carries beside its own elements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Envelope<'a> {
    /// Tells this message from every other one.
    #[serde(serialize_with = "as_text")]
    pub msg_id: Option<u64>,
    /// The article it was written under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg_data_id: Option<Cow<'a, str>>,
    /// Which article of several, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idx: Option<u32>,
}

impl<'a> Envelope<'a> {
    pub(super) fn read(root: &mut Element<'a>, faults: &mut Faults) -> Self {
        let msg_data_id = root.text_of("MsgDataId").filter(|id| !id.is_empty());
        Self {
            msg_id: root.number_of("MsgId", faults),
            msg_data_id,
            idx: root.number_of("Idx", faults),
        }
    }
}

impl<'a> Message<'a> {
    /// The message of that `MsgType`; `None` for a type this library does not know.
    pub(super) fn read(kind: &str, root: &mut Element<'a>, faults: &mut Faults) -> Option<Self> {
        let mut text = |name| root.text_of(name).unwrap_or_default();
        Some(match kind {
            "text" => Self::Text {
                content: text("Content"),
                menu_id: root.text_of("bizmsgmenuid"),
            },
            "image" => Self::Image {
                pic_url: text("PicUrl"),
                media_id: text("MediaId"),
            },
            "voice" => Self::Voice {
                media_id: text("MediaId"),
                format: text("Format"),
                media_id_16k: root.text_of("MediaId16K"),
                recognition: root
                    .text_of("Recognition")
                    .filter(|words| !words.is_empty()),
            },
            "video" => Self::Video(Video::read(root)),
            "shortvideo" => Self::ShortVideo(Video::read(root)),
            "location" => Self::Location(Place::read(root, faults)),
            "link" => Self::Link {
                title: text("Title"),
                description: text("Description"),
                url: text("Url"),
            },
            _ => return None,
        })
    }
}

impl<'a> Video<'a> {
    fn read(root: &mut Element<'a>) -> Self {
        let mut text = |name| root.text_of(name).unwrap_or_default();
        Self {
            media_id: text("MediaId"),
            thumb_media_id: text("ThumbMediaId"),
        }
    }
}

impl<'a> Place<'a> {
    pub(super) fn read(at: &mut Element<'a>, faults: &mut Faults) -> Self {
        Self {
            latitude: at.decimal_of("Location_X", faults),
            longitude: at.decimal_of("Location_Y", faults),
            scale: at.text_of("Scale").unwrap_or_default(),
            label: at.text_of("Label").unwrap_or_default(),
            poi_name: at.text_of("Poiname"),
        }
    }
}

/// Ids exceed what JavaScript's numbers hold exactly: in JSON they are text.
pub(super) fn as_text<S: Serializer>(id: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.collect_str(id),
        None => serializer.serialize_none(),
    }
}
