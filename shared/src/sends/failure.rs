//! Why something is not where it should be, and what that means to a person.

use serde::{Deserialize, Serialize};
use wechat_oa::api::{Error, errcode::explain};

/// Why a message or a batch is not where it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failure {
    /// WeChat's code; none when WeChat did not say, or was not asked.
    pub errcode: Option<i64>,
    /// What happened, in words.
    pub errmsg: String,
    /// The class of the code, or what else went wrong, in one word.
    pub class: String,
}

impl Failure {
    /// A failure WeChat has a code for, or none.
    pub fn new(errcode: Option<i64>, errmsg: impl Into<String>, class: &str) -> Self {
        Self {
            errcode,
            errmsg: errmsg.into(),
            class: class.to_owned(),
        }
    }

    /// What a call failed with.
    pub fn of(error: &Error) -> Self {
        match error.refusal() {
            Some(refusal) => {
                Self::new(Some(refusal.errcode), &refusal.errmsg, refusal.class.name())
            }
            None => Self::new(None, error.to_string(), error.error_type()),
        }
    }

    /// As the API shows it.
    pub fn view(&self) -> FailureView<'_> {
        let told = self
            .errcode
            .and_then(explain)
            .map(|told| (told.en, told.zh));
        let own = || {
            let mut rows = EXPLANATIONS.iter();
            rows.find(|(class, ..)| *class == self.class)
        };
        let told = told.or_else(|| own().map(|(_, en, zh)| (*en, *zh)));
        FailureView {
            failure: self,
            explanation: told.map(|(en, zh)| Explained { en, zh }),
        }
    }
}

/// Why something is not where it should be, as the API shows it.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "FailureShown")
)]
pub struct FailureView<'a> {
    #[serde(flatten)]
    failure: &'a Failure,
    /// What that means; null where the words say all that is known.
    explanation: Option<Explained>,
}

/// The same in two languages.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "FailureExplained")
)]
pub(super) struct Explained {
    /// In English.
    pub(super) en: &'static str,
    /// In Chinese.
    pub(super) zh: &'static str,
}

/// Classes that no code of WeChat's stands for, in English and Chinese.
const EXPLANATIONS: [(&str, &str, &str); 17] = [
    (
        "capped",
        "The account's own cap: this user has had as many of this kind today.",
        "达到本账号自己的频次上限：该用户今天已收到足够多的这类消息。",
    ),
    (
        "unknown",
        "The answer to its call was lost: it may have gone, and it is not sent again.",
        "没有得到微信对这次调用的答复：可能已经发出，不会再发。",
    ),
    (
        "cancelled",
        "It was cancelled after a call whose answer was lost: it may have gone, and it is not sent again.",
        "取消之前有一次调用没有得到答复：可能已经发出，不会再发。",
    ),
    (
        "tries",
        "It was given up after five tries; redrive it when the cause is gone.",
        "尝试五次之后放弃；原因排除后可用 redrive 重新发送。",
    ),
    (
        "unknown_account",
        "No account of that name is set up any more.",
        "已经没有这个名字的账号。",
    ),
    (
        "no_access_token",
        "No access token could be had; the log of token-refresh says why.",
        "取不到 access_token；原因见 token-refresh 的日志。",
    ),
    (
        "wechat_connect",
        "WeChat could not be reached; it was not sent.",
        "连接不上微信，没有发出。",
    ),
    (
        "wechat_timeout",
        "WeChat did not answer in time: it may have gone.",
        "微信没有及时答复：可能已经发出。",
    ),
    (
        "wechat_broken",
        "The connection to WeChat broke: it may have gone.",
        "与微信的连接中断：可能已经发出。",
    ),
    (
        "wechat_failed",
        "WeChat took it and could not deliver it.",
        "微信已接收，但没能送达。",
    ),
    (
        "no_result",
        "WeChat told no result for a week.",
        "一周之内没有收到微信的结果。",
    ),
    (
        "admin_refused",
        "The administrator refused the mass send.",
        "管理员拒绝了这次群发。",
    ),
    (
        "admin_silent",
        "The administrator did not confirm the mass send within half an hour.",
        "管理员没有在半小时内确认这次群发。",
    ),
    (
        "reprint",
        "WeChat found an article to be a reprint that may not be sent.",
        "微信判定文章为转载，不允许群发。",
    ),
    (
        "content",
        "WeChat refused the content; its code stands in the words.",
        "微信因内容拒绝，代码见错误信息。",
    ),
    (
        "quota",
        "No send to all is left in this period.",
        "本周期向全部粉丝群发的次数已经用完。",
    ),
    (
        "recipients_gone",
        "Its receivers are not stored any more.",
        "收件人已不在存储中。",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn codes_and_words_of_ours_are_explained_in_both_languages() {
        let shown = |failure: Failure| json!(failure.view());
        let refused = shown(Failure::new(Some(43_004), "require subscribe", "refused"));
        assert_eq!(refused["errcode"], 43_004);
        for (class, en, zh) in EXPLANATIONS {
            assert!(en.ends_with('.') && zh.ends_with('。'), "{class}");
            let shown = shown(Failure::new(None, "words", class));
            assert_eq!(shown["explanation"], json!({ "en": en, "zh": zh }));
        }
        let other = shown(Failure::new(None, "words", "turn_missed"));
        assert_eq!(other["explanation"], Value::Null);
        assert!(refused["explanation"]["zh"].is_string());
    }
}
