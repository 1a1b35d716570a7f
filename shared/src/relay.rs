//! Which calls that somebody else made up are passed on, and why the others are not.

use crate::problem::Classified;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use thiserror::Error;
use wechat_oa::api::{
    Meta, Relay,
    body::Content,
    catalog,
    endpoint::{Auth, Method},
    page,
};

/// Longest path passed on; the platform's own have at most 50 letters.
const LONGEST_PATH: usize = 200;
/// Tokens have one owner: the function `token-refresh`.
const TOKEN_PATHS: [&str; 2] = ["/cgi-bin/token", "/cgi-bin/stable_token"];
/// Names an app secret travels under.
const SECRETS: [&str; 2] = ["secret", "appsecret"];

/// A call that is not passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotRelayed {
    /// A path that could be read in two ways, or could lead to another host.
    #[error(
        "path: must be at most 200 letters, digits, '_', '-', '.' and single '/', without a part '..'"
    )]
    Path,
    /// A token endpoint: a call would make everybody else's token invalid.
    #[error("path: tokens are fetched by token-refresh alone; use …/access-token")]
    Token,
    /// An app secret, which has no business here.
    #[error("the call carries an app secret; only token-refresh holds it")]
    Secret,
    /// The caller's own access token.
    #[error("access_token: is added here and must not be given")]
    OwnToken,
    /// A path that is in the catalog under the other method.
    #[error("this path is called with the other method")]
    Method,
    /// A page that a browser opens.
    #[error("{0} is a page that a person opens in WeChat: give them the link")]
    Page(&'static str),
    /// A path that is not in the catalog.
    #[error("path: not in the catalog of endpoints; add ?unlisted=true to call it all the same")]
    Unlisted,
}

impl Classified for NotRelayed {
    fn error_type(&self) -> &str {
        match self {
            Self::Path => "malformed_path",
            Self::Token => "token_endpoint",
            Self::Secret => "app_secret_given",
            Self::OwnToken => "access_token_given",
            Self::Method => "wrong_method",
            Self::Page(_) => "browser_page",
            Self::Unlisted => "unlisted_path",
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Path | Self::OwnToken | Self::Page(_) => 400,
            Self::Token | Self::Secret => 403,
            Self::Unlisted => 404,
            Self::Method => 405,
        }
    }
}

/// Checks a call; `unlisted` lets paths pass that are not in the catalog.
///
/// # Errors
/// Why it is not passed on.
pub fn check(
    method: Method,
    path: &str,
    query: Vec<(String, String)>,
    content: Content,
    unlisted: bool,
) -> Result<Relay, NotRelayed> {
    check_path(path)?;
    let meta = endpoint(method, path, unlisted)?;
    if page::is_page(&meta) {
        return Err(NotRelayed::Page(meta.path));
    }
    if carries_secret(&query, &content) {
        return Err(NotRelayed::Secret);
    }
    let is_token = |name: &str| name.eq_ignore_ascii_case("access_token");
    let own = query.iter().any(|(name, _)| is_token(name));
    if own && meta.auth == Auth::AccessToken {
        return Err(NotRelayed::OwnToken);
    }
    Ok(Relay {
        meta,
        path: path.to_owned(),
        query,
        content,
    })
}

/// One spelling a path: what is checked here is what WeChat sees.
fn check_path(path: &str) -> Result<(), NotRelayed> {
    let plain = |part: &str| {
        let letters = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        !part.is_empty() && part != "." && part != ".." && part.chars().all(letters)
    };
    let parts = path.strip_prefix('/').ok_or(NotRelayed::Path)?;
    if path.len() > LONGEST_PATH || !parts.split('/').all(plain) {
        return Err(NotRelayed::Path);
    }
    let fetches = |known: &&str| path.eq_ignore_ascii_case(known);
    match TOKEN_PATHS.iter().any(fetches) {
        true => Err(NotRelayed::Token),
        false => Ok(()),
    }
}

fn endpoint(method: Method, path: &str, unlisted: bool) -> Result<Meta, NotRelayed> {
    let other = match method {
        Method::Get => Method::Post,
        Method::Post => Method::Get,
    };
    match catalog::find(method, path) {
        Some(meta) => Ok(*meta),
        None if unlisted => Ok(Meta::unlisted(method)),
        None if catalog::find(other, path).is_some() => Err(NotRelayed::Method),
        None => Err(NotRelayed::Unlisted),
    }
}

fn carries_secret(query: &[(String, String)], content: &Content) -> bool {
    let secret = |name: &str| SECRETS.iter().any(|known| name.eq_ignore_ascii_case(known));
    let json = match content {
        Content::Json(json) | Content::Bytes(_, json) => json.as_slice(),
        Content::None | Content::Form(..) => &[],
    };
    // What does not parse as an object carries no field WeChat would read.
    let fields: BTreeMap<String, IgnoredAny> = serde_json::from_slice(json).unwrap_or_default();
    query.iter().any(|(name, _)| secret(name)) || fields.keys().any(|name| secret(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Method::{Get, Post};
    use wechat_oa::api::endpoint::RetryClass;

    fn relay(method: Method, path: &str, query: &[(&str, &str)]) -> Result<Relay, NotRelayed> {
        let query = query.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        check(method, path, query.collect(), Content::None, false)
    }

    fn unlisted(path: &str) -> Result<Relay, NotRelayed> {
        check(Get, path, vec![], Content::None, true)
    }

    #[test]
    fn listed_calls_pass_and_keep_what_the_catalog_says() {
        let call = relay(Get, "/cgi-bin/getcallbackip", &[]).unwrap();
        assert_eq!(
            (call.meta.family, call.meta.retry),
            ("base", RetryClass::Read)
        );
    }

    #[test]
    fn unlisted_calls_pass_when_asked_and_are_made_once() {
        assert_eq!(relay(Get, "/x", &[]).unwrap_err(), NotRelayed::Unlisted);
        let wrong = relay(Post, "/cgi-bin/getcallbackip", &[]).unwrap_err();
        assert_eq!(wrong, NotRelayed::Method);
        assert_eq!(unlisted("/x").unwrap().meta.retry, RetryClass::Once);
    }

    #[test]
    fn every_endpoint_of_the_catalog_passes_but_those_of_tokens() {
        let mut passed = 0;
        for meta in catalog::endpoints() {
            let call = check(meta.method, meta.path, vec![], Content::None, false);
            match call {
                Ok(call) => passed += usize::from(call.meta == *meta),
                Err(NotRelayed::Page(path)) => assert_eq!(path, meta.path),
                Err(why) => assert_eq!((why, meta.family), (NotRelayed::Token, "token")),
            }
        }
        let pages = catalog::endpoints()
            .filter(|meta| page::is_page(meta))
            .count();
        assert_eq!(pages, 2);
        let others = passed + TOKEN_PATHS.len() + pages;
        assert_eq!(others, catalog::endpoints().count());
    }

    #[test]
    fn no_spelling_reaches_a_token_endpoint() {
        for path in ["/cgi-bin/token", "/cgi-bin/stable_token", "/CGI-bin/Token"] {
            assert_eq!(unlisted(path).unwrap_err(), NotRelayed::Token, "{path}");
        }
        for path in [
            "cgi-bin/token",
            "/cgi-bin//token",
            "/cgi-bin/token/",
            "/cgi-bin/./token",
            "/x/../cgi-bin/token",
            "/cgi-bin/t%6fken",
            "/cgi-bin/token?grant_type=client_credential",
            "/cgi-bin/token;x",
            "/cgi-bin\\token",
            "//evil.example/x",
            "/@evil.example/x",
            "/x y",
            "/令牌",
            "",
            "/",
        ] {
            assert_eq!(unlisted(path).unwrap_err(), NotRelayed::Path, "{path}");
        }
        assert!(unlisted(&format!("/{}", "x".repeat(300))).is_err());
    }

    #[test]
    fn no_app_secret_and_no_other_token_passes() {
        let path = "/cgi-bin/getcallbackip";
        for (name, why) in [
            ("secret", NotRelayed::Secret),
            ("AppSecret", NotRelayed::Secret),
            ("access_token", NotRelayed::OwnToken),
        ] {
            assert_eq!(relay(Get, path, &[(name, "x")]).unwrap_err(), why);
        }
        let json = br#"{"appid": "wx1", "appsecret": "s"}"#.to_vec();
        for content in [
            Content::Json(json.clone()),
            Content::Bytes("text/plain".into(), json),
        ] {
            let refused = check(Post, "/cgi-bin/clear_quota/v2", vec![], content, false);
            assert_eq!(refused.unwrap_err(), NotRelayed::Secret);
        }
        let text = Content::Json(br#"{"text": {"content": "secret"}}"#.to_vec());
        assert!(check(Post, "/x", vec![], text, true).is_ok());
    }
}
