use super::*;
use crate::{
    sends::sample::APP,
    store::emulated::EmulatedTable,
    time::{Timestamp, ms},
};
use std::collections::BTreeMap;

const NOW: Timestamp = Timestamp::from_secs(1_767_000_000);
const USER: &str = "oA";

async fn answers() -> (Answers, EmulatedTable) {
    let table = EmulatedTable::create(&["id", "part"]).await;
    (Answers::new(table.client.clone(), &table.name), table)
}

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

async fn collect(answers: &Answers, push: &str) -> Option<(String, u32)> {
    let row = answers.uncollected(&APP, USER).await.unwrap();
    match answers.collect(&APP, USER, row, push, NOW).await.unwrap() {
        Collecting::Had(given) => Some((given.set, given.piece)),
        Collecting::Nothing => None,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_pushes_at_once_each_gets_a_piece_of_its_own() {
    let (answers, _table) = answers().await;
    let added = answers.add(&APP, USER, whole("a", 3), NOW);
    added.await.unwrap();
    let pushes = (0..8).map(|n| {
        let answers = answers.clone();
        // Each push comes twice.
        tokio::spawn(async move {
            let push = format!("p{}", n / 2);
            (push.clone(), collect(&answers, &push).await)
        })
    });
    let mut got: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for push in pushes.collect::<Vec<_>>() {
        let (push, piece) = push.await.unwrap();
        got.entry(push).or_default().push(piece);
    }
    assert!(got.values().all(|both| both[0] == both[1]), "{got:?}");
    let mut pieces: Vec<_> = got.values().filter_map(|both| both[0].clone()).collect();
    pieces.sort();
    let all: Vec<_> = (0..3).map(|n| ("a".to_owned(), n)).collect();
    assert_eq!(pieces, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_are_read_as_they_were_written_and_go_with_the_user() {
    let (answers, table) = answers().await;
    let image = Reply::Image {
        media_id: "m".to_owned(),
    };
    let texts = (0..30).map(|n| Reply::from(format!("piece {n}")));
    let pieces: Vec<Reply> = texts.chain([image.clone()]).collect();
    // Twice, as a run that comes again does.
    for _ in 0..2 {
        let put = answers.put_pieces(&APP, USER, "s", &pieces, NOW);
        put.await.unwrap();
    }
    let piece = async |set, n| answers.piece(&APP, USER, set, n).await.unwrap();
    assert_eq!(piece("s", 7).await, Some(pieces[7].clone()));
    assert_eq!(piece("s", 30).await, Some(image));
    assert_eq!(piece("s", 31).await, None);
    let add = answers.add(&APP, USER, whole("a", 31), NOW);
    add.await.unwrap();
    let put = answers.put_pieces(&APP, "oB", "s", &pieces[..1], NOW);
    put.await.unwrap();

    // One who came back and asked again keeps that.
    let put = answers.put_pieces(&APP, USER, "new", &pieces[..1], NOW + ms(5_000));
    put.await.unwrap();
    let left = Departure::after(NOW + ms(1_000));
    assert_eq!(answers.erase(&APP, USER, left).await.unwrap(), 32);
    let rows = table.scan().await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(piece("new", 0).await, Some(pieces[0].clone()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_at_once_is_all_there_and_what_comes_twice_is_there_once() {
    let (answers, _table) = answers().await;
    let adding = (0..8).map(|n| {
        let answers = answers.clone();
        tokio::spawn(async move {
            let id = format!("a{}", n / 2);
            let added = answers.add(&APP, USER, whole(&id, 1), NOW);
            added.await.unwrap();
        })
    });
    for add in adding.collect::<Vec<_>>() {
        add.await.unwrap();
    }
    let mut got = Vec::new();
    while let Some((set, _)) = collect(&answers, &format!("p{}", got.len())).await {
        got.push(set);
    }
    got.sort();
    assert_eq!(got, ["a0", "a1", "a2", "a3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_messages_is_read_once_the_last_of_them_is_settled() {
    let (answers, _table) = answers().await;
    let promised = Added {
        from: 6,
        ended: false,
        ..whole("a", 6)
    };
    answers.add(&APP, USER, promised, NOW).await.unwrap();
    let row = answers.uncollected(&APP, USER).await.unwrap();
    assert_eq!(row.collect("p1", NOW), Collecting::Waits);
    let message = |piece, then| PieceOf {
        answer: "a".to_owned(),
        set: "a".to_owned(),
        piece,
        asked: NOW,
        then,
    };
    let settled = async |piece: &PieceOf| answers.add_rest(&APP, USER, piece, NOW).await.unwrap();
    settled(&message(4, None)).await;
    let row = answers.uncollected(&APP, USER).await.unwrap();
    assert_eq!(row.collect("p1", NOW), Collecting::Waits);
    let last = message(5, Some(6..8));
    answers.add_piece(&APP, USER, &last, NOW).await.unwrap();
    for _ in 0..2 {
        settled(&last).await;
    }
    let mut got = Vec::new();
    for push in ["p1", "p2", "p3", "p4"] {
        got.extend(collect(&answers, push).await.map(|(_, piece)| piece));
    }
    assert_eq!(got, [5, 6, 7], "the one that was refused before the rest");
}
