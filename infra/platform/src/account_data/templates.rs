//! The templates of an account: private ones, and those of subscription messages (protocol section 5).

use std::collections::BTreeMap;

/// At most this many of each kind: 45026 and 200012.
pub(crate) const TEMPLATES: usize = 25;
/// Every account begins with a template of this id in both kinds.
const FIRST_ID: &str = "pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt";

/// A private template.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) example: String,
}

/// A template of subscription messages.
#[derive(Clone, Debug)]
pub(crate) struct NotifyTemplate {
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) example: String,
    /// One acceptance allows any number of messages (type 3), or one (type 2).
    pub(crate) long_term: bool,
}

/// The templates, by id.
pub(crate) struct Templates {
    pub(crate) private: BTreeMap<String, Template>,
    pub(crate) notify: BTreeMap<String, NotifyTemplate>,
    pub(crate) industries: [i64; 2],
    /// The Beijing month in which the industries were changed last.
    pub(crate) industries_month: Option<i64>,
}

impl Default for Templates {
    fn default() -> Self {
        let private = Template {
            title: "订单发货通知".to_owned(),
            content: content(&["character_string1", "thing2", "time3"]),
            example: "订单号SN2025\n商品矿泉水\n时间2025年1月1日 08:00\n".to_owned(),
        };
        let notify = NotifyTemplate {
            title: "取件通知".to_owned(),
            content: content(&["name1", "thing8", "time7"]),
            example: "姓名张三\n物品取件\n时间2025年1月1日\n".to_owned(),
            long_term: false,
        };
        Self {
            private: BTreeMap::from([(FIRST_ID.to_owned(), private)]),
            notify: BTreeMap::from([(FIRST_ID.to_owned(), notify)]),
            industries: [1, 2],
            industries_month: None,
        }
    }
}

/// A content with these keywords.
pub(crate) fn content(keys: &[&str]) -> String {
    keys.iter()
        .map(|key| format!("{{{{{key}.DATA}}}}\n"))
        .collect()
}

/// The keywords of a content, in their order.
pub(crate) fn keywords(content: &str) -> Vec<&str> {
    let parts = content.split("{{").skip(1);
    parts
        .filter_map(|part| part.split_once(".DATA}}").map(|(key, _)| key))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_read_from_the_content() {
        assert_eq!(
            keywords(&content(&["thing1", "time2"])),
            ["thing1", "time2"]
        );
        assert_eq!(keywords("订单{{first.DATA}} {{x}}"), ["first"]);
    }
}
