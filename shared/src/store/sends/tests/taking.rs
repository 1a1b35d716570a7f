//! Messages that come together.

use super::*;
use crate::time::ms;

/// A message of that id, and another one of the same id.
fn pair(id: &str) -> [SendJob; 2] {
    let other = SendJob {
        body: json!({"touser": "oB", "template_id": "t2", "data": {}}),
        ..job(id, "oB")
    };
    [job(id, "oA"), other]
}

async fn open(sends: &Sends, name: &str, jobs: &[SendJob]) -> Intake {
    let ids = jobs.iter().map(|job| job.client_msg_id.clone()).collect();
    let opened = sends.open_intake(&APP, name, ids, true, NOW);
    opened.await.unwrap()
}

async fn there(sends: &Sends, ids: &[&str]) -> Vec<String> {
    let mut there = Vec::new();
    for id in ids {
        let found = sends.read(&APP, id).await.unwrap();
        there.extend(found.map(|row| row.client_msg_id));
    }
    there
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_with_an_id_of_another_message_leaves_nothing() {
    let (sends, table) = sends().await;
    let [shared, other] = pair("b");
    sends.accept(&APP, &shared, NOW).await.unwrap();
    let array = [job("a", "oA"), other, job("c", "oA")];
    let intake = open(&sends, "2", &array).await;
    let taken = sends.take(&intake, &array, NOW).await.unwrap();
    assert_eq!(taken, Taken::Conflict(1));
    assert_eq!(table.scan().await.len(), 1, "the message that was there");
    assert_eq!(there(&sends, &["a", "b", "c"]).await, ["b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_arrays_at_once_with_one_id_each_is_taken_whole_or_not_at_all() {
    for round in 0..8 {
        let (sends, _table) = sends().await;
        let [mine, theirs] = pair("shared");
        let array = |prefix: &str, shared: SendJob| -> Vec<SendJob> {
            let own = (0..40).map(|n| job(&format!("{prefix}{n}"), "oA"));
            let mut jobs: Vec<_> = own.collect();
            jobs.insert(if round % 2 == 0 { 40 } else { 7 * round % 40 }, shared);
            jobs
        };
        let arrays = [array("x", mine), array("y", theirs)];
        let take = async |name: &str, jobs: &[SendJob]| {
            let intake = open(&sends, name, jobs).await;
            sends.take(&intake, jobs, NOW).await
        };
        let outcomes = tokio::join!(take("x", &arrays[0]), take("y", &arrays[1]));
        let mut whole = 0;
        for (jobs, outcome) in arrays.iter().zip([outcomes.0, outcomes.1]) {
            let own: Vec<_> = jobs
                .iter()
                .filter(|j| j.client_msg_id != "shared")
                .collect();
            let ids: Vec<_> = own.iter().map(|job| job.client_msg_id.as_str()).collect();
            let left = there(&sends, &ids).await.len();
            match outcome {
                Ok(Taken::All(accepted)) => {
                    whole += 1;
                    assert_eq!((accepted.len(), left), (41, 40));
                }
                Ok(Taken::Conflict(_)) | Err(_) => assert_eq!(left, 0),
            }
        }
        assert!(whole <= 1, "the id belongs to one of them");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_wrote_is_taken_over_or_undone() {
    let (sends, table) = sends().await;
    let array = [job("a", "oA"), job("b", "oA")];
    // It dies before it is sealed: rows are there, and do not count.
    let dead = open(&sends, "dead", &array).await;
    for job in &array[..1] {
        let known = Default::default();
        let reserved = sends.reserve(&dead, job, NOW, &known).await.unwrap();
        assert!(matches!(reserved, Accepted::New(_)));
    }
    // The same comes again at once; then the schedule looks after the dead one.
    let again = open(&sends, "again", &array).await;
    let Taken::All(accepted) = sends.take(&again, &array, NOW).await.unwrap() else {
        panic!("they are taken")
    };
    assert!(accepted.iter().all(|a| matches!(a, Accepted::New(_))));
    assert!(!sends.seal(&dead).await.unwrap(), "it comes too late");
    let left = sends.left_intakes(NOW + ms(120_000)).await.unwrap();
    let mut undone = Vec::new();
    for intake in &left {
        let (_, name) = intake.name.split_once('~').unwrap();
        undone.push((name, sends.undo(intake).await.unwrap()));
    }
    undone.sort_unstable();
    assert_eq!(undone, [("again", false), ("dead", true)]);
    assert_eq!(there(&sends, &["a", "b"]).await, ["a", "b"]);
    // One that nobody repeats is gone, and a repeat of what was taken finds it.
    let third = [job("c", "oA")];
    let alone = open(&sends, "alone", &third).await;
    sends
        .reserve(&alone, &third[0], NOW, &Default::default())
        .await
        .unwrap();
    assert!(sends.undo(&alone).await.unwrap());
    assert!(there(&sends, &["c"]).await.is_empty());
    sends.close_intake(&again).await.unwrap();
    let repeat = open(&sends, "repeat", &array).await;
    let Taken::All(accepted) = sends.take(&repeat, &array, NOW + ms(1)).await.unwrap() else {
        panic!("they are there")
    };
    assert!(accepted.iter().all(|a| matches!(a, Accepted::Same(_))));
    sends.close_intake(&repeat).await.unwrap();
    assert_eq!(table.scan().await.len(), 2, "messages, and nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_meets_an_array_that_is_not_sealed() {
    let (sends, _table) = sends().await;
    let [mine, theirs] = pair("a");
    let array = [mine, job("b", "oA")];
    let intake = open(&sends, "array", &array).await;
    for job in &array {
        let known = Default::default();
        sends.reserve(&intake, job, NOW, &known).await.unwrap();
    }
    assert!(matches!(
        sends.accept(&APP, &theirs, NOW + ms(1)).await.unwrap(),
        Accepted::New(row) if row.to_user == "oB"
    ));
    assert!(sends.undo(&intake).await.unwrap());
    assert_eq!(there(&sends, &["a", "b"]).await, ["a"]);
}

#[test]
fn intakes_of_before_are_sealed() {
    let row = json!({
        "name": "1", "app_id": &*APP, "ids": ["a"], "due": "intake", "due_ms": 1, "expires_at": 1,
    });
    let intake: Intake = serde_json::from_value(row).unwrap();
    assert!(!intake.unsealed);
}
