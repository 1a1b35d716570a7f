//! Family `guide_material`: cards, pictures and texts that advisors send; 50 of each kind.

use super::{once, read, set};
use crate::api::{Invalid, answer::Done, endpoint::family, rules::filled, wire::Number};
use serde::{Deserialize, Serialize};

family! { "guide_material":
    AddGuideCard => Done: once("/cgi-bin/guide/setguidecardmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.setGuideCardMaterial.html"), validate;
    ListGuideCards => GuideCards: read("/cgi-bin/guide/getguidecardmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.getGuideCardMaterial.html");
    DeleteGuideCard => Done: set("/cgi-bin/guide/delguidecardmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.delGuideCardMaterial.html");
    AddGuideImage => Done: once("/cgi-bin/guide/setguideimagematerial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.setGuideImageMaterial.html"), validate;
    ListGuideImages => GuideImages: read("/cgi-bin/guide/getguideimagematerial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.getGuideImageMaterial.html");
    DeleteGuideImage => Done: set("/cgi-bin/guide/delguideimagematerial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.delGuideImageMaterial.html"), validate;
    AddGuideWord => Done: once("/cgi-bin/guide/setguidewordmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.setGuideWordMaterial.html"), validate;
    ListGuideWords => GuideWords: read("/cgi-bin/guide/getguidewordmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.getGuideWordMaterial.html");
    DeleteGuideWord => Done: set("/cgi-bin/guide/delguidewordmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.delGuideWordMaterial.html"), validate;
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::call;
    let (title, path, appid) = ("卡片", "pages/index", "wxa81f3c5d7e9b0246");
    vec![
        call(AddGuideCard {
            media_id: "m".into(),
            kind: 0,
            title: title.into(),
            path: path.into(),
            appid: appid.into(),
        }),
        call(ListGuideCards::default()),
        call(DeleteGuideCard {
            kind: 0,
            title: title.into(),
            path: path.into(),
            appid: appid.into(),
        }),
        call(AddGuideImage {
            media_id: "m".into(),
            kind: 0,
        }),
        call(ListGuideImages {
            num: 10,
            ..ListGuideImages::default()
        }),
        call(DeleteGuideImage {
            kind: 0,
            picurl: "http://mmbiz.qpic.cn/x/0".into(),
        }),
        call(AddGuideWord {
            kind: 0,
            word: "你好".into(),
        }),
        call(ListGuideWords {
            num: 10,
            ..ListGuideWords::default()
        }),
        call(DeleteGuideWord {
            kind: 0,
            word: "你好".into(),
        }),
    ]
}

/// `POST /cgi-bin/guide/setguidecardmaterial`: another card. 9300817 when there are 50.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AddGuideCard {
    /// Its picture; temporary media only.
    pub media_id: String,
    /// 0, the only value.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Its title.
    pub title: String,
    /// Where in the mini program it leads.
    pub path: String,
    /// The mini program.
    pub appid: String,
}

impl AddGuideCard {
    /// The picture is there.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("media_id", &self.media_id)
    }
}

/// `POST /cgi-bin/guide/getguidecardmaterial`: the cards.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ListGuideCards {
    /// 0, the only value.
    #[serde(rename = "type")]
    pub kind: u8,
}

/// The cards.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideCards {
    /// One each.
    #[serde(default)]
    pub card_list: Vec<GuideCard>,
}

/// A card.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GuideCard {
    /// Its title.
    pub title: String,
    /// The mini program.
    pub appid: String,
    /// Where in the mini program it leads.
    pub path: String,
    /// Where its picture is.
    pub picurl: String,
    /// A number of the platform's own.
    #[serde_as(as = "Option<Number>")]
    pub master_id: Option<u64>,
    /// Another one.
    #[serde_as(as = "Option<Number>")]
    pub slave_id: Option<u64>,
}

/// `POST /cgi-bin/guide/delguidecardmaterial`: a card goes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DeleteGuideCard {
    /// 0, the only value.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Its title.
    pub title: String,
    /// Where in the mini program it leads.
    pub path: String,
    /// The mini program.
    pub appid: String,
}

/// `POST /cgi-bin/guide/setguideimagematerial`: another picture. 9300818 when there are 50.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AddGuideImage {
    /// The picture.
    pub media_id: String,
    /// 0, the only value.
    #[serde(rename = "type")]
    pub kind: u8,
}

impl AddGuideImage {
    /// The picture is there.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("media_id", &self.media_id)
    }
}

/// `POST /cgi-bin/guide/getguideimagematerial`: a page of pictures.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ListGuideImages {
    /// 0, the only value.
    #[serde(rename = "type")]
    pub kind: u8,
    /// How many to leave out at the beginning.
    pub start: u64,
    /// How many to tell.
    pub num: u32,
}

/// A page of pictures.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideImages {
    /// The page.
    #[serde(default)]
    pub model_list: Vec<GuideImage>,
    /// How many there are in all.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub total_num: u64,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideImage {
    /// Where it is.
    pub picurl: String,
}

/// `POST /cgi-bin/guide/delguideimagematerial`: a picture goes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DeleteGuideImage {
    /// 0, the only value.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Where it is.
    pub picurl: String,
}

impl DeleteGuideImage {
    /// The picture is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("picurl", &self.picurl)
    }
}

/// `POST /cgi-bin/guide/setguidewordmaterial`: another text. 9300816 when there are 50.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AddGuideWord {
    /// 0, the only value.
    #[serde(rename = "type")]
    pub kind: u8,
    /// The text.
    pub word: String,
}

/// `POST /cgi-bin/guide/delguidewordmaterial`: a text goes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DeleteGuideWord {
    /// 0, the only value.
    #[serde(rename = "type")]
    pub kind: u8,
    /// The text.
    pub word: String,
}

impl AddGuideWord {
    /// The text is there.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("word", &self.word)
    }
}

impl DeleteGuideWord {
    /// The text is there.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("word", &self.word)
    }
}

/// `POST /cgi-bin/guide/getguidewordmaterial`: a page of texts.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ListGuideWords {
    /// 0, the only value.
    #[serde(rename = "type")]
    pub kind: u8,
    /// How many to leave out at the beginning.
    pub start: u64,
    /// How many to tell.
    pub num: u32,
}

/// A page of texts.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideWords {
    /// The page.
    #[serde(default)]
    pub word_list: Vec<GuideWord>,
    /// How many there are in all.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub total_num: u64,
}

/// A text.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideWord {
    /// It.
    pub word: String,
    /// Since when, in seconds since 1970.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub create_time: i64,
}
