use super::*;
use crate::time::{Timestamp, ms};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn name(text: &str) -> AccountName {
    AccountName::try_from(text).unwrap()
}

fn document(change: impl FnOnce(&mut Value)) -> String {
    let mut document = json!({
        "app_id": "wx5f2c8a1d9e3b7046", "original_id": "gh_7d31c0a94be2", "kind": "service",
        "token": "aTokenOfWords", "mode": "plain", "pace": { "lanes": 8 },
    });
    change(&mut document);
    document.to_string()
}

fn known(shelf: &Shelf, account: &str) -> Arc<Account> {
    match shelf.look(&name(account), NOW) {
        Look::Known(account) => account,
        other => panic!("{other:?}"),
    }
}

fn put(shelf: &mut Shelf, json: &str) -> Vec<AccountError> {
    shelf.take(&name("demo"), Some(&stored(json, 0, 0)), NOW)
}

fn stored(json: &str, version: i64, second: i64) -> Stored {
    let revision = Revision {
        version,
        modified: Some((second, 0)),
    };
    Stored {
        value: json.to_owned(),
        is_encrypted: true,
        revision,
    }
}

#[test]
fn a_document_that_became_wrong_leaves_the_good_one_at_work_and_names_the_field() {
    let mut shelf = Shelf::default();
    assert!(put(&mut shelf, &document(|_| ())).is_empty());
    for (broken, field) in [
        ("{".to_owned(), "document"),
        (document(|d| d["token"] = json!("a-b")), "token"),
        (document(|d| d["mode"] = json!("secure")), "mode"),
        (document(|d| d["late_reply"] = json!(5)), "late_reply"),
    ] {
        let faults = put(&mut shelf, &broken);
        assert!(faults[0].to_string().contains(field), "{faults:?}");
        assert_eq!(known(&shelf, "demo").pace.get().unwrap().lanes, 8);
    }
}

#[test]
fn a_wrong_setting_leaves_the_one_before_and_the_rest_is_new() {
    let mut shelf = Shelf::default();
    put(&mut shelf, &document(|_| ()));
    let faults = put(
        &mut shelf,
        &document(|d| {
            d["pace"] = json!({ "lanes": 2, "per_minute": 0 });
            d["app_id"] = json!("wx00000000000000aa");
        }),
    );
    assert_eq!(
        faults[0].to_string(),
        "account 'demo': pace.per_minute: must be at least 1"
    );
    let account = known(&shelf, "demo");
    assert_eq!(account.app_id().as_str(), "wx00000000000000aa");
    assert_eq!((account.pace.get().unwrap().lanes, account.lanes), (8, 8));
}

#[test]
fn without_one_before_only_the_wrong_setting_is_missing() {
    let mut shelf = Shelf::default();
    put(&mut shelf, &document(|d| d["pace"]["per_day"] = json!(3)));
    let account = known(&shelf, "demo");
    assert!(account.pace.get().is_err() && account.web.get().is_ok());
    assert_eq!(account.lanes, 8, "whoever queues a message agrees on them");
    assert!(matches!(shelf.look(&name("other"), NOW), Look::Unread));
    let mut cold = Shelf::default();
    put(&mut cold, "{}");
    assert!(matches!(cold.look(&name("demo"), NOW), Look::Wrong(_)));
}

#[test]
fn memory_is_renewed_by_one_at_a_time_and_spread_in_time() {
    let mut shelf = Shelf::default();
    assert!(!shelf.is_due(NOW), "nothing was read");
    put(&mut shelf, &document(|_| ()));
    let mut moments = std::collections::BTreeSet::new();
    for _ in 0..100 {
        shelf.renewed(NOW);
        let at = shelf.renew_at.unwrap();
        assert!((NOW + ms(240_000)..=NOW + ms(300_000)).contains(&at));
        moments.insert(at);
    }
    assert!(moments.len() > 50);
    assert!(!shelf.is_due(NOW + ms(239_999)));
    let late = NOW + ms(300_000);
    assert!(shelf.is_due(late) && !shelf.is_due(late) && !shelf.is_due(late + ms(29_999)));
    assert!(
        shelf.is_due(late + ms(60_000)),
        "a failure is remembered for a while"
    );
    put(&mut shelf, &document(|d| d["web"] = json!(7)));
    shelf.renewed(NOW);
    assert!(
        shelf.renew_at.unwrap() <= NOW + ms(60_000),
        "somebody corrects it"
    );
}

#[test]
fn a_scan_of_names_does_not_grow_the_memory_and_costs_no_account() {
    let mut shelf = Shelf::default();
    put(&mut shelf, &document(|_| ()));
    for n in 0..3 * REMEMBERED {
        shelf.take(&name(&format!("x{n}")), None, NOW);
    }
    assert!(shelf.documents.len() <= REMEMBERED);
    known(&shelf, "demo");
    let absent = name(&format!("x{}", 3 * REMEMBERED - 1));
    assert!(matches!(shelf.look(&absent, NOW), Look::Absent));
    assert!(matches!(shelf.look(&absent, NOW + ABSENT), Look::Unread));
}

#[test]
fn listed_accounts_are_wanted_before_anybody_asks_and_a_deleted_one_goes() {
    let mut shelf = Shelf::default();
    put(&mut shelf, &document(|_| ()));
    shelf.take_names(std::iter::empty());
    assert!(shelf.names.is_none(), "nobody wrote the list yet");
    let listed: Names = (0..300).map(|n| name(&format!("a{n:03}"))).collect();
    shelf.take_names(listed.values().iter());
    assert!(shelf.lists(&name("a299")) && !shelf.lists(&name("demo")));
    let wanted = shelf.wanted();
    assert_eq!((wanted.len(), wanted[0].as_str()), (UNASKED, "demo"));
    shelf.take(&name("demo"), None, NOW);
    assert!(matches!(shelf.look(&name("demo"), NOW), Look::Absent));
    put(&mut shelf, &document(|_| ()));
    shelf.is_all(listed, NOW);
    assert!(matches!(shelf.look(&name("demo"), NOW), Look::Unread));
}

#[test]
fn a_document_is_known_by_its_version_and_the_moment_it_was_stored() {
    let (mut shelf, demo) = (Shelf::default(), name("demo"));
    let first = stored(&document(|_| ()), 1, 10);
    assert!(!shelf.has_read(&demo) && !shelf.holds(&demo, &first.revision));
    shelf.take(&demo, Some(&first), NOW);
    assert!(shelf.has_read(&demo) && shelf.holds(&demo, &first.revision));
    for other in [stored("", 2, 20), stored("", 1, 20), stored("", 2, 10)] {
        assert!(!shelf.holds(&demo, &other.revision), "{other:?}");
    }
    let unsaid = Stored::default();
    shelf.take(&demo, Some(&unsaid), NOW);
    assert!(!shelf.holds(&demo, &unsaid.revision), "no version was told");
}

#[test]
fn a_wrong_document_keeps_its_faults_until_it_is_replaced_or_gone() {
    let (mut shelf, demo) = (Shelf::default(), name("demo"));
    let wrong = stored(&document(|d| d["pace"] = json!(7)), 1, 10);
    shelf.take(&demo, Some(&wrong), NOW);
    assert_eq!(shelf.faults(&demo).len(), 1);
    shelf.take(&demo, None, NOW);
    assert!(shelf.faults(&demo).is_empty() && !shelf.has_read(&demo));
    shelf.take(&demo, Some(&wrong), NOW);
    shelf.take(&demo, Some(&stored(&document(|_| ()), 2, 20)), NOW);
    assert!(shelf.faults(&demo).is_empty());
}
