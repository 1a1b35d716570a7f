//! The web side of the running bundle, over HTTP and in a real browser.

use local::Options;
use serde_json::{Value, json};
use tests::{
    Stage,
    accounts::SAFE,
    browser::{Browser, WECHAT},
    eventually,
    visitor::{Visitor, text},
};

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
            "/web/demo/js-sdk-config?url=https://www.example.com/?a=1&from=singlemessage",
            400,
        ),
        (
            "/web/demo/js-sdk-config?url=https%3A%2F%2Fwww.example.com%2F&openTagList=wx-open-other",
            400,
        ),
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
    let lists = "/web/demo/js-sdk-config?url=https%3A%2F%2Fwww.example.com%2F&jsApiList=scanQRCode,chooseImage&openTagList=wx-open-launch-weapp,wx-open-audio";
    let config: Value = visitor.get(lists, "").await.json().await.unwrap();
    assert_eq!(config["jsApiList"], json!(["scanQRCode", "chooseImage"]));
    assert_eq!(
        config["openTagList"],
        json!(["wx-open-launch-weapp", "wx-open-audio"])
    );
    let file = visitor.get("/MP_verify_DemoAbC123.txt", "").await;
    assert_eq!(file.text().await.unwrap(), "DemoAbC123");
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
#[cfg_attr(not(browser), ignore = "no chromium and chromedriver on this machine")]
async fn in_a_browser_that_poses_as_wechat_a_visitor_signs_in_and_subscribes() {
    let browser = Browser::open(WECHAT).await;
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
