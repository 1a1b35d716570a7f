//! Web authorisation over HTTP.

use super::{APP, SECRET, advance, endpoints::assert_shape, get, send, start};
use crate::Platform;
use serde_json::{Value, json};

const USER: &str = "oT3x_uB7cDeF1gHiJ2kLmN3oPqRs";

/// The page's answer: its status, and its body.
async fn page(platform: &Platform, scope: &str, more: &str) -> (u16, String) {
    let path = format!(
        "/connect/oauth2/authorize?appid={APP}&redirect_uri=http%3A%2F%2Fh%2Fback%3Fa%3D1&response_type=code&scope={scope}&state=s1{more}"
    );
    let answer = send(platform, "GET", &path, Value::Null).await.unwrap();
    (
        answer.status,
        String::from_utf8(answer.body.to_vec()).unwrap(),
    )
}

/// The code of a page that goes straight back.
async fn code(platform: &Platform, scope: &str, more: &str) -> String {
    let url = format!(
        "{}/connect/oauth2/authorize?appid={APP}&redirect_uri=http%3A%2F%2Fh%2Fback&response_type=code&scope={scope}&state=s1&_openid={USER}{more}",
        platform.url()
    );
    let location = location(&url).await;
    let query = location.split_once("code=").unwrap().1;
    assert!(
        location.starts_with("http://h/back?") && location.ends_with("&state=s1"),
        "{location}"
    );
    query.split('&').next().unwrap().to_owned()
}

/// Where an address leads: the tests' client shows no headers.
async fn location(url: &str) -> String {
    use hyper_util::client::legacy::{Client, connect::HttpConnector};
    let client = Client::builder(hyper_util::rt::TokioExecutor::new()).build(HttpConnector::new());
    let request =
        hyper::Request::get(url).body(http_body_util::Full::<axum::body::Bytes>::default());
    let answer = client.request(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 302);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn exchange(platform: &Platform, code: &str) -> Value {
    get(platform, &format!("/sns/oauth2/access_token?appid={APP}&secret={SECRET}&code={code}&grant_type=authorization_code")).await
}

#[tokio::test]
async fn a_user_allows_and_a_code_works_once() {
    let platform = start("").await;
    let (status, asked) = page(&platform, "snsapi_userinfo", "").await;
    assert!(status == 200 && asked.contains("_choice=allow"), "{asked}");
    let code = code(&platform, "snsapi_userinfo", "&_choice=allow").await;
    let tokens = exchange(&platform, &code).await;
    assert_eq!(
        (&tokens["openid"], &tokens["scope"]),
        (&json!(USER), &json!("snsapi_userinfo"))
    );
    assert_eq!(exchange(&platform, &code).await["errcode"], 40_163);
    assert_eq!(exchange(&platform, "nothing").await["errcode"], 40_029);
    let token = tokens["access_token"].as_str().unwrap();
    let user = get(
        &platform,
        &format!("/sns/userinfo?access_token={token}&openid={USER}&lang=zh_CN"),
    )
    .await;
    assert_eq!(user["nickname"], "小明");
    let check = |openid: &str| format!("/sns/auth?access_token={token}&openid={openid}");
    assert_shape(&get(&platform, &check(USER)).await, "sns_auth");
    assert_eq!(get(&platform, &check("oAnother")).await["errcode"], 40_003);
    advance(&platform, 7_200_000).await;
    assert_eq!(get(&platform, &check(USER)).await["errcode"], 42_001);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let renew = format!(
        "/sns/oauth2/refresh_token?appid={APP}&grant_type=refresh_token&refresh_token={refresh}"
    );
    let renewed = get(&platform, &renew).await;
    assert!(renewed["access_token"] != tokens["access_token"] && renewed["openid"] == USER);
    advance(&platform, 30 * 86_400_000).await;
    assert_eq!(get(&platform, &renew).await["errcode"], 42_002);
}

#[tokio::test]
async fn a_base_scope_is_silent_and_a_refusal_brings_no_code() {
    let platform = start("").await;
    let code = code(&platform, "snsapi_base", "&_snapshot=1").await;
    let tokens = exchange(&platform, &code).await;
    assert_eq!(tokens["is_snapshotuser"], 1);
    let token = tokens["access_token"].as_str().unwrap();
    let user = get(
        &platform,
        &format!("/sns/userinfo?access_token={token}&openid={USER}"),
    )
    .await;
    assert_eq!(user["errcode"], 48_001);
    let refused = format!(
        "{}/connect/oauth2/authorize?appid={APP}&redirect_uri=http%3A%2F%2Fh%2Fback%3Fa%3D1&response_type=code&scope=snsapi_userinfo&state=s1&_choice=refuse",
        platform.url()
    );
    assert_eq!(location(&refused).await, "http://h/back?a=1&state=s1");
    assert!(page(&platform, "snsapi_all", "").await.1.contains("40035"));
}
