//! Answers that missed WeChat's five seconds, as messages.

use super::{Options, SendJob, SendKind};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use wechat_oa::callback::{Article, Reply};

impl SendJob {
    /// The message that carries an answer which missed WeChat's five seconds; `None` for an answer
    /// that is no message. `row_id` is the push's row: one push, one message. The user wrote a
    /// moment ago, so it is sent whatever the table says about allowances.
    pub fn late_reply(account: &str, row_id: &str, to_user: &str, reply: &Reply) -> Option<Self> {
        let mut body = customer_service_content(reply)?;
        body.as_object_mut()?
            .insert("touser".to_owned(), json!(to_user));
        Some(Self {
            account: account.to_owned(),
            kind: SendKind::CustomerService,
            client_msg_id: Self::late_id(row_id),
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
        })
    }

    /// The `client_msg_id` of the late answer to the push of that row.
    pub fn late_id(row_id: &str) -> String {
        format!("late-{:.24}", hex::encode(Sha1::digest(row_id)))
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
    use wechat_oa::api::{body, custom::SendCustomMessage};

    #[test]
    fn a_late_text_becomes_one_service_message() {
        let reply = Reply::from("订单已发货");
        let job = SendJob::late_reply("demo", "wx1#m1", "oA", &reply).unwrap();
        assert_eq!(
            job,
            SendJob::late_reply("demo", "wx1#m1", "oA", &reply).unwrap()
        );
        assert_ne!(
            job.client_msg_id,
            SendJob::late_reply("demo", "wx1#m2", "oA", &reply)
                .unwrap()
                .client_msg_id
        );
        assert!(job.client_msg_id.len() <= 32);
        assert_eq!(
            job.body,
            json!({ "touser": "oA", "msgtype": "text", "text": { "content": "订单已发货" } })
        );
    }

    #[test]
    fn an_acknowledgement_is_no_message() {
        assert_eq!(
            SendJob::late_reply("demo", "wx1#m1", "oA", &Reply::Acknowledge),
            None
        );
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
            let job = SendJob::late_reply("demo", "wx1#m1", "oA", &reply).unwrap();
            assert!(body::read::<SendCustomMessage>(&job.body).is_ok());
        }
    }
}
