//! Endpoints whose requests are held against the rules of their page even when somebody else wrote
//! them: menus, templates, articles, and messages made from a template.

use super::{
    body,
    draft::{AddDraft, UpdateDraft},
    endpoint::{Endpoint, Invalid},
    mass::UploadMassNews,
    material::{AddNews, UpdateNews},
    menu::{AddConditionalMenu, CreateMenu},
    notify::{AddSubscriptionTemplate, DeleteSubscriptionTemplate, SendSubscriptionMessage},
    subscribe_once::SendOneTimeMessage,
    template::{AddTemplate, DeleteTemplate, SendTemplateMessage},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Checks a request as its type does.
pub type Rules = fn(&Value) -> Result<(), Invalid>;

const CHECKED: [(&str, Rules); 14] = [
    of::<CreateMenu>(),
    of::<AddConditionalMenu>(),
    of::<AddTemplate>(),
    of::<DeleteTemplate>(),
    of::<SendTemplateMessage>(),
    of::<AddSubscriptionTemplate>(),
    of::<DeleteSubscriptionTemplate>(),
    of::<SendSubscriptionMessage>(),
    of::<SendOneTimeMessage>(),
    of::<AddDraft>(),
    of::<UpdateDraft>(),
    of::<AddNews>(),
    of::<UpdateNews>(),
    of::<UploadMassNews>(),
];

/// The rules of a POST to that path, where there are any.
///
/// ```
/// use serde_json::json;
/// use wechat_oa::api::checked::rules;
///
/// let menu = rules("/cgi-bin/menu/create").unwrap();
/// assert_eq!(menu(&json!({})).unwrap_err().to_string(), "button: must be given");
/// assert!(rules("/cgi-bin/menu/get").is_none());
/// ```
pub fn rules(path: &str) -> Option<Rules> {
    let mut checked = CHECKED.iter().filter(|(known, _)| *known == path);
    checked.next().map(|(_, rules)| *rules)
}

const fn of<E: Endpoint + DeserializeOwned>() -> (&'static str, Rules) {
    (E::META.path, |request| body::read::<E>(request).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_breaks_a_rule_is_named() {
        let told = |path: &str, body: Value| rules(path).unwrap()(&body).unwrap_err().to_string();
        let menu = json!({ "button": [{ "type": "click", "name": "六个汉字太长", "key": "k" }] });
        for (path, body, begins) in [
            (
                "/cgi-bin/menu/create",
                menu.clone(),
                "button[0].name: must be 1 to 16 bytes",
            ),
            ("/cgi-bin/menu/create", json!({}), "button: must be given"),
            (
                "/cgi-bin/menu/addconditional",
                json!({ "button": [] }),
                "matchrule: must be given",
            ),
            (
                "/cgi-bin/draft/add",
                json!({ "articles": [] }),
                "articles: must not be empty",
            ),
            (
                "/cgi-bin/draft/add",
                json!({ "articles": [{ "title": "t", "content": "c" }] }),
                "articles[0].thumb_media_id: must not be empty",
            ),
            (
                "/cgi-bin/draft/update",
                json!({ "media_id": "m", "index": "0", "articles": { "title": "" } }),
                "articles.title: must not be empty",
            ),
            (
                "/cgi-bin/template/api_add_template",
                json!({ "template_id_short": 1 }),
                "template_id_short: must be text",
            ),
            (
                "/cgi-bin/media/uploadnews",
                json!({ "articles": {} }),
                "articles: must be a list",
            ),
        ] {
            let told = told(path, body);
            assert!(told.starts_with(begins), "{path}: {told}");
        }
        assert!(rules("/cgi-bin/menu/get").is_none());
    }

    #[test]
    fn articles_of_other_hands_pass() {
        let article = json!({
            "title": "t", "content": "c", "thumb_media_id": "m", "need_open_comment": true,
            "only_fans_can_comment": "1", "author": null, "show_cover_pic": 1, "new": [],
        });
        for path in [
            "/cgi-bin/draft/add",
            "/cgi-bin/material/add_news",
            "/cgi-bin/media/uploadnews",
        ] {
            let body = json!({ "articles": [article] });
            assert_eq!(rules(path).unwrap()(&body), Ok(()), "{path}");
        }
    }
}
