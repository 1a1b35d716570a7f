//! Pages of WeChat's that a browser opens: their URLs. No client calls them.

use super::{
    endpoint::{Endpoint, Host, Meta},
    oauth::AuthorizePage,
    subscribe_once::ConfirmPage,
};
use std::fmt::Write as _;

/// What a page answers: the browser goes on to the page it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserPage {}

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

/// Where a host is; or `base` in its place (a simulator or a proxy).
pub(super) fn base(host: Host, base: Option<&str>) -> &str {
    let official = match host {
        Host::Api => "https://api.weixin.qq.com",
        Host::Mp => "https://mp.weixin.qq.com",
        Host::Open => "https://open.weixin.qq.com",
    };
    base.map_or(official, |base| base.trim_end_matches('/'))
}

/// A URL of those fields in that order: WeChat's client is particular about it.
pub fn url(base: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let mut url = format!("{base}{path}");
    for (index, (name, value)) in fields.iter().enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        escape(value, &mut url);
    }
    url
}

/// A text as it may stand in a URL, or behind `filename*=UTF-8''`.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    escape(text, &mut escaped);
    escaped
}

/// Escapes all but the unreserved letters, as JavaScript's `encodeURIComponent` does.
fn escape(value: &str, url: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_keep_their_order() {
        let fields = [("b", "https://a.cn/x?y=1&z=好#w"), ("a", "-_.~ +")];
        assert_eq!(
            url("https://h", "/p", &fields),
            "https://h/p?b=https%3A%2F%2Fa.cn%2Fx%3Fy%3D1%26z%3D%E5%A5%BD%23w&a=-_.~%20%2B"
        );
        assert_eq!(url("http://h", "/p", &[]), "http://h/p");
    }

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

    #[test]
    fn a_base_stands_for_every_host() {
        assert_eq!(base(Host::Open, None), "https://open.weixin.qq.com");
        assert_eq!(
            base(Host::Api, Some("http://127.0.0.1:9100/")),
            "http://127.0.0.1:9100"
        );
    }
}
