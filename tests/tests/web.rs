//! The web side of the running bundle, over HTTP and in a real browser.

use local::Options;
use reqwest::{Client, Response, header::HeaderMap, redirect::Policy};
use serde_json::{Value, json};
use tests::{
    Stage,
    accounts::SAFE,
    browser::{Browser, WECHAT},
    eventually,
};

const EXCHANGE: &str = "/sns/oauth2/access_token";

/// A client that follows no redirects, and keeps no cookies.
struct Visitor {
    http: Client,
    gateway: String,
}

impl Visitor {
    fn of(stage: &Stage) -> Self {
        let http = Client::builder().no_proxy().redirect(Policy::none());
        Self {
            http: http.build().unwrap(),
            gateway: stage.bundle.gateway_url(),
        }
    }

    async fn get(&self, path: &str, cookie: &str) -> Response {
        let url = match path.starts_with("http") {
            true => path.to_owned(),
            false => format!("{}{path}", self.gateway),
        };
        let request = self.http.get(url).header("cookie", cookie);
        request.send().await.unwrap()
    }

    async fn status(&self, path: &str) -> u16 {
        self.get(path, "").await.status().as_u16()
    }

    /// From the start to WeChat's answer: the way back, and the cookie.
    async fn to_wechat(&self, scope: &str, more: &str) -> (String, String) {
        let path = format!(
            "/web/demo/oauth/start?scope={scope}&return_to=https%3A%2F%2Fwww.example.com%2Fa%3Fb%3D1%23c"
        );
        let start = self.get(&path, "").await;
        assert_eq!(start.status(), 302);
        let line = text(start.headers(), "set-cookie");
        assert!(line.starts_with("__Host-") && line.contains("; HttpOnly; Secure; SameSite=Lax"));
        let page = text(start.headers(), "location").replace("#wechat_redirect", more);
        let back = self.get(&page, "").await;
        let cookie = line.split(';').next().unwrap().to_owned();
        (text(back.headers(), "location"), cookie)
    }
}

fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).map(|value| value.to_str().unwrap());
    value.unwrap_or_default().to_owned()
}

async fn location(response: Response) -> String {
    assert_eq!(response.status(), 302);
    text(response.headers(), "location")
}

/// The one-time code in an address.
fn login(address: &str) -> &str {
    let rest = address
        .strip_prefix("https://www.example.com/a?b=1&login=")
        .unwrap_or_else(|| panic!("{address}"));
    rest.strip_suffix("#c").unwrap()
}

async fn redeem(stage: &Stage, login: &str) -> (u16, Value) {
    let path = "/v1/accounts/demo/oauth/redeem";
    stage
        .signed("POST", path, Some(json!({ "login": login })))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_accounts_domains_are_signed_and_no_others() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let path = "/web/demo/js-sdk-config?url=https%3A%2F%2Fwww.example.com%2Fp%3Fa%3D1%23%2Fr";
    let origins = [
        ("https://www.example.com", true),
        ("https://evil.com", false),
    ];
    for (origin, own) in origins {
        let url = format!("{}{path}", visitor.gateway);
        let answer = visitor.http.get(url).header("origin", origin);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let allowed = text(answer.headers(), "access-control-allow-origin");
        assert_eq!(allowed, if own { origin } else { "" });
        assert_eq!(text(answer.headers(), "vary"), "origin");
        let kept = text(answer.headers(), "cache-control");
        assert!(kept.starts_with("private, max-age=7"), "{kept}");
        let config: Value = answer.json().await.unwrap();
        let check = format!(
            "{}/_jweixin/check?appId={SAFE}&timestamp={}&nonceStr={}&signature={}&url=https%3A%2F%2Fwww.example.com%2Fp%3Fa%3D1%23%2Fr",
            stage.bundle.platform_url(),
            config["timestamp"],
            config["nonceStr"].as_str().unwrap(),
            config["signature"].as_str().unwrap()
        );
        let checked: Value = visitor.get(&check, "").await.json().await.unwrap();
        assert_eq!(checked["errMsg"], "config:ok");
    }
    assert_eq!(stage.calls("/cgi-bin/ticket/getticket", SAFE), 1);
    for (path, status) in [
        ("/web/demo/js-sdk-config?url=https%3A%2F%2Fevil.com%2F", 403),
        (
            "/web/demo/js-sdk-config?url=https%3A%2F%2Fwww.example.com%40evil.com%2F",
            400,
        ),
        (
            "/web/demo/js-sdk-config?url=https%3A%2F%2Fwww.example.com.evil.com%2F",
            403,
        ),
        ("/web/demo/js-sdk-config", 400),
        (
            "/web/nobody/js-sdk-config?url=https%3A%2F%2Fwww.example.com%2F",
            404,
        ),
        (
            "/web/plain/js-sdk-config?url=https%3A%2F%2Fwww.example.com%2F",
            403,
        ),
        (
            "/web/demo/oauth/start?return_to=https%3A%2F%2Fevil.com%2F",
            403,
        ),
        ("/web/demo/oauth/start?return_to=javascript:alert(1)", 400),
        (
            "/web/demo/oauth/start?scope=snsapi_login&return_to=https%3A%2F%2Fwww.example.com%2F",
            400,
        ),
        (
            "/web/nobody/oauth/start?return_to=https%3A%2F%2Fwww.example.com%2F",
            404,
        ),
        ("/MP_verify_DemoAbC123.txt", 200),
        ("/MP_verify_Another.txt", 404),
        ("/robots.txt", 404),
    ] {
        assert_eq!(visitor.status(path).await, status, "{path}");
    }
    let file = visitor.get("/MP_verify_DemoAbC123.txt", "").await;
    assert_eq!(file.text().await.unwrap(), "DemoAbC123");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_signs_in_once_however_often_the_browser_asks() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = visitor.to_wechat("snsapi_userinfo", "&_choice=allow").await;
    let both = futures_util::join!(visitor.get(&back, &cookie), visitor.get(&back, &cookie));
    let first = location(both.0).await;
    let second = location(both.1).await;
    let third = location(visitor.get(&back, &cookie).await).await;
    assert_eq!(
        stage.calls(EXCHANGE, SAFE),
        1,
        "one exchange for three requests"
    );
    let (status, known) = redeem(&stage, login(&first)).await;
    assert_eq!(status, 200, "{known}");
    assert_eq!(known["openid"], "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI");
    assert_eq!(known["profile"]["nickname"], "小明");
    for (code, status) in [(&second, 200), (&third, 200), (&first, 404)] {
        assert_eq!(redeem(&stage, login(code)).await.0, status);
    }
    let path = "/v1/accounts/demo/oauth/refresh";
    let token = json!({ "refresh_token": known["refresh_token"] });
    let (status, again) = stage.signed("POST", path, Some(token)).await;
    assert_eq!((status, &again["profile"]), (200, &known["profile"]));
    let token = json!({ "refresh_token": "another" });
    assert_eq!(stage.signed("POST", path, Some(token)).await.0, 404);
    let unsigned = format!("{}{path}", visitor.gateway);
    let unsigned = visitor.http.post(unsigned).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_states_used_codes_and_refusals_are_told_apart() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = visitor.to_wechat("snsapi_base", "").await;
    assert_eq!(
        visitor.get(&back, "").await.status(),
        400,
        "another browser"
    );
    let (_, other) = visitor.to_wechat("snsapi_base", "").await;
    assert_eq!(visitor.get(&back, &other).await.status(), 400);
    let forged = back.replace("state=", "state=0");
    assert_eq!(visitor.get(&forged, &cookie).await.status(), 400);
    assert_eq!(stage.calls(EXCHANGE, SAFE), 0);
    login(&location(visitor.get(&back, &cookie).await).await);
    let second = back.replace("code=", "code=x");
    let answer = visitor.get(&second, &cookie).await;
    assert_eq!(answer.status(), 400, "a state is good for one code");
    let (back, cookie) = visitor
        .to_wechat("snsapi_userinfo", "&_choice=refuse")
        .await;
    let refused = location(visitor.get(&back, &cookie).await).await;
    assert_eq!(
        refused,
        "https://www.example.com/a?b=1&error=access_denied#c"
    );
    let (back, cookie) = visitor.to_wechat("snsapi_base", "").await;
    let wrong = back.replace("code=", "code=wrong");
    let again = visitor.get(&wrong, &cookie).await;
    let cookie = text(again.headers(), "set-cookie");
    let page = location(again).await;
    assert!(
        page.contains("/connect/oauth2/authorize?"),
        "asked anew: {page}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let page = page.replace("#wechat_redirect", "");
    let back = location(visitor.get(&page, "").await).await;
    let wrong = back.replace("code=", "code=wrong");
    let ended = location(visitor.get(&wrong, cookie).await).await;
    assert_eq!(ended, "https://www.example.com/a?b=1&error=server_error#c");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_with_pages_of_its_own_exchanges_codes_by_the_route_to_any_endpoint() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, _) = visitor.to_wechat("snsapi_base", "").await;
    let code = back.split("code=").nth(1).unwrap().split('&').next();
    let path = format!("/v1/accounts/demo/wechat{EXCHANGE}?code={}", code.unwrap());
    let (status, body) = stage.signed("GET", &path, None).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["openid"].is_string() && body["refresh_token"].is_string());
    let (status, body) = stage.signed("GET", &path, None).await;
    assert_eq!((status, &body["errcode"]), (422, &json!(40163)), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wechat_that_is_away_is_no_login_and_a_reload_tries_again() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = visitor.to_wechat("snsapi_base", "").await;
    let fault = json!({ "kind": "cut_unprocessed", "path": EXCHANGE, "times": 1 });
    stage.control("faults", fault).await;
    let away = location(visitor.get(&back, &cookie).await).await;
    assert!(away.contains("error=temporarily_unavailable"), "{away}");
    login(&location(visitor.get(&back, &cookie).await).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_wechat_the_page_says_so() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let path = "/web/demo/subscribe?login=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for (agent, shown) in [
        (
            "Mozilla/5.0 (X11; Linux x86_64) Chrome/122.0",
            "请在微信中打开",
        ),
        (
            "Mozilla/5.0 (iPhone) wxwork/4.1 MicroMessenger/7.0",
            "企业微信",
        ),
        (WECHAT, "wx-open-subscribe"),
    ] {
        let url = format!("{}{path}", visitor.gateway);
        let request = visitor.http.get(url).header("user-agent", agent);
        let page = request.send().await.unwrap();
        let policy = text(page.headers(), "content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        let body = page.text().await.unwrap();
        assert!(body.contains(shown) && !body.contains("alert(1)"), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser_that_poses_as_wechat_a_visitor_signs_in_and_subscribes() {
    let Some(browser) = Browser::open(WECHAT).await else {
        return;
    };
    let stage = Stage::open(Options::default()).await;
    browser
        .go(&format!(
            "{}/web/demo/subscribe",
            stage.bundle.gateway_url()
        ))
        .await;
    browser.click("#sign-in").await;
    eventually("the visitor is signed in", async || {
        let script = "return document.getElementById('visitor')?.textContent";
        (browser.run(script).await == "已登录").then_some(())
    })
    .await;
    let address = browser.url().await;
    assert!(address.contains("/web/demo/subscribe?login="), "{address}");
    let verdict = eventually("wx.config is judged", async || {
        let script = "return document.documentElement.dataset.wxConfig";
        browser.run(script).await.as_str().map(str::to_owned)
    })
    .await;
    assert_eq!(verdict, "config:ok");
    let button =
        "return document.querySelector('wx-open-subscribe').shadowRoot.querySelector('button')";
    let label = browser.run(&format!("{button}.textContent")).await;
    assert_eq!(label, "订阅消息");
    browser.run(&format!("{button}.click()")).await;
    let status = "return document.getElementById('status').textContent";
    assert_eq!(browser.run(status).await, "订阅成功。");
    browser.reload().await;
    let script = "return Boolean(document.getElementById('sign-in'))";
    assert_eq!(browser.run(script).await, true, "a code works once");
    browser.close().await;
}
