//! Faults over HTTP: each shows on the wire as it should, and only where it should.

use super::{APP, delete, fetch_stable, get, post, send, standing, start, token};
use crate::Platform;
use serde_json::{Value, json};

async fn switch_on(platform: &Platform, fault: Value) {
    let answer = post(platform, "/_control/faults", fault).await;
    assert!(answer["id"].is_number(), "{answer}");
}

/// The body of one token fetch, or none when the connection was cut.
async fn fetched(platform: &Platform) -> Option<(u16, String)> {
    let body = json!({"grant_type": "client_credential", "appid": APP, "secret": super::SECRET});
    let answer = send(platform, "POST", "/cgi-bin/stable_token", body)
        .await
        .ok()?;
    Some((
        answer.status,
        String::from_utf8(answer.body.to_vec()).unwrap(),
    ))
}

#[tokio::test]
async fn codes_strike_as_often_as_told_and_name_the_caller() {
    let platform = start("").await;
    for errcode in [-1, 40_125, 40_164, 40_243, 45_009, 45_011, 89_503] {
        switch_on(
            &platform,
            json!({"kind": "errcode", "errcode": errcode, "times": 1}),
        )
        .await;
        let refused = fetch_stable(&platform, false).await;
        assert_eq!(refused["errcode"], errcode);
        assert_eq!(
            errcode == 40_164,
            refused["errmsg"].as_str().unwrap().contains("127.0.0.1")
        );
        token(&fetch_stable(&platform, false).await);
    }
}

#[tokio::test]
async fn scope_keeps_other_paths_and_accounts_whole() {
    let platform = start("").await;
    let good = token(&fetch_stable(&platform, false).await);
    switch_on(&platform, json!({"kind": "errcode", "errcode": 45_009, "path": "/cgi-bin/getcallbackip", "app_id": APP})).await;
    switch_on(
        &platform,
        json!({"kind": "errcode", "errcode": -1, "app_id": "wx-another"}),
    )
    .await;
    assert_eq!(standing(&platform, &good).await, 45_009);
    assert_eq!(
        get(
            &platform,
            &format!("/cgi-bin/get_api_domain_ip?access_token={good}")
        )
        .await["errcode"],
        Value::Null
    );
    delete(&platform, "/_control/faults").await;
    assert_eq!(standing(&platform, &good).await, 0);
}

#[tokio::test]
async fn a_cut_connection_brings_nothing_and_the_call_counts_or_not() {
    let platform = start("").await;
    let used = |path: &'static str| {
        let calls = platform.state().with_account(APP, |account| {
            account.usage.used(path, platform.state().clock().now_ms())
        });
        calls.unwrap()
    };
    switch_on(&platform, json!({"kind": "cut_unprocessed", "times": 1})).await;
    assert_eq!(
        (fetched(&platform).await, used("/cgi-bin/stable_token")),
        (None, 0)
    );
    switch_on(&platform, json!({"kind": "cut", "times": 1})).await;
    assert_eq!(
        (fetched(&platform).await, used("/cgi-bin/stable_token")),
        (None, 1)
    );
    switch_on(&platform, json!({"kind": "cut_half", "times": 1})).await;
    assert_eq!(
        (fetched(&platform).await, used("/cgi-bin/stable_token")),
        (None, 2)
    );
    let calls = get(&platform, "/_control/calls").await;
    assert_eq!(
        (&calls["calls"][0]["status"], &calls["calls"][0]["faults"]),
        (&Value::Null, &json!(["cut_unprocessed"]))
    );
}

#[tokio::test]
async fn spoilt_bodies_are_spoilt() {
    let platform = start("").await;
    switch_on(&platform, json!({"kind": "gateway_502", "times": 1})).await;
    let (status, body) = fetched(&platform).await.unwrap();
    assert_eq!((status, body.starts_with("<html>")), (502, true));
    switch_on(&platform, json!({"kind": "truncated_json", "times": 1})).await;
    let (status, body) = fetched(&platform).await.unwrap();
    assert!(
        status == 200
            && body.starts_with("{\"access_token\"")
            && serde_json::from_str::<Value>(&body).is_err()
    );
    switch_on(&platform, json!({"kind": "control_characters", "times": 1})).await;
    let (_, body) = fetched(&platform).await.unwrap();
    assert!(serde_json::from_str::<Value>(&body).is_err());
    let cleaned: String = body
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    assert_eq!(
        token(&serde_json::from_str(&cleaned).unwrap()),
        token(&fetch_stable(&platform, false).await)
    );
}

#[tokio::test]
async fn a_delay_holds_back_only_what_it_strikes() {
    let platform = start("").await;
    switch_on(
        &platform,
        json!({"kind": "delay", "delay_ms": 300, "path": "/cgi-bin/stable_token"}),
    )
    .await;
    let first = tokio::select! {
        _ = fetch_stable(&platform, false) => "delayed",
        _ = super::fetch_classic(&platform) => "undelayed",
    };
    assert_eq!(first, "undelayed");
}
