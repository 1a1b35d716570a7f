//! MASSSENDJOBFINISH (protocol section 2.3).

use super::Text;
use crate::callback::{element::Element, message::as_text, unread::Faults};
use serde::{Serialize, Serializer};

/// What became of a mass send. Pushed shortly before the job is done: the numbers may be slightly off.
///
/// ```
/// use wechat_oa::callback::{Event, Push};
///
/// let push = Push::parse("<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
///     <CreateTime>1767000000</CreateTime><MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event>\
///     <MsgID>1000001625</MsgID><Status>send success</Status><TotalCount>100</TotalCount>\
///     <FilterCount>80</FilterCount><SentCount>75</SentCount><ErrorCount>5</ErrorCount></xml>").unwrap();
/// let Some(Event::MassSendJobFinish(end)) = push.event() else { unreachable!() };
/// assert_eq!((end.total_count, end.sent_count), (Some(100), Some(75)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MassSendResult<'a> {
    /// The `msg_id` of the send.
    #[serde(serialize_with = "as_text")]
    pub msg_id: Option<u64>,
    pub status: MassSendStatus<'a>,
    /// `TotalCount`: how many followers the target has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<u64>,
    /// `FilterCount`: how many were left after WeChat's filters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_count: Option<u64>,
    /// `SentCount`: how many followers it was delivered to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_count: Option<u64>,
    /// `ErrorCount`: how many followers it did not reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_count: Option<u64>,
    /// What the check for originality found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright_check: Option<CopyrightCheck<'a>>,
    /// Where the articles can be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub article_urls: Vec<ArticleUrl<'a>>,
}

/// How a mass send ended; as JSON WeChat's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MassSendStatus<'a> {
    /// `send success`; single receivers may still have failed.
    SendSuccess,
    /// `send fail`
    SendFail,
    /// `err(n)`: refused, see the table of the protocol; unlisted numbers occur.
    Err(u32),
    Other(Text<'a>),
}

/// What the check for originality found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyrightCheck<'a> {
    /// 1 no reprint, 2 a reprint that may be sent, 3 a reprint that may not.
    pub check_state: Option<u32>,
    /// Article by article.
    pub articles: Vec<ArticleCheck<'a>>,
}

/// What the check found about one article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArticleCheck<'a> {
    /// Which article of the send, counted from 1.
    pub article_idx: Option<u32>,
    /// What the author declared.
    pub user_declare_state: Option<u32>,
    /// What the platform found.
    pub audit_state: Option<u32>,
    /// The original it resembles.
    pub original_article_url: Text<'a>,
    pub original_article_type: Option<u32>,
    /// 1 when reprints are allowed.
    pub can_reprint: Option<u32>,
    /// 1 when the content has to be replaced by the original's.
    pub need_replace_content: Option<u32>,
    /// 1 when the source has to be shown.
    pub need_show_reprint_source: Option<u32>,
}

/// Where an article can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArticleUrl<'a> {
    /// Which article of the send, counted from 1.
    pub article_idx: Option<u32>,
    pub article_url: Text<'a>,
}

impl<'a> MassSendResult<'a> {
    pub(super) fn read(root: &mut Element<'a>, faults: &mut Faults) -> Self {
        let copyright_check = root
            .child("CopyrightCheckResult")
            .map(|block| CopyrightCheck::read(block, faults));
        let article_urls = root
            .child("ArticleUrlResult")
            .map(|block| results(block, |item| ArticleUrl::read(item, faults)));
        Self {
            msg_id: root.number_of("MsgID", faults),
            status: MassSendStatus::of(root.text_of("Status").unwrap_or_default()),
            total_count: root.number_of("TotalCount", faults),
            filter_count: root.number_of("FilterCount", faults),
            sent_count: root.number_of("SentCount", faults),
            error_count: root.number_of("ErrorCount", faults),
            copyright_check,
            article_urls: article_urls.unwrap_or_default(),
        }
    }
}

impl<'a> CopyrightCheck<'a> {
    fn read(block: &mut Element<'a>, faults: &mut Faults) -> Self {
        Self {
            check_state: block.number_of("CheckState", faults),
            articles: results(block, |item| ArticleCheck::read(item, faults)),
        }
    }
}

impl<'a> ArticleCheck<'a> {
    fn read(item: &mut Element<'a>, faults: &mut Faults) -> Self {
        Self {
            article_idx: item.number_of("ArticleIdx", faults),
            user_declare_state: item.number_of("UserDeclareState", faults),
            audit_state: item.number_of("AuditState", faults),
            original_article_url: item.text_of("OriginalArticleUrl").unwrap_or_default(),
            original_article_type: item.number_of("OriginalArticleType", faults),
            can_reprint: item.number_of("CanReprint", faults),
            need_replace_content: item.number_of("NeedReplaceContent", faults),
            need_show_reprint_source: item.number_of("NeedShowReprintSource", faults),
        }
    }
}

impl<'a> ArticleUrl<'a> {
    fn read(item: &mut Element<'a>, faults: &mut Faults) -> Self {
        Self {
            article_idx: item.number_of("ArticleIdx", faults),
            article_url: item.text_of("ArticleUrl").unwrap_or_default(),
        }
    }
}

/// Both blocks can be missing or empty.
fn results<'a, T>(block: &mut Element<'a>, mut read: impl FnMut(&mut Element<'a>) -> T) -> Vec<T> {
    let mut found = Vec::new();
    for list in block.children_of("ResultList") {
        found.extend(list.children_of("item").map(&mut read));
    }
    found
}

impl<'a> MassSendStatus<'a> {
    fn of(words: Text<'a>) -> Self {
        let squeezed: String = words.chars().filter(|c| !c.is_whitespace()).collect();
        let lower = squeezed.to_ascii_lowercase();
        let number = lower
            .strip_prefix("err(")
            .and_then(|rest| rest.strip_suffix(')'));
        match (
            lower.as_str(),
            number.and_then(|digits| digits.parse().ok()),
        ) {
            ("sendsuccess", _) => Self::SendSuccess,
            ("sendfail", _) => Self::SendFail,
            (_, Some(number)) => Self::Err(number),
            _ => Self::Other(words),
        }
    }
}

impl std::fmt::Display for MassSendStatus<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SendSuccess => f.write_str("send success"),
            Self::SendFail => f.write_str("send fail"),
            Self::Err(number) => write!(f, "err({number})"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

impl Serialize for MassSendStatus<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
