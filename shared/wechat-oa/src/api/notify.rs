//! Family `notify`: subscription messages and their templates (protocol section 5).

use super::{
    Invalid, Meta,
    answer::Done,
    endpoint::{QuotaClass, RetryClass::Send, family},
    reader::unless_blank,
    rules::{characters, count, filled},
    template::{Data, MiniProgram, check_data},
    wire::Number,
};
use crate::ids::OpenId;
use serde::{Deserialize, Serialize};
use serde_with::{StringWithSeparator, formats::CommaSeparator};

family! { "notify" for VERIFIED:
    AddSubscriptionTemplate => SubscriptionTemplateAdded: Meta::post("/wxaapi/newtmpl/addtemplate", "https://developers.weixin.qq.com/doc/service/api/notify/notify/api_addwxanewtemplate.html"), validate;
    DeleteSubscriptionTemplate => Done: Meta::post("/wxaapi/newtmpl/deltemplate", "https://developers.weixin.qq.com/doc/service/api/notify/notify/api_delwxanewtemplate.html"), validate;
    GetCategories => Categories: Meta::get("/wxaapi/newtmpl/getcategory", "https://developers.weixin.qq.com/doc/service/api/notify/notify/api_getcategory.html");
    GetLibraryKeywords => LibraryKeywords: Meta::get("/wxaapi/newtmpl/getpubtemplatekeywords", "https://developers.weixin.qq.com/doc/service/api/notify/notify/api_getpubnewtemplatekeywords.html"), check(tid: filled);
    GetLibraryTitles => LibraryTitles: Meta::get("/wxaapi/newtmpl/getpubtemplatetitles", "https://developers.weixin.qq.com/doc/service/api/notify/notify/api_getpubnewtemplatetitles.html"), validate;
    GetSubscriptionTemplates => SubscriptionTemplates: Meta::get("/wxaapi/newtmpl/gettemplate", "https://developers.weixin.qq.com/doc/service/api/notify/notify/api_getwxapubnewtemplate.html");
    SendSubscriptionMessage => SubscriptionSent: Meta::post("/cgi-bin/message/subscribe/bizsend", "https://developers.weixin.qq.com/doc/offiaccount/Subscription_Messages/api.html")
        .retry(Send).quota(QuotaClass::Message), check(template_id: filled, data: check_data);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, miniprogram, openid, template_id};
    vec![
        call(AddSubscriptionTemplate {
            tid: "401".into(),
            kid_list: vec![1, 2],
            scene_desc: "发货".into(),
        }),
        call(DeleteSubscriptionTemplate {
            pri_tmpl_id: template_id(),
        }),
        call(GetCategories {}),
        call(GetLibraryKeywords { tid: "99".into() }),
        call(GetLibraryTitles {
            ids: vec![2, 616],
            start: 0,
            limit: 30,
        }),
        call(GetSubscriptionTemplates {}),
        call(SendSubscriptionMessage {
            touser: openid(),
            template_id: template_id(),
            page: Some("https://www.example.com/".into()),
            miniprogram: miniprogram(),
            miniprogram_state: None,
            lang: None,
            data: Data::from([("thing1".to_owned(), "你好".into())]),
        }),
    ]
}

/// `POST /wxaapi/newtmpl/addtemplate`: a template of the library becomes one of the account's.
/// 25 an account, then 200012.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddSubscriptionTemplate {
    /// Its number in the library.
    pub tid: String,
    /// The keywords to take, in order: 2 to 5.
    pub kid_list: Vec<u32>,
    /// What it is for, at most 15 characters.
    pub scene_desc: String,
}

/// A template that is now the account's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionTemplateAdded {
    pub pri_tmpl_id: String,
}

/// `POST /wxaapi/newtmpl/deltemplate`: takes a template off the account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteSubscriptionTemplate {
    pub pri_tmpl_id: String,
}

/// `GET /wxaapi/newtmpl/getcategory`: the account's categories.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetCategories {}

/// The account's categories.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Categories {
    #[serde(default)]
    pub data: Vec<Category>,
}

/// A category.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Category {
    /// Its number, for [`GetLibraryTitles`].
    #[serde_as(as = "Number")]
    pub id: u32,
    pub name: String,
}

/// `GET /wxaapi/newtmpl/getpubtemplatekeywords`: the keywords of a library template.
#[derive(Debug, Clone, Serialize)]
pub struct GetLibraryKeywords {
    /// The template's number in the library.
    pub tid: String,
}

/// The keywords of a library template.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LibraryKeywords {
    #[serde_as(as = "Number")]
    pub count: u32,
    pub data: Vec<LibraryKeyword>,
}

/// A keyword of a library template.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LibraryKeyword {
    /// Its number, for [`AddSubscriptionTemplate`].
    #[serde_as(as = "Number")]
    pub kid: u32,
    pub name: String,
    /// A value it could have.
    #[serde(default)]
    pub example: String,
    /// The kind of its values, such as `thing`.
    #[serde(default)]
    pub rule: String,
}

/// `GET /wxaapi/newtmpl/getpubtemplatetitles`: the library templates of some categories.
#[serde_with::serde_as]
#[derive(Debug, Clone, Serialize)]
pub struct GetLibraryTitles {
    /// The categories, one at least.
    #[serde_as(as = "StringWithSeparator<CommaSeparator, u32>")]
    pub ids: Vec<u32>,
    /// How many to pass over, from 0.
    pub start: u32,
    /// At most so many, 1 to 30.
    pub limit: u32,
}

/// Library templates.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LibraryTitles {
    /// How many there are in all.
    #[serde_as(as = "Number")]
    pub count: u32,
    pub data: Vec<LibraryTitle>,
}

/// A library template.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LibraryTitle {
    /// Its number in the library.
    #[serde_as(as = "Number")]
    pub tid: u64,
    pub title: String,
    /// How often one consent lasts.
    #[serde(rename = "type")]
    #[serde_as(as = "serde_with::FromInto<u8>")]
    pub kind: TemplateKind,
    #[serde_as(as = "Number")]
    pub category_id: u32,
}

/// `GET /wxaapi/newtmpl/gettemplate`: the account's subscription templates.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetSubscriptionTemplates {}

/// The account's subscription templates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SubscriptionTemplates {
    #[serde(default)]
    pub data: Vec<SubscriptionTemplate>,
}

/// One of the account's subscription templates.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionTemplate {
    pub pri_tmpl_id: String,
    pub title: String,
    /// Its text, with `{{thing1.DATA}}` where the value `thing1` goes.
    #[serde(default)]
    pub content: String,
    /// Its text with values.
    #[serde(default)]
    pub example: String,
    /// How often one consent lasts.
    #[serde(rename = "type")]
    #[serde_as(as = "serde_with::FromInto<u8>")]
    pub kind: TemplateKind,
    /// The values approved for its `enum` keywords.
    #[serde(default)]
    pub keyword_enum_value_list: Vec<KeywordValues>,
}

/// The values approved for a keyword.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeywordValues {
    /// The keyword, such as `enum1.DATA`.
    pub keyword_code: String,
    #[serde(default)]
    pub enum_value_list: Vec<String>,
}

/// How often one consent lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateKind {
    /// For one message (2).
    Once,
    /// Until it is taken back (3).
    LongTerm,
    /// A kind not known here.
    Other(u8),
}

impl From<u8> for TemplateKind {
    fn from(number: u8) -> Self {
        match number {
            2 => Self::Once,
            3 => Self::LongTerm,
            other => Self::Other(other),
        }
    }
}

/// `POST /cgi-bin/message/subscribe/bizsend`: a message a user has subscribed to. 43101 without
/// their consent, 43108 when another one to them is under way; what became of it is pushed as
/// `subscribe_msg_sent_event`.
///
/// ```
/// use serde_json::json;
/// use wechat_oa::api::{body, notify::SendSubscriptionMessage};
///
/// let wrong = body::read::<SendSubscriptionMessage>(&json!({ "touser": "o1", "template_id": "t1" }));
/// assert_eq!(wrong.unwrap_err().to_string(), "data: must be given");
/// ```
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendSubscriptionMessage {
    /// The receiver.
    pub touser: OpenId,
    /// One of the account's subscription templates.
    pub template_id: String,
    /// Where a tap leads; nowhere without it and `miniprogram`.
    pub page: Option<String>,
    /// The mini program a tap opens.
    #[serde(default, deserialize_with = "unless_blank")]
    pub miniprogram: Option<MiniProgram>,
    /// Which version of the mini program: `developer`, `trial` or `formal`; `formal` when absent.
    pub miniprogram_state: Option<String>,
    /// The language of the mini program's page: `zh_CN`, `en_US`, `zh_HK` or `zh_TW`.
    pub lang: Option<String>,
    /// The values.
    pub data: Data,
}

/// A subscription message that is on its way.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct SubscriptionSent {
    /// The `MsgID` of the result that is pushed later; not promised, above 2^53.
    #[serde_as(as = "Option<Number>")]
    pub msgid: Option<u64>,
}

impl AddSubscriptionTemplate {
    /// Number, keywords and scene are there.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("tid", &self.tid)?;
        count(
            "kidList",
            &self.kid_list,
            2..=5,
            "must name 2 to 5 keywords",
        )?;
        let rule = "must be 1 to 15 characters";
        characters("sceneDesc", &self.scene_desc, 1..=15, rule)
    }
}

impl DeleteSubscriptionTemplate {
    /// The template is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("priTmplId", &self.pri_tmpl_id)
    }
}

impl GetLibraryTitles {
    /// A category is named, the limit is 1 to 30.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        Invalid::unless(!self.ids.is_empty(), "ids", "must name a category")?;
        let fits = (1..=30).contains(&self.limit);
        Invalid::unless(fits, "limit", "must be 1 to 30")
    }
}

#[cfg(test)]
mod tests;
