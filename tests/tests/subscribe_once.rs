//! One-time messages through the running bundle: from the page on which a visitor agrees to the message
//! on the phone, and whatever else a browser may bring back.

use aws_sdk_dynamodb::types::AttributeValue;
use local::Options;
use serde_json::{Value, json};
use shared::web::{
    journey::{Journey, StateKey},
    subscribe_once::OneTime,
};
use std::time::SystemTime;
use tests::{
    Stage,
    accounts::SAFE,
    eventually,
    visitor::{Visitor, location, redeem as redeem_login, text},
};
use wechat_oa::ids::AppId;

const OPENID: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const OTHER: &str = "oBobBobBobBobBobBobBobBobBob";
const TEMPLATE: &str = "pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt";
const RETURN: &str = "https%3A%2F%2Fwww.example.com%2Fa%3Fb%3D1%23c";
const SEND: &str = "/cgi-bin/message/template/subscribe";

fn start(scene: u32) -> String {
    format!("/web/demo/subscribe-once?template_id={TEMPLATE}&scene={scene}&return_to={RETURN}")
}

/// The visitor agrees: the way back, and the cookie.
async fn agree(visitor: &Visitor, scene: u32) -> (String, String) {
    let choice = format!("&_choice=allow&_openid={OPENID}");
    visitor.there_and_back(&start(scene), &choice).await
}

/// The code in the site's address after the visitor agreed.
fn code(address: &str, scene: u32) -> &str {
    let told = format!("action=confirm&template_id={TEMPLATE}&scene={scene}&subscription=");
    let rest = address.strip_prefix(&format!("https://www.example.com/a?b=1&{told}"));
    let rest = rest.unwrap_or_else(|| panic!("{address}"));
    rest.strip_suffix("#c").expect("the fragment")
}

async fn redeem(stage: &Stage, code: &str) -> (u16, Value) {
    let path = "/v1/accounts/demo/subscribe-once/redeem";
    let body = json!({ "subscription": code });
    stage.signed("POST", path, Some(body)).await
}

/// What the table knows of agreements: whose, to what, and the messages left.
async fn credits(stage: &Stage) -> Vec<(String, String, String)> {
    let rows = stage.rows("Sends").await;
    let told = rows.iter().filter_map(|row| {
        let text = |name: &str| Some(row.get(name)?.as_s().ok()?.clone());
        let credits = row.get("credits")?.as_n().ok()?.clone();
        Some((text("id")?, text("part")?, credits))
    });
    told.collect()
}

fn credit(scene: u32, left: &str) -> (String, String, String) {
    let (id, part) = (
        format!("user#{SAFE}#{OPENID}"),
        format!("consent#{TEMPLATE}#{scene}"),
    );
    (id, part, left.to_owned())
}

async fn send(stage: &Stage, id: &str, scene: u32) -> Value {
    let body = json!({
        "client_msg_id": id, "touser": OPENID, "template_id": TEMPLATE, "scene": scene.to_string(),
        "title": "订阅通知", "data": { "content": { "value": "您好!" } },
    });
    let path = "/v1/accounts/demo/one-time-subscription-messages";
    let (status, answer) = stage.signed("POST", path, Some(body)).await;
    assert!(status == 202 || status == 200, "{answer}");
    let path = format!("/v1/accounts/demo/messages/{id}");
    eventually(&format!("{id} came to its end"), async || {
        let (_, row) = stage.signed("GET", &path, None).await;
        let ended = row["state"] == "sent" || row["state"] == "failed";
        ended.then_some(row)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_agrees_to_one_message_gets_one() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    // The page that a person sees, and its links.
    let way = visitor.get(&start(1_000), "").await;
    let cookie = text(way.headers(), "set-cookie");
    let cookie = cookie.split(';').next().unwrap();
    let page = location(&way).replace("#wechat_redirect", "");
    let page = visitor.get(&page, "").await.text().await.unwrap();
    let link = page.split("id=\"allow\" href=\"").nth(1).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let back = format!("{}{link}", stage.bundle.platform_url());
    let back = location(&visitor.get(&back, "").await);
    assert!(
        back.contains("/web/demo/subscribe-once/callback?openid="),
        "{back}"
    );
    let site = location(&visitor.get(&back, cookie).await);
    assert_eq!(credits(&stage).await, [credit(1_000, "1")]);
    assert!(!site.contains(OPENID), "{site}");
    // What a browser says of itself signs nobody in.
    assert_eq!(redeem_login(&stage, code(&site, 1_000)).await.0, 404);
    let known = json!({ "openid": OPENID, "template_id": TEMPLATE, "scene": 1_000 });
    assert_eq!(redeem(&stage, code(&site, 1_000)).await, (200, known));
    assert_eq!(redeem(&stage, code(&site, 1_000)).await.0, 404);

    assert_eq!(send(&stage, "one", 1_000).await["state"], "sent");
    assert_eq!(
        send(&stage, "one", 1_000).await["state"],
        "sent",
        "a repeat"
    );
    eventually("it is used up", async || {
        (credits(&stage).await == [credit(1_000, "0")]).then_some(())
    })
    .await;
    // A reload of the way back is no second agreement.
    code(&location(&visitor.get(&back, cookie).await), 1_000);
    assert_eq!(credits(&stage).await, [credit(1_000, "0")]);
    for (id, scene) in [("two", 1_000), ("another-scene", 7)] {
        let row = send(&stage, id, scene).await;
        assert_eq!(row["error"]["errcode"], 43_101, "{row}");
    }
    assert_eq!(stage.calls(SEND, SAFE), 3, "WeChat is asked, who knows");

    let (back, cookie) = agree(&visitor, 1_000).await;
    code(&location(&visitor.get(&back, &cookie).await), 1_000);
    assert_eq!(credits(&stage).await, [credit(1_000, "1")]);
    assert_eq!(send(&stage, "three", 1_000).await["state"], "sent");
    assert_eq!(stage.calls(SEND, SAFE), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_teams_own_needs_no_row_of_ours() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    // WeChat has the agreement, and its way back never comes.
    agree(&visitor, 5).await;
    assert_eq!(send(&stage, "theirs", 5).await["state"], "sent");
    assert_eq!(credits(&stage).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cancels_is_told_to_the_site_and_may_still_agree() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = visitor.there_and_back(&start(3), "&_choice=refuse").await;
    let cancelled =
        format!("https://www.example.com/a?b=1&action=cancel&template_id={TEMPLATE}&scene=3#c");
    for _ in 0..2 {
        assert_eq!(location(&visitor.get(&back, &cookie).await), cancelled);
    }
    assert_eq!(credits(&stage).await, []);
    // Back to WeChat's page, and the other button.
    let agreed = back.replace("action=cancel", &format!("action=confirm&openid={OPENID}"));
    code(&location(&visitor.get(&agreed, &cookie).await), 3);
    assert_eq!(credits(&stage).await, [credit(3, "1")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_ways_back_at_once_are_one_agreement() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = agree(&visitor, 9).await;
    let all = futures_util::join!(
        visitor.get(&back, &cookie),
        visitor.get(&back, &cookie),
        visitor.get(&back, &cookie)
    );
    for answer in [all.0, all.1, all.2] {
        let (status, known) = redeem(&stage, code(&location(&answer), 9)).await;
        assert_eq!((status, &known["openid"]), (200, &json!(OPENID)));
    }
    assert_eq!(credits(&stage).await, [credit(9, "1")]);
    // The same way back speaks for nobody else.
    let somebody = back.replace(OPENID, OTHER);
    assert_eq!(visitor.get(&somebody, &cookie).await.status(), 400);
    assert_eq!(credits(&stage).await, [credit(9, "1")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forged_or_too_old_counts_for_nothing() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = agree(&visitor, 8).await;
    let (_, other) = agree(&visitor, 8).await;
    let (login, login_cookie) = visitor.to_wechat("snsapi_base", "").await;
    let state = |address: &str, name: &str| {
        let rest = address.split(&format!("{name}=")).nth(1).unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    let (login_state, reserved) = (state(&login, "state"), state(&back, "reserved"));
    let (old, old_cookie) = too_old(&stage).await;
    let changed = |from: &str, to: &str| back.replace(from, to);
    for (brought, cookie) in [
        (back.clone(), ""),
        (back.clone(), other.as_str()),
        (changed("reserved=", "reserved=0"), &cookie),
        (changed(&reserved, &"0".repeat(96)), &cookie),
        (changed(&reserved, ""), &cookie),
        (changed("scene=8", "scene=9"), &cookie),
        (changed("scene=8", "scene=8%20"), &cookie),
        (changed(TEMPLATE, "another"), &cookie),
        (changed(OPENID, ""), &cookie),
        (changed(OPENID, "oA%23campaign"), &cookie),
        (
            changed(OPENID, "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
            &cookie,
        ),
        (changed("action=confirm", "action=buy"), &cookie),
        (changed(&reserved, &login_state), &login_cookie),
        (changed(&reserved, &old), &old_cookie),
        (
            format!("{}/web/demo/subscribe-once/callback", visitor.gateway),
            &cookie,
        ),
    ] {
        let answer = visitor.get(&brought, cookie).await;
        assert_eq!(answer.status(), 400, "{brought}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains("订阅没有完成") && !page.contains("<script"),
            "{page}"
        );
    }
    // Nor does it sign anybody in.
    let callback = format!(
        "{}/web/demo/oauth/callback?code=c1&state={reserved}",
        visitor.gateway
    );
    assert_eq!(visitor.get(&callback, &cookie).await.status(), 400);
    assert_eq!(credits(&stage).await, []);
    code(&location(&visitor.get(&back, &cookie).await), 8);
}

/// State and cookie of a journey that is over.
async fn too_old(stage: &Stage) -> (String, String) {
    let rows = stage.rows("Logins").await;
    let mut keys = rows.iter().filter_map(|row| row.get("state_key"));
    let Some(AttributeValue::S(key)) = keys.next() else {
        panic!("no key")
    };
    let now_s = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let journey = Journey {
        nonce: "0123456789abcdef".repeat(2),
        ends_s: now_s.cast_signed() - 1,
        return_to: "https://www.example.com/".to_owned(),
        asked: OneTime {
            template_id: TEMPLATE.to_owned(),
            scene: 8,
        },
    };
    let app_id = AppId::try_from(SAFE).unwrap();
    let (state, cookie) = journey.set_out(&StateKey::new(key.clone()), &app_id);
    (state, cookie.split(';').next().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_for_anything_else() {
    let stage = Stage::open(Options::default()).await;
    let visitor = Visitor::of(&stage);
    let good = start(1);
    for (from, to, status) in [
        ("scene=1", "scene=10001", 400),
        ("scene=1", "scene=-1", 400),
        ("scene=1", "scene=", 400),
        ("scene=1", "x=1", 400),
        (TEMPLATE, "another", 400),
        (TEMPLATE, "", 400),
        ("www.example.com", "evil.com", 403),
        ("www.example.com", "www.example.com%40evil.com", 400),
        ("https%3A%2F%2F", "javascript%3A", 400),
        ("return_to", "return", 400),
        ("/web/demo/", "/web/nobody/", 404),
        ("/web/demo/", "/web/plain/", 400),
        ("scene=1", "scene=0", 302),
        ("scene=1", "scene=10000", 302),
        (TEMPLATE, "iPk5sOIt5X_flOVKn5GrTFpncEYTojx6ddbt8WYoV5s", 302),
    ] {
        assert_eq!(
            visitor.status(&good.replace(from, to)).await,
            status,
            "{to}"
        );
    }
    let shown = |path: String, agent: &'static str| {
        let url = format!("{}{path}", visitor.gateway);
        let request = visitor.http.get(url).header("accept", "text/html");
        let request = request.header("user-agent", agent);
        async move { request.send().await.unwrap().text().await.unwrap() }
    };
    let page = shown(good.clone(), "Mozilla/5.0 (X11; Linux x86_64) Chrome/122.0").await;
    let link = good.replace('&', "&amp;");
    assert!(
        page.contains("请在微信中打开") && page.contains(&link),
        "{page}"
    );
    let wrong = good.replace(TEMPLATE, "%22%3E%3Cscript%3E");
    let page = shown(wrong, "").await;
    assert!(
        page.contains("one_time_template_id") && !page.contains("<script"),
        "{page}"
    );
}
