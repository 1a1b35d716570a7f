//! Family `comment`: what readers write under articles (protocol section 7.5). An article is named
//! by the `msg_data_id` of its mass send or publication and by its place there.

use super::{
    Invalid, Meta,
    answer::Done,
    endpoint::{
        RetryClass::{Idempotent, Read},
        family,
    },
    rules::filled,
    wire::Number,
};
use serde::{Deserialize, Deserializer, Serialize};

family! { "comment" for VERIFIED:
    OpenComments => Done: Meta::post("/cgi-bin/comment/open", "https://developers.weixin.qq.com/doc/offiaccount/Comments_management/Image_Comments_Management_Interface.html").retry(Idempotent);
    CloseComments => Done: Meta::post("/cgi-bin/comment/close", "https://developers.weixin.qq.com/doc/offiaccount/Comments_management/Image_Comments_Management_Interface.html").retry(Idempotent);
    ListComments => CommentList: Meta::post("/cgi-bin/comment/list", "https://developers.weixin.qq.com/doc/offiaccount/Comments_management/Image_Comments_Management_Interface.html")
        .retry(Read), validate;
    ElectComment => Done: Meta::post("/cgi-bin/comment/markelect", "https://developers.weixin.qq.com/doc/offiaccount/Comments_management/Image_Comments_Management_Interface.html").retry(Idempotent);
    UnelectComment => Done: Meta::post("/cgi-bin/comment/unmarkelect", "https://developers.weixin.qq.com/doc/offiaccount/Comments_management/Image_Comments_Management_Interface.html").retry(Idempotent);
    DeleteComment => Done: Meta::post("/cgi-bin/comment/delete", "https://developers.weixin.qq.com/doc/offiaccount/Comments_management/Image_Comments_Management_Interface.html").retry(Idempotent);
    AddCommentReply => Done: Meta::post("/cgi-bin/comment/reply/add", "https://developers.weixin.qq.com/doc/offiaccount/Comments_management/Image_Comments_Management_Interface.html"), check(content: filled);
    DeleteCommentReply => Done: Meta::post("/cgi-bin/comment/reply/delete", "https://developers.weixin.qq.com/doc/offiaccount/Comments_management/Image_Comments_Management_Interface.html").retry(Idempotent);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::call;
    let (msg_data_id, index, user_comment_id) = (2_247_483_920, Some(0), 1);
    vec![
        call(OpenComments { msg_data_id, index }),
        call(CloseComments { msg_data_id, index }),
        call(ListComments {
            msg_data_id,
            index,
            begin: 0,
            count: 49,
            filter: CommentFilter::Elected,
        }),
        call(ElectComment {
            msg_data_id,
            index,
            user_comment_id,
        }),
        call(UnelectComment {
            msg_data_id,
            index,
            user_comment_id,
        }),
        call(DeleteComment {
            msg_data_id,
            index,
            user_comment_id,
        }),
        call(AddCommentReply {
            msg_data_id,
            index,
            user_comment_id,
            content: "谢谢".into(),
        }),
        call(DeleteCommentReply {
            msg_data_id,
            index,
            user_comment_id,
        }),
    ]
}

/// `POST /cgi-bin/comment/open`: lets readers comment. 88000 without the privilege, 88001 for an
/// unknown article.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct OpenComments {
    /// The mass send or publication.
    pub msg_data_id: u64,
    /// Which of its articles, from 0; the first when absent.
    pub index: Option<u32>,
}

/// `POST /cgi-bin/comment/close`: lets readers comment no more.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct CloseComments {
    /// The mass send or publication.
    pub msg_data_id: u64,
    /// Which of its articles, from 0; the first when absent.
    pub index: Option<u32>,
}

/// `POST /cgi-bin/comment/list`: a page of comments.
///
/// ```
/// use wechat_oa::api::comment::{CommentFilter, ListComments};
///
/// let page = |count| ListComments { msg_data_id: 2_247_483_920, index: None, begin: 0, count, filter: CommentFilter::Elected };
/// assert!(page(49).validate().is_ok());
/// assert!(page(50).validate().is_err());
/// ```
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ListComments {
    /// The mass send or publication.
    pub msg_data_id: u64,
    /// Which of its articles, from 0; the first when absent.
    pub index: Option<u32>,
    /// How many to leave out at the beginning.
    pub begin: u64,
    /// How many to tell, 1 to 49; 88010 otherwise.
    pub count: u32,
    #[serde(rename = "type", serialize_with = "CommentFilter::number")]
    pub filter: CommentFilter,
}

/// Which comments to tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CommentFilter {
    /// All.
    #[default]
    All = 0,
    Normal = 1,
    Elected = 2,
}

impl CommentFilter {
    fn number<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(*self as u8)
    }
}

impl ListComments {
    /// The page has 1 to 49 entries.
    ///
    /// # Errors
    /// When it has not.
    pub fn validate(&self) -> Result<(), Invalid> {
        Invalid::unless((1..50).contains(&self.count), "count", "must be 1 to 49")
    }
}

/// A page of comments.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CommentList {
    /// How many there are in all; not those on this page.
    #[serde_as(as = "Number")]
    pub total: u64,
    pub comment: Vec<Comment>,
}

/// What a reader wrote.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Its id, within the article.
    #[serde_as(as = "Number")]
    pub user_comment_id: u64,
    /// Who wrote it, as WeChat tells; it may be empty.
    #[serde(default)]
    pub openid: String,
    /// When, in seconds since 1970.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub create_time: i64,
    #[serde(default)]
    pub content: String,
    /// 0 as it came, 1 elected.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub comment_type: u32,
    /// The author's answer. WeChat writes it alone or as a list of one.
    #[serde(default, deserialize_with = "alone_or_first")]
    pub reply: Option<CommentReply>,
}

/// The author's answer to a comment.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CommentReply {
    pub content: String,
    /// When, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub create_time: i64,
}

fn alone_or_first<'de, D: Deserializer<'de>>(from: D) -> Result<Option<CommentReply>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        List(Vec<CommentReply>),
        Alone(CommentReply),
    }
    Ok(match Option::deserialize(from)? {
        Some(Either::List(list)) => list.into_iter().next(),
        Some(Either::Alone(reply)) => Some(reply),
        None => None,
    })
}

/// `POST /cgi-bin/comment/markelect`: shows a comment to all. 88003 when there are too many, 88004
/// when its writer took it back.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ElectComment {
    /// The mass send or publication.
    pub msg_data_id: u64,
    /// Which of its articles, from 0; the first when absent.
    pub index: Option<u32>,
    pub user_comment_id: u64,
}

/// `POST /cgi-bin/comment/unmarkelect`: shows a comment to all no more.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct UnelectComment {
    /// The mass send or publication.
    pub msg_data_id: u64,
    /// Which of its articles, from 0; the first when absent.
    pub index: Option<u32>,
    pub user_comment_id: u64,
}

/// `POST /cgi-bin/comment/delete`: takes a comment away.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct DeleteComment {
    /// The mass send or publication.
    pub msg_data_id: u64,
    /// Which of its articles, from 0; the first when absent.
    pub index: Option<u32>,
    pub user_comment_id: u64,
}

/// `POST /cgi-bin/comment/reply/add`: answers a comment, once: then 88005. 88007 when the answer is
/// too long.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, Serialize)]
pub struct AddCommentReply {
    /// The mass send or publication.
    pub msg_data_id: u64,
    /// Which of its articles, from 0; the first when absent.
    pub index: Option<u32>,
    pub user_comment_id: u64,
    pub content: String,
}

/// `POST /cgi-bin/comment/reply/delete`: takes the answer back. 88009 when there is none.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct DeleteCommentReply {
    /// The mass send or publication.
    pub msg_data_id: u64,
    /// Which of its articles, from 0; the first when absent.
    pub index: Option<u32>,
    pub user_comment_id: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const LIST: ListComments = ListComments {
        msg_data_id: 2_247_483_920,
        index: Some(0),
        begin: 0,
        count: 49,
        filter: CommentFilter::All,
    };

    #[test]
    fn requests_are_those_of_the_fixtures() {
        let expected: Value = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/requests/comment_list.json"
        ))
        .unwrap();
        assert_eq!(json!(LIST), expected);
        let elected = ListComments {
            filter: CommentFilter::Elected,
            index: None,
            ..LIST
        };
        assert_eq!(json!(elected)["type"], 2);
        assert_eq!(json!(elected).get("index"), None);
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        for text in [
            include_str!("../../../../tests/fixtures/responses/comment_list.json"),
            include_str!("../../../../tests/fixtures/responses/comment_list_reply_array.json"),
        ] {
            let list: CommentList = serde_json::from_str(text).unwrap();
            let comment = list.comment.first().unwrap();
            assert_eq!((list.total, comment.user_comment_id), (1, 1));
            let reply = comment.reply.as_ref().unwrap();
            assert_eq!(
                (reply.content.as_str(), reply.create_time),
                ("谢谢", 1_735_692_100)
            );
        }
        for none in [json!(null), json!([])] {
            let comment = json!({"user_comment_id": "7", "reply": none});
            let comment: Comment = serde_json::from_value(comment).unwrap();
            assert_eq!((comment.user_comment_id, comment.reply), (7, None));
        }
    }

    #[test]
    fn pages_and_answers_are_checked() {
        for (count, fits) in [(0, false), (1, true), (49, true), (50, false)] {
            assert_eq!(
                ListComments { count, ..LIST }.validate().is_ok(),
                fits,
                "{count}"
            );
        }
        assert_eq!(
            AddCommentReply::default().validate().unwrap_err().field,
            "content"
        );
    }
}
