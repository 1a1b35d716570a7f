//! The body as it is written: read member by member, so that a wrong one is named with its place.

use super::{
    Agent, AiContext, SendCustomMessage,
    message::{
        Card, Media, Menu, Message, MiniProgramPage, Music, News, PublishedArticle, Text, Video,
    },
};
use crate::{api::reader::unless_blank, ids::OpenId};
use serde::Deserialize;

/// `msgtype` and every object that may go with it.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Parts {
    touser: OpenId,
    msgtype: Kind,
    text: Option<Text>,
    image: Option<Media>,
    voice: Option<Media>,
    video: Option<Video>,
    music: Option<Music>,
    news: Option<News>,
    mpnews: Option<Media>,
    mpnewsarticle: Option<PublishedArticle>,
    msgmenu: Option<Menu>,
    wxcard: Option<Card>,
    miniprogrampage: Option<MiniProgramPage>,
    #[serde(default, deserialize_with = "unless_blank")]
    customservice: Option<Agent>,
    #[serde(default, deserialize_with = "unless_blank")]
    aimsgcontext: Option<AiContext>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Kind {
    Text,
    Image,
    Voice,
    Video,
    Music,
    News,
    Mpnews,
    Mpnewsarticle,
    Msgmenu,
    Wxcard,
    Miniprogrampage,
}

impl TryFrom<Parts> for SendCustomMessage {
    type Error = String;

    fn try_from(parts: Parts) -> Result<Self, String> {
        let message = match parts.msgtype {
            Kind::Text => part("text", parts.text).map(|text| Message::Text { text }),
            Kind::Image => part("image", parts.image).map(|image| Message::Image { image }),
            Kind::Voice => part("voice", parts.voice).map(|voice| Message::Voice { voice }),
            Kind::Video => part("video", parts.video).map(|video| Message::Video { video }),
            Kind::Music => part("music", parts.music).map(|music| Message::Music { music }),
            Kind::News => part("news", parts.news).map(|news| Message::News { news }),
            Kind::Mpnews => part("mpnews", parts.mpnews).map(|mpnews| Message::Mpnews { mpnews }),
            Kind::Mpnewsarticle => part("mpnewsarticle", parts.mpnewsarticle)
                .map(|mpnewsarticle| Message::Mpnewsarticle { mpnewsarticle }),
            Kind::Msgmenu => {
                part("msgmenu", parts.msgmenu).map(|msgmenu| Message::Msgmenu { msgmenu })
            }
            Kind::Wxcard => part("wxcard", parts.wxcard).map(|wxcard| Message::Wxcard { wxcard }),
            Kind::Miniprogrampage => part("miniprogrampage", parts.miniprogrampage)
                .map(|miniprogrampage| Message::Miniprogrampage { miniprogrampage }),
        };
        Ok(Self {
            touser: parts.touser,
            message: message?,
            customservice: parts.customservice,
            aimsgcontext: parts.aimsgcontext,
        })
    }
}

/// The object that goes with the `msgtype`; said as serde says it.
fn part<T>(name: &str, part: Option<T>) -> Result<T, String> {
    part.ok_or_else(|| format!("missing field `{name}`"))
}
