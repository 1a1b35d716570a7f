//! The promises of the house: which way the arrows point, how big a file grows, what it is called.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tests::house::{BUDGETS, House};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// All Rust files below `folder`, with their path from the root.
fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder, &["rs"])
}

/// All files below `folder` with one of those endings, with their path from the root.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|e| endings.iter().any(|ending| e == *ending))
            {
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
        (
            "reqwest",
            &["shared/wechat-oa/src/api/client", "functions/forward"],
        ),
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
        let core = ![
            "lambda",
            "store",
            "token/refresh",
            "token/cached",
            "/worker",
        ]
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
fn sam_local_knows_aws_and_not_wechat() {
    let manifest = fs::read_to_string(root().join("infra/sam-local/Cargo.toml")).unwrap();
    let ours = ["shared", "platform", "wechat", "local"];
    for line in manifest.lines() {
        let dependency = line.split(['.', ' ']).next().unwrap_or_default();
        assert!(!ours.contains(&dependency), "infra/sam-local uses {line}");
    }
    let own = ["AWS::AccountId", "accountId", "ACCOUNT", "\"account\": "];
    for (name, mut text) in files("infra/sam-local", &["rs", "yaml", "toml", "md"]) {
        for spelling in own {
            text = text.replace(spelling, "");
        }
        let text = text.to_lowercase();
        for word in ["wechat", "weixin", "openid", "app_id", "account"] {
            assert!(!text.contains(word), "{name} says {word}");
        }
    }
}

/// The rooms of `sam_local`, lowest first: each may use those that stand before it.
const ROOMS: [&str; 23] = [
    "clock",
    "ids",
    "stack",
    "tasks",
    "logs",
    "state",
    "filter",
    "schedule_time",
    "template",
    "sqs",
    "lambda",
    "functions",
    "rights",
    "aws",
    "gateway",
    "options",
    "error",
    "sockets",
    "event_sources",
    "deployment",
    "arguments",
    "interrupt",
    "signed",
];

/// The first names after `crate::` in a file.
fn uses(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.push(rest);
            continue;
        };
        let mut depth = 0;
        found.push(list);
        for (at, letter) in list.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => found.push(&list[at + 1..]),
                _ => {}
            }
        }
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = found.into_iter().map(str::trim_start);
    names
        .map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn the_rooms_of_sam_local_stand_one_above_the_other() {
    let rank = |room: &str| ROOMS.iter().position(|known| *known == room);
    for (name, text) in sources("infra/sam-local/src") {
        let room = name.trim_start_matches("infra/sam-local/src/");
        let room = room.split(['/', '.']).next().unwrap_or_default();
        if ["lib", "main"].contains(&room) {
            continue;
        }
        let own = rank(room).unwrap_or_else(|| panic!("{room} is not among the rooms"));
        for used in uses(&text) {
            let rank = rank(used).unwrap_or_else(|| panic!("{name} uses {used}"));
            assert!(rank <= own, "{name} uses {used}, which stands above it");
        }
    }
}

#[test]
fn the_simulated_aws_has_one_module_style() {
    for (name, _) in [sources("infra/sam-local"), sources("infra/local")].concat() {
        assert!(!name.ends_with("/mod.rs"), "{name}");
    }
}

/// CONTRIBUTING counts them: family, row, answer, simulator. Rows and answers are held against the families by the
/// tests of `wechat_oa::api::catalog`.
#[test]
fn an_endpoint_is_written_in_one_family_and_one_file_of_the_simulator() {
    let list = fs::read_to_string(root().join("tests/fixtures/endpoints.json")).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    let count = |sources: &[(String, String)], line: &str| {
        let files = sources.iter().filter(|(name, _)| !name.contains("tests"));
        files.filter(|(_, text)| text.contains(line)).count()
    };
    let families = sources("shared/wechat-oa/src/api");
    let simulator = sources("infra/platform/src/api");
    for endpoint in list["endpoints"].as_array().unwrap() {
        let (path, page) = (&endpoint["path"], &endpoint["doc"]);
        assert_eq!(count(&families, &format!("{path}, {page}")), 1, "{path}");
        let is_replayed = endpoint["family"].as_str().unwrap().starts_with("guide_");
        let routes = count(&simulator, &format!("{path},"));
        assert_eq!(routes, usize::from(!is_replayed), "{path}");
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
fn figures_are_within_their_budgets() {
    let figures = House::of(&root()).figures;
    for ((name, ceiling, _), figure) in BUDGETS.iter().zip(figures) {
        assert!(figure <= *ceiling, "{name}: {figure}; {ceiling} at most");
    }
}

/// The lint `missing_docs` would ask for docs of fields and variants too, whose names often say all.
#[test]
fn what_is_public_is_documented() {
    assert_eq!(House::of(&root()).undocumented, [""; 0]);
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
