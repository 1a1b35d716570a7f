//! The promises of the house: which way the arrows point, how big a file grows, what it is called.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// All Rust files below `folder`, with their path from the root.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

const FOLDERS: [&str; 4] = ["functions", "infra", "shared", "tests"];

fn all_sources() -> Vec<(String, String)> {
    FOLDERS.iter().flat_map(|folder| sources(folder)).collect()
}

#[test]
fn each_outside_library_is_named_in_one_place() {
    let places = [
        (
            "aws_sdk_dynamodb",
            &["shared/src/store", "shared/src/lambda/aws.rs"][..],
        ),
        ("aws_sdk_ssm", &["shared/src/lambda"]),
        ("aws_sdk_sqs", &["shared/src/lambda"]),
        ("aws_sdk_lambda", &["shared/src/lambda"]),
        ("reqwest", &["shared/wechat-oa/src/api/client"]),
        ("getrandom", &["shared/src/lambda/random.rs"]),
        ("lambda_runtime", &["shared/src/lambda", "functions"]),
    ];
    let shared = [sources("shared"), sources("functions")].concat();
    for (library, allowed) in places {
        for (name, text) in &shared {
            let named = text
                .lines()
                .any(|line| line.contains(&format!("{library}::")));
            let fits = allowed.iter().any(|place| name.starts_with(place));
            assert!(
                !named || fits,
                "{name} names {library}; only {allowed:?} may"
            );
        }
    }
}

/// A handler can be driven by a test: it is given time, randomness and events, and leaves no task behind.
#[test]
fn only_main_and_the_shell_touch_the_machine() {
    let functions = sources("functions");
    let handlers = functions
        .iter()
        .filter(|(name, _)| !name.ends_with("/main.rs"));
    let edge = ["shared/src/lambda", "shared/src/store/emulated.rs"];
    let shared = sources("shared/src");
    let core = shared
        .iter()
        .filter(|(name, _)| !edge.iter().any(|edge| name.starts_with(edge)));
    let product = |text: &str| -> String {
        let lines = text.lines().take_while(|l| !l.contains("#[cfg(test)]"));
        lines.collect::<Vec<_>>().join("\n")
    };
    for (name, text) in handlers.chain(core) {
        if name.contains("/tests") || name.ends_with("build.rs") {
            continue;
        }
        let words = [
            "SystemClock",
            "clock::now_ms",
            "getrandom",
            "lambda_runtime",
        ];
        let word = words.iter().find(|word| product(text).contains(**word));
        assert!(word.is_none(), "{name} says {word:?}");
    }
    for (name, text) in functions.iter().chain(&shared) {
        let test = name.contains("/tests") || name.ends_with("emulated.rs");
        let spawns = product(text).contains("tokio::spawn");
        assert!(test || !spawns, "{name} spawns what may outlive its caller");
    }
}

#[test]
fn the_core_knows_nothing_outside_itself() {
    for (name, text) in sources("shared/src") {
        let core = !["lambda", "store", "token/refresh", "token/cached"]
            .iter()
            .any(|edge| name.contains(edge));
        let outward = [
            "crate::lambda",
            "crate::store",
            "tokio::",
            "std::env",
            "std::fs",
        ]
        .iter()
        .find(|word| {
            text.lines()
                .take_while(|l| !l.contains("#[cfg(test)]"))
                .any(|l| l.contains(*word))
        });
        assert!(
            !core || name.ends_with("tests.rs") || outward.is_none(),
            "{name} reaches for {outward:?}"
        );
    }
}

/// WeChat's protocol stands alone: no cloud, and no word of what is built on it.
#[test]
fn the_protocol_knows_neither_aws_nor_the_product() {
    let manifest = fs::read_to_string(root().join("shared/wechat-oa/Cargo.toml")).unwrap();
    assert!(!manifest.contains("aws") && !manifest.contains("\nshared"));
    let words = [
        "aws_",
        "DynamoDB",
        "Lambda",
        "lambda_",
        "DynamoDb",
        "token-refresh",
    ];
    for (name, text) in sources("shared/wechat-oa/src") {
        let word = words.iter().find(|word| text.contains(**word));
        assert!(word.is_none(), "{name} says {word:?}");
    }
    for (name, text) in sources("shared/src") {
        assert!(
            !text.contains("pub use wechat_oa"),
            "{name} hands on what is not its own"
        );
    }
}

#[test]
fn the_simulator_shares_no_code_with_what_it_tests() {
    let manifest = fs::read_to_string(root().join("infra/platform/Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let named = manifest.get(kind).and_then(|kind| kind.get("shared"));
        assert_eq!(named, None, "infra/platform must not use shared");
    }
}

#[test]
fn files_stay_small() {
    for (name, text) in all_sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{name} has {lines} lines; 400 is the most");
        if name.starts_with("functions/") && name.ends_with("src/main.rs") {
            assert!(
                lines <= 30,
                "{name} has {lines} lines; main.rs wires in at most 30"
            );
        }
    }
}

#[test]
fn names_say_what_a_thing_is() {
    for (name, _) in all_sources() {
        for part in Path::new(&name).iter().map(|part| part.to_string_lossy()) {
            let stem = part.trim_end_matches(".rs");
            let empty = [
                "util", "utils", "common", "helper", "helpers", "manager", "service", "misc",
            ];
            assert!(!empty.contains(&stem), "{name}: '{stem}' names nothing");
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    for (name, text) in all_sources()
        .into_iter()
        .filter(|(name, _)| !name.ends_with("architecture.rs"))
    {
        for word in ["todo!(", "unimplemented!(", "TODO", "FIXME", "#[ignore"] {
            assert!(!text.contains(word), "{name} says {word}");
        }
    }
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    for (name, text) in all_sources()
        .into_iter()
        .filter(|(name, _)| !name.ends_with("architecture.rs"))
    {
        for path in ["/home/", "/root/", "/Users/"] {
            assert!(!text.contains(path), "{name} says {path}");
        }
    }
}

#[test]
fn every_section_that_is_named_can_be_looked_up() {
    let list = fs::read_to_string(root().join("docs/protocol.md")).unwrap();
    for (name, text) in all_sources() {
        for (_, after) in text
            .match_indices("protocol section ")
            .map(|(at, found)| text.split_at(at + found.len()))
        {
            let number: String = after
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            let number = number.trim_end_matches('.');
            let section =
                list.contains(&format!("| {number} |")) || list.contains(&format!("| {number}."));
            assert!(
                section || number.is_empty(),
                "{name}: protocol section {number}"
            );
        }
        assert!(
            name.ends_with("architecture.rs") || !text.contains("design section"),
            "{name}"
        );
    }
}
