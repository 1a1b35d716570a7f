use super::*;
use crate::{
    store::emulated::EmulatedTable,
    time::{Timestamp, ms},
    web::{
        journey::{Journey, SignIn},
        login::{Step, Visitor},
        subscribe_once::Subscriber,
    },
};
use wechat_oa::{
    api::oauth::{Scope, WebToken},
    ids::OpenId,
};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

async fn logins() -> (Logins, EmulatedTable) {
    let table = EmulatedTable::create(&["id"]).await;
    (Logins::new(table.client.clone(), &table.name), table)
}

fn app(last: char) -> AppId {
    AppId::try_from(format!("wx5f2c8a1d9e3b704{last}")).unwrap()
}

fn visitor() -> Visitor {
    let token = WebToken {
        access_token: "a".into(),
        expires_in: 7_200,
        refresh_token: "r".into(),
        openid: OpenId::try_from("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI").unwrap(),
        unionid: None,
        scope: "snsapi_base".to_owned(),
        is_snapshotuser: false,
    };
    Visitor::new(token, None)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_stays() {
    let (logins, _table) = logins().await;
    let journey = Journey {
        nonce: "0".repeat(32),
        ends_s: 0,
        return_to: String::new(),
        asked: SignIn {
            scope: Scope::Base,
            again: false,
        },
    };
    let mut states = Vec::new();
    for fresh in ["one", "two"] {
        let key = logins.key(&app('6'), fresh).await.unwrap();
        states.push(journey.set_out(&key, &app('6')).0);
    }
    assert_eq!(states[0], states[1]);
    let other = logins.key(&app('7'), "three").await.unwrap();
    assert_ne!(journey.set_out(&other, &app('6')).0, states[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_reloads_one_exchanges_and_all_learn_who_it_is() {
    let (logins, _table) = logins().await;
    let bids = (0..20).map(|n| {
        let logins = logins.clone();
        tokio::spawn(async move {
            let me = format!("me-{n}");
            let login = logins
                .bid::<Visitor>(&app('6'), "n", "c", &me, NOW)
                .await
                .unwrap();
            matches!(login.step(&me), Step::Exchange).then_some(me)
        })
    });
    let mut had = Vec::new();
    for bid in bids.collect::<Vec<_>>() {
        had.extend(bid.await.unwrap());
    }
    assert_eq!(had.len(), 1);
    let again = logins
        .bid::<Visitor>(&app('6'), "n", "c", &had[0], NOW)
        .await
        .unwrap();
    assert!(matches!(again.step(&had[0]), Step::Exchange));
    logins
        .finish(&app('6'), "n", &had[0], &visitor())
        .await
        .unwrap();
    let reload = logins
        .bid::<Visitor>(&app('6'), "n", "c", "late", NOW + LEASE)
        .await
        .unwrap();
    assert!(matches!(reload.step("late"), Step::Done(found) if found.openid == visitor().openid));
    let second = logins
        .bid::<Visitor>(&app('6'), "n", "d", "late", NOW)
        .await
        .unwrap();
    assert!(
        matches!(second.step("late"), Step::Done(found) if found.openid == visitor().openid),
        "another code of the journey finds the same visitor"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_code_waits_for_the_first_and_is_tried_when_that_came_to_nothing() {
    let (logins, _table) = logins().await;
    let exchanges = async |code: &str, me: &str| {
        let login = logins
            .bid::<Visitor>(&app('6'), "n", code, me, NOW)
            .await
            .unwrap();
        matches!(login.step(me), Step::Exchange)
    };
    assert!(exchanges("c", "a").await);
    assert!(!exchanges("d", "b").await);
    logins.release(&app('6'), "n", "a").await.unwrap();
    assert!(exchanges("d", "b").await);
    assert!(!exchanges("c", "a").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_given_back_or_dead_is_taken_over() {
    let (logins, _table) = logins().await;
    let takes = async |me: &str, now| {
        let login = logins
            .bid::<Visitor>(&app('6'), "n", "c", me, now)
            .await
            .unwrap();
        matches!(login.step(me), Step::Exchange)
    };
    assert!(takes("a", NOW).await);
    assert!(!takes("b", NOW + LEASE - ms(1)).await);
    assert!(takes("b", NOW + LEASE).await);
    logins
        .finish(&app('6'), "n", "a", &visitor())
        .await
        .unwrap();
    assert!(!takes("c", NOW + LEASE).await, "a's answer came too late");
    logins.release(&app('6'), "n", "b").await.unwrap();
    assert!(takes("c", NOW + LEASE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_redeemed_once_in_its_minute_by_its_account() {
    let (logins, table) = logins().await;
    let redeem = async |app_id: AppId, code: &str, me: &str, now| {
        let found = logins.redeem::<Visitor>(&app_id, code, me, now).await;
        found.unwrap().is_some()
    };
    for code in ["one", "two"] {
        logins
            .hand_over(&app('6'), code, &visitor(), NOW)
            .await
            .unwrap();
    }
    assert!(!redeem(app('7'), "one", "a", NOW).await);
    assert!(!redeem(app('6'), "three", "a", NOW).await);
    assert!(redeem(app('6'), "one", "a", NOW + CODE - ms(1)).await);
    assert!(
        redeem(app('6'), "one", "a", NOW).await,
        "the SDK's own repeat"
    );
    assert!(!redeem(app('6'), "one", "b", NOW).await);
    assert!(!redeem(app('6'), "two", "a", NOW + CODE).await);
    let rows = table.scan().await;
    assert!(rows.len() == 2 && !format!("{rows:?}").contains("one"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_one_kind_is_none_of_another() {
    let (logins, _table) = logins().await;
    let (app, visitor) = (app('6'), visitor());
    let agreed = Subscriber {
        openid: visitor.openid.clone(),
        template_id: "T".to_owned(),
        scene: 1_000,
    };
    let handed = logins.hand_over(&app, "one", &agreed, NOW);
    handed.await.unwrap();
    let handed = logins.hand_over(&app, "two", &visitor, NOW);
    handed.await.unwrap();
    let signs_in = logins.redeem::<Visitor>(&app, "one", "a", NOW);
    assert!(
        signs_in.await.unwrap().is_none(),
        "what a browser claimed signs nobody in"
    );
    let subscribes = logins.redeem::<Subscriber>(&app, "two", "a", NOW);
    assert!(subscribes.await.unwrap().is_none());
    let redeemed = logins.redeem(&app, "one", "a", NOW);
    assert_eq!(redeemed.await.unwrap(), Some(agreed));
}
