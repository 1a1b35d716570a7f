//! A visitor's browser as far as logins and one-time messages need one, and what the site's server does.

use crate::Stage;
use reqwest::{Client, Response, header::HeaderMap, redirect::Policy};
use serde_json::{Value, json};

/// Where WeChat exchanges a login's code.
pub const EXCHANGE: &str = "/sns/oauth2/access_token";

/// A client that follows no redirects, and keeps no cookies.
pub struct Visitor {
    /// For requests with headers of their own.
    pub http: Client,
    /// Where the bundle listens.
    pub gateway: String,
}

impl Visitor {
    /// A visitor of that bundle's pages.
    pub fn of(stage: &Stage) -> Self {
        let http = Client::builder().no_proxy().redirect(Policy::none());
        Self {
            http: http.build().expect("a client"),
            gateway: stage.bundle.gateway_url(),
        }
    }

    /// Opens a page of the bundle, or of anybody.
    pub async fn get(&self, path: &str, cookie: &str) -> Response {
        let url = match path.starts_with("http") {
            true => path.to_owned(),
            false => format!("{}{path}", self.gateway),
        };
        let request = self.http.get(url).header("cookie", cookie);
        request.send().await.expect("an answer")
    }

    /// The status of a page.
    pub async fn status(&self, path: &str) -> u16 {
        self.get(path, "").await.status().as_u16()
    }

    /// From the start to WeChat's answer: the way back, and the cookie.
    pub async fn to_wechat(&self, scope: &str, more: &str) -> (String, String) {
        let path = format!(
            "/web/demo/oauth/start?scope={scope}&return_to=https%3A%2F%2Fwww.example.com%2Fa%3Fb%3D1%23c"
        );
        self.there_and_back(&path, more).await
    }

    /// From that start to WeChat's page, which is told `more`: the way back, and the cookie.
    pub async fn there_and_back(&self, path: &str, more: &str) -> (String, String) {
        let start = self.get(path, "").await;
        assert_eq!(start.status(), 302);
        let line = text(start.headers(), "set-cookie");
        assert!(line.starts_with("__Host-") && line.contains("; HttpOnly; Secure; SameSite=Lax"));
        let page = text(start.headers(), "location").replace("#wechat_redirect", more);
        let back = self.get(&page, "").await;
        let cookie = line.split(';').next().unwrap_or_default().to_owned();
        (text(back.headers(), "location"), cookie)
    }
}

/// A header; empty when it is absent.
pub fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// Where a browser is sent on to.
pub fn location(response: &Response) -> String {
    assert_eq!(response.status(), 302);
    text(response.headers(), "location")
}

/// The one-time code in an address of the site.
pub fn login(address: &str) -> &str {
    let rest = address
        .strip_prefix("https://www.example.com/a?b=1&login=")
        .unwrap_or_else(|| panic!("{address}"));
    rest.strip_suffix("#c").expect("the fragment")
}

/// What the site's server learns for a code.
pub async fn redeem(stage: &Stage, login: &str) -> (u16, Value) {
    let path = "/v1/accounts/demo/oauth/redeem";
    stage
        .signed("POST", path, Some(json!({ "login": login })))
        .await
}
