//! A push as a question.

use serde_json::Value;

/// What an assistant is asked by a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The words, or what was sent in place of words.
    pub text: String,
    /// Where the picture of a picture message can be fetched.
    pub picture: Option<String>,
}

impl Question {
    /// Reads a push in the form in which [`Push`](wechat_oa::callback::Push) is written: `images` are
    /// shown, and of a `voice` message its recognised words are told, where that is wanted.
    ///
    /// ```
    /// use serde_json::json;
    /// use shared::assistant::Question;
    ///
    /// let of = |push| Question::of(&push, false, false).text;
    /// assert_eq!(of(json!({"kind": "text", "content": " 几点开门 "})), "几点开门");
    /// assert_eq!(of(json!({"kind": "location", "label": "上海"})), "［用户发来位置：上海］");
    /// ```
    pub fn of(push: &Value, images: bool, voice: bool) -> Self {
        let text = |name: &str| {
            let text = push.get(name).and_then(Value::as_str);
            text.map(str::trim).filter(|text| !text.is_empty())
        };
        let said = |what: &str, names: &[&str]| {
            let parts: Vec<&str> = names.iter().filter_map(|name| text(name)).collect();
            match parts.is_empty() {
                true => format!("［用户{what}］"),
                false => format!("［用户{what}：{}］", parts.join("，")),
            }
        };
        let kind = text("kind").unwrap_or_default();
        let words = match kind {
            "text" => text("content").map(str::to_owned),
            "voice" if voice => text("recognition").map(str::to_owned),
            _ => None,
        };
        let text_of_kind = || match kind {
            "text" => said("发来空白的消息", &[]),
            "image" => said("发来一张图片", &[]),
            "voice" => said("发来一段语音，内容未能识别", &[]),
            "video" | "shortvideo" => said("发来一段视频", &[]),
            "location" => said("发来位置", &["label"]),
            "link" => said("分享链接", &["title", "description", "url"]),
            "event" => event(text("event").unwrap_or_default(), &said),
            _ => said("发来一种无法显示的消息", &[]),
        };
        Self {
            text: words.unwrap_or_else(text_of_kind),
            picture: text("pic_url")
                .filter(|_| images && kind == "image")
                .map(str::to_owned),
        }
    }
}

fn event(event: &str, said: &impl Fn(&str, &[&str]) -> String) -> String {
    match event {
        "subscribe" => said("刚刚关注了公众号", &[]),
        "scan" => said("扫描了二维码", &["scene"]),
        "click" => said("点击了菜单", &["key"]),
        _ => said("做了一个操作", &["event"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_push_is_a_question() {
        let voice = json!({"kind": "voice", "recognition": "你好"});
        assert_eq!(Question::of(&voice, false, true).text, "你好");
        assert_eq!(
            Question::of(&voice, false, false).text,
            "［用户发来一段语音，内容未能识别］"
        );
        let image = json!({"kind": "image", "pic_url": "http://p"});
        assert_eq!(
            Question::of(&image, true, false).picture.as_deref(),
            Some("http://p")
        );
        assert_eq!(Question::of(&image, false, false).picture, None);
        for (push, text) in [
            (
                json!({"kind": "link", "title": "文", "url": "http://a"}),
                "［用户分享链接：文，http://a］",
            ),
            (
                json!({"kind": "event", "event": "click", "key": "K1"}),
                "［用户点击了菜单：K1］",
            ),
            (
                json!({"kind": "event", "event": "subscribe"}),
                "［用户刚刚关注了公众号］",
            ),
            (
                json!({"kind": "text", "content": 17}),
                "［用户发来空白的消息］",
            ),
            (json!({"kind": 17}), "［用户发来一种无法显示的消息］"),
            (json!(null), "［用户发来一种无法显示的消息］"),
        ] {
            assert_eq!(
                Question::of(&push, true, true),
                Question {
                    text: text.into(),
                    picture: None
                }
            );
        }
    }
}
