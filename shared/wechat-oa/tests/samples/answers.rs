//! What comes back: fixtures are read into the typed answers, and nothing that can come back is a
//! panic.

use super::{Sample, all};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};
use std::{fs, sync::LazyLock};
use wechat_oa::api::Error;

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(all);

fn fixtures(file: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/");
    fs::read(format!("{folder}{file}")).unwrap()
}

fn json(file: &str) -> Value {
    serde_json::from_slice(&fixtures(file)).unwrap()
}

/// The recorded answers: body, verdict, and the sample whose answer it is.
static RECORDED: LazyLock<Vec<(Value, Vec<u8>, &Sample)>> = LazyLock::new(|| {
    let (index, endpoints) = (json("index.json"), json("endpoints.json"));
    let named = |name: &str| {
        let endpoints = endpoints["endpoints"].as_array().unwrap();
        let known = endpoints.iter().find(|endpoint| endpoint["name"] == name);
        let path = known.map_or("/cgi-bin/menu/create", |e| e["path"].as_str().unwrap());
        SAMPLES
            .iter()
            .find(|sample| sample.meta.path == path)
            .unwrap()
    };
    let responses = index["files"].as_array().unwrap().iter();
    responses
        .filter(|entry| entry["kind"] == "response")
        .map(|entry| {
            let body = fixtures(entry["file"].as_str().unwrap());
            (
                entry.clone(),
                body,
                named(entry["endpoint"].as_str().unwrap()),
            )
        })
        .collect()
});

/// Reads an answer and checks what an error says about it.
fn read(sample: &Sample, status: u16, body: &[u8]) -> Result<(), Error> {
    let outcome = (sample.read)(status, body.to_vec());
    if let Err(error) = &outcome {
        let said = error.to_string();
        assert!(said.starts_with(sample.meta.path), "{said}");
        assert!(said.len() < 1000, "{said}");
        if let Error::Unreadable { excerpt, .. } | Error::Shape { excerpt, .. } = error {
            assert!(excerpt.len() <= 200, "{excerpt}");
        }
    }
    outcome
}

#[test]
fn recorded_answers_are_read_or_refused_as_they_say() {
    assert!(RECORDED.len() > 140, "{}", RECORDED.len());
    for (entry, body, sample) in RECORDED.iter() {
        let outcome = read(sample, 200, body);
        if entry["ok"] == true {
            assert!(outcome.is_ok(), "{entry}: {outcome:?}");
            continue;
        }
        let error = outcome.unwrap_err();
        match entry["errcode"].as_i64() {
            Some(errcode) => {
                let refusal = error.refusal().unwrap();
                assert_eq!(refusal.errcode, errcode, "{entry}");
                let class = format!("{:?}", refusal.class).to_lowercase();
                // Only a fetch of tokens knows that its 40001 means the secret.
                let of_token = (sample.meta.family, errcode) == ("token", 40001);
                // The codes of publishing stand on its pages only, not in the table.
                let of_publishing = (53_000..54_000).contains(&errcode) && class == "unknown";
                let fits = class == entry["class"];
                assert!(fits || of_token || of_publishing, "{entry}: {class}");
            }
            None => assert_eq!(error.error_type(), "wechat_unreadable", "{entry}"),
        }
    }
}

#[test]
fn unknown_members_break_nothing() {
    for (entry, body, sample) in RECORDED.iter().filter(|(entry, ..)| entry["ok"] == true) {
        let mut said: Value = serde_json::from_slice(body).unwrap();
        grow(&mut said);
        let outcome = read(sample, 200, said.to_string().as_bytes());
        assert!(outcome.is_ok(), "{entry}: {outcome:?}");
    }
}

/// Gives every object one more member.
fn grow(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(grow);
            members.insert("something_new".into(), json!({"a": [1, null, "x"]}));
        }
        Value::Array(items) => items.iter_mut().for_each(grow),
        _ => {}
    }
}

#[test]
fn what_is_no_answer_is_an_error() {
    let long = "x".repeat(5_000);
    for sample in SAMPLES.iter().filter(|sample| !is_page(sample)) {
        for body in [
            "",
            "null",
            "[]",
            "[{}]",
            "1",
            "\"{}\"",
            "{\"a\":",
            "{]",
            "{\"errcode\":[]}",
        ] {
            let outcome = read(sample, 502, body.as_bytes());
            assert!(outcome.is_err(), "{} {body}", sample.meta.path);
        }
        for body in ["{\"errcode\":0", "{\"errmsg\"", &format!("{{{long}")] {
            let error = read(sample, 200, body.as_bytes()).unwrap_err();
            assert_eq!(error.error_type(), "wechat_unreadable", "{body}");
        }
    }
}

fn is_page(sample: &Sample) -> bool {
    ["/connect/oauth2/authorize", "/mp/subscribemsg"].contains(&sample.meta.path)
}

/// A value of another kind than it was.
fn other(value: &Value, choice: usize) -> Value {
    let others = [
        json!(null),
        json!({}),
        json!([]),
        json!([value]),
        json!({"x": value}),
        json!("\u{1F600}"),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(true),
    ];
    others[choice % others.len()].clone()
}

/// Changes the member that `choice` falls on.
fn spoil(value: &mut Value, mut choice: usize, kind: usize) {
    let mut here = value;
    loop {
        let members: Vec<&mut Value> = match here {
            Value::Object(members) => members.values_mut().collect(),
            Value::Array(items) => items.iter_mut().collect(),
            _ => return,
        };
        let count = members.len();
        if count == 0 {
            return;
        }
        let chosen = members.into_iter().nth(choice % count).unwrap();
        choice /= count;
        if choice.is_multiple_of(3) || !(chosen.is_object() || chosen.is_array()) {
            *chosen = other(chosen, kind);
            return;
        }
        here = chosen;
    }
}

proptest! {
    #[test]
    fn any_bytes_are_an_answer_or_an_error(
        which: Index, status in prop_oneof![Just(200_u16), 0..999_u16], body: Vec<u8>,
    ) {
        drop(read(which.get(SAMPLES.as_slice()), status, &body));
    }

    #[test]
    fn a_cut_answer_is_an_error(which: Index, cut: Index) {
        let (entry, body, sample) = which.get(RECORDED.as_slice());
        let end = body.trim_ascii_end();
        let outcome = read(sample, 200, &end[..cut.index(end.len())]);
        prop_assert!(outcome.is_err(), "{}", entry);
    }

    #[test]
    fn a_spoilt_answer_is_read_or_told_with_its_place(which: Index, choice: usize, kind: usize) {
        let (_, body, sample) = which.get(RECORDED.as_slice());
        if let Ok(mut said) = serde_json::from_slice::<Value>(body) {
            spoil(&mut said, choice, kind);
            drop(read(sample, 200, said.to_string().as_bytes()));
        }
    }

    #[test]
    fn an_answer_of_somebody_else_is_no_panic(which: Index, whose: Index) {
        let (_, body, _) = which.get(RECORDED.as_slice());
        drop(read(whose.get(SAMPLES.as_slice()), 200, body));
    }
}
