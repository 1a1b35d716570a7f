//! How the URL of a page is written.

use crate::api::endpoint::Host;
use std::fmt::Write as _;

/// What a page answers: the browser goes on to the page it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserPage {}

/// Where a host is; or `base` in its place (a simulator or a proxy).
pub(in crate::api) fn base(host: Host, base: Option<&str>) -> &str {
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
///
/// ```
/// assert_eq!(wechat_oa::api::page::escaped("a b/好"), "a%20b%2F%E5%A5%BD");
/// ```
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    escape(text, &mut escaped);
    escaped
}

/// Escapes all but the unreserved letters, as JavaScript's `encodeURIComponent` does.
pub(super) fn escape(value: &str, url: &mut String) {
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
    fn a_base_stands_for_every_host() {
        assert_eq!(base(Host::Open, None), "https://open.weixin.qq.com");
        assert_eq!(
            base(Host::Api, Some("http://127.0.0.1:9100/")),
            "http://127.0.0.1:9100"
        );
    }
}
