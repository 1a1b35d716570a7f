//! URLs of pages, read as narrowly as a browser could ever read them: what two readers might take
//! for two different hosts is refused.

use crate::api::{Invalid, page};

/// Longest URL taken, in bytes: it has to fit into a cookie.
const LIMIT: usize = 2_000;

/// The URL of a web page.
///
/// ```
/// use wechat_oa::page_url::PageUrl;
///
/// let page = PageUrl::parse("url", "https://shop.example.com/cart?id=7#pay").unwrap();
/// assert_eq!(page.origin(), "https://shop.example.com");
/// assert_eq!(page.without_fragment(), "https://shop.example.com/cart?id=7");
/// assert!(page.belongs_to(&["shop.example.com".to_owned()]));
/// assert!(!page.belongs_to(&["example.com".to_owned()]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageUrl<'a> {
    text: &'a str,
    /// Where scheme and host end.
    origin: &'a str,
    host: &'a str,
    port: Option<&'a str>,
}

impl<'a> PageUrl<'a> {
    /// Reads `http(s)://host[:port][/path][?query][#fragment]`.
    ///
    /// # Errors
    /// For anything else: other schemes, user names, backslashes, blanks, letters beyond ASCII
    /// (browsers escape them), more than 2,000 bytes. The error names `field`.
    pub fn parse(field: &'static str, text: &'a str) -> Result<Self, Invalid> {
        Self::read(text).ok_or_else(|| Invalid {
            field: field.into(),
            rule: "must be the http(s) URL of a page, escaped, at most 2,000 letters".into(),
        })
    }

    fn read(text: &'a str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>`".contains(&byte);
        if text.len() > LIMIT || !text.bytes().all(plain) {
            return None;
        }
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = split_port(authority)?;
        let origin = text.get(..text.len() - rest.len() + authority.len())?;
        Some(Self {
            text,
            origin,
            host,
            port,
        })
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &'a str {
        self.origin
    }

    /// The URL without `#` and what follows, as it is signed.
    pub fn without_fragment(&self) -> &'a str {
        self.text
            .split_once('#')
            .map_or(self.text, |(before, _)| before)
    }

    /// Whether the host is one of these. A domain with a port means that port, one without any.
    /// A subdomain is another domain.
    pub fn belongs_to(&self, domains: &[String]) -> bool {
        domains.iter().any(|domain| {
            split_port(domain).is_some_and(|(host, port)| {
                host.eq_ignore_ascii_case(self.host) && (port.is_none() || port == self.port)
            })
        })
    }

    /// The URL with more parameters, before its fragment.
    pub fn with_query(&self, fields: &[(&str, &str)]) -> String {
        let before = self.without_fragment();
        let fragment = self.text.get(before.len()..).unwrap_or_default();
        let added = page::url("", "", fields);
        let added = added.strip_prefix('?').unwrap_or(&added);
        let joint = match before.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{before}{joint}{added}{fragment}")
    }
}

/// Whether this is the name of a host, perhaps with a port.
pub fn is_domain(text: &str) -> bool {
    split_port(text).is_some()
}

/// Whether that host, perhaps with a port, is this very machine.
pub fn is_loopback(domain: &str) -> bool {
    split_port(domain).is_some_and(|(host, _)| matches!(host, "127.0.0.1" | "localhost"))
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_host = !host.is_empty() && host.bytes().all(letters) && !host.starts_with('.');
    let is_port = port.is_none_or(|port| {
        (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    (is_host && is_port).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PageUrl<'_> {
        PageUrl::parse("url", text).unwrap()
    }

    fn allowed(text: &str, domains: &[&str]) -> bool {
        let domains: Vec<String> = domains.iter().map(|d| (*d).to_owned()).collect();
        PageUrl::parse("url", text).is_ok_and(|url| url.belongs_to(&domains))
    }

    #[test]
    fn parts_are_told_apart() {
        let page = url("https://www.example.com:8443/a?b=1#/c?d");
        assert_eq!(page.origin(), "https://www.example.com:8443");
        assert_eq!(
            page.without_fragment(),
            "https://www.example.com:8443/a?b=1"
        );
        assert_eq!(
            url("http://mp.weixin.qq.com?params=value").origin(),
            "http://mp.weixin.qq.com"
        );
    }

    #[test]
    fn only_configured_domains_and_nothing_that_looks_like_them() {
        let domains = ["www.example.com", "shop.example.com:8443"];
        for good in [
            "https://www.example.com",
            "https://WWW.example.COM/x",
            "http://www.example.com:81/",
            "https://shop.example.com:8443/?a",
        ] {
            assert!(allowed(good, &domains), "{good}");
        }
        for bad in [
            "https://example.com/",
            "https://a.www.example.com/",
            "https://www.example.com.evil.com/",
            "https://www.example.com@evil.com/",
            "https://evil.com/https://www.example.com/",
            "https://evil.com?www.example.com",
            "https://evil.com\\@www.example.com/",
            "https://evil.com#www.example.com",
            "https:/www.example.com/",
            "//www.example.com/",
            "https:///www.example.com/",
            "javascript://www.example.com/%0aalert(1)",
            " https://www.example.com/",
            "https://www.example.com/\r\nset-cookie:a=b",
            "https://www.example.com/\u{202e}",
            "https://www.example.com:x/",
            "https://shop.example.com/",
            "https://.www.example.com/",
            "https://",
            "",
        ] {
            assert!(!allowed(bad, &domains), "{bad}");
        }
        let long = format!("https://www.example.com/{}", "x".repeat(2_000));
        assert!(!allowed(&long, &domains));
    }

    #[test]
    fn parameters_go_before_the_fragment() {
        let with = |text| url(text).with_query(&[("login", "a&b"), ("c", "d")]);
        assert_eq!(with("https://h/p"), "https://h/p?login=a%26b&c=d");
        assert_eq!(
            with("https://h/p?x=1#y"),
            "https://h/p?x=1&login=a%26b&c=d#y"
        );
        assert_eq!(with("https://h/p?"), "https://h/p?login=a%26b&c=d");
        assert_eq!(with("https://h"), "https://h?login=a%26b&c=d");
    }

    #[test]
    fn loopback_is_this_machine_only() {
        assert!(is_loopback("127.0.0.1:9000") && is_loopback("localhost"));
        assert!(!is_loopback("127.0.0.1.evil.com") && !is_loopback("www.example.com"));
    }
}
