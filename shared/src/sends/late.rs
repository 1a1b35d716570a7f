//! Answers that missed WeChat's five seconds, as messages.

use super::{Options, SendJob, SendKind};
use crate::answers::{PieceOf, answer_id};
use serde_json::{Value, json};
use wechat_oa::callback::{Article, Reply};

impl SendJob {
    /// The message that carries a piece of an answer that is no passive reply; `None` for one that is no message.
    /// `row_id` is the push's row: one push, one message for each piece. The user wrote a moment ago, so it is sent
    /// whatever the table says about allowances. With `ai` WeChat marks it as made by an AI.
    pub fn late_reply(
        account: &str,
        row_id: &str,
        to_user: &str,
        piece: PieceOf,
        reply: &Reply,
        ai: bool,
    ) -> Option<Self> {
        let mut body = customer_service_content(reply)?;
        let members = body.as_object_mut()?;
        members.insert("touser".to_owned(), json!(to_user));
        if ai {
            members.insert("aimsgcontext".to_owned(), json!({ "is_ai_msg": 1 }));
        }
        let id = Self::late_id(row_id, piece.piece);
        Some(Self {
            answer: Some(piece),
            ..Self::to_who_wrote(account, id, to_user, body)
        })
    }

    /// The command that shows the user of the push of that row that an answer is being written (客服输入状态).
    /// <https://developers.weixin.qq.com/doc/subscription/api/customer/message/api_typing.html>
    pub fn typing(account: &str, row_id: &str, to_user: &str) -> Self {
        let id = format!("typing-{}", answer_id(row_id));
        let body = json!({ "touser": to_user, "command": "Typing" });
        Self::to_who_wrote(account, id, to_user, body)
    }

    fn to_who_wrote(account: &str, client_msg_id: String, to_user: &str, body: Value) -> Self {
        Self {
            account: account.to_owned(),
            kind: SendKind::CustomerService,
            client_msg_id,
            to_user: to_user.to_owned(),
            body,
            options: Options {
                force: true,
                ..Options::default()
            },
            unfiled: true,
            filed: None,
            not_before: None,
            released: None,
            answer: None,
        }
    }

    /// The `client_msg_id` of a piece of the late answer to the push of that row.
    pub fn late_id(row_id: &str, piece: u32) -> String {
        let id = answer_id(row_id);
        match piece {
            0 => format!("late-{id}"),
            _ => format!("late-{id}-{piece}"),
        }
    }
}

/// A passive reply as the body of a customer-service message, without the receiver.
fn customer_service_content(reply: &Reply) -> Option<Value> {
    let (msgtype, content) = match reply {
        Reply::Acknowledge | Reply::TransferCustomerService { .. } | Reply::TransferAi => {
            return None;
        }
        Reply::Text { content } => ("text", json!({ "content": content })),
        Reply::Image { media_id } => ("image", json!({ "media_id": media_id })),
        Reply::Voice { media_id } => ("voice", json!({ "media_id": media_id })),
        Reply::Video {
            media_id,
            title,
            description,
        } => (
            "video",
            json!({ "media_id": media_id, "thumb_media_id": "", "title": title, "description": description }),
        ),
        Reply::Music {
            title,
            description,
            music_url,
            hq_music_url,
            thumb_media_id,
        } => (
            "music",
            json!({
                "title": title, "description": description, "musicurl": music_url,
                "hqmusicurl": hq_music_url, "thumb_media_id": thumb_media_id,
            }),
        ),
        Reply::News { articles } => {
            let article = |a: &Article| json!({ "title": a.title, "description": a.description, "url": a.url, "picurl": a.pic_url });
            let articles: Vec<Value> = articles.iter().take(1).map(article).collect();
            ("news", json!({ "articles": articles }))
        }
    };
    Some(json!({ "msgtype": msgtype, (msgtype): content }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use wechat_oa::api::{body, custom::SendCustomMessage};

    fn late(row_id: &str, piece: u32, reply: &Reply, ai: bool) -> Option<SendJob> {
        let piece = PieceOf {
            answer: answer_id(row_id),
            set: "s".to_owned(),
            piece,
            asked: Timestamp::default(),
            then: None,
        };
        SendJob::late_reply("demo", row_id, "oA", piece, reply, ai)
    }

    #[test]
    fn a_late_text_becomes_one_service_message() {
        let reply = Reply::from("订单已发货");
        let job = late("wx1#m1", 0, &reply, false).unwrap();
        assert_eq!(Some(&job), late("wx1#m1", 0, &reply, false).as_ref());
        for other in [
            late("wx1#m2", 0, &reply, false),
            late("wx1#m1", 5, &reply, false),
        ] {
            let other = other.unwrap();
            assert_ne!(job.client_msg_id, other.client_msg_id);
            assert!(other.client_msg_id.len() <= 32);
        }
        let body =
            json!({ "touser": "oA", "msgtype": "text", "text": { "content": "订单已发货" } });
        assert_eq!(job.body, body);
        let marked = late("wx1#m1", 0, &reply, true).unwrap();
        assert_eq!(marked.body["aimsgcontext"], json!({ "is_ai_msg": 1 }));
    }

    #[test]
    fn an_acknowledgement_is_no_message() {
        assert_eq!(late("wx1#m1", 0, &Reply::Acknowledge, true), None);
    }

    #[test]
    fn a_late_reply_is_a_message_that_passes() {
        let music = Reply::Music {
            title: String::new(),
            description: String::new(),
            music_url: String::new(),
            hq_music_url: String::new(),
            thumb_media_id: "m".into(),
        };
        for reply in [Reply::from("好"), music] {
            let job = late("wx1#m1", 0, &reply, true).unwrap();
            assert!(body::read::<SendCustomMessage>(&job.body).is_ok());
        }
    }
}
