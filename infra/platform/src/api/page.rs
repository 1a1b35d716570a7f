//! Pages in the user's browser: what the user chooses comes back as `_choice` and `_openid`.

use super::{call::Call, reply::Reply};
use crate::{account_data::is_openid, sender::percent_encode};

/// Who looks at a page when the address names nobody.
const VISITOR: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";

/// What the user chose.
pub(super) struct Choice {
    pub(super) openid: String,
    pub(super) allows: bool,
}

impl Choice {
    /// The choice the address carries: `_choice=allow` or `refuse`, `_openid` where it matters.
    pub(super) fn of(call: &Call) -> Option<Self> {
        let allows = match call.query("_choice")? {
            "allow" => true,
            "refuse" => false,
            _ => return None,
        };
        Some(Self {
            openid: visitor(call),
            allows,
        })
    }
}

/// The user in front of the page.
pub(super) fn visitor(call: &Call) -> String {
    let named = call.query("_openid").filter(|openid| is_openid(openid));
    named.unwrap_or(VISITOR).to_owned()
}

/// A page with two links: the same address with either choice.
pub(super) fn ask(call: &Call, title: &str) -> Reply {
    let query: Vec<_> = call
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)))
        .collect();
    let link = |choice: &str, label: &str| {
        format!(
            "<p><a id=\"{choice}\" href=\"{}?{}&amp;_choice={choice}\">{label}</a></p>",
            call.path,
            query.join("&amp;")
        )
    };
    Reply::Page(format!(
        "<!doctype html><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>{}{}",
        link("allow", "允许"),
        link("refuse", "拒绝")
    ))
}

/// An address with more parameters, before its fragment.
pub(super) fn with_query(address: &str, more: &[(&str, &str)]) -> String {
    let (address, fragment) = match address.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (address, String::new()),
    };
    let joint = if address.contains('?') { '&' } else { '?' };
    let query: Vec<_> = more
        .iter()
        .map(|(name, value)| format!("{name}={}", percent_encode(value)))
        .collect();
    format!("{address}{joint}{}{fragment}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_go_before_the_fragment() {
        assert_eq!(
            with_query("https://a/b?c=1#d", &[("e", "&")]),
            "https://a/b?c=1&e=%26#d"
        );
        assert_eq!(with_query("https://a", &[("e", "1")]), "https://a?e=1");
    }
}
