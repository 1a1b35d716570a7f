//! Pages of WeChat's that a browser opens: their URLs. No client calls them.

mod address;

pub(super) use address::base;
pub use address::{BrowserPage, escaped, url};

use super::{
    endpoint::{Endpoint, Meta},
    oauth::AuthorizePage,
    subscribe_once::ConfirmPage,
};
use address::escape;

/// May be left out.
const OPTIONAL: &str = "?";

/// The fields of a page in the order clients take, with those that are always the same.
const PAGES: [(Meta, &[(&str, &str)]); 2] = [
    (
        AuthorizePage::META,
        &[
            ("appid", ""),
            ("redirect_uri", ""),
            ("response_type", "code"),
            ("scope", ""),
            ("state", OPTIONAL),
        ],
    ),
    (
        ConfirmPage::META,
        &[
            ("action", "get_confirm"),
            ("appid", ""),
            ("scene", ""),
            ("template_id", ""),
            ("redirect_url", ""),
            ("reserved", OPTIONAL),
        ],
    ),
];

/// Whether an endpoint is a page.
pub fn is_page(meta: &Meta) -> bool {
    PAGES.iter().any(|(page, _)| page == meta)
}

/// The link of the page of that path, of the account `app_id`, with the fields given; and the names
/// of those that a person has to fill in, which stand in the link as `{name}`.
pub fn link(
    path: &str,
    app_id: &str,
    given: &[(String, String)],
    base: Option<&str>,
) -> Option<(String, Vec<&'static str>)> {
    let (meta, fields) = PAGES.iter().find(|(page, _)| page.path == path)?;
    let mut missing = Vec::new();
    let mut link = format!("{}{path}", self::base(meta.host, base));
    let own = fields.iter().filter_map(|(name, always)| {
        let found = given.iter().find(|(known, _)| known == name);
        Some(match (*name, *always, found) {
            ("appid", ..) => (*name, app_id.to_owned(), true),
            (_, "" | OPTIONAL, Some((_, value))) => (*name, value.clone(), true),
            (_, "", None) => {
                missing.push(*name);
                (*name, format!("{{{name}}}"), false)
            }
            (_, OPTIONAL, None) => return None,
            (_, always, _) => (*name, always.to_owned(), true),
        })
    });
    let own: Vec<_> = own.collect();
    let others = given
        .iter()
        .filter(|(name, _)| !own.iter().any(|(known, ..)| known == name));
    let others = others.map(|(name, value)| (name.as_str(), value.clone(), true));
    for (n, (name, value, known)) in own.iter().cloned().chain(others).enumerate() {
        link.push(if n == 0 { '?' } else { '&' });
        escape(name, &mut link);
        link.push('=');
        match known {
            true => escape(&value, &mut link),
            false => link.push_str(&value),
        }
    }
    Some((link + "#wechat_redirect", missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_is_left_to_fill_in() {
        let given = [
            ("scope", "snsapi_base"),
            ("redirect_uri", "https://a.cn/?x=1"),
            ("appid", "wx0"),
        ];
        let given = given.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let (link, missing) = link("/connect/oauth2/authorize", "wx1", &given, None).unwrap();
        assert_eq!(
            link,
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1\
             &redirect_uri=https%3A%2F%2Fa.cn%2F%3Fx%3D1&response_type=code&scope=snsapi_base\
             #wechat_redirect"
        );
        assert!(missing.is_empty());
        let (link, missing) =
            super::link("/mp/subscribemsg", "wx1", &[], Some("http://h")).unwrap();
        assert!(
            link.starts_with("http://h/mp/subscribemsg?action=get_confirm&appid=wx1&scene={scene}")
        );
        assert_eq!(missing, ["scene", "template_id", "redirect_url"]);
        assert!(super::link("/cgi-bin/token", "wx1", &[], None).is_none());
    }
}
