//! Why something is not where it should be, and what that means to a person.

use serde::{Deserialize, Serialize};
use wechat_oa::api::{Error, errcode::explain};

/// A line a class that no code of WeChat's stands for: the class, the English sentence, the Chinese one.
const EXPLANATIONS: &str = include_str!("failure/explanations.tsv");

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
        let told = self.errcode.and_then(explain);
        let told = told.map(|told| Explained {
            en: told.en,
            zh: told.zh,
        });
        FailureView {
            failure: self,
            explanation: told.or_else(|| Explained::of_class(&self.class)),
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

impl Explained {
    fn of_class(class: &str) -> Option<Self> {
        EXPLANATIONS.lines().find_map(|line| {
            let (_, told) = line.split_once('\t').filter(|(name, _)| *name == class)?;
            let (en, zh) = told.split_once('\t')?;
            Some(Self { en, zh })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn codes_and_words_of_ours_are_explained_in_both_languages() {
        let shown = |failure: Failure| json!(failure.view());
        let refused = shown(Failure::new(Some(43_004), "require subscribe", "refused"));
        assert_eq!(refused["errcode"], 43_004);
        for line in EXPLANATIONS.lines() {
            let [class, en, zh] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            assert!(en.ends_with('.') && zh.ends_with('。'), "{class}");
            let shown = shown(Failure::new(None, "words", class));
            assert_eq!(shown["explanation"], json!({ "en": en, "zh": zh }));
        }
        let other = shown(Failure::new(None, "words", "turn_missed"));
        assert_eq!(other["explanation"], Value::Null);
        assert!(refused["explanation"]["zh"].is_string());
    }
}
