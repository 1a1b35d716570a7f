use super::*;
use crate::time::ms;
use proptest::prelude::*;
use std::collections::BTreeMap;

const NOW: Timestamp = Timestamp::from_secs(1_767_000_000);

fn whole(id: &str, pieces: u32) -> Added<'_> {
    Added {
        id,
        set: id,
        asked: NOW,
        from: 0,
        pieces,
        ended: true,
        until: NOW + KEEP,
    }
}

fn promised(id: &str) -> Added<'_> {
    Added {
        ended: false,
        ..whole(id, 0)
    }
}

fn add(row: &mut Uncollected, added: Added<'_>) {
    if let Some(next) = row.added(added, NOW) {
        *row = next;
    }
}

/// What the push gets, and the row after it.
fn take(row: &mut Uncollected, push: &str, now: Timestamp) -> Option<(String, u32)> {
    let given = match row.collect(push, now) {
        Collecting::Had(given) => given,
        Collecting::Takes(given, next) => {
            *row = *next;
            given
        }
        Collecting::Waits | Collecting::Nothing => return None,
    };
    Some((given.set, given.piece))
}

#[test]
fn each_push_collects_the_next_piece_and_its_repeats_the_same() {
    let mut row = Uncollected::default();
    add(&mut row, whole("a", 2));
    add(&mut row, whole("b", 1));
    let piece = |id: &str, n| Some((id.to_owned(), n));
    assert_eq!(take(&mut row, "p1", NOW), piece("a", 0));
    assert_eq!(take(&mut row, "p2", NOW), piece("a", 1));
    assert_eq!(take(&mut row, "p1", NOW), piece("a", 0));
    assert_eq!(take(&mut row, "p3", NOW), piece("b", 0));
    assert_eq!(row.collect("p4", NOW), Collecting::Nothing);
    assert_eq!(
        row.added(whole("a", 2), NOW),
        None,
        "a runner that comes again adds nothing"
    );
}

#[test]
fn a_promised_answer_is_waited_for_and_keeps_its_place() {
    let mut row = Uncollected::default();
    add(&mut row, promised("a"));
    add(
        &mut row,
        Added {
            asked: NOW + ms(1),
            ..whole("b", 1)
        },
    );
    assert_eq!(row.collect("p1", NOW), Collecting::Waits);
    add(
        &mut row,
        Added {
            from: 1,
            ..whole("a", 3)
        },
    );
    add(&mut row, promised("a"));
    let order: Vec<_> = ["p1", "p2", "p3"]
        .map(|push| take(&mut row, push, NOW))
        .into();
    let order: Vec<_> = order
        .into_iter()
        .flatten()
        .map(|(id, n)| format!("{id}{n}"))
        .collect();
    assert_eq!(order, ["a1", "a2", "b0"]);
}

#[test]
fn what_was_asked_first_is_read_first() {
    let mut row = Uncollected::default();
    add(
        &mut row,
        Added {
            from: 5,
            ..whole("rest", 6)
        },
    );
    add(
        &mut row,
        Added {
            asked: NOW + ms(1),
            ..whole("next", 1)
        },
    );
    // A message that WeChat would not take, of the first answer.
    add(
        &mut row,
        Added {
            from: 4,
            set: "rest",
            ..whole("rest/4", 5)
        },
    );
    let order: Vec<_> = ["p1", "p2", "p3"]
        .map(|push| take(&mut row, push, NOW))
        .into();
    let order: Vec<_> = order
        .into_iter()
        .flatten()
        .map(|(id, n)| format!("{id}{n}"))
        .collect();
    assert_eq!(order, ["rest4", "rest5", "next0"]);
}

#[test]
fn a_stream_is_collected_as_it_comes() {
    let mut row = Uncollected::default();
    let some = |pieces, ended| Added {
        ended,
        ..whole("a", pieces)
    };
    add(&mut row, some(1, false));
    let Collecting::Takes(given, next) = row.collect("p1", NOW) else {
        panic!()
    };
    assert!(given.more);
    row = *next;
    assert_eq!(row.collect("p2", NOW), Collecting::Waits);
    add(&mut row, some(2, true));
    let Collecting::Takes(given, _) = row.collect("p2", NOW) else {
        panic!()
    };
    assert!(!given.more && given.piece == 1);
}

#[test]
fn the_rest_of_a_stream_is_where_its_last_run_filed_it() {
    let mut row = Uncollected::default();
    let opened = Added {
        from: 1,
        ended: false,
        ..whole("a", 1)
    };
    add(&mut row, opened);
    let rest = Added {
        set: "again",
        from: 1,
        ..whole("a", 2)
    };
    add(&mut row, rest);
    assert_eq!(take(&mut row, "p1", NOW), Some(("again".to_owned(), 1)));
    assert_eq!(row.collect("p2", NOW), Collecting::Nothing);
}

#[test]
fn what_is_not_collected_in_time_is_forgotten() {
    let mut row = Uncollected::default();
    add(
        &mut row,
        Added {
            until: NOW + ms(500),
            ..promised("a")
        },
    );
    assert_eq!(row.collect("p1", NOW + ms(499)), Collecting::Waits);
    assert_eq!(row.collect("p1", NOW + ms(500)), Collecting::Nothing);
}

proptest! {
    /// Whatever is added, repeated and collected: each piece goes to one push, in order.
    #[test]
    fn each_piece_goes_to_one_push(acts in prop::collection::vec((0u8..3, 0usize..3, 0u32..4), 1..60)) {
        let mut row = Uncollected::default();
        let mut got: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut pushes = 0;
        for (act, which, pieces) in acts {
            let id = ["a", "b", "c"][which];
            match act {
                0 => add(&mut row, promised(id)),
                1 => add(&mut row, Added { ended: pieces == 3, ..whole(id, pieces) }),
                _ => {
                    pushes += 1;
                    let push = format!("p{pushes}");
                    if let Some((answer, piece)) = take(&mut row, &push, NOW) {
                        prop_assert_eq!(take(&mut row, &push, NOW), Some((answer.clone(), piece)));
                        got.entry(answer).or_default().push(piece);
                    }
                }
            }
        }
        for pieces in got.values() {
            prop_assert!(pieces.iter().copied().eq(0..pieces.len() as u32), "{:?}", pieces);
        }
    }
}
