//! Tokens over HTTP: life, overlap, quotas, and every way to be refused.

use super::{
    APP, SECRET, advance, fetch_classic, fetch_stable, get, post, send, standing, start, token,
};
use crate::AccountChange;
use serde_json::json;

#[tokio::test]
async fn a_classic_fetch_ends_the_former_token_after_five_minutes() {
    let platform = start("").await;
    let first = token(&fetch_classic(&platform).await);
    let second = token(&fetch_classic(&platform).await);
    assert!(first.len() >= 136 && first != second);
    assert_eq!(
        (
            standing(&platform, &first).await,
            standing(&platform, &second).await
        ),
        (0, 0)
    );
    advance(&platform, 301_000).await;
    assert_eq!(
        (
            standing(&platform, &first).await,
            standing(&platform, &second).await
        ),
        (40_001, 0)
    );
    advance(&platform, 7_200_000).await;
    assert_eq!(standing(&platform, &second).await, 42_001);
}

#[tokio::test]
async fn the_stable_token_is_the_same_for_everybody() {
    let platform = start("").await;
    let first = fetch_stable(&platform, false).await;
    advance(&platform, 60_000).await;
    let again = fetch_stable(&platform, false).await;
    assert_eq!(first["access_token"], again["access_token"]);
    assert!((7_138..=7_140).contains(&again["expires_in"].as_i64().unwrap()));
    advance(&platform, 6_860_000).await;
    let renewed = token(&fetch_stable(&platform, false).await);
    assert_ne!(token(&first), renewed);
    assert_eq!(
        (
            standing(&platform, &token(&first)).await,
            standing(&platform, &renewed).await
        ),
        (0, 0)
    );
    let forced = token(&fetch_stable(&platform, true).await);
    assert_eq!(
        (
            standing(&platform, &renewed).await,
            standing(&platform, &forced).await
        ),
        (40_001, 0)
    );
    assert_eq!(token(&fetch_stable(&platform, true).await), forced);
}

#[tokio::test]
async fn faulty_fetches_are_refused_by_code() {
    let platform = start("").await;
    for (query, errcode) in [
        (
            format!("grant_type=password&appid={APP}&secret={SECRET}"),
            40_002,
        ),
        (
            format!("grant_type=client_credential&secret={SECRET}"),
            41_002,
        ),
        (format!("grant_type=client_credential&appid={APP}"), 41_004),
        (
            format!("grant_type=client_credential&appid=wx0&secret={SECRET}"),
            40_013,
        ),
        (
            format!("grant_type=client_credential&appid={APP}&secret=wrong"),
            40_125,
        ),
    ] {
        let answer = get(&platform, &format!("/cgi-bin/token?{query}")).await;
        assert_eq!(answer["errcode"], errcode, "{query}");
        assert!(answer["errmsg"].as_str().unwrap().contains(" rid: "));
    }
    let code = |method: &'static str, path: &'static str, body: &'static str| {
        let platform = &platform;
        async move {
            let body = if body.is_empty() {
                json!(null)
            } else {
                json!(body)
            };
            let answer = send(platform, method, path, body).await.unwrap();
            serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()["errcode"].clone()
        }
    };
    assert_eq!(code("GET", "/cgi-bin/stable_token", "").await, 43_002);
    assert_eq!(code("POST", "/cgi-bin/token", "").await, 43_001);
    assert_eq!(code("POST", "/cgi-bin/stable_token", "").await, 44_002);
    assert_eq!(
        code("POST", "/cgi-bin/stable_token", "a string").await,
        47_001
    );
    assert_eq!(code("GET", "/cgi-bin/nothing", "").await, 40_066);
    assert_eq!(code("GET", "/cgi-bin/getcallbackip", "").await, 41_001);
    assert_eq!(
        code("GET", "/cgi-bin/getcallbackip?access_token=short", "").await,
        40_014
    );
}

#[tokio::test]
async fn a_caller_outside_the_whitelist_is_told_its_address() {
    let platform = start("").await;
    let change = json!({"ip_whitelist": ["203.0.113.9"]});
    post(&platform, &format!("/_control/accounts/{APP}"), change).await;
    let refused = fetch_stable(&platform, false).await;
    assert_eq!(refused["errcode"], 40_164);
    assert!(
        refused["errmsg"]
            .as_str()
            .unwrap()
            .contains("invalid ip 127.0.0.1 ")
    );
    post(
        &platform,
        &format!("/_control/accounts/{APP}"),
        json!({"ip_whitelist": ["127.0.0.1"]}),
    )
    .await;
    token(&fetch_stable(&platform, false).await);
}

#[tokio::test]
async fn quotas_run_out_are_shown_and_are_reset() {
    let platform = start("").await;
    let change = json!({"daily_limits": {"/cgi-bin/getcallbackip": 2}, "minute_limits": {"/cgi-bin/stable_token": 1}});
    post(&platform, &format!("/_control/accounts/{APP}"), change).await;
    let token = token(&fetch_stable(&platform, false).await);
    assert_eq!(fetch_stable(&platform, false).await["errcode"], 45_011);
    assert_eq!(
        (
            standing(&platform, &token).await,
            standing(&platform, &token).await
        ),
        (0, 0)
    );
    assert_eq!(standing(&platform, &token).await, 45_009);
    let ask = json!({"cgi_path": "/cgi-bin/getcallbackip"});
    let quota = post(
        &platform,
        &format!("/cgi-bin/openapi/quota/get?access_token={token}"),
        ask,
    )
    .await;
    assert_eq!(
        quota["quota"],
        json!({"daily_limit": 2, "used": 2, "remain": 0})
    );
    let clear = format!("/cgi-bin/clear_quota?access_token={token}");
    assert_eq!(
        post(&platform, &clear, json!({"appid": APP})).await["errcode"],
        0
    );
    assert_eq!(standing(&platform, &token).await, 0);
    let by_secret = format!("/cgi-bin/clear_quota/v2?appid={APP}&appsecret={SECRET}");
    for _ in 0..9 {
        assert_eq!(post(&platform, &by_secret, json!(null)).await["errcode"], 0);
    }
    assert_eq!(
        post(&platform, &clear, json!({"appid": APP})).await["errcode"],
        48_006
    );
}

#[tokio::test]
async fn somebody_else_voids_the_tokens() {
    let platform = start("").await;
    let first = token(&fetch_stable(&platform, false).await);
    post(
        &platform,
        &format!("/_control/tokens/{APP}/revoke"),
        json!(null),
    )
    .await;
    assert_eq!(standing(&platform, &first).await, 40_001);
    let classic = token(&fetch_classic(&platform).await);
    post(
        &platform,
        &format!("/_control/tokens/{APP}/revoke"),
        json!({"how": "classic_fetch"}),
    )
    .await;
    assert_eq!(standing(&platform, &classic).await, 0);
    advance(&platform, 300_000).await;
    assert_eq!(standing(&platform, &classic).await, 40_001);
}

#[tokio::test]
async fn lifetimes_change_at_run_time() {
    let platform = start("").await;
    let change = AccountChange {
        token_lifetime_s: Some(20),
        token_overlap_s: Some(5),
        ticket_lifetime_s: Some(10),
        ..AccountChange::default()
    };
    platform.state().change_account(APP, change).unwrap();
    let fetched = fetch_stable(&platform, false).await;
    assert_eq!(fetched["expires_in"], 20);
    let path = format!(
        "/cgi-bin/ticket/getticket?type=jsapi&access_token={}",
        token(&fetched)
    );
    let ticket = get(&platform, &path).await;
    assert_eq!(
        (&ticket["errcode"], &ticket["expires_in"]),
        (&json!(0), &json!(10))
    );
    assert_eq!(get(&platform, &path).await["ticket"], ticket["ticket"]);
    advance(&platform, 10_000).await;
    assert_ne!(get(&platform, &path).await["ticket"], ticket["ticket"]);
    advance(&platform, 10_000).await;
    assert_eq!(get(&platform, &path).await["errcode"], 42_001);
}

#[tokio::test]
async fn the_other_base_calls_answer_in_their_shapes() {
    let platform = start("http://127.0.0.1:9/").await;
    let token = token(&fetch_stable(&platform, false).await);
    let with = |path: &str| format!("/cgi-bin/{path}?access_token={token}");
    assert!(get(&platform, &with("get_api_domain_ip")).await["ip_list"].is_array());
    assert_eq!(
        get(&platform, &with("get_current_autoreply_info")).await["is_autoreply_open"],
        0
    );
    let check = json!({"action": "all", "check_operator": "DEFAULT"});
    let checked = post(&platform, &with("callback/check"), check).await;
    assert_eq!(
        (
            &checked["dns"][0]["ip"],
            &checked["ping"][0]["package_loss"]
        ),
        (&json!("127.0.0.1"), &json!("0%"))
    );
    let check = json!({"action": "look", "check_operator": "DEFAULT"});
    assert_eq!(
        post(&platform, &with("callback/check"), check).await["errcode"],
        40_202
    );
    let failed = get(&platform, &with("ticket/getticket")).await;
    let rid = failed["errmsg"]
        .as_str()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();
    let found = post(&platform, &with("openapi/rid/get"), json!({ "rid": rid })).await;
    assert_eq!(found["request"]["client_ip"], "127.0.0.1");
    assert!(!found.to_string().contains(&token));
    let rid = json!({"rid": "00000000-00000000-00000000"});
    assert_eq!(
        post(&platform, &with("openapi/rid/get"), rid).await["errcode"],
        76_001
    );
}
