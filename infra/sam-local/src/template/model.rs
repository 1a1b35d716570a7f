//! What a template says, once every expression is evaluated.

use super::policy::Statement;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// The resources with a local meaning.
#[derive(Debug, Default)]
pub struct Template {
    /// Functions, in the template's order.
    pub functions: Vec<Function>,
    /// DynamoDB tables.
    pub tables: Vec<Table>,
    /// SQS queues.
    pub queues: Vec<Queue>,
    /// Values of the template's own parameters.
    pub parameters: BTreeMap<String, String>,
    /// `Outputs`, evaluated.
    pub outputs: BTreeMap<String, String>,
}

/// An `AWS::Serverless::Function`.
#[derive(Debug, Clone)]
pub struct Function {
    /// Logical id.
    pub id: String,
    /// Function name: `FunctionName`, else `{stack}-{id}`.
    pub name: String,
    /// Cargo binary (and package) that is the function: `Metadata.BuildProperties.Binary`.
    pub binary: String,
    /// `Timeout`, 1 to 900 s.
    pub timeout: Duration,
    /// `MemorySize` in MB.
    pub memory_mb: i64,
    /// `ReservedConcurrentExecutions`; none shares what is not reserved.
    pub reserved: Option<usize>,
    /// `LoggingConfig`.
    pub log: Log,
    /// `Environment.Variables`.
    pub environment: BTreeMap<String, String>,
    /// Inline policy statements, plus what SAM adds for destinations.
    pub statements: Vec<Statement>,
    /// Triggers by event id.
    pub events: Vec<(String, Event)>,
    /// How asynchronous invocations are repeated.
    pub asynchronous: Asynchronous,
}

/// `LoggingConfig`: what Lambda tells the process in `AWS_LAMBDA_LOG_FORMAT` and `_LEVEL`.
#[derive(Debug, Clone)]
pub struct Log {
    /// `LogFormat`: `Text` or `JSON`.
    pub format: String,
    /// `ApplicationLogLevel`.
    pub level: Option<String>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: "Text".into(),
            level: None,
        }
    }
}

/// `EventInvokeConfig` and `DeadLetterQueue`.
#[derive(Debug, Clone)]
pub struct Asynchronous {
    /// `MaximumRetryAttempts`, 0 to 2.
    pub retries: u32,
    /// `MaximumEventAgeInSeconds`, 60 to 21,600 s.
    pub max_age: Duration,
    /// Queue ARN of `DestinationConfig.OnFailure`.
    pub on_failure: Option<String>,
    /// Queue ARN of `DestinationConfig.OnSuccess`.
    pub on_success: Option<String>,
    /// Queue ARN of `DeadLetterQueue`, which gets the bare event.
    pub dead_letter: Option<String>,
}

impl Default for Asynchronous {
    fn default() -> Self {
        Self {
            retries: 2,
            max_age: Duration::from_secs(21_600),
            on_failure: None,
            on_success: None,
            dead_letter: None,
        }
    }
}

/// What starts a function.
#[derive(Debug, Clone)]
pub enum Event {
    /// `HttpApi`.
    Http(Route),
    /// `ScheduleV2`.
    Schedule(Schedule),
    /// `SQS`.
    Sqs(QueueSource),
    /// `DynamoDB`.
    Stream(StreamSource),
}

/// One route of the HTTP API.
#[derive(Debug, Clone)]
pub struct Route {
    /// `GET`, `POST`, … or `ANY`. None is the `$default` route.
    pub method: Option<String>,
    /// Path with `{name}` and `{name+}` segments.
    pub path: String,
    /// Whether a SigV4 signature is asked for (`AWS_IAM`).
    pub iam: bool,
    /// How long the gateway waits, at most 30 s.
    pub timeout: Duration,
}

/// An EventBridge Scheduler schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// `rate(…)`, `cron(…)` or `at(…)`.
    pub expression: String,
    /// IANA time zone of cron and at expressions.
    pub time_zone: String,
    /// Payload as written; none sends the scheduler's own event.
    pub input: Option<String>,
    /// `State: DISABLED` never fires by itself.
    pub enabled: bool,
    /// Schedule name.
    pub name: String,
}

/// An SQS event source mapping.
#[derive(Debug, Clone)]
pub struct QueueSource {
    /// Queue ARN.
    pub queue_arn: String,
    /// `BatchSize`, 1 to 10,000 (FIFO: 10).
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`.
    pub window: Duration,
    /// `FunctionResponseTypes: [ReportBatchItemFailures]`.
    pub report_failures: bool,
    /// `ScalingConfig.MaximumConcurrency`.
    pub max_concurrency: Option<usize>,
    /// `FilterCriteria`: patterns, any of which may match.
    pub filters: Vec<Value>,
    /// `Enabled`.
    pub enabled: bool,
}

/// A DynamoDB stream event source mapping.
#[derive(Debug, Clone)]
pub struct StreamSource {
    /// Stream ARN.
    pub stream_arn: String,
    /// `BatchSize`, 1 to 10,000.
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`.
    pub window: Duration,
    /// `StartingPosition: TRIM_HORIZON`, else `LATEST`.
    pub from_oldest: bool,
    /// `MaximumRetryAttempts`; none repeats until the records are too old.
    pub retries: Option<u32>,
    /// `BisectBatchOnFunctionError`.
    pub bisect: bool,
    /// `MaximumRecordAgeInSeconds`; none means the stream's 24 h.
    pub max_age: Option<Duration>,
    /// `FunctionResponseTypes: [ReportBatchItemFailures]`.
    pub report_failures: bool,
    /// Queue ARN of `DestinationConfig.OnFailure`.
    pub on_failure: Option<String>,
    /// `FilterCriteria`: patterns, any of which may match.
    pub filters: Vec<Value>,
    /// `Enabled`.
    pub enabled: bool,
}

/// An `AWS::DynamoDB::Table`.
#[derive(Debug, Clone)]
pub struct Table {
    /// Logical id.
    pub id: String,
    /// Table name: `TableName`, else `{stack}-{id}`.
    pub name: String,
    /// Body of the `CreateTable` request.
    pub create: Value,
    /// Attribute of `TimeToLiveSpecification`, when enabled.
    pub ttl_attribute: Option<String>,
}

/// An `AWS::SQS::Queue`.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Logical id.
    pub id: String,
    /// Queue name; FIFO names end in `.fifo`.
    pub name: String,
    /// `ContentBasedDeduplication`.
    pub content_based_deduplication: bool,
    /// `DeduplicationScope: messageGroup`.
    pub deduplicate_by_group: bool,
    /// `VisibilityTimeout`, default 30 s.
    pub visibility_timeout: Duration,
    /// `DelaySeconds`, default 0.
    pub delay: Duration,
    /// `MessageRetentionPeriod`, default 4 days.
    pub retention: Duration,
    /// `ReceiveMessageWaitTimeSeconds`, default 0.
    pub receive_wait: Duration,
    /// `MaximumMessageSize`, default and most 1 MiB.
    pub maximum_message_bytes: usize,
    /// `RedrivePolicy`: dead letter queue ARN and `maxReceiveCount`.
    pub redrive: Option<(String, u32)>,
}

impl Queue {
    /// Whether the queue is first-in-first-out.
    pub fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }
}
