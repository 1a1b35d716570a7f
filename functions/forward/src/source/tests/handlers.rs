//! Handlers in Rust that do what handlers do.

use super::{ENOUGH, World, cause, task};
use crate::handlers::{Asked, Run, answer, handlers};
use serde_json::{Value, json};
use shared::{
    problem::Problem,
    sessions::{CONFLICT, DAY},
};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use wechat_oa::callback::Reply;

/// What the world's handlers are.
pub(super) const HANDLERS: &[(&str, Run)] = handlers! {
    "count" => count,
    "crowd" => crowd,
    "echo" => echo,
    "fail" => fail,
    "nothing" => nothing,
    "panic" => panic,
    "sleep" => sleep,
};

async fn count(asked: Asked) -> Result<String, Problem> {
    let sum = asked.sessions.get("sum").await?.unwrap_or(0) + 1;
    shared::lambda::clock::wait(Duration::from_millis(100)).await;
    asked.sessions.put("sum", &sum, DAY).await?;
    Ok(sum.to_string())
}

static CROWDED: AtomicU32 = AtomicU32::new(0);

/// Somebody else always writes first.
async fn crowd(_: Asked) -> Result<String, Problem> {
    CROWDED.fetch_add(1, Ordering::SeqCst);
    Err(Problem::new(CONFLICT, 409, "somebody wrote first"))
}

async fn echo(asked: Asked) -> Result<Reply, Problem> {
    let told: Value = json!({
        "account": asked.account.name.as_str(), "openid": asked.openid.as_str(), "text": asked.text("content"),
        "kind": asked.text("kind"), "none": asked.text("none"),
    });
    Ok(told.to_string().into())
}

async fn fail(_: Asked) -> Result<(), Problem> {
    Err(Problem::new("stock_empty", 500, "the stock is empty"))
}

async fn nothing(_: Asked) -> Result<Option<String>, Problem> {
    Ok(None)
}

async fn panic(asked: Asked) -> Result<String, Problem> {
    panic!("hush {}", asked.text("content"))
}

async fn sleep(_: Asked) -> Result<String, Problem> {
    shared::lambda::clock::wait(Duration::from_secs(8)).await;
    Ok("late".into())
}

fn run(handler: &str, id: &str, text: &str) -> shared::invocation::ForwardTask {
    task(json!({ "code": handler }), id, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_answer_as_functions_do_and_what_goes_wrong_has_its_name() {
    let world = World::new("https://a.cn", json!({})).await;
    let (said, failed) = world.hears(&run("echo", "1", "hi"), ENOUGH).await;
    let reply: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(failed, None);
    let told: Value = serde_json::from_str(reply["content"].as_str().unwrap()).unwrap();
    let expected =
        json!({"account": "demo", "openid": "o1", "text": "hi", "kind": "text", "none": ""});
    assert_eq!((&reply["kind"], told), (&json!("text"), expected));
    for (handler, ms, said, failure) in [
        ("nothing", ENOUGH, r#"{"kind":"acknowledge"}"#, ""),
        ("fail", ENOUGH, "", "handler_failed"),
        ("panic", ENOUGH, "", "handler_failed"),
        ("nobody", ENOUGH, "", "no_handler"),
        ("sleep", 300, "", "slow"),
    ] {
        let (heard, failed) = world.hears(&run(handler, "1", "x"), ms).await;
        assert_eq!(
            (heard.as_str(), cause(failed)),
            (said, failure),
            "{handler}"
        );
    }
    let (_, failed) = world.hears(&run("fail", "1", "x"), ENOUGH).await;
    let told = format!("{failed:?}");
    assert!(
        told.contains("'fail' failed: stock_empty: the stock is empty"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_side_by_side_are_all_counted_and_one_run_again_once() {
    let world = World::new("https://a.cn", json!({})).await;
    let count = async |id: &str| {
        let task = run("count", id, "x");
        let (said, failed) = world.hears(&task, ENOUGH).await;
        assert_eq!(failed, None);
        let reply: Value = serde_json::from_str(&said).unwrap();
        reply["content"].as_str().unwrap().to_owned()
    };
    let (one, two) = tokio::join!(count("1"), count("2"));
    let mut both = [one, two.clone()];
    both.sort();
    assert_eq!(both, ["1", "2"]);
    let last = if two == "2" { "2" } else { "1" };
    assert_eq!(
        (count(last).await.as_str(), count("3").await.as_str()),
        ("2", "3")
    );
    let (_, failed) = world.hears(&run("crowd", "1", "x"), ENOUGH).await;
    assert_eq!(
        (cause(failed), CROWDED.load(Ordering::SeqCst)),
        ("handler_failed", 3)
    );
}
