//! What advisors say by themselves.

use crate::api::{Invalid, guide::Guide, rules::characters, wire::Number};
use serde::{Deserialize, Serialize};

/// `POST /cgi-bin/guide/setguideconfig`: quick and automatic replies of an advisor, or of all.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct SetGuideConfig {
    /// Whose; the automatic replies of nobody are the default of all.
    #[serde(flatten)]
    pub guide: Option<Guide>,
    /// Take them away.
    pub is_delete: bool,
    /// Quick replies, 10 at most.
    pub guide_fast_reply_list: Option<Vec<FastReply>>,
    /// The first automatic reply.
    pub guide_auto_reply: Option<AutoReply>,
    /// The second one.
    pub guide_auto_reply_plus: Option<AutoReply>,
}

/// A quick reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FastReply {
    /// What it says.
    pub content: String,
}

/// An automatic reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AutoReply {
    /// What it says, or the id of what it shows.
    pub content: String,
    /// 1 text, 2 a picture, 3 the card of a mini program.
    pub msgtype: u8,
}

impl SetGuideConfig {
    /// The advisor is named and the replies fit.
    ///
    /// # Errors
    /// When they do not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.as_ref().map_or(Ok(()), Guide::check)?;
        let quick = self.guide_fast_reply_list.as_ref().map_or(0, Vec::len);
        Invalid::unless(quick <= 10, "guide_fast_reply_list", "must be at most 10")?;
        let replies = [
            ("guide_auto_reply.msgtype", &self.guide_auto_reply),
            ("guide_auto_reply_plus.msgtype", &self.guide_auto_reply_plus),
        ];
        replies.into_iter().try_for_each(|(field, reply)| {
            let fits = |reply: &AutoReply| (1..=3).contains(&reply.msgtype);
            Invalid::unless(reply.as_ref().is_none_or(fits), field, "must be 1 to 3")
        })
    }
}

/// `POST /cgi-bin/guide/getguideconfig`: quick and automatic replies of an advisor, or of all.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GetGuideConfig {
    /// Whose.
    #[serde(flatten)]
    pub guide: Option<Guide>,
}

impl GetGuideConfig {
    /// The advisor is named, if any.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.as_ref().map_or(Ok(()), Guide::check)
    }
}

/// Quick and automatic replies.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideConfig {
    /// Quick replies.
    #[serde(default)]
    pub guide_fast_reply_list: Vec<SetReply>,
    /// The first automatic reply.
    pub guide_auto_reply: Option<SetReply>,
    /// The second one.
    pub guide_auto_reply_plus: Option<SetReply>,
}

/// A reply that is set.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SetReply {
    /// What it says.
    pub content: String,
    /// 1 text, 2 a picture, 3 the card of a mini program; automatic replies only.
    #[serde_as(as = "Option<Number>")]
    pub msgtype: Option<i64>,
    /// When it was set, in seconds since 1970.
    #[serde_as(as = "Option<Number>")]
    pub updatetime: Option<i64>,
}

/// `POST /cgi-bin/guide/setguideacctconfig`: words no advisor may say, and what is said when one is
/// gone.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, Serialize)]
pub struct SetGuideAccountConfig {
    /// Take them away.
    pub is_delete: bool,
    /// The words.
    pub black_keyword: Option<BlackKeywords>,
    /// What is said, 300 characters.
    pub guide_auto_reply: Option<FastReply>,
}

/// Words no advisor may say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BlackKeywords {
    /// One each.
    pub values: Vec<String>,
}

impl SetGuideAccountConfig {
    /// The reply fits.
    ///
    /// # Errors
    /// When it does not.
    pub fn validate(&self) -> Result<(), Invalid> {
        let reply = self.guide_auto_reply.as_ref();
        let content = reply.map_or("", |reply| &reply.content);
        let rule = "must have at most 300 characters";
        characters("guide_auto_reply.content", content, 0..=300, rule)
    }
}

/// `POST /cgi-bin/guide/getguideacctconfig`: what [`SetGuideAccountConfig`] set.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetGuideAccountConfig {}

/// What [`SetGuideAccountConfig`] set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideAccountConfig {
    /// Words no advisor may say.
    pub black_keyword: Option<SetKeywords>,
    /// What is said when an advisor is gone.
    pub guide_auto_reply: Option<SetReply>,
}

/// Words that are set.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SetKeywords {
    /// One each.
    pub values: Vec<String>,
    /// When they were set, in seconds since 1970.
    #[serde_as(as = "Option<Number>")]
    pub updatetime: Option<i64>,
}

#[cfg(test)]
pub(super) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, guide, words};
    let reply = || AutoReply {
        content: "稍等".into(),
        msgtype: 1,
    };
    let quick = || FastReply {
        content: "你好".into(),
    };
    vec![
        call(SetGuideConfig {
            guide: Some(guide()),
            is_delete: false,
            guide_fast_reply_list: Some(vec![quick()]),
            guide_auto_reply: Some(reply()),
            guide_auto_reply_plus: Some(reply()),
        }),
        call(GetGuideConfig {
            guide: Some(guide()),
        }),
        call(SetGuideAccountConfig {
            is_delete: false,
            black_keyword: Some(BlackKeywords { values: words() }),
            guide_auto_reply: Some(quick()),
        }),
        call(GetGuideAccountConfig {}),
    ]
}
