//! Tokens that WeChat refused, and tokens of which there are few.

use super::*;
use crate::time::ms;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_token_is_fetched_by_get_never_forced_and_not_twice_in_thirty_seconds() {
    let mut stage = Stage::set(true).await;
    stage.account = account("classic");
    let mut token = stage.get(Why::Need).await.unwrap().current.value;
    for _ in 0..25 {
        match stage.get(Why::Refused(&token)).await {
            Ok(fresh) => token = fresh.current.value,
            Err(error) => assert_eq!(error.error_type(), "token_fetches_spent"),
        }
    }
    assert_eq!(stage.calls(), ["token"], "25 reports at once");
    let error = stage.get(Why::Need).await.unwrap_err();
    assert_eq!(error.until(), Some(NOW + ms(30_000)), "nobody gets it");
    stage.pass(ms(30_000));
    let fresh = stage.get(Why::Need).await.unwrap();
    assert_eq!(shown(&fresh), ("t2", true));
    assert_eq!(stage.calls(), ["token", "token"]);
    assert_eq!(stage.row().await.classic_count, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_that_made_no_token_do_not_use_up_the_day() {
    let mut stage = Stage::set(true).await;
    stage.account = account("classic");
    stage.with(|state| state.answer = Some(json!({"errcode": 40164, "errmsg": "invalid ip"})));
    for _ in 0..5 {
        stage.get(Why::Need).await.unwrap_err();
        stage.pass(ms(60_000));
    }
    assert_eq!(
        (stage.calls().len(), stage.row().await.classic_count),
        (5, 0)
    );
    stage.with(|state| state.answer = None);
    stage.get(Why::Need).await.unwrap();
    assert_eq!(stage.row().await.classic_count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_handed_to_nobody_while_no_other_one_can_be_had() {
    for token_api in ["stable", "classic"] {
        let mut stage = Stage::set(true).await;
        stage.account = account(token_api);
        let token = stage.get(Why::Need).await.unwrap().current.value;
        stage.pass(ms(30_000));
        let errmsg = "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist";
        stage.with(|state| state.answer = Some(json!({"errcode": 40164, "errmsg": errmsg})));
        let error = stage.get(Why::Refused(&token)).await.unwrap_err();
        assert_eq!(error.error_type(), "ip_not_whitelisted");
        for why in [Why::Need, Why::Schedule, Why::Refused(&token)] {
            let error = stage.get(why).await.unwrap_err();
            assert_eq!(error.error_type(), "refresh_paused");
            assert_eq!(error.advice().class, "ip");
            assert!(error.to_string().contains("203.0.113.9"), "{error}");
        }
        assert!(
            stage.row().await.current(NOW, Duration::ZERO).is_none(),
            "readers of the row see it too"
        );
        stage.with(|state| state.answer = None);
        stage.pass(ms(60_000));
        let fresh = stage.get(Why::Need).await.unwrap();
        assert_eq!(shown(&fresh), ("t2", true), "{token_api}");
    }
}
