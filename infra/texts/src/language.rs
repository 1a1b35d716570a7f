//! Which language a person reads.

use std::{env, sync::OnceLock};

/// A language of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
}

static SPOKEN: OnceLock<Language> = OnceLock::new();

/// The language of this process: as its environment has it, decided when it first matters.
pub fn language() -> Language {
    *SPOKEN.get_or_init(|| Language::of(|name| env::var(name).ok()))
}

/// Has this process speak a language whatever its environment says, unless it has spoken already.
pub fn speak(language: Language) {
    let _ = SPOKEN.set(language);
}

impl Language {
    /// The language that `LC_ALL`, `LC_MESSAGES` or `LANG` name, the first of them that is set; English unless it is Chinese.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter();
        let named = set.filter_map(variable).find(|value| !value.is_empty());
        match named.is_some_and(|locale| locale.to_lowercase().starts_with("zh")) {
            true => Self::Chinese,
            false => Self::English,
        }
    }

    /// Its name in the catalogue.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// What to show of a text that functions write in both languages, as `English （中文）`. Who reads Chinese is shown all of
    /// it: names and values stand in the English part.
    pub fn part(self, both: &str) -> &str {
        match both.rsplit_once(" （") {
            Some((english, chinese)) if self == Self::English && chinese.ends_with('）') => {
                english
            }
            _ => both,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Language {
        Language::of(|name| {
            let found = set.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        assert_eq!(of(&[]), Language::English);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Language::Chinese);
        assert_eq!(of(&[("LANG", "zh-TW")]), Language::Chinese);
        assert_eq!(of(&[("LANG", "ja_JP.UTF-8")]), Language::English);
        let all = [("LC_ALL", "C"), ("LC_MESSAGES", "zh_CN"), ("LANG", "zh_CN")];
        assert_eq!(of(&all), Language::English);
        let empty = [("LC_ALL", ""), ("LC_MESSAGES", "zh_CN"), ("LANG", "C")];
        assert_eq!(of(&empty), Language::Chinese);
    }

    #[test]
    fn a_text_in_both_languages_is_shown_to_each() {
        let both = "unknown field `replly` （没有这个字段）";
        assert_eq!(Language::English.part(both), "unknown field `replly`");
        assert_eq!(Language::Chinese.part(both), both);
        assert_eq!(Language::English.part("no （hint"), "no （hint");
    }
}
