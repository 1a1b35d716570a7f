//! Rows as v0.1 wrote them, in `tests/fixtures/rows/v0.1.json`: this version reads each kind and goes on with it.

use super::{Change, Inbox, Logins, Media, Sends, Tokens, emulated::EmulatedTable, table::Item};
use crate::{
    media::{MediaKey, MediaKind},
    sends::{State, campaign, campaign::record::Campaign, lane::LaneId, record::Claim},
    time::{Timestamp, ms},
    token::Kind,
    web::login::Visitor,
};
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::sync::LazyLock;
use wechat_oa::ids::AppId;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
static APP: LazyLock<AppId> = LazyLock::new(|| AppId::try_from("wx5f2c8a1d9e3b7046").unwrap());

fn attribute(typed: &Value) -> AttributeValue {
    let (kind, value) = typed.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    let list = || value.as_array().unwrap().iter();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "NULL" => AttributeValue::Null(true),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(text()).unwrap())),
        "SS" => AttributeValue::Ss(list().map(|one| one.as_str().unwrap().to_owned()).collect()),
        "L" => AttributeValue::L(list().map(attribute).collect()),
        "M" => AttributeValue::M(item(value)),
        other => panic!("{other}"),
    }
}

fn item(row: &Value) -> Item {
    let attributes = row.as_object().unwrap().iter();
    attributes
        .map(|(name, typed)| (name.clone(), attribute(typed)))
        .collect()
}

/// The rows of a table, each put where nothing else is before `reads` sees it; how many there were.
async fn each(
    name: &str,
    keys: &[&str],
    indexes: &[(&str, &[&str])],
    reads: impl AsyncFn(&Value, &EmulatedTable),
) -> usize {
    let fixture = include_str!("../../../tests/fixtures/rows/v0.1.json");
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    let rows = fixture[name].as_array().unwrap();
    for row in rows {
        let table = EmulatedTable::with_indexes(keys, indexes).await;
        let put = table.client.put_item().table_name(&table.name);
        put.set_item(Some(item(row))).send().await.unwrap();
        reads(row, &table).await;
    }
    rows.len()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name]["S"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_of_v0_1_are_read() {
    let indexes: &[(&str, &[&str])] = &[
        ("by_due", &["due", "due_ms"]),
        ("by_msgid", &["wechat_id"]),
        ("by_user", &["user", "created_ms"]),
    ];
    let rows = each("sends", &["id", "part"], indexes, async |row, table| {
        let sends = Sends::new(table.client.clone(), &table.name);
        match text(row, "id").split('#').next().unwrap() {
            "campaign" | "mass" => campaign(row, &sends).await,
            "user" => user(row, &sends, table).await,
            "lane" => lane(row, &sends).await,
            "intake" => {
                let left = sends.left_intakes(Timestamp::MAX).await.unwrap();
                assert_eq!(left[0].ids, ["a"]);
                sends.close_intake(&left[0]).await.unwrap();
                assert!(table.scan().await.is_empty());
            }
            _ => message(row, &sends).await,
        }
    });
    assert_eq!(rows.await, 19);
}

async fn campaign(row: &Value, sends: &Sends) {
    match text(row, "part").split('#').next().unwrap() {
        "campaign" => {
            let found = sends.campaign(&APP, "c").await.unwrap().unwrap();
            assert_eq!(found.state.as_str(), text(row, "state"));
            let next = |row: &Campaign| Some(row.next(NOW));
            let change = sends.change_campaign(&APP, "c", next).await.unwrap();
            assert!(matches!(change, Change::Made(_)));
        }
        "batch" => {
            let batches = sends.batches(&APP, "c").await.unwrap();
            assert_eq!(batches[0].state, campaign::State::Submitting);
            assert!(batches[0].earlier.is_empty());
        }
        "recipients" => {
            let campaign = Campaign::new("demo", APP.clone(), "c".into(), NOW);
            let name = text(row, "part").strip_prefix("recipients#").unwrap();
            let page = sends.read_page(&campaign, name).await.unwrap();
            assert_eq!(page.name(), name);
        }
        "quota" => {
            let quota = sends.mass_quota(&APP).await.unwrap();
            assert_eq!((quota.calls, quota.version), (20, 20));
        }
        _ => {
            let joined = sends.join_mass_results(Timestamp::MAX).await.unwrap();
            assert_eq!(joined.found, 0, "its campaign is not there");
        }
    }
}

async fn user(row: &Value, sends: &Sends, table: &EmulatedTable) {
    match text(row, "part").split('#').next().unwrap() {
        "allowance" => {
            let windows = sends.windows(&APP, "oA").await.unwrap();
            assert_eq!(windows.refused, Some((45_015, NOW)));
        }
        "consent" => {
            let consent = sends.consents().read(&APP, "oA", "t1").await.unwrap();
            assert_eq!((consent.version, consent.accepted), (4, Some(NOW)));
        }
        _ => {
            let early = sends.early_results(Timestamp::MAX).await.unwrap();
            assert!(!sends.look_again(&early[0], Timestamp::MAX).await.unwrap());
            assert!(table.scan().await.is_empty(), "it was given up");
        }
    }
}

async fn lane(row: &Value, sends: &Sends) {
    let lane = LaneId::parse("wx5f2c8a1d9e3b7046#3").unwrap();
    if text(row, "part") == "state" {
        assert_eq!(sends.lane(&lane).await.unwrap().version, 2);
    } else {
        let parked = sends.parked(&lane, "", 10).await.unwrap();
        assert!(parked[0].order.ends_with("20"));
    }
}

/// It is told as it stood; a queued one is begun, and its user can be forgotten.
async fn message(row: &Value, sends: &Sends) {
    let id = text(row, "client_msg_id");
    let found = sends.read(&APP, id).await.unwrap().unwrap();
    assert_eq!(found.state.as_str(), text(row, "state"));
    assert!(!found.history.is_empty() && found.view()["history"].is_array());
    if found.state == State::Queued {
        let (me, now) = ("me", NOW + ms(1_000));
        let until = now + ms(60_000);
        let job = found.job();
        let begun = sends.begin(&APP, &job, Claim { me, until, now });
        let begun = begun.await.unwrap().unwrap();
        assert_eq!(
            (begun.state, begun.version),
            (State::Sending, found.version + 1)
        );
    }
    let left = super::Departure::new(None, Timestamp::MAX);
    assert_eq!(sends.erase(&APP, &found.to_user, left).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_rows_of_v0_1_are_read() {
    let pushes = each("inbox", &["id"], &[], async |row, table| {
        let inbox = Inbox::new(table.client.clone(), &table.name);
        let found = inbox.read(text(row, "id")).await.unwrap().unwrap();
        let reply = row["reply"]["S"].as_str();
        assert_eq!((found.attempts, found.reply.as_deref()), (64, reply));
    });
    let tokens = each("tokens", &["app_id", "kind"], &[], async |row, table| {
        let tokens = Tokens::new(table.client.clone(), &table.name);
        let found = tokens.read(&APP, Kind::AccessToken).await.unwrap();
        assert_eq!(found.version.to_string(), row["version"]["N"]);
        assert_eq!(found.value.is_some(), row["value"].get("S").is_some());
    });
    let logins = each("logins", &["id"], &[], async |row, table| {
        let logins = Logins::new(table.client.clone(), &table.name);
        match text(row, "id").split('#').nth(1).unwrap() {
            "key" => drop(logins.key(&APP, "fresh").await.unwrap()),
            "code" => {
                let visitor: Option<Visitor> = logins.redeem(&APP, "one", "a", NOW).await.unwrap();
                assert_eq!(
                    visitor.unwrap().openid.as_str(),
                    "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI"
                );
            }
            _ => {
                let bid = logins.bid::<Visitor>(&APP, "n", "other", "me", NOW);
                bid.await.unwrap();
            }
        }
    });
    let media = each("media", &["id"], &[], async |row, table| {
        let media = Media::new(table.client.clone(), &table.name);
        let key = MediaKey {
            app_id: APP.clone(),
            kind: MediaKind::Image,
            permanent: false,
            sha256: "ab".into(),
        };
        let found = media
            .bid(&key, "me", NOW, Timestamp::default())
            .await
            .unwrap();
        assert_eq!(found.stored.is_some(), row.get("stored").is_some());
    });
    assert_eq!(
        (pushes.await, tokens.await, logins.await, media.await),
        (2, 2, 4, 3)
    );
}
