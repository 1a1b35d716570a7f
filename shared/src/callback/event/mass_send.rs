//! MASSSENDJOBFINISH (protocol section 2.3).

use super::Text;
use crate::callback::{Refusal, element::Element, message::as_text};
use serde::{Serialize, Serializer};

/// What became of a mass send. Pushed shortly before the job is done: the numbers may be slightly off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MassSendResult<'a> {
    /// The `msg_id` of the send.
    #[serde(serialize_with = "as_text")]
    pub msg_id: Option<u64>,
    /// How it ended.
    pub status: MassSendStatus<'a>,
    /// Followers in the target.
    pub total_count: u64,
    /// Left after filters.
    pub filter_count: u64,
    /// Delivered.
    pub sent_count: u64,
    /// Failed.
    pub error_count: u64,
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
    /// Words not known here.
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
    /// Which article, from 1.
    pub article_idx: Option<u32>,
    /// What the author declared.
    pub user_declare_state: Option<u32>,
    /// What the platform found.
    pub audit_state: Option<u32>,
    /// The original it resembles.
    pub original_article_url: Text<'a>,
    /// Its kind.
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
    /// Which article, from 1.
    pub article_idx: Option<u32>,
    /// Its address.
    pub article_url: Text<'a>,
}

impl<'a> MassSendResult<'a> {
    pub(super) fn read(root: &mut Element<'a>) -> Result<Self, Refusal> {
        Ok(Self {
            msg_id: root.number_of("MsgID")?,
            status: MassSendStatus::of(root.text_of("Status").unwrap_or_default()),
            total_count: root.number_of("TotalCount")?.unwrap_or_default(),
            filter_count: root.number_of("FilterCount")?.unwrap_or_default(),
            sent_count: root.number_of("SentCount")?.unwrap_or_default(),
            error_count: root.number_of("ErrorCount")?.unwrap_or_default(),
            copyright_check: root
                .child("CopyrightCheckResult")
                .map(CopyrightCheck::read)
                .transpose()?,
            article_urls: items(root, "ArticleUrlResult", ArticleUrl::read)?,
        })
    }
}

impl<'a> CopyrightCheck<'a> {
    fn read(block: &mut Element<'a>) -> Result<Self, Refusal> {
        Ok(Self {
            check_state: block.number_of("CheckState")?,
            articles: results(block, ArticleCheck::read)?,
        })
    }
}

impl<'a> ArticleCheck<'a> {
    fn read(item: &mut Element<'a>) -> Result<Self, Refusal> {
        Ok(Self {
            article_idx: item.number_of("ArticleIdx")?,
            user_declare_state: item.number_of("UserDeclareState")?,
            audit_state: item.number_of("AuditState")?,
            original_article_url: item.text_of("OriginalArticleUrl").unwrap_or_default(),
            original_article_type: item.number_of("OriginalArticleType")?,
            can_reprint: item.number_of("CanReprint")?,
            need_replace_content: item.number_of("NeedReplaceContent")?,
            need_show_reprint_source: item.number_of("NeedShowReprintSource")?,
        })
    }
}

impl<'a> ArticleUrl<'a> {
    fn read(item: &mut Element<'a>) -> Result<Self, Refusal> {
        let article_url = item.text_of("ArticleUrl").unwrap_or_default();
        Ok(Self {
            article_idx: item.number_of("ArticleIdx")?,
            article_url,
        })
    }
}

type Read<'a, T> = fn(&mut Element<'a>) -> Result<T, Refusal>;

/// Both blocks can be missing or empty.
fn items<'a, T>(root: &mut Element<'a>, block: &str, read: Read<'a, T>) -> Result<Vec<T>, Refusal> {
    root.child(block)
        .map_or_else(|| Ok(Vec::new()), |block| results(block, read))
}

fn results<'a, T>(block: &mut Element<'a>, read: Read<'a, T>) -> Result<Vec<T>, Refusal> {
    block
        .children_of("ResultList")
        .flat_map(|list| list.children_of("item").map(read).collect::<Vec<_>>())
        .collect()
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
