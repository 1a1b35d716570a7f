//! Family `template`: template messages and the account's templates (protocol section 5).

mod keyword;

pub use keyword::{Data, DataValue};
pub(super) use keyword::{check_category, check_data};

use super::{
    Invalid, Meta,
    answer::Done,
    endpoint::{
        QuotaClass,
        RetryClass::{Read, Send},
        family,
    },
    reader::unless_blank,
    rules::{each, filled},
    wire::{Number, NumberText},
};
use crate::ids::{AppId, OpenId};
use serde::{Deserialize, Serialize};
use serde_with::OneOrMany;

family! { "template" for VERIFIED_SERVICE:
    SetIndustry => Done: Meta::post("/cgi-bin/template/api_set_industry", "https://developers.weixin.qq.com/doc/service/api/notify/template/api_setindustry.html")
        .quota(QuotaClass::Monthly);
    GetIndustry => Industries: Meta::get("/cgi-bin/template/get_industry", "https://developers.weixin.qq.com/doc/service/api/notify/template/api_getindustry.html");
    AddTemplate => TemplateAdded: Meta::post("/cgi-bin/template/api_add_template", "https://developers.weixin.qq.com/doc/service/api/notify/template/api_addtemplate.html"), validate;
    GetAllTemplates => Templates: Meta::get("/cgi-bin/template/get_all_private_template", "https://developers.weixin.qq.com/doc/service/api/notify/template/api_getalltemplates.html");
    DeleteTemplate => Done: Meta::post("/cgi-bin/template/del_private_template", "https://developers.weixin.qq.com/doc/service/api/notify/template/api_deletetemplate.html"), check(template_id: filled);
    SendTemplateMessage => TemplateSent: Meta::post("/cgi-bin/message/template/send", "https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html")
        .retry(Send).quota(QuotaClass::Message), validate, repeat_id(client_msg_id);
    QueryBlockedMessages => BlockedMessages: Meta::post("/wxa/sec/queryblocktmplmsg", "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/QueryBlockTmplMsg.html")
        .retry(Read), validate;
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, miniprogram, openid, template_id, value};
    vec![
        call(SetIndustry {
            industry_id1: 1,
            industry_id2: 4,
        }),
        call(GetIndustry {}),
        call(AddTemplate {
            template_id_short: "TM00015".into(),
            keyword_name_list: vec!["时间".into()],
        }),
        call(GetAllTemplates {}),
        call(DeleteTemplate {
            template_id: template_id(),
        }),
        call(SendTemplateMessage {
            touser: openid(),
            template_id: template_id(),
            url: Some("https://www.example.com/".into()),
            miniprogram: miniprogram(),
            topcolor: None,
            client_msg_id: Some("order-1".into()),
            data: Data::from([("thing1".to_owned(), value())]),
        }),
        call(QueryBlockedMessages {
            tmpl_msg_id: template_id(),
            largest_id: 0,
            limit: 100,
        }),
    ]
}

/// `POST /cgi-bin/template/api_set_industry`: the account's two industries. One change a month,
/// then 43100.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SetIndustry {
    /// The number of the first industry, from the table of the page.
    #[serde_as(as = "NumberText")]
    pub industry_id1: u32,
    /// The number of the second industry.
    #[serde_as(as = "NumberText")]
    pub industry_id2: u32,
}

/// `GET /cgi-bin/template/get_industry`: the account's industries.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetIndustry {}

/// The account's industries.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Industries {
    /// The first one, once it is set.
    pub primary_industry: Option<Industry>,
    /// The second one, once it is set.
    pub secondary_industry: Option<Industry>,
}

/// An industry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Industry {
    pub first_class: String,
    pub second_class: String,
}

/// `POST /cgi-bin/template/api_add_template`: a template of the library becomes one of the
/// account's. 25 an account, then 45026.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddTemplate {
    /// Its number in the library, such as `TM00015`.
    pub template_id_short: String,
    /// The keywords to take, in order; category templates need them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyword_name_list: Vec<String>,
}

/// A template that is now the account's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TemplateAdded {
    pub template_id: String,
}

/// `GET /cgi-bin/template/get_all_private_template`: the account's templates.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetAllTemplates {}

/// The account's templates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Templates {
    #[serde(default)]
    pub template_list: Vec<Template>,
}

/// One of the account's templates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Template {
    pub template_id: String,
    #[serde(default)]
    pub title: String,
    /// The branch it belongs to; empty for category templates.
    #[serde(default)]
    pub primary_industry: String,
    /// The trade it belongs to; empty for category templates.
    #[serde(default)]
    pub deputy_industry: String,
    /// Its text, with `{{thing2.DATA}}` where the value `thing2` goes.
    #[serde(default)]
    pub content: String,
    /// Its text with values.
    #[serde(default)]
    pub example: String,
}

/// `POST /cgi-bin/template/del_private_template`: takes a template off the account. 40037 for an
/// unknown one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeleteTemplate {
    pub template_id: String,
}

/// `POST /cgi-bin/message/template/send`: a message made from a template. 100,000 a day, more for
/// large accounts; what became of it is pushed as `TEMPLATESENDJOBFINISH`.
///
/// ```
/// use serde_json::json;
/// use wechat_oa::api::{body, template::SendTemplateMessage};
///
/// let request: SendTemplateMessage = body::read(&json!({
///     "touser": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
///     "template_id": "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY",
///     "client_msg_id": "order-1",
///     "data": { "thing1": { "value": "白茶" } },
/// })).unwrap();
/// assert_eq!(request.client_msg_id.as_deref(), Some("order-1"));
/// ```
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendTemplateMessage {
    /// The receiver; 43004 when they do not follow.
    pub touser: OpenId,
    /// One of the account's templates.
    pub template_id: String,
    /// Where a tap leads; nowhere without it and `miniprogram`.
    pub url: Option<String>,
    /// The mini program a tap opens; goes before `url`.
    #[serde(default, deserialize_with = "unless_blank")]
    pub miniprogram: Option<MiniProgram>,
    /// A colour such as `#FF0000`, of the time before category templates; clients ignore it.
    pub topcolor: Option<String>,
    /// The sender's own id: the same id to the same receiver is sent once in 10 minutes.
    pub client_msg_id: Option<String>,
    /// The values.
    pub data: Data,
}

/// A page of a mini program that is linked to the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"appid\": \"wx…\", \"pagepath\": \"…\"}")]
pub struct MiniProgram {
    /// The mini program; 40166 when it is not linked.
    pub appid: AppId,
    /// The page, query included; the mini program's first page when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pagepath: String,
}

/// A message that is on its way.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct TemplateSent {
    /// The `MsgID` of the result that is pushed later; above 2^53.
    #[serde_as(as = "Number")]
    pub msgid: u64,
}

/// `POST /wxa/sec/queryblocktmplmsg`: template messages the platform held back.
#[derive(Debug, Clone, Serialize)]
pub struct QueryBlockedMessages {
    pub tmpl_msg_id: String,
    /// The largest `id` read so far; 0 to begin.
    pub largest_id: u64,
    /// At most so many, 1 to 100.
    pub limit: u8,
}

/// Messages that were held back.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BlockedMessages {
    #[serde_as(as = "OneOrMany<_>")]
    #[serde(default)]
    pub msginfo: Vec<BlockedMessage>,
}

/// A message that was held back.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BlockedMessage {
    /// Its number, ascending.
    #[serde_as(as = "Number")]
    pub id: u64,
    pub tmpl_msg_id: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub content: String,
    /// When it was sent, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub send_timestamp: i64,
    pub openid: OpenId,
}

impl AddTemplate {
    /// Number and keywords are there.
    ///
    /// # Errors
    /// When one is empty.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("template_id_short", &self.template_id_short)?;
        each("keyword_name_list", &self.keyword_name_list, |name| {
            filled("name", name)
        })
    }
}

impl SendTemplateMessage {
    /// The template is named; every value of a category template fits its keyword ([`Data`]).
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("template_id", &self.template_id)?;
        if let Some(id) = &self.client_msg_id {
            filled("client_msg_id", id)?;
        }
        check_category(&self.data)
    }
}

impl QueryBlockedMessages {
    /// The template is named, the limit is 1 to 100.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("tmpl_msg_id", &self.tmpl_msg_id)?;
        let fits = (1..=100).contains(&self.limit);
        Invalid::unless(fits, "limit", "must be 1 to 100")
    }
}

#[cfg(test)]
mod tests;
