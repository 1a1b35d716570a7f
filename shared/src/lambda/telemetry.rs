//! Logs and metrics: JSON lines on stdout, which CloudWatch reads.

mod line;
mod redact;

use super::{Settings, SettingsError};
use crate::{time::Timestamp, web::digest};
use lambda_runtime::tracing::subscriber::{
    filter::LevelFilter, layer::SubscriberExt as _, registry,
};
use line::{Lines, write};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::OnceLock;

/// What is one account's own fault or trouble. Where `ACCOUNT_METRICS` is on, these are counted by account as well; nobody
/// can make an account up, for they are counted of accounts that are there.
const OF_ACCOUNT: [&str; 9] = [
    "AccountsMalformed",
    "AnswersFailed",
    "MassBatchesFailed",
    "MessagesDead",
    "MessagesFailed",
    "MessagesUnknown",
    "PushesFailed",
    "PushesRefused",
    "RefreshFailures",
];
/// The field, and the dimension, that names the account.
const ACCOUNT: &str = "account";
/// Letters of a digest that stands for a key in a line.
const DIGEST: usize = 16;

/// How metrics are written: set once, at the start.
static WRITING: OnceLock<Writing> = OnceLock::new();

/// How metrics are written.
#[derive(Debug)]
struct Writing {
    /// The CloudWatch namespace of every metric: another one for each stack.
    namespace: String,
    by_account: bool,
}

impl Writing {
    fn of(settings: &mut Settings) -> Self {
        let namespace = settings.optional("METRICS_NAMESPACE");
        let by_account = settings.optional("ACCOUNT_METRICS");
        Self {
            namespace: namespace.unwrap_or_else(|| "WeChatFunctions".to_owned()),
            by_account: by_account.as_deref() == Some("on"),
        }
    }
}

/// Starts logging: a line of JSON an event, with `timestamp` and `level`, down to the level of
/// `LOG_LEVEL`. Where that is not set, down to the one that Lambda filters by, else INFO.
///
/// The two are apart because Lambda's filter knows metrics for lines of level INFO: at WARN it
/// would drop every metric. So the template lets it pass all, and the functions choose.
///
/// Metrics go to the namespace `METRICS_NAMESPACE`; with `ACCOUNT_METRICS=on`, failures that are an account's own are
/// counted for each account too.
///
/// # Errors
/// A level or a format that does not exist; the runtime would take it for INFO or text.
pub fn start_logging() -> Result<(), SettingsError> {
    let mut settings = Settings::of_process();
    settings.optional("AWS_LAMBDA_LOG_FORMAT");
    let lambdas = settings.optional("AWS_LAMBDA_LOG_LEVEL");
    let level = settings.optional("LOG_LEVEL").or(lambdas);
    let writing = Writing::of(&mut settings);
    settings.check()?;
    // Of the levels there are, FATAL is the one the library does not know.
    let level = level.map(|level| level.parse().unwrap_or(LevelFilter::ERROR));
    let level = level.unwrap_or(LevelFilter::INFO);
    // A second start in one process changes nothing.
    let _ = tracing::subscriber::set_global_default(registry().with(Lines { level }));
    let _ = WRITING.set(writing);
    std::panic::set_hook(Box::new(|panic| {
        // Its words may hold a text that was being cut; its place does not.
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_default();
        tracing::error!(outcome = "panic", place, "panicked");
    }));
    Ok(())
}

/// What stands in a line for the key of a row, which holds an openid: the first 16 hexadecimal
/// letters of its SHA-256, as `printf %s "$id" | sha256sum | cut -c-16` prints them.
pub fn log_id(key: &str) -> String {
    let mut digest = digest(key);
    digest.truncate(DIGEST);
    digest
}

/// What a metric counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Seconds.
    Seconds,
}

/// One measured value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Its name in CloudWatch.
    pub name: &'static str,
    /// What it counts in.
    pub unit: Unit,
    /// The value.
    pub value: f64,
}

impl Metric {
    /// So many of a thing.
    pub fn count(name: &'static str, number: u32) -> Self {
        Self {
            name,
            unit: Unit::Count,
            value: f64::from(number),
        }
    }
}

/// Writes one line in CloudWatch's embedded metric format: each metric by its dimensions, and once
/// without any, for alarms over all of them.
///
/// `dimensions` must be of low cardinality, such as an error word. `fields` are only searched for:
/// an account's name, by which failures of its own are counted too if that is wanted; never an
/// openid, a token or a text.
///
/// The line has a level, as every line: Lambda takes one without for INFO. No level of `LOG_LEVEL`
/// leaves it out.
pub fn emit_metrics(
    now: Timestamp,
    dimensions: &[(&'static str, &str)],
    fields: &[(&'static str, &str)],
    metrics: &[Metric],
) {
    let writing = WRITING.get_or_init(|| Writing::of(&mut Settings::of_process()));
    write(&metric_line(writing, now, dimensions, fields, metrics));
}

fn metric_line(
    writing: &Writing,
    now: Timestamp,
    dimensions: &[(&'static str, &str)],
    fields: &[(&'static str, &str)],
    metrics: &[Metric],
) -> Value {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let has_account = writing.by_account && fields.iter().any(|(name, _)| *name == ACCOUNT);
    let definitions = |of_account: bool| -> Option<Value> {
        let is_chosen = |m: &&Metric| (has_account && OF_ACCOUNT.contains(&m.name)) == of_account;
        let chosen = metrics.iter().filter(is_chosen);
        let chosen = chosen.map(|m| json!({ "Name": m.name, "Unit": m.unit }));
        let chosen: Vec<Value> = chosen.collect();
        let mut sets = vec![names.as_slice(), &[]];
        sets.dedup();
        sets.extend(of_account.then_some(&[ACCOUNT] as &[&str]));
        let namespace = &writing.namespace;
        let directive = json!({ "Namespace": namespace, "Dimensions": sets, "Metrics": chosen });
        (!chosen.is_empty()).then_some(directive)
    };
    let directives: Vec<Value> = [false, true].into_iter().filter_map(definitions).collect();
    let directive = json!({ "Timestamp": now, "CloudWatchMetrics": directives });
    let mut line = Map::from_iter([
        ("_aws".to_owned(), directive),
        ("level".to_owned(), json!("INFO")),
        ("timestamp".to_owned(), json!(now.utc())),
    ]);
    let texts = dimensions.iter().chain(fields);
    line.extend(texts.map(|(name, value)| ((*name).to_owned(), json!(value))));
    let values = metrics.iter();
    line.extend(values.map(|metric| (metric.name.to_owned(), json!(metric.value))));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writing(by_account: &'static str) -> Writing {
        Writing::of(&mut Settings::of(Box::new(move |name| match name {
            "METRICS_NAMESPACE" => Some("WeChatFunctions/shop".into()),
            "ACCOUNT_METRICS" => Some(by_account.into()),
            _ => None,
        })))
    }

    #[test]
    fn a_metric_line_has_the_embedded_format() {
        let metric = Metric::count("RefreshFailures", 1);
        let line = metric_line(
            &writing("off"),
            Timestamp::from_millis(1_735_689_600_000),
            &[("ErrorType", "wechat_rate")],
            &[("account", "demo")],
            &[metric],
        );
        assert_eq!(
            line,
            json!({
                "_aws": {
                    "Timestamp": 1_735_689_600_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "WeChatFunctions/shop",
                        "Dimensions": [["ErrorType"], []],
                        "Metrics": [{ "Name": "RefreshFailures", "Unit": "Count" }],
                    }],
                },
                "level": "INFO",
                "timestamp": "2025-01-01T00:00:00.000Z",
                "ErrorType": "wechat_rate",
                "account": "demo",
                "RefreshFailures": 1.0,
            })
        );
        let plain = metric_line(
            &writing("on"),
            Timestamp::from_millis(0),
            &[],
            &[],
            &[metric],
        );
        let [directive] = plain["_aws"]["CloudWatchMetrics"]
            .as_array()
            .unwrap()
            .as_slice()
        else {
            panic!("{plain}");
        };
        assert_eq!(directive["Dimensions"], json!([[]]), "of no account");
    }

    #[test]
    fn failures_of_an_account_are_counted_by_it_and_nothing_else_is() {
        let line = |writing: &Writing, names: &[&'static str]| {
            let metrics: Vec<Metric> = names.iter().map(|name| Metric::count(name, 1)).collect();
            let (class, account) = ([("Class", "quota")], [("account", "demo")]);
            let line = metric_line(writing, Timestamp::default(), &class, &account, &metrics);
            line["_aws"]["CloudWatchMetrics"].clone()
        };
        let directive = |sets: Value, name: &str| {
            let metrics = json!([{ "Name": name, "Unit": "Count" }]);
            json!({ "Namespace": "WeChatFunctions/shop", "Dimensions": sets, "Metrics": metrics })
        };
        let (total, own) = (json!([["Class"], []]), json!([["Class"], [], ["account"]]));
        assert_eq!(
            line(&writing("on"), &["MessagesFailed", "MessagesSent"]),
            json!([
                directive(total.clone(), "MessagesSent"),
                directive(own, "MessagesFailed")
            ])
        );
        let failed = json!([directive(total, "MessagesFailed")]);
        assert_eq!(line(&writing("off"), &["MessagesFailed"]), failed);
        let unset = Writing::of(&mut Settings::of(Box::new(|_| None)));
        assert_eq!(
            (unset.namespace.as_str(), unset.by_account),
            ("WeChatFunctions", false)
        );
    }

    #[test]
    fn every_function_of_the_workspace_writes_its_own_lines() {
        let functions = concat!(env!("CARGO_MANIFEST_DIR"), "/../functions");
        let names = std::fs::read_dir(functions).unwrap().map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.replace('-', "_")
        });
        let unknown: Vec<String> = names
            .filter(|name| !line::OURS.contains(&name.as_str()))
            .collect();
        assert!(unknown.is_empty(), "not in OURS: {unknown:?}");
    }

    #[test]
    fn times_have_a_form_that_lambda_reads() {
        assert_eq!(
            Timestamp::from_millis(1_735_689_600_007).utc(),
            "2025-01-01T00:00:00.007Z"
        );
    }

    #[test]
    fn a_digest_is_what_sha256sum_prints() {
        assert_eq!(log_id("abc"), "ba7816bf8f01cfea");
    }
}
