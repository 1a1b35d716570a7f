//! The values of an account as WeChat's console has them: what each is called there, the form it has, and where it
//! stands. WeChat moved them to the developer platform (微信开发者平台) in December 2025.

use wechat_oa::callback::{EncodingAesKey, check_token};

/// Where the developer platform keeps the values of an account.
pub(super) const BASICS: &str =
    "微信开发者平台 developers.weixin.qq.com/platform → 我的业务 → 公众号 / 服务号 → 基础信息";

/// A value that is asked for.
pub(super) struct Asked {
    /// As the accounts file calls it.
    pub(super) field: &'static str,
    /// The question, with the console's name.
    pub(super) prompt: &'static str,
    /// Below [`BASICS`], where it stands.
    place: &'static str,
    /// What is stored for an answer, or the rule that the answer breaks.
    form: fn(&str) -> Result<String, String>,
}

impl Asked {
    /// What is stored for an answer; else the rule, and where the right value stands. The answer is not repeated.
    pub(super) fn read(&self, answer: &str) -> Result<String, String> {
        (self.form)(answer).map_err(|rule| format!("{rule} See {BASICS}{}.", self.place))
    }
}

pub(super) const APP_ID: Asked = Asked {
    field: "app_id",
    prompt: "AppID, wx…",
    place: "",
    form: |text| hexadecimal(text, "The AppID", "wx", 16),
};
pub(super) const ORIGINAL_ID: Asked = Asked {
    field: "original_id",
    prompt: "Original ID (原始ID), gh_…",
    place: "",
    form: |text| hexadecimal(text, "The original ID", "gh_", 12),
};
pub(super) const KIND: Asked = Asked {
    field: "kind",
    prompt: "Kind (账号类型): service (服务号) or subscription (订阅号)",
    place: "",
    // The new console says 公众号 where it means a subscription account.
    form: |text| {
        let kinds = [
            ("service", ["服务号", "服务"]),
            ("subscription", ["订阅号", "订阅"]),
            ("subscription", ["公众号", "公众"]),
        ];
        word(
            text,
            "The kind",
            "service (服务号) or subscription (订阅号)",
            &kinds,
        )
    },
};
pub(super) const MODE: Asked = Asked {
    field: "mode",
    prompt: "Mode of pushes (消息加解密方式): safe (安全模式), compatible (兼容模式) or plain (明文模式)",
    place: PUSHES,
    form: |text| {
        let modes = [
            ("safe", ["安全模式", "安全"]),
            ("compatible", ["兼容模式", "兼容"]),
            ("plain", ["明文模式", "明文"]),
        ];
        let words = "safe (安全模式), compatible (兼容模式) or plain (明文模式)";
        word(text, "The mode", words, &modes)
    },
};
pub(super) const APP_SECRET: Asked = Asked {
    field: "app_secret",
    prompt: "AppSecret (开发密钥)",
    place: " → 开发密钥; it is shown once, when it is made or reset",
    form: |text| hexadecimal(text, "The AppSecret", "", 32),
};
pub(super) const TOKEN: Asked = Asked {
    field: "token",
    prompt: "Token of the callback (令牌)",
    place: PUSHES,
    form: |text| {
        let read = check_token(text).map(|()| text.to_owned());
        read.map_err(|rule| format!("The token {rule}."))
    },
};
pub(super) const ENCODING_AES_KEY: Asked = Asked {
    field: "encoding_aes_key",
    prompt: "EncodingAESKey (消息加解密密钥)",
    place: PUSHES,
    form: |text| {
        let read = EncodingAesKey::parse(text).map(|_| text.to_owned());
        read.map_err(|rule| format!("The EncodingAESKey {rule}."))
    },
};

const PUSHES: &str = " → 域名与消息推送配置";

/// `before`, and that many of 0-9 and a-f: as WeChat makes ids and secrets.
fn hexadecimal(text: &str, what: &str, before: &str, length: usize) -> Result<String, String> {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    match text.strip_prefix(before) {
        Some(digits) if digits.len() == length && digits.bytes().all(is_digit) => {
            Ok(text.to_owned())
        }
        _ => {
            let first = match before {
                "" => String::new(),
                before => format!("'{before}' and then "),
            };
            Err(format!("{what} must be {first}{length} of 0-9 and a-f."))
        }
    }
}

/// Our word for an answer: itself, in any case, or what the console calls it, whole or short.
fn word(
    answer: &str,
    what: &str,
    known: &str,
    words: &[(&str, [&str; 2])],
) -> Result<String, String> {
    let is_it = |(word, chinese): &&(&str, [&str; 2])| {
        word.eq_ignore_ascii_case(answer) || chinese.contains(&answer)
    };
    let found = words.iter().find(is_it);
    found
        .map(|(word, _)| (*word).to_owned())
        .ok_or_else(|| format!("{what} must be {known}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_console_are_taken() {
        for (asked, answers, stored) in [
            (KIND, &["服务号", "服务", "Service"][..], "service"),
            (
                KIND,
                &["订阅号", "订阅", "公众号", "subscription"],
                "subscription",
            ),
            (MODE, &["安全模式", "安全", "SAFE"], "safe"),
            (MODE, &["兼容模式", "兼容", "compatible"], "compatible"),
            (MODE, &["明文模式", "明文", "plain"], "plain"),
        ] {
            for answer in answers {
                assert_eq!(asked.read(answer).unwrap(), stored, "{answer}");
            }
        }
        for wrong in ["", "号", "小程序", "安全 模式", "servic"] {
            assert!(
                KIND.read(wrong).is_err() && MODE.read(wrong).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_cannot_be_right_is_refused_with_the_form_and_the_place_and_not_repeated() {
        let right = [
            (APP_ID, "wx5f2c8a1d9e3b7046"),
            (ORIGINAL_ID, "gh_7d31c0a94be2"),
            (APP_SECRET, "0123456789abcdef0123456789abcdef"),
            (TOKEN, "aToken2026"),
            (
                ENCODING_AES_KEY,
                "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
            ),
        ];
        for (asked, value) in right {
            assert_eq!(asked.read(value).unwrap(), value);
            let (short, upper) = (value.get(1..).unwrap(), value.to_uppercase());
            let spaced = format!("{value} ");
            for wrong in [
                "",
                "wx123",
                "gh_1",
                short,
                &spaced,
                "é",
                "wx5f2c8a1d9e3b704六",
            ] {
                let Err(told) = asked.read(wrong) else {
                    // A token of any word of the right length is one.
                    assert_eq!(asked.field, "token", "{wrong}");
                    continue;
                };
                assert!(told.contains(" must be "), "{told}");
                assert!(
                    told.contains("微信开发者平台") && told.contains("基础信息"),
                    "{told}"
                );
                assert!(wrong.len() < 6 || !told.contains(wrong), "{told}");
            }
            if asked.field.ends_with("id") || asked.field == "app_secret" {
                assert!(asked.read(&upper).is_err(), "{upper}");
            }
        }
    }
}
