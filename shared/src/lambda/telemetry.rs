//! Logs and metrics: JSON lines on stdout, which CloudWatch reads.

use super::{Settings, SettingsError};
use serde_json::{Map, Value, json};

/// The CloudWatch namespace of every metric.
const NAMESPACE: &str = "WeChatFunctions";

/// Starts logging at the level and in the format the function's LoggingConfig asks for.
///
/// # Errors
/// A level or a format that does not exist; the runtime would take it for INFO or text.
pub fn start_logging() -> Result<(), SettingsError> {
    Settings::optional("AWS_LAMBDA_LOG_LEVEL")?;
    Settings::optional("AWS_LAMBDA_LOG_FORMAT")?;
    lambda_runtime::tracing::init_default_subscriber();
    Ok(())
}

/// What a metric counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Seconds => "Seconds",
            Self::Milliseconds => "Milliseconds",
        }
    }
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

/// Writes one line in CloudWatch's embedded metric format: each metric by its dimensions, and once
/// without any, for alarms over all of them.
///
/// `dimensions` must be of low cardinality, such as an error word. `fields` are only searched for:
/// an account's name; never an openid, a token or a text.
#[expect(
    clippy::print_stdout,
    reason = "the embedded metric format is a line on stdout"
)]
pub fn emit_metrics(
    now_ms: i64,
    dimensions: &[(&'static str, &str)],
    fields: &[(&'static str, &str)],
    metrics: &[Metric],
) {
    println!("{}", metric_line(now_ms, dimensions, fields, metrics));
}

fn metric_line(
    now_ms: i64,
    dimensions: &[(&'static str, &str)],
    fields: &[(&'static str, &str)],
    metrics: &[Metric],
) -> Value {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let sets = if names.is_empty() {
        json!([[]])
    } else {
        json!([names, []])
    };
    let definitions: Vec<Value> = metrics
        .iter()
        .map(|metric| json!({ "Name": metric.name, "Unit": metric.unit.name() }))
        .collect();
    let directive = json!({
        "Timestamp": now_ms,
        "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": sets, "Metrics": definitions }],
    });
    let mut line = Map::from_iter([("_aws".to_owned(), directive)]);
    let texts = dimensions.iter().chain(fields);
    line.extend(texts.map(|(name, value)| ((*name).to_owned(), json!(value))));
    line.extend(
        metrics
            .iter()
            .map(|metric| (metric.name.to_owned(), json!(metric.value))),
    );
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_line_has_the_embedded_format() {
        let metric = Metric {
            name: "RefreshFailures",
            unit: Unit::Count,
            value: 1.0,
        };
        let line = metric_line(
            1_735_689_600_000,
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
                        "Namespace": "WeChatFunctions",
                        "Dimensions": [["ErrorType"], []],
                        "Metrics": [{ "Name": "RefreshFailures", "Unit": "Count" }],
                    }],
                },
                "ErrorType": "wechat_rate",
                "account": "demo",
                "RefreshFailures": 1.0,
            })
        );
        let plain = metric_line(0, &[], &[], &[metric]);
        assert_eq!(
            plain["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            json!([[]])
        );
    }
}
