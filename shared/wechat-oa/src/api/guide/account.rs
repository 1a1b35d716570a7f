//! Family `guide_account`: the advisors themselves.

mod config;

pub use config::{
    AutoReply, BlackKeywords, FastReply, GetGuideAccountConfig, GetGuideConfig, GuideAccountConfig,
    GuideConfig, SetGuideAccountConfig, SetGuideConfig, SetKeywords, SetReply,
};

use super::{Guide, once, read, set};
use crate::{
    api::{
        Invalid,
        answer::Done,
        endpoint::family,
        rules::{characters, filled},
        wire::Number,
    },
    ids::{AppId, OpenId},
};
use serde::{Deserialize, Serialize};

family! { "guide_account":
    AddGuide => Done: once("/cgi-bin/guide/addguideacct", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.addGuideAcct.html"), validate;
    GetGuide => GuideAccount: read("/cgi-bin/guide/getguideacct", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideAcct.html"), validate;
    UpdateGuide => Done: set("/cgi-bin/guide/updateguideacct", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.updateGuideAcct.html"), validate;
    DeleteGuide => Done: set("/cgi-bin/guide/delguideacct", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.delGuideAcct.html"), validate;
    ListGuides => GuideList: read("/cgi-bin/guide/getguideacctlist", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideAcctList.html");
    CreateGuideQrCode => GuideQrCode: once("/cgi-bin/guide/guidecreateqrcode", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.guideCreateQrCode.html"), validate;
    GetChatRecord => ChatRecord: read("/cgi-bin/guide/getguidebuyerchatrecord", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideBuyerChatRecord.html"), validate;
    SetGuideConfig => Done: once("/cgi-bin/guide/setguideconfig", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.setGuideConfig.html"), validate;
    GetGuideConfig => GuideConfig: read("/cgi-bin/guide/getguideconfig", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideConfig.html"), validate;
    SetGuideAccountConfig => Done: once("/cgi-bin/guide/setguideacctconfig", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.setGuideAcctConfig.html"), validate;
    GetGuideAccountConfig => GuideAccountConfig: read("/cgi-bin/guide/getguideacctconfig", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideAcctConfig.html");
    PushWxaPathMenu => Done: once("/cgi-bin/guide/pushshowwxapathmenu", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.pushShowWxaPathMenu.html"), validate;
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{app_id, call, guide, openid};
    let (picture, name) = (
        || "http://mmbiz.qpic.cn/x/0".to_owned(),
        || "小王".to_owned(),
    );
    let own = vec![
        call(AddGuide {
            guide: guide(),
            guide_headimgurl: Some(picture()),
            guide_nickname: Some(name()),
        }),
        call(GetGuide {
            guide: Guide::OpenId(openid()),
        }),
        call(UpdateGuide {
            guide: guide(),
            guide_headimgurl: Some(picture()),
            guide_nickname: Some(name()),
        }),
        call(DeleteGuide { guide: guide() }),
        call(ListGuides { page: 0, num: 10 }),
        call(CreateGuideQrCode {
            guide: guide(),
            qrcode_info: Some("info".into()),
        }),
        call(GetChatRecord {
            guide: guide(),
            openid: Some(openid()),
            begin_time: Some(1_735_692_000),
            end_time: Some(1_735_695_600),
            page: 0,
            num: 10,
        }),
        call(PushWxaPathMenu {
            wxa_appid: app_id(),
            wx_username: "example_wx".into(),
        }),
    ];
    own.into_iter().chain(config::samples()).collect()
}

/// `POST /cgi-bin/guide/addguideacct`: asks somebody to be an advisor; guide_invite_result_event
/// brings the answer. 9300803 when they are one.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct AddGuide {
    /// Who.
    #[serde(flatten)]
    pub guide: Guide,
    /// A picture on mmbiz.qpic.cn (9300811).
    pub guide_headimgurl: Option<String>,
    /// A name, 16 characters (9300810).
    pub guide_nickname: Option<String>,
}

/// `POST /cgi-bin/guide/updateguideacct`: another picture or name.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct UpdateGuide {
    /// Whose.
    #[serde(flatten)]
    pub guide: Guide,
    /// A picture on mmbiz.qpic.cn (9300811).
    pub guide_headimgurl: Option<String>,
    /// A name, 16 characters (9300810).
    pub guide_nickname: Option<String>,
}

fn check_looks(picture: Option<&str>, name: Option<&str>) -> Result<(), Invalid> {
    let hosted = |url: &str| {
        let rest = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|rest| rest.starts_with("mmbiz.qpic.cn/"))
    };
    Invalid::unless(
        picture.is_none_or(hosted),
        "guide_headimgurl",
        "must be on mmbiz.qpic.cn",
    )?;
    let rule = "must have at most 16 characters";
    characters("guide_nickname", name.unwrap_or_default(), 0..=16, rule)
}

impl AddGuide {
    /// The advisor is named, picture and name fit.
    ///
    /// # Errors
    /// When they do not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()?;
        check_looks(
            self.guide_headimgurl.as_deref(),
            self.guide_nickname.as_deref(),
        )
    }
}

impl UpdateGuide {
    /// The advisor is named, picture and name fit.
    ///
    /// # Errors
    /// When they do not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()?;
        check_looks(
            self.guide_headimgurl.as_deref(),
            self.guide_nickname.as_deref(),
        )
    }
}

/// `POST /cgi-bin/guide/getguideacct`: an advisor. 9300804 when there is none.
#[derive(Debug, Clone, Serialize)]
pub struct GetGuide {
    /// Who.
    #[serde(flatten)]
    pub guide: Guide,
}

/// `POST /cgi-bin/guide/delguideacct`: somebody is an advisor no more.
#[derive(Debug, Clone, Serialize)]
pub struct DeleteGuide {
    /// Who.
    #[serde(flatten)]
    pub guide: Guide,
}

impl GetGuide {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

impl DeleteGuide {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

/// An advisor.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GuideAccount {
    /// The WeChat id.
    pub guide_account: String,
    /// The openid.
    pub guide_openid: String,
    /// The picture.
    pub guide_headimgurl: String,
    /// The name.
    pub guide_nickname: String,
    /// How things stand; the numbers are not documented.
    #[serde_as(as = "Option<Number>")]
    pub status: Option<i64>,
    /// Since when, in seconds since 1970; in groups only.
    #[serde_as(as = "Option<Number>")]
    pub create_time: Option<i64>,
}

/// `POST /cgi-bin/guide/getguideacctlist`: a page of advisors.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ListGuides {
    /// Which page, from 0.
    pub page: u32,
    /// Entries a page.
    pub num: u32,
}

/// A page of advisors.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideList {
    /// The page.
    #[serde(default)]
    pub list: Vec<GuideAccount>,
    /// How many there are in all.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub total_num: u64,
}

/// `POST /cgi-bin/guide/guidecreateqrcode`: a code that leads to an advisor; scanning it gives
/// guide_qrcode_scan_event. Who follows within 3 min is bound to the advisor.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct CreateGuideQrCode {
    /// To whom.
    #[serde(flatten)]
    pub guide: Guide,
    /// What the event is to bring along.
    pub qrcode_info: Option<String>,
}

impl CreateGuideQrCode {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

/// A code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideQrCode {
    /// Where its picture is.
    pub qrcode_url: String,
}

/// `POST /cgi-bin/guide/getguidebuyerchatrecord`: what was said in the last 30 days.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct GetChatRecord {
    /// By and to this advisor.
    #[serde(flatten)]
    pub guide: Guide,
    /// With this customer only.
    pub openid: Option<OpenId>,
    /// From then on, in seconds since 1970; counts only together with `end_time`, both not 0.
    pub begin_time: Option<i64>,
    /// Until then.
    pub end_time: Option<i64>,
    /// Which page, from 0.
    pub page: u32,
    /// Entries a page.
    pub num: u32,
}

impl GetChatRecord {
    /// The advisor is named, and the times come together and in order.
    ///
    /// # Errors
    /// When they do not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()?;
        let fits = match (self.begin_time, self.end_time) {
            (Some(begin), Some(end)) => begin <= end,
            (None, None) => true,
            _ => false,
        };
        Invalid::unless(fits, "begin_time", "must come with a later end_time")
    }
}

/// A page of what was said.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChatRecord {
    /// How much there is in all.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub total_num: u64,
    /// The page.
    #[serde(default)]
    pub msg_list: Vec<ChatMessage>,
}

/// Something that was said.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ChatMessage {
    /// The advisor's WeChat id.
    pub guide_account: String,
    /// The advisor's openid.
    pub guide_openid: String,
    /// The customer.
    pub openid: String,
    /// When, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub create_time: i64,
    /// What.
    pub content: String,
    /// Its kind.
    #[serde_as(as = "Number")]
    pub content_type: i64,
    /// Who said it to whom.
    #[serde_as(as = "Number")]
    pub direction: i64,
}

/// `POST /cgi-bin/guide/pushshowwxapathmenu`: shows somebody the menu that tells the paths of a mini
/// program, for 60 days.
#[derive(Debug, Clone, Serialize)]
pub struct PushWxaPathMenu {
    /// The mini program.
    pub wxa_appid: AppId,
    /// The WeChat id of who is to see it.
    pub wx_username: String,
}

impl PushWxaPathMenu {
    /// Somebody is named.
    ///
    /// # Errors
    /// When nobody is.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("wx_username", &self.wx_username)
    }
}
