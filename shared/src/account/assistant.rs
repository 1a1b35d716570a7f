//! Assistants of an account: endpoints of the OpenAI chat-completions form that answer followers.

use super::settings::Broken;
use crate::router::Markdown;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wechat_oa::callback::Reply;

/// Turns that an assistant may remember at most.
const MOST_TURNS: u16 = 50;
/// Questions of a follower that are counted a day at most: each leaves a mark in one row.
const MOST_A_DAY: u32 = 1_000;
/// As long as a Lambda function runs.
const LONGEST_S: u32 = 900;

/// Assistants by their names.
pub type Assistants = BTreeMap<String, Assistant>;

/// An endpoint that answers followers, and how it is asked.
/// <https://platform.openai.com/docs/api-reference/chat/create>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Assistant {
    /// The whole address, `https://…/v1/chat/completions`; plain http on loopback alone.
    pub url: String,
    /// The name of the model, 1 to 200 bytes.
    pub model: String,
    /// The parameter of its key; `/{prefix}/{account}/assistant` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_parameter: Option<String>,
    /// What it is told before everything else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// How many turns of the conversation it is told, 0 to 50.
    #[serde(default = "ten")]
    pub memory: u16,
    /// Texts that make it forget the conversation, white space and case aside.
    #[serde(default = "reset_words")]
    pub reset: Vec<String>,
    /// What is answered then.
    #[serde(default = "reset_text")]
    pub reset_text: String,
    /// Questions a follower has a day in Beijing, 1 to 1,000; any number when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// What is answered beyond that.
    #[serde(default = "limit_text")]
    pub limit_text: String,
    /// How long an answer may take in seconds, 1 to 900; as long as the function runs when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u32>,
    /// What becomes of Markdown in its answers.
    #[serde(default = "plain")]
    pub markdown: Markdown,
    /// Whether its service messages are marked as made by an AI.
    #[serde(default = "yes")]
    pub ai: bool,
    /// Whether it is shown the pictures that followers send.
    #[serde(default)]
    pub images: bool,
    /// Whether it is told the words that WeChat recognised in a voice message.
    #[serde(default)]
    pub voice: bool,
    /// A function of the team's that gets each whole answer and says what is answered instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

fn ten() -> u16 {
    10
}

fn yes() -> bool {
    true
}

fn plain() -> Markdown {
    Markdown::Plain
}

fn reset_words() -> Vec<String> {
    vec!["重置".to_owned()]
}

fn reset_text() -> String {
    "好的，我们重新开始。".to_owned()
}

fn limit_text() -> String {
    "今天的次数用完了，明天再来吧。".to_owned()
}

/// What every assistant of an account must be.
pub(super) fn check(assistants: &Assistants) -> Result<(), Broken> {
    let mut broken = assistants.iter().flat_map(|(name, assistant)| {
        let rules = assistant.broken_rules(name);
        rules.map(move |(field, rule)| format!("{name}{field}: {rule}"))
    });
    let part = "";
    let first = broken.next();
    first.map_or(Ok(()), |rule| Err(Broken { part, rule }))
}

impl Assistant {
    /// Each rule that an assistant of that name breaks, after its field: `.url`; nothing where it is the name.
    pub fn broken_rules(&self, name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        let parameter = self.key_parameter.as_deref();
        let filter = self.filter.as_deref();
        let model = (1..=200).contains(&self.model.len());
        let per_day = self.per_day.is_none_or(|n| (1..=MOST_A_DAY).contains(&n));
        let timeout = self.timeout_s.is_none_or(|s| (1..=LONGEST_S).contains(&s));
        let rules = [
            (is_name(name, 32), "", NAME),
            (is_url(&self.url), ".url", URL),
            (model, ".model", "must be 1 to 200 bytes"),
            (
                parameter.is_none_or(|name| is_parameter(name, "assistant")),
                ".key_parameter",
                PARAMETER,
            ),
            (
                self.memory <= MOST_TURNS,
                ".memory",
                "must be 0 to 50 turns",
            ),
            (
                self.has_words(),
                ".reset",
                "must be words, none of them empty",
            ),
            (is_text(&self.reset_text), ".reset_text", TEXT),
            (per_day, ".per_day", "must be 1 to 1000"),
            (is_text(&self.limit_text), ".limit_text", TEXT),
            (timeout, ".timeout_s", "must be 1 to 900 seconds"),
            (
                filter.is_none_or(|name| is_name(name, 64)),
                ".filter",
                FILTER,
            ),
        ];
        let rules = rules.into_iter();
        rules.filter_map(|(holds, field, rule)| (!holds).then_some((field, rule)))
    }

    fn has_words(&self) -> bool {
        self.reset.iter().all(|word| !word.trim().is_empty())
    }

    /// Whether a text is one that makes it forget.
    ///
    /// ```
    /// let helper: shared::account::Assistant =
    ///     serde_json::from_str(r#"{"url": "https://api.example.com/v1/chat/completions", "model": "m"}"#).unwrap();
    /// assert!(helper.is_reset(" 重置 ") && !helper.is_reset("重置密码"));
    /// assert_eq!((helper.memory, helper.ai, helper.images), (10, true, false));
    /// ```
    pub fn is_reset(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        self.reset
            .iter()
            .any(|word| word.trim().to_lowercase() == text)
    }
}

/// `forward` may read those alone, never an app secret.
const PARAMETER: &str = "must be /…/…, of letters, digits, '/', '_', '.' and '-', with the last part 'assistant' or 'assistant-…'";
const NAME: &str = "the name must be 1 to 32 letters, digits, '_' or '-'";
const URL: &str = "must be https://…, or http:// on 127.0.0.1 or localhost";
const TEXT: &str = "must be 1 to 2048 bytes";
const FILTER: &str = "must be the name of a function: 1 to 64 letters, digits, '_' or '-'";

fn is_text(text: &str) -> bool {
    Reply::from(text).validate().is_ok()
}

/// Whether `forward` may read the SSM parameter of that name, for what is called `what`.
pub(crate) fn is_parameter(name: &str, what: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    let after = last.strip_prefix(what);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/_.-".contains(&b);
    name.starts_with('/')
        && name.bytes().all(plain)
        && after.is_some_and(|after| after.is_empty() || after.starts_with('-'))
}

fn is_name(name: &str, most: usize) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
    (1..=most).contains(&name.len()) && name.bytes().all(plain)
}

fn is_url(url: &str) -> bool {
    let local = ["http://127.0.0.1", "http://localhost"].iter().any(|host| {
        let rest = url.strip_prefix(host);
        rest.is_some_and(|rest| rest.starts_with([':', '/']))
    });
    let remote = url
        .strip_prefix("https://")
        .is_some_and(|rest| !rest.is_empty());
    (local || remote) && url.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn refusal(field: &str, value: Value) -> String {
        let mut assistant = json!({"url": "https://a.cn/v1/chat/completions", "model": "m"});
        assistant[field] = value;
        let assistants: Assistants = serde_json::from_value(json!({"helper": assistant})).unwrap();
        check(&assistants)
            .err()
            .map_or(String::new(), |broken| broken.rule)
    }

    #[test]
    fn each_field_has_its_rule() {
        for (field, wrong) in [
            ("url", json!("http://a.cn")),
            ("url", json!("http://127.0.0.1.evil.cn/")),
            ("url", json!("https://")),
            ("url", json!("https://a.cn/ b")),
            ("model", json!("")),
            ("key_parameter", json!("/wechat/demo/secret")),
            ("key_parameter", json!("assistant")),
            ("key_parameter", json!("/wechat/assistant/secret")),
            ("key_parameter", json!("/wechat/demo/assistants")),
            ("memory", json!(51)),
            ("reset", json!(["x", " "])),
            ("reset_text", json!("")),
            ("limit_text", json!("长".repeat(683))),
            ("per_day", json!(0)),
            ("per_day", json!(1001)),
            ("timeout_s", json!(0)),
            ("filter", json!("arn:aws:lambda")),
        ] {
            let told = refusal(field, wrong);
            assert!(
                told.starts_with(&format!("helper.{field}: must be")),
                "{told}"
            );
        }
        for (field, right) in [
            ("url", json!("http://localhost:11434/v1/chat/completions")),
            ("key_parameter", json!("/wechat/demo/assistant-2")),
            ("memory", json!(0)),
            ("reset", json!([])),
            ("filter", json!("wechat-handler-clean")),
        ] {
            assert_eq!(refusal(field, right), "", "{field}");
        }
    }
}
