//! Sessions of functions and servers.

use super::{ENOUGH, Piece, Server, World, answer, cause, task};
use serde_json::{Value, json};
use shared::sessions::LARGEST;

/// What the function `keeps` found under its name, when it answered that beside its reply.
async fn found(world: &World, id: &str, told: Value) -> String {
    let task = task(json!({"function": "keeps"}), id, &told.to_string());
    let (said, failed) = world.hears(&task, ENOUGH).await;
    assert_eq!(cause(failed), "", "{told}");
    serde_json::from_str(&said).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_finds_what_it_kept_and_what_is_wrong_keeps_nothing() {
    let world = World::new("https://a.cn", json!({})).await;
    let largest = "x".repeat(LARGEST);
    for (id, told, before) in [
        ("1", json!({"session": {"step": 1}}), "null"),
        ("1", json!({"session": {"step": 1}}), "null"),
        ("2", json!({}), r#"{"step":1}"#),
        (
            "3",
            json!({"session": [2], "session_s": 60}),
            r#"{"step":1}"#,
        ),
        ("4", json!({"session": largest}), "[2]"),
        ("5", json!({"session": 5, "session_s": 0}), "[2]"),
        ("6", json!({"session": 6, "session_s": 2_592_001}), "[2]"),
        ("7", json!({"session": 7, "session_s": "60"}), "[2]"),
        ("8", json!({"session": 8, "misspelt": 1}), "[2]"),
        ("9", json!({"session": null}), "[2]"),
        ("10", json!({"session": 10, "session_s": 1}), "null"),
    ] {
        assert_eq!(found(&world, id, told.clone()).await, before, "{id}");
    }
    shared::lambda::clock::wait(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(found(&world, "11", json!({})).await, "null");
    let rows = world.table.scan().await;
    assert_eq!(rows[0]["part"].as_s().unwrap(), "session#keeps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_asked_anew_whose_session_another_push_changed() {
    let world = World::new("https://a.cn", json!({})).await;
    let add = async |id: &str| {
        let (said, failed) = world
            .hears(&task(json!({"function": "adds"}), id, "x"), ENOUGH)
            .await;
        assert_eq!(cause(failed), "");
        said
    };
    let (one, two) = tokio::join!(add("1"), add("2"));
    let mut both = [one, two];
    both.sort();
    assert_eq!(both, ["\"1\"", "\"2\""]);
    assert_eq!(add("3").await, "\"3\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_has_its_session_too_and_its_address_stands_nowhere() {
    let server = Server::start(|seen| -> Vec<Piece> {
        let session = seen.json()["session"].clone();
        let told = json!({"reply": session.to_string(), "session": {"was": session}});
        answer("200 OK", "application/json", &told.to_string())
    })
    .await;
    let world = World::new("https://a.cn", json!({})).await;
    let url = format!("{}/{}?key=hush", server.url, "long/".repeat(300));
    for (id, said) in [("1", "null"), ("1", "null"), ("2", r#"{"was":null}"#)] {
        let (heard, failed) = world
            .hears(&task(json!({ "url": url }), id, "x"), ENOUGH)
            .await;
        assert_eq!((heard, cause(failed)), (json!(said).to_string(), ""));
    }
    let rows = format!("{:?}", world.table.scan().await);
    assert!(
        rows.contains("session#") && !rows.contains("hush"),
        "{rows}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_table_no_function_is_asked() {
    let world = World::new("https://a.cn", json!({})).await;
    if world.table.stop() {
        let task = task(json!({"function": "keeps"}), "1", "{}");
        assert_eq!(cause(world.hears(&task, ENOUGH).await.1), "unavailable");
    }
}
