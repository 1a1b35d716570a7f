//! What `infra/observability.yaml` watches is there to be watched.

use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use tests::yaml;

/// The namespace of the stack that is watched.
const OURS: &str = "WeChatFunctions/${Stack}";
const FILE: &str = "infra/observability.yaml";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The sources of all functions in one text.
fn functions() -> String {
    let mut text = String::new();
    let mut folders = vec![root().join("functions"), root().join("shared/src")];
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

/// The dashboard, which is JSON inside the YAML.
fn dashboard(watched: &Value) -> Value {
    let dashboards = yaml::resources(watched, "AWS::CloudWatch::Dashboard");
    let (_, dashboard) = dashboards.first_key_value().unwrap();
    let body = &dashboard["DashboardBody"]["Fn::Sub"][0];
    serde_json::from_str(body.as_str().unwrap()).unwrap()
}

/// Names of our metrics, and the values of `ErrorType` they are watched by.
type Metrics = (BTreeSet<String>, BTreeSet<String>);

/// Our metrics as `{"Namespace", "MetricName", "Dimensions"}`, which is how alarms name them.
fn alarms(watched: &Value) -> Metrics {
    let metrics = yaml::all(&watched["Resources"]).into_iter();
    let ours = json!({ "Fn::Sub": OURS });
    let metrics: Vec<_> = metrics.filter(|one| one["Namespace"] == ours).collect();
    let dimensions = metrics.iter().flat_map(|one| yaml::all(&one["Dimensions"]));
    let errors = dimensions.filter(|one| one["Name"] == "ErrorType");
    (
        texts(metrics.iter().map(|one| &one["MetricName"])),
        texts(errors.map(|one| &one["Value"])),
    )
}

/// Our metrics as `[namespace, name, dimension, value]`, which is how a dashboard names them.
fn shown(watched: &Value) -> Metrics {
    let dashboard = dashboard(watched);
    let metrics = yaml::all(&dashboard).into_iter();
    let metrics: Vec<_> = metrics.filter(|one| one[0] == OURS).collect();
    let errors = metrics.iter().filter(|one| one[2] == "ErrorType");
    (
        texts(metrics.iter().map(|one| &one[1])),
        texts(errors.map(|one| &one[3])),
    )
}

fn texts<'v>(values: impl Iterator<Item = &'v Value>) -> BTreeSet<String> {
    values
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

/// Our metrics that are counted in a log.
fn filtered(watched: &Value) -> BTreeSet<String> {
    let filters = yaml::resources(watched, "AWS::Logs::MetricFilter");
    let made = filters.values().flat_map(|filter| yaml::all(filter));
    let made = made.filter(|one| one["MetricNamespace"] == json!({ "Fn::Sub": OURS }));
    texts(made.map(|one| &one["MetricName"]))
}

#[test]
fn every_metric_of_ours_is_written_by_the_code_or_counted_in_a_log() {
    let watched = yaml::read(FILE);
    let [(alarms, alarm_errors), (shown, shown_errors)] = [alarms(&watched), shown(&watched)];
    let (code, filtered) = (functions(), filtered(&watched));
    let metrics: BTreeSet<_> = alarms.union(&shown).collect();
    for metric in &metrics {
        assert!(
            code.contains(&format!("\"{metric}\"")) != filtered.contains(*metric),
            "{metric} is never written, or in two ways"
        );
    }
    assert_eq!(filtered.len(), 2, "{filtered:?}");
    assert!(metrics.len() >= 30, "{metrics:?}");
    let words = fs::read_to_string(root().join("shared/src/token/failure.rs")).unwrap();
    let errors: BTreeSet<_> = alarm_errors.union(&shown_errors).collect();
    assert_eq!(errors.len(), 4, "{errors:?}");
    for word in errors {
        assert!(
            words.contains(&format!("\"{word}\"")),
            "no failure is called {word}"
        );
    }
}

#[test]
fn every_metric_of_ours_is_on_the_dashboard() {
    let watched = yaml::read(FILE);
    let ((alarms, _), (shown, _)) = (alarms(&watched), shown(&watched));
    // Older than any lives: seen as its life left, on the dashboard.
    let missing: Vec<_> = alarms.difference(&shown).collect();
    assert_eq!(missing, ["TokenAge"]);
}

/// Every namespace in the template and in the alarms that is one of ours, as it is written there.
#[test]
fn stages_do_not_share_metrics() {
    let template = yaml::read("template.yaml");
    let written = &template["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"];
    let stack = OURS.replace("Stack", "AWS::StackName");
    assert_eq!(written, &json!({ "Fn::Sub": stack }));
    let text = fs::read_to_string(root().join(FILE)).unwrap();
    let of_stack = text.matches(OURS).count();
    assert_eq!(text.matches("WeChatFunctions").count(), of_stack);
    assert!(of_stack >= 60, "{of_stack}");
}

/// What is counted by account is on the dashboard over all accounts too, and the code names the account beside it.
#[test]
fn what_is_counted_by_account_is_shown_over_all_too() {
    let telemetry = root().join("shared/src/lambda/telemetry.rs");
    let text = fs::read_to_string(telemetry).unwrap();
    let (_, list) = text.split_once("const OF_ACCOUNT: ").unwrap();
    let (list, _) = list.split_once("];\n").unwrap();
    let names: BTreeSet<String> = list
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert_eq!(names.len(), 9, "{names:?}");
    let (shown, _) = shown(&yaml::read(FILE));
    assert!(names.is_subset(&shown), "{:?}", names.difference(&shown));
}

#[test]
fn what_is_read_of_the_stack_is_an_output_of_it() {
    let template = yaml::read("template.yaml");
    let outputs = template["Outputs"].as_object().unwrap();
    let watched = yaml::read(FILE);
    let read = yaml::all(&watched["Resources"]).into_iter();
    let read = read.map(|value| &value["Fn::GetStackOutput"]["OutputName"]);
    let read: BTreeSet<_> = read.filter_map(Value::as_str).collect();
    assert!(read.len() > 30, "{read:?}");
    for name in read {
        assert!(outputs.contains_key(name), "{name}");
    }
}

#[test]
fn every_dead_letter_and_every_function_is_watched() {
    let (template, watched) = (yaml::read("template.yaml"), yaml::read(FILE));
    let alarms = yaml::resources(&watched, "AWS::CloudWatch::Alarm");
    let metrics: Vec<_> = alarms.values().flat_map(|alarm| yaml::all(alarm)).collect();
    let watches = |namespace: &str, metric: &str, output: &str| {
        let read = json!({ "Fn::GetStackOutput": { "StackName": { "Ref": "Stack" }, "OutputName": output } });
        metrics.iter().any(|one| {
            let named = one["Namespace"] == namespace && one["MetricName"] == metric;
            named && yaml::all(&one["Dimensions"]).contains(&&read)
        })
    };
    let queues = yaml::resources(&template, "AWS::SQS::Queue");
    let dead = queues.keys().filter(|id| id.ends_with("DeadLetters"));
    let dead: Vec<_> = dead.collect();
    assert!(dead.len() >= 5, "{dead:?}");
    for queue in dead {
        let metric = "ApproximateNumberOfMessagesVisible";
        assert!(
            watches("AWS/SQS", metric, &format!("{queue}Name")),
            "{queue}"
        );
    }
    let functions = yaml::resources(&template, "AWS::Serverless::Function");
    assert!(functions.len() >= 9);
    for function in functions.keys() {
        for metric in ["Errors", "Throttles"] {
            let found = watches("AWS/Lambda", metric, &format!("{function}Function"));
            assert!(found, "{metric} of {function}");
        }
    }
}
