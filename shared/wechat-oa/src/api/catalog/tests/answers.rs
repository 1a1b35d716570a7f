//! What comes back: fixtures are read into the typed answers, and nothing that can come back is a
//! panic.

use super::{Sample, fields, listed, samples, text};
use crate::api::Error;
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, sync::LazyLock};

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(samples);

/// The recorded answers: name of the file, body, and the sample whose answer it is. The file has the name of its
/// endpoint, `_` and what is special about it; `any` is an answer of every endpoint.
static RECORDED: LazyLock<Vec<(String, Vec<u8>, &Sample)>> = LazyLock::new(|| {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/responses"
    );
    let endpoints = listed();
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let recorded = files.map(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let path = path_of(&endpoints, &name)
            .unwrap_or_else(|| panic!("{name} is the answer of no endpoint"));
        let sample = SAMPLES.iter().find(|sample| sample.meta.path == path);
        (name, fs::read(file).unwrap(), sample.unwrap())
    });
    recorded.collect()
});

fn path_of(endpoints: &[Value], file: &str) -> Option<String> {
    let owns = |name: &str| {
        let rest = file.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    if owns("any") {
        return Some("/cgi-bin/menu/create".to_owned());
    }
    let owners = endpoints
        .iter()
        .filter(|endpoint| owns(text(endpoint, "name")));
    let owner = owners.max_by_key(|endpoint| text(endpoint, "name").len());
    owner.map(|endpoint| text(endpoint, "path").to_owned())
}

/// The class of each code, as the protocol's table has it.
fn classes() -> BTreeMap<i64, String> {
    let table: Value =
        serde_json::from_str(include_str!("../../../../../../tests/fixtures/errors.json")).unwrap();
    let codes = table["codes"].as_array().unwrap().iter();
    let class = |code: &Value| {
        (
            code["code"].as_i64().unwrap(),
            text(code, "class").to_owned(),
        )
    };
    codes.map(class).collect()
}

fn is_refusal(file: &str) -> bool {
    file.contains("_err_") || file.starts_with("any_")
}

/// Reads an answer and checks what an error says about it.
fn read(sample: &Sample, status: u16, body: &[u8]) -> Result<(), Error> {
    let outcome = (sample.read)(sample.meta.path, status, body.to_vec());
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
    let classes = classes();
    for (file, body, sample) in RECORDED.iter() {
        let outcome = read(sample, 200, body);
        if !is_refusal(file) {
            assert!(outcome.is_ok(), "{file}: {outcome:?}");
            continue;
        }
        let error = outcome.unwrap_err();
        let Ok(said) = serde_json::from_slice::<Value>(body) else {
            assert_eq!(error.error_type(), "wechat_unreadable", "{file}");
            continue;
        };
        let refusal = error.refusal().unwrap();
        assert_eq!(said["errcode"], refusal.errcode, "{file}");
        let class = format!("{:?}", refusal.class).to_lowercase();
        // Only a fetch of tokens knows that its 40001 means the secret.
        let of_token = (sample.meta.family, refusal.errcode) == ("token", 40_001);
        // The codes of publishing stand on its pages only, not in the table.
        let listed = classes
            .get(&refusal.errcode)
            .map_or("unknown", String::as_str);
        assert!(of_token || class == listed, "{file}: {class}");
    }
}

#[test]
fn every_answer_that_says_more_than_ok_is_recorded() {
    for endpoint in listed() {
        let (name, fields) = (text(&endpoint, "name"), text(&endpoint, "response_fields"));
        let is_no_json = ["redirect", "binary", "jpg"]
            .iter()
            .any(|word| fields.starts_with(word));
        let of_it = |(file, _, sample): &&(String, Vec<u8>, &Sample)| {
            !is_refusal(file) && sample.meta.path == text(&endpoint, "path")
        };
        let recorded = RECORDED.iter().find(of_it);
        assert!(
            recorded.is_some() || is_no_json || fields == "errcode,errmsg",
            "{name}: {fields}"
        );
        if let Some((_, body, sample)) = recorded
            && sample.meta.retired
        {
            let wrong = fields::compare(fields, &serde_json::from_slice(body).unwrap());
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
        }
    }
}

#[test]
fn unknown_members_break_nothing() {
    for (file, body, sample) in RECORDED.iter().filter(|(file, ..)| !is_refusal(file)) {
        let mut said: Value = serde_json::from_slice(body).unwrap();
        grow(&mut said);
        let outcome = read(sample, 200, said.to_string().as_bytes());
        assert!(outcome.is_ok(), "{file}: {outcome:?}");
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
        let (file, body, sample) = which.get(RECORDED.as_slice());
        let end = body.trim_ascii_end();
        let outcome = read(sample, 200, &end[..cut.index(end.len())]);
        prop_assert!(outcome.is_err(), "{}", file);
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
