use super::*;
use crate::{
    clock::{Clock as _, ManualClock},
    sends::sample::APP,
    sessions::LARGEST,
    store::{Answers, Departure, emulated::EmulatedTable},
};
use serde_json::{Value, json};
use std::sync::Arc;

const NOW: Timestamp = Timestamp::from_secs(1_767_000_000);

/// A table, and its clock.
struct World {
    table: EmulatedTable,
    clock: Arc<ManualClock>,
    sessions: Sessions,
}

impl World {
    async fn new() -> Self {
        let table = EmulatedTable::create(&["id", "part"]).await;
        let clock = Arc::new(ManualClock::new(NOW));
        let sessions = Sessions::new(table.client.clone(), &table.name, clock.clone());
        Self {
            table,
            clock,
            sessions,
        }
    }

    /// A run for that push of `oA`, now.
    fn run(&self, push: &str) -> UserSessions {
        self.sessions.of(&APP, "oA", push, self.clock.now())
    }

    /// A run that counts.
    async fn count(&self, push: &str) -> Result<u32, Problem> {
        let run = self.run(push);
        let count = run.get("n").await?.unwrap_or(0) + 1;
        run.put("n", &count, DAY).await?;
        Ok(count)
    }
}

fn word<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
    result.unwrap_err().error_type().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_run_again_counts_once_and_finds_what_it_found() {
    let world = World::new().await;
    for (push, counted) in [("a", 1), ("a", 1), ("b", 2), ("b", 2), ("c", 3)] {
        assert_eq!(world.count(push).await.unwrap(), counted, "{push}");
    }
    // One that comes again after others built on it writes nothing more.
    world.count("a").await.unwrap();
    assert_eq!(world.run("d").get::<u32>("n").await.unwrap(), Some(3));
    let row = &world.table.scan().await[0];
    assert_eq!(row["expires_at"].as_n().unwrap(), "1767086400");
    assert_eq!(row["part"].as_s().unwrap(), "session#n");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_pushes_side_by_side_none_loses_what_another_wrote() {
    let world = World::new().await;
    let (a, b) = (world.run("a"), world.run("b"));
    for run in [&a, &b] {
        assert_eq!(run.get::<u32>("n").await.unwrap(), None);
    }
    a.put("n", &1, DAY).await.unwrap();
    assert_eq!(word(b.put("n", &1, DAY).await), CONFLICT);
    // It reads again and decides anew.
    let found: u32 = b.get("n").await.unwrap().unwrap();
    b.put("n", &(found + 1), DAY).await.unwrap();
    assert_eq!(word(a.delete("n").await), CONFLICT);

    let pushes: Vec<String> = (0..6).map(|n| format!("p{n}")).collect();
    let counted = pushes.iter().map(async |push| {
        for _ in 0..50 {
            if let Ok(counted) = world.count(push).await {
                return counted;
            }
        }
        panic!("never");
    });
    let mut counted = futures_util::future::join_all(counted).await;
    counted.sort();
    assert_eq!(counted, [3, 4, 5, 6, 7, 8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_read_is_replaced_whoever_writes_beside() {
    let world = World::new().await;
    let runs: Vec<_> = ["a", "b", "c"].map(|push| world.run(push)).into();
    let puts = runs.iter().map(|run| run.put("n", &run.push, DAY));
    for put in futures_util::future::join_all(puts).await {
        put.unwrap();
    }
    let last: String = world.run("d").get("n").await.unwrap().unwrap();
    assert!(["a", "b", "c"].contains(&&*last));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_is_gone_although_its_row_is_there() {
    let world = World::new().await;
    let minute = Duration::from_secs(60);
    world.run("a").put("n", &"old", minute).await.unwrap();
    world.clock.set(NOW + minute - Duration::from_millis(1));
    assert!(world.run("b").get::<String>("n").await.unwrap().is_some());
    world.clock.set(NOW + minute);
    let run = world.run("c");
    assert_eq!(run.get::<String>("n").await.unwrap(), None);
    assert_eq!(world.table.scan().await.len(), 1);
    // DynamoDB deletes the row at last, just now.
    let key = world.run("c").key("n");
    world.sessions.table.deletion(key).send().await.unwrap();
    assert_eq!(word(run.put("n", &"new", minute).await), CONFLICT);
    world.run("c").put("n", &"new", minute).await.unwrap();
    assert!(world.run("d").get::<String>("n").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_followers_are_apart_and_a_run_finds_what_it_wrote() {
    let world = World::new().await;
    let run = world.run("a");
    run.put("n", &json!({"step": 1}), DAY).await.unwrap();
    run.put("n", &json!({"step": 2}), DAY).await.unwrap();
    assert_eq!(run.get("n").await.unwrap(), Some(json!({"step": 2})));
    assert_eq!(run.get::<Value>("m").await.unwrap(), None);
    let other = world.sessions.of(&APP, "oB", "b", NOW);
    assert_eq!(other.get::<Value>("n").await.unwrap(), None);
    run.delete("n").await.unwrap();
    assert_eq!(run.get::<Value>("n").await.unwrap(), None);
    let next = world.run("b");
    assert_eq!(next.get::<Value>("n").await.unwrap(), None);
    next.put("n", &Value::Null, DAY).await.unwrap();
    assert_eq!(world.run("c").get::<Value>("n").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_another_type_is_told_and_what_was_there_stays() {
    let world = World::new().await;
    // Both what is and what was before fit into the row.
    for push in ["a", "b"] {
        let largest = "x".repeat(LARGEST - 2);
        world.run(push).put("n", &largest, DAY).await.unwrap();
    }
    let run = world.run("c");
    let more = run.put("n", &"x".repeat(LARGEST), DAY).await;
    assert_eq!(word(more), "session_too_large");
    let nothing = run.put("n", &1, Duration::ZERO).await;
    assert_eq!(word(nothing), "session_time");
    assert_eq!(word(run.get::<u32>("").await), "session_name");
    let told = run.get::<u32>("n").await.unwrap_err().to_string();
    assert!(told.contains("another type") && !told.contains('x'.to_string().repeat(9).as_str()));
    assert!(run.get::<String>("n").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_go_with_the_user_and_what_began_after_the_return_stays() {
    let world = World::new().await;
    let answers = Answers::new(world.table.client.clone(), &world.table.name);
    world.run("a").put("old", &1, DAY).await.unwrap();
    world.run("a").put("ended", &1, DAY).await.unwrap();
    world.clock.set(NOW + Duration::from_secs(5));
    let back = world.run("b");
    // Goes on with what was there before the user left, so that it goes too.
    assert_eq!(back.get("old").await.unwrap(), Some(1));
    back.put("old", &2, DAY).await.unwrap();
    back.put("new", &1, DAY).await.unwrap();
    let left = Departure::after(NOW + Duration::from_secs(1));
    assert_eq!(answers.erase(&APP, "oA", left).await.unwrap(), 2);
    // A run under way does not bring back what it read.
    assert_eq!(word(back.put("old", &3, DAY).await), CONFLICT);
    let run = world.run("c");
    assert_eq!(run.get::<u32>("old").await.unwrap(), None);
    assert_eq!(run.get::<u32>("new").await.unwrap(), Some(1));
}
