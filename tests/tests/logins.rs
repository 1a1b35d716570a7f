//! Logins through the running bundle: whatever a browser does, it ends at the site or at a page.

use local::Options;
use reqwest::Response;
use serde_json::json;
use tests::{
    Stage,
    accounts::SAFE,
    browser::WECHAT,
    visitor::{EXCHANGE, Visitor, location, login, redeem, text},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_signs_in_once_however_often_the_browser_asks() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = visitor.to_wechat("snsapi_userinfo", "&_choice=allow").await;
    let both = futures_util::join!(visitor.get(&back, &cookie), visitor.get(&back, &cookie));
    let first = location(&both.0);
    let second = location(&both.1);
    let third = location(&visitor.get(&back, &cookie).await);
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

/// The page that says in both languages what is the matter, with a way on.
async fn told(response: Response, status: u16, way: &str) -> String {
    assert_eq!(response.status(), status);
    assert_eq!(
        text(response.headers(), "content-type"),
        "text/html; charset=utf-8"
    );
    let policy = text(response.headers(), "content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    let page = response.text().await.unwrap();
    assert!(
        page.contains("lang=\"zh-CN\"") && page.contains("<p lang=\"en\">"),
        "{page}"
    );
    assert!(!page.contains("<script") && page.contains(way), "{page}");
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_cookie_costs_a_silent_journey_and_never_a_second() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = visitor.to_wechat("snsapi_base", "").await;
    let (_, other) = visitor.to_wechat("snsapi_base", "").await;
    for lost in ["", &other] {
        let anew = visitor.get(&back, lost).await;
        let line = text(anew.headers(), "set-cookie");
        let page = location(&anew);
        assert!(page.contains("/connect/oauth2/authorize?"), "{page}");
        assert!(page.contains("scope=snsapi_base"), "{page}");
        let page = page.replace("#wechat_redirect", "");
        let again = location(&visitor.get(&page, "").await);
        // A browser that keeps no cookies at all must not go round for ever.
        let page = told(
            visitor.get(&again, "").await,
            400,
            "/oauth/start?scope=snsapi_base",
        )
        .await;
        assert!(page.contains("return_to=https%3A%2F%2Fwww.example.com%2Fa%3Fb%3D1%23c"));
        assert_eq!(stage.calls(EXCHANGE, SAFE), 0, "nobody's code is touched");
        let fresh = line.split(';').next().unwrap();
        if lost.is_empty() {
            login(&location(&visitor.get(&again, fresh).await));
            stage.wechat().clear_calls();
        }
    }
    // The first journey is as good as ever.
    login(&location(&visitor.get(&back, &cookie).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_cdn_wechat_leads_back_to_the_public_name() {
    let mut options = Options::default();
    let parameters = &mut options.stack.template_parameters;
    parameters.insert("DomainName".to_owned(), "wx.example.com".to_owned());
    let stage = Stage::open(options).await;
    let start =
        "/web/demo/oauth/start?scope=snsapi_base&return_to=https%3A%2F%2Fwww.example.com%2F";
    let page = location(&Visitor::of(&stage).get(start, "").await);
    let back = "redirect_uri=https%3A%2F%2Fwx.example.com%2Fweb%2Fdemo%2Foauth%2Fcallback";
    assert!(page.contains(back), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_accounts_own_site_is_ever_led_to() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let callback = format!("{}/web/demo/oauth/callback", visitor.gateway);
    let state = "0".repeat(96);
    let start = "/oauth/start?scope=snsapi_base&amp;return_to=";
    for query in [
        format!("code=c1&state={state}"),
        format!("code=c1&state={state}https://i.browser.example"),
        "code=c1".to_owned(),
        String::new(),
        format!("code=c1&state={state}&return_to=https%3A%2F%2Fevil.com%2F"),
        format!("state={state}&return_to=https%3A%2F%2Fevil.com%2F"),
        format!("code=c1&state={state}&return_to=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
    ] {
        let answer = visitor.get(&format!("{callback}?{query}"), "").await;
        let page = told(answer, 400, start).await;
        assert!(
            !page.contains("<script>") && !page.contains("\"https://evil"),
            "{page}"
        );
    }
    let (back, cookie) = visitor.to_wechat("snsapi_base", "").await;
    let forged = back.replace("state=", "state=0");
    told(visitor.get(&forged, &cookie).await, 400, start).await;
    assert_eq!(stage.calls(EXCHANGE, SAFE), 0);
    let foreign = "/web/demo/oauth/start?return_to=https%3A%2F%2Fevil.com%2F";
    let url = format!("{}{foreign}", visitor.gateway);
    let answer = visitor
        .http
        .get(url)
        .header("accept", "text/html,*/*")
        .send();
    told(answer.await.unwrap(), 403, "web.domains").await;
    assert_eq!(visitor.status(foreign).await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_callbacks_of_one_journey_end_at_the_site_by_one_exchange() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = visitor.to_wechat("snsapi_base", "").await;
    let (other, _) = visitor.to_wechat("snsapi_base", "").await;
    let code = |back: &str| {
        let rest = back.split("code=").nth(1).unwrap().to_owned();
        rest.split('&').next().unwrap().to_owned()
    };
    let second = back.replace(&code(&back), &code(&other));
    let both = futures_util::join!(visitor.get(&back, &cookie), visitor.get(&second, &cookie));
    for answer in [both.0, both.1] {
        let page = location(&answer);
        let (status, known) = redeem(&stage, login(&page)).await;
        assert_eq!(status, 200, "{known}");
    }
    assert_eq!(stage.calls(EXCHANGE, SAFE), 1);
    let late = visitor.get(&back.replace("code=", "code=x"), &cookie).await;
    login(&location(&late));
    assert_eq!(stage.calls(EXCHANGE, SAFE), 1, "who it is is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_and_codes_that_are_not_taken_come_back_to_the_site() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = visitor
        .to_wechat("snsapi_userinfo", "&_choice=refuse")
        .await;
    for cookie in [cookie.as_str(), ""] {
        let refused = location(&visitor.get(&back, cookie).await);
        assert_eq!(
            refused,
            "https://www.example.com/a?b=1&error=access_denied#c"
        );
    }
    let (back, cookie) = visitor.to_wechat("snsapi_base", "").await;
    let wrong = back.replace("code=", "code=wrong");
    let again = visitor.get(&wrong, &cookie).await;
    let cookie = text(again.headers(), "set-cookie");
    let page = location(&again);
    assert!(
        page.contains("/connect/oauth2/authorize?"),
        "asked anew: {page}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let page = page.replace("#wechat_redirect", "");
    let back = location(&visitor.get(&page, "").await);
    let wrong = back.replace("code=", "code=wrong");
    let ended = location(&visitor.get(&wrong, cookie).await);
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
    let away = location(&visitor.get(&back, &cookie).await);
    assert!(away.contains("error=temporarily_unavailable"), "{away}");
    login(&location(&visitor.get(&back, &cookie).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_wechat_a_login_says_where_to_open_it() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let path = "/web/demo/oauth/start?scope=snsapi_userinfo&return_to=https%3A%2F%2Fwww.example.com%2F%3Fa%3D%27%26b";
    for (agent, shown) in [
        (
            "Mozilla/5.0 (X11; Linux x86_64) Chrome/122.0",
            Some("请在微信中打开"),
        ),
        (
            "Mozilla/5.0 (iPhone) wxwork/4.1 MicroMessenger/7.0",
            Some("企业微信"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) MicroMessenger/7.0.20 WindowsWechat",
            None,
        ),
        (
            "Mozilla/5.0 (Macintosh) MicroMessenger/6.8.0 MacWechat/3.8",
            None,
        ),
        (WECHAT, None),
        ("curl/8.5.0", None),
    ] {
        let url = format!("{}{path}", visitor.gateway);
        let request = visitor.http.get(url).header("user-agent", agent);
        let answer = request.send().await.unwrap();
        match shown {
            None => assert!(location(&answer).contains("/connect/oauth2/authorize?")),
            Some(shown) => {
                let link = "/web/demo/oauth/start?scope=snsapi_userinfo&amp;return_to=https%3A%2F%2Fwww.example.com%2F%3Fa%3D%27%26b</code>";
                let page = told(answer, 200, link).await;
                assert!(page.contains(shown), "{page}");
            }
        }
    }
}
