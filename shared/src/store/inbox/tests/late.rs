//! Pushes whose own answer is late, and what they are answered with.

use super::*;

#[tokio::test]
async fn what_a_push_collects_takes_the_place_of_success_alone() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    let none = inbox.collected(&id, "<xml>1</xml>").await.unwrap();
    assert_eq!(none, Row::default(), "nobody files who was erased");
    inbox.answer(&filing(&push), "success").await.unwrap();
    for piece in ["<xml>1</xml>", "<xml>2</xml>"] {
        let row = inbox.collected(&id, piece).await.unwrap();
        assert_eq!(row.reply.as_deref(), Some("<xml>1</xml>"));
    }
    let repeat = inbox.answer(&filing(&push), "success").await.unwrap();
    assert_eq!(repeat.reply.as_deref(), Some("<xml>1</xml>"));
}

#[tokio::test]
async fn what_a_user_was_told_in_place_of_the_answer_is_told_again() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    let now = Timestamp::from_millis(1_004_500);
    for told in ["<xml>waits</xml>", "<xml>waits, later</xml>"] {
        let row = inbox.acknowledge(&id, Some(told), now).await.unwrap();
        let step = next_step(&row, "first", now);
        assert_eq!(step, Step::Answer("<xml>waits</xml>".to_owned()));
    }
}

#[tokio::test]
async fn an_answer_after_the_last_attempt_goes_out_as_a_message_alone() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    let now = Timestamp::from_millis(1_100_000);
    inbox
        .begin(&id, "first", "runner", now, Timestamp::MAX)
        .await
        .unwrap();
    let outcome = Outcome {
        late: Some(now),
        ..said("<xml/>")
    };
    let written = inbox.finish(&id, "runner", &outcome).await.unwrap();
    let late = deliver(0);
    assert_eq!(next_run(&written, "runner"), late);
    let repeat = inbox.receive(&filing(&push), "second").await.unwrap();
    assert_eq!(next_step(&repeat, "second", now), Step::Acknowledge);
}

#[tokio::test]
async fn an_answer_begins_once_and_its_rest_is_whoevers_has_the_lease() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    let now = Timestamp::from_millis(1_004_000);
    let end = now + ms(55_000);
    let begin = async |runner, now| inbox.begin(&id, "first", runner, now, end).await.unwrap();
    begin("runner", now).await;
    for clear in ["<xml>1</xml>", "<xml>2</xml>"] {
        let row = inbox.open(&id, "runner", clear, "一。").await.unwrap();
        assert_eq!(row.opening.as_deref(), Some("<xml>1</xml>"));
    }
    let attempt = inbox.acknowledge(&id, None, now).await.unwrap();
    assert_eq!(attempt.acknowledged_at, None);
    let answer = Step::Answer("<xml>1</xml>".to_owned());
    assert_eq!(next_step(&attempt, "first", now), answer);

    // Its run is killed; the next one goes on, and is not late for what WeChat has got.
    assert!(matches!(
        next_run(&begin("again", now).await, "again"),
        Run::Held { .. }
    ));
    let row = begin("again", end).await;
    assert_eq!(
        (next_run(&row, "again"), row.opened.as_deref()),
        (Run::Go, Some("一。"))
    );
    // A run that does not know how the answer begins must not file another beginning.
    let row = inbox.finish(&id, "again", &said("<xml/>")).await.unwrap();
    assert_eq!(next_run(&row, "again"), Run::Go);
    let outcome = Outcome {
        late: Some(end),
        ..said("<xml>1</xml>")
    };
    let row = inbox.finish(&id, "again", &outcome).await.unwrap();
    assert_eq!(next_run(&row, "again"), deliver(1));
    let repeat = inbox.receive(&filing(&push), "second").await.unwrap();
    assert_eq!(next_step(&repeat, "second", end), answer);
}

#[tokio::test]
async fn what_nobody_waits_for_does_not_begin() {
    let (inbox, _table) = inbox().await;
    let push = json!({});
    let id = filing(&push).id();
    inbox.receive(&filing(&push), "first").await.unwrap();
    let now = Timestamp::from_millis(1_004_500);
    inbox
        .begin(&id, "first", "runner", now, Timestamp::MAX)
        .await
        .unwrap();
    inbox.acknowledge(&id, None, now).await.unwrap();
    let row = inbox.open(&id, "runner", "<xml/>", "一。").await.unwrap();
    assert_eq!(row.opening, None);
}
