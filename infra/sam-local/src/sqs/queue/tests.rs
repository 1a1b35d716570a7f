use super::*;
use crate::state::State;
use std::time::Duration;

fn settings(name: &str, redrive: Option<u32>) -> template::Queue {
    template::Queue {
        id: "Q".into(),
        name: name.into(),
        content_based_deduplication: false,
        deduplicate_by_group: false,
        visibility_timeout: Duration::from_secs(30),
        delay: Duration::ZERO,
        retention: Duration::from_secs(345_600),
        receive_wait: Duration::ZERO,
        maximum_message_bytes: 100,
        redrive: redrive.map(|n| ("arn:aws:sqs:us-east-1:000000000000:dead".into(), n)),
    }
}

fn draft(body: &str, group: &str, id: &str) -> Draft {
    Draft {
        group: (!group.is_empty()).then(|| group.to_owned()),
        deduplication_id: (!id.is_empty()).then(|| id.to_owned()),
        ..Draft::new(body, "test")
    }
}

fn fifo(messages: &[(&str, &str)]) -> Queue {
    let mut queue = Queue::new(settings("q.fifo", None));
    for (body, group) in messages {
        queue.send(draft(body, group, body), 0).unwrap();
    }
    queue
}

fn bodies(received: &Received) -> Vec<&str> {
    received
        .messages
        .iter()
        .map(|m| m.draft.body.as_str())
        .collect()
}

#[test]
fn a_received_message_is_hidden_until_its_time_is_over() {
    let mut queue = Queue::new(settings("q", None));
    queue.send(Draft::new("a", "test"), 0).unwrap();
    let first = queue.receive(10, 30_000, 0);
    assert_eq!(bodies(&first), ["a"]);
    assert!(queue.receive(10, 30_000, 29_999).messages.is_empty());
    assert_eq!(queue.next_visible_ms(29_999), Some(30_000));
    let again = queue.receive(10, 30_000, 30_000);
    assert_eq!(again.messages[0].receives, 2);
    queue.delete(&first.messages[0].receipt(), 30_001).unwrap();
    assert_eq!(
        queue.counts(99_999),
        Counts::default(),
        "an old handle deletes in a standard queue"
    );
}

#[test]
fn a_group_waits_for_its_oldest_message() {
    let mut queue = fifo(&[("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b")]);
    let one = queue.receive(1, 30_000, 0);
    assert_eq!(bodies(&one), ["a1"]);
    assert_eq!(
        bodies(&queue.receive(10, 30_000, 0)),
        ["b1", "b2"],
        "group a is in flight"
    );
    assert!(queue.receive(10, 30_000, 0).messages.is_empty());
    queue.delete(&one.messages[0].receipt(), 1).unwrap();
    assert_eq!(bodies(&queue.receive(10, 30_000, 1)), ["a2"]);
}

#[test]
fn a_message_shown_again_comes_before_later_ones_of_its_group() {
    let mut queue = fifo(&[("a1", "a"), ("a2", "a")]);
    let batch = queue.receive(10, 30_000, 0);
    assert_eq!(bodies(&batch), ["a1", "a2"]);
    queue
        .change_visibility(&batch.messages[1].receipt(), 0, 1)
        .unwrap();
    assert!(
        queue.receive(10, 30_000, 1).messages.is_empty(),
        "a1 is still with its consumer"
    );
    queue
        .change_visibility(&batch.messages[0].receipt(), 0, 2)
        .unwrap();
    assert_eq!(bodies(&queue.receive(10, 30_000, 2)), ["a1", "a2"]);
}

#[test]
fn the_same_deduplication_id_is_one_message_for_five_minutes() {
    let mut queue = Queue::new(settings("q.fifo", None));
    let first = queue.send(draft("x", "g", "id"), 0).unwrap();
    assert_eq!(
        queue
            .send(draft("y", "g", "id"), DEDUPLICATION_MS - 1)
            .unwrap(),
        first
    );
    assert_ne!(
        queue.send(draft("z", "g", "id"), DEDUPLICATION_MS).unwrap(),
        first
    );
    assert_eq!(queue.counts(DEDUPLICATION_MS).visible, 2);
}

#[test]
fn deduplication_follows_scope_and_content() {
    let mut by_group = Queue::new(template::Queue {
        deduplicate_by_group: true,
        ..settings("q.fifo", None)
    });
    let a = by_group.send(draft("x", "a", "id"), 0).unwrap();
    assert_ne!(by_group.send(draft("x", "b", "id"), 0).unwrap(), a);
    let mut by_content = Queue::new(template::Queue {
        content_based_deduplication: true,
        ..settings("q.fifo", None)
    });
    let a = by_content.send(draft("x", "a", ""), 0).unwrap();
    assert_eq!(by_content.send(draft("x", "a", ""), 0).unwrap(), a);
}

#[test]
fn a_message_received_too_often_is_dead() {
    let mut queue = Queue::new(settings("q", Some(2)));
    queue.send(Draft::new("poison", "test"), 0).unwrap();
    assert_eq!(queue.receive(10, 10, 0).messages.len(), 1);
    assert_eq!(queue.receive(10, 10, 10).messages.len(), 1);
    let last = queue.receive(10, 10, 20);
    assert!(last.messages.is_empty());
    assert_eq!(last.dead.len(), 1);
    assert_eq!(queue.counts(99), Counts::default());
}

#[test]
fn delay_and_retention_hold() {
    let mut queue = Queue::new(settings("q", None));
    queue
        .send(
            Draft {
                delay_s: Some(5),
                ..Draft::new("later", "test")
            },
            0,
        )
        .unwrap();
    assert_eq!(queue.counts(0).delayed, 1);
    assert!(queue.receive(1, 1, 4_999).messages.is_empty());
    assert_eq!(queue.receive(1, 1, 5_000).messages.len(), 1);
    assert!(
        queue.receive(1, 1, 345_600_000).messages.is_empty(),
        "four days are over"
    );
}

#[test]
fn refuses_what_sqs_refuses() {
    let mut standard = Queue::new(settings("q", None));
    let mut first_in = Queue::new(settings("q.fifo", None));
    let code = |r: Result<Sent, SqsError>| r.unwrap_err().codes().0;
    assert_eq!(
        code(standard.send(Draft::new("", "t"), 0)),
        "MissingParameter"
    );
    assert_eq!(
        code(standard.send(Draft::new("x".repeat(101), "t"), 0)),
        "InvalidParameterValue"
    );
    assert_eq!(
        code(standard.send(Draft::new("\u{1}", "t"), 0)),
        "InvalidMessageContents"
    );
    assert_eq!(
        code(standard.send(draft("x", "", "id"), 0)),
        "InvalidParameterValue"
    );
    assert_eq!(
        code(first_in.send(draft("x", "", "id"), 0)),
        "MissingParameter"
    );
    assert_eq!(
        code(first_in.send(draft("x", "g", ""), 0)),
        "InvalidParameterValue"
    );
    assert!(first_in.delete("nonsense", 0).is_err());
}

#[test]
fn a_fifo_handle_is_over_with_its_visibility() {
    let mut queue = fifo(&[("a1", "a")]);
    let handle = queue.receive(1, 10, 0).messages[0].receipt();
    assert!(queue.delete(&handle, 10).is_err());
    assert!(queue.change_visibility(&handle, 5, 10).is_err());
    assert_eq!(queue.counts(10).visible, 1);
}

#[test]
fn what_changed_is_told_once_and_as_it_stands() {
    let data = tempfile::tempdir().unwrap();
    let state = State::open(data.path(), &Default::default()).unwrap();
    let mut queue = Queue::kept(settings("q.fifo", None), &state, 0).unwrap();
    for body in ["a", "b", "c"] {
        queue.send(draft(body, "g", body), 0).unwrap();
    }
    assert_eq!(queue.changes().len(), 6, "messages and their ids");
    assert_eq!(queue.changes().len(), 0);
    let received = queue.receive(2, 30_000, 0).messages;
    queue.delete(&received[0].receipt(), 1).unwrap();
    state.write(&queue.changes());
    let mut again = Queue::kept(settings("q.fifo", None), &state, 5).unwrap();
    let seen = again.receive(10, 30_000, 5).messages;
    let seen: Vec<_> = seen
        .iter()
        .map(|m| (m.draft.body.as_str(), m.receives))
        .collect();
    assert_eq!(
        seen,
        [("b", 2)],
        "of what was touched since the first answer"
    );
    again.purge();
    state.write(&again.changes());
    let mut purged = Queue::kept(settings("q.fifo", None), &state, 5).unwrap();
    assert_eq!(purged.counts(5), Counts::default());
    let next = purged.send(draft("d", "g", "d"), 5).unwrap().sequence;
    assert!(
        next >= 5_000,
        "numbers go on although nothing is left: {next}"
    );
}
