//! What `infra/observability.yaml` watches is there to be watched.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The sources of all functions in one text.
fn functions() -> String {
    let mut text = String::new();
    let mut folders = vec![root().join("functions")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    text
}

/// The words that follow `before`, up to a character no name holds.
fn after<'t>(text: &'t str, before: &str) -> BTreeSet<&'t str> {
    let name = |rest: &'t str| {
        rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .next()
    };
    text.split(before).skip(1).filter_map(name).collect()
}

#[test]
fn every_metric_of_ours_is_written_by_the_code() {
    let text = read("infra/observability.yaml");
    let alarms = [
        after(&text, "Namespace: WeChatFunctions\n      MetricName: "),
        after(&text, "Namespace: WeChatFunctions, MetricName: "),
    ];
    let dashboard = after(&text, "[\"WeChatFunctions\", \"");
    let named = text.matches("WeChatFunctions").count();
    let code = functions();
    let watched: BTreeSet<&str> = alarms.into_iter().flatten().chain(dashboard).collect();
    for metric in &watched {
        assert!(
            code.contains(&format!("\"{metric}\"")),
            "{metric} is never written"
        );
    }
    assert!(watched.len() >= 18 && named >= 35, "{watched:?} {named}");
    let words = read("shared/src/token/failure.rs");
    let errors = [
        after(&text, "Name: ErrorType, Value: "),
        after(&text, "\"ErrorType\", \""),
    ];
    for word in errors.into_iter().flatten() {
        assert!(
            words.contains(&format!("\"{word}\"")),
            "no failure is called {word}"
        );
    }
}

#[test]
fn every_metric_of_ours_is_on_the_dashboard() {
    let text = read("infra/observability.yaml");
    let shown = after(&text, "[\"WeChatFunctions\", \"");
    let alarms = after(&text, "Namespace: WeChatFunctions\n      MetricName: ");
    // Older than any lives: seen as its life left, on the dashboard.
    let missing: Vec<_> = alarms.difference(&shown).collect();
    assert_eq!(missing, [&"TokenAge"]);
}

#[test]
fn what_is_imported_is_exported() {
    let exported = read("template.yaml");
    let exported = after(&exported, "Export: { Name: !Sub \"${AWS::StackName}-");
    let text = read("infra/observability.yaml");
    let imported = after(&text, "!Sub \"${Stack}-");
    assert_eq!(imported, exported);
}

#[test]
fn every_dead_letter_and_every_function_is_watched() {
    let template = read("template.yaml");
    let text = read("infra/observability.yaml");
    let alarms = text.split("  Dashboard:\n").next().unwrap();
    let of_kind = |kind: &str| {
        let mut ids = Vec::new();
        let mut last = "";
        for line in template.lines() {
            if line.starts_with("  ") && !line.starts_with("   ") {
                last = line.trim().trim_end_matches(':');
            } else if line.trim() == format!("Type: {kind}") {
                ids.push(last);
            }
        }
        ids
    };
    for queue in of_kind("AWS::SQS::Queue") {
        let watched = alarms.contains(&format!("${{Stack}}-{queue}Name"));
        assert!(watched || !queue.ends_with("DeadLetters"), "{queue}");
    }
    let functions = of_kind("AWS::Serverless::Function");
    assert!(functions.len() >= 9);
    for function in functions {
        for metric in ["Errors", "Throttles"] {
            let found = alarms.split("Namespace: AWS/Lambda").any(|one| {
                one.contains(&format!("MetricName: {metric}"))
                    && one.contains(&format!("${{Stack}}-{function}Function"))
            });
            assert!(found, "{metric} of {function}");
        }
    }
}
