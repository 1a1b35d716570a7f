//! What is left of a user who left.

use super::*;
use crate::time::ms;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_an_erased_user() {
    let (sends, table) = sends().await;
    for n in 0..30 {
        sends
            .accept(&APP, &job(&format!("a{n}"), "oGone"), NOW)
            .await
            .unwrap();
    }
    sends.accept(&APP, &job("b", "oStays"), NOW).await.unwrap();
    let consents = sends.consents();
    for template in ["t1", "t2"] {
        let recorded = consents.record(&APP, "oGone", template, Change::Accepted, "e", NOW);
        recorded.await.unwrap();
    }
    sends
        .interacted(&APP, "oGone", Interaction::Scan, NOW)
        .await
        .unwrap();
    let early = PushedResult {
        openid: "oGone".into(),
        msgid: "7".into(),
        template_id: None,
        pushed: NOW,
        fate: Fate::Failed(Failure::new(None, "failed:user block", "refused")),
    };
    assert!(!sends.result(&APP, &early, NOW).await.unwrap());
    assert_eq!(sends.erase(&APP, "oGone", left(NOW)).await.unwrap(), 34);
    assert_eq!(sends.erase(&APP, "oGone", left(NOW)).await.unwrap(), 0);
    let left = table.scan().await;
    assert!(!format!("{left:?}").contains("oGone"));
    assert_eq!(left.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_did_after_coming_back_is_not_erased() {
    let (sends, _table) = sends().await;
    let (gone, back) = (NOW, NOW + ms(5_000));
    let consents = sends.consents();
    for (id, at) in [("before", gone), ("after", back)] {
        sends.accept(&APP, &job(id, "oA"), at).await.unwrap();
        let recorded = consents.record(&APP, "oA", id, Change::Accepted, id, at);
        recorded.await.unwrap();
    }
    let followed = sends.interacted(&APP, "oA", Interaction::Subscribe, back);
    followed.await.unwrap();
    let early = PushedResult {
        openid: "oA".into(),
        msgid: "7".into(),
        template_id: None,
        pushed: back,
        fate: Fate::Delivered,
    };
    assert!(!sends.result(&APP, &early, back).await.unwrap());
    assert_eq!(sends.erase(&APP, "oA", left(gone)).await.unwrap(), 2);
    assert!(sends.read(&APP, "before").await.unwrap().is_none());
    assert!(sends.read(&APP, "after").await.unwrap().is_some());
    let consent = async |template| consents.read(&APP, "oA", template).await.unwrap().credits;
    assert_eq!((consent("before").await, consent("after").await), (0, 1));
    assert_eq!(sends.windows(&APP, "oA").await.unwrap().since, Some(back));
    assert_eq!(sends.erase(&APP, "oA", left(back)).await.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_unsubscribe_takes_only_what_is_older() {
    let (sends, table) = sends().await;
    let consents = sends.consents();
    let (gone, back, told) = (NOW - ms(7_000), NOW - ms(2_000), NOW);
    for (id, at) in [
        ("before", gone - ms(1)),
        ("meanwhile", back + ms(1)),
        ("after", told + ms(1)),
    ] {
        sends.accept(&APP, &job(id, "oA"), at).await.unwrap();
    }
    for (interaction, at) in [
        (Interaction::Message, gone - ms(60_000)),
        (Interaction::Subscribe, back),
    ] {
        sends.interacted(&APP, "oA", interaction, at).await.unwrap();
    }
    for (template, change, at) in [
        ("old", Change::Accepted, gone),
        ("new", Change::Accepted, back),
        ("no", Change::Rejected, back),
    ] {
        let recorded = consents.record(&APP, "oA", template, change, template, at);
        recorded.await.unwrap();
    }
    // WeChat's refusal of a call, whenever it was, is nothing that the user did.
    let refused = consents.record(&APP, "oA", "old", Change::Refused, "r", told + ms(5_000));
    refused.await.unwrap();
    let late = Departure::new(Some(gone.as_secs()), told);
    assert_eq!(sends.erase(&APP, "oA", late).await.unwrap(), 2);
    let ids: Vec<_> = table.scan().await;
    let parts: std::collections::BTreeSet<_> = ids
        .iter()
        .map(|row| {
            row["id"]
                .as_s()
                .unwrap()
                .rsplit('#')
                .next()
                .unwrap()
                .to_owned()
                + "/"
                + row["part"].as_s().unwrap()
        })
        .collect();
    let kept = [
        "after/message",
        "meanwhile/message",
        "oA/allowance",
        "oA/consent#new",
        "oA/consent#no",
    ];
    assert_eq!(parts, kept.map(str::to_owned).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_left_is_not_written_down_again() {
    let (sends, table) = sends().await;
    let consents = sends.consents();
    let refused = consents.record(&APP, "oA", "t1", Change::Refused, "e", NOW + ms(5_000));
    refused.await.unwrap();
    sends
        .refused(&APP, "oA", 45_015, NOW + ms(5_000))
        .await
        .unwrap();
    sends
        .charge(&APP, "oA", Interaction::Message)
        .await
        .unwrap();
    assert!(table.scan().await.is_empty());
    // What the stream brings far too late is forgotten by its own time.
    for (interaction, at) in [
        (Interaction::Click, NOW),
        (Interaction::Scan, NOW + ms(9_000)),
    ] {
        sends.interacted(&APP, "oA", interaction, at).await.unwrap();
        let gone = sends
            .forget(&APP, "oA", Departure::after(NOW))
            .await
            .unwrap();
        assert_eq!(gone, usize::from(at == NOW));
    }
}

#[test]
fn what_users_do_counts_when_they_left() {
    for interaction in Interaction::ALL {
        let name = format!("{}_at", interaction.as_str());
        assert!(
            crate::store::sends::erase::MOMENTS.contains(&(name.as_str(), ":acts")),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_for_one_message_goes_with_the_user() {
    let (sends, table) = sends().await;
    let consents = sends.consents();
    let (gone, back) = (NOW, NOW + ms(5_000));
    for (subject, at) in [("T#1", gone), ("T#2", back)] {
        let recorded = consents.record(&APP, "oA", subject, Change::Confirmed, "n", at);
        recorded.await.unwrap();
    }
    let found = consents.read(&APP, "oA", "T#1").await.unwrap();
    assert_eq!(sends.erase(&APP, "oA", left(gone)).await.unwrap(), 1);
    // A message that was on its way when the user left writes nobody down again.
    let spent = consents.spend(&APP, "oA", "T#1", &found, "late", NOW);
    spent.await.unwrap();
    assert_eq!(table.scan().await.len(), 1);
    assert_eq!(
        consents.read(&APP, "oA", "T#2").await.unwrap().credits,
        1,
        "agreed to after leaving"
    );
}
