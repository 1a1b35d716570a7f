//! What each error code says, in English and Chinese.

/// A line a code: the code, the English sentence, the Chinese one; ascending.
const EXPLANATIONS: &str = include_str!("explanations.tsv");

/// One code in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    pub en: &'static str,
    pub zh: &'static str,
}

impl Explanation {
    /// A token refused by the endpoints of web pages.
    pub const WEB_TOKEN: Self = Self {
        en: "Web page access token of the visitor (from sns/oauth2/access_token) invalid or expired, not the account's: refresh it with its refresh_token or have the visitor log in again",
        zh: "网页授权 access_token（由 sns/oauth2/access_token 取得，不是公众号的 access_token）无效或已过期，请用 refresh_token 刷新或让用户重新授权",
    };
}

/// What that code says; `None` for one that is not in WeChat's table.
///
/// ```
/// use wechat_oa::api::errcode::explain;
///
/// assert!(explain(40_164).is_some_and(|told| !told.en.is_empty() && !told.zh.is_empty()));
/// assert_eq!(explain(99_999), None);
/// ```
pub fn explain(errcode: i64) -> Option<Explanation> {
    EXPLANATIONS.lines().find_map(|line| {
        let mut parts = line.splitn(3, '\t');
        let code: i64 = parts.next()?.parse().ok()?;
        let (en, zh) = (parts.next()?, parts.next()?);
        (code == errcode).then_some(Explanation { en, zh })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_code_of_the_protocol_is_explained_in_both_languages() {
        let file: Value =
            serde_json::from_str(include_str!("../../../../../tests/fixtures/errors.json"))
                .unwrap();
        let codes = file["codes"].as_array().unwrap();
        for code in codes.iter().map(|entry| entry["code"].as_i64().unwrap()) {
            let told = explain(code).unwrap_or_else(|| panic!("{code} is not explained"));
            assert!(!told.en.is_empty(), "{code}");
            assert!(told.zh.chars().any(|c| c > '\u{4e00}'), "{code}: {told:?}");
        }
        assert_eq!(EXPLANATIONS.lines().count(), codes.len());
        assert_eq!(explain(99_999), None);
    }
}
