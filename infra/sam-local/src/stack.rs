//! Names of a stack: region, and the ARN or URL of everything in it.

/// The owner that every local ARN names; `dynoxide` and other emulators use the same one.
pub const ACCOUNT: &str = "000000000000";

/// Where the stack believes it is deployed.
#[derive(Debug, Clone)]
pub struct Stack {
    /// CloudFormation stack name, the prefix of generated names.
    pub name: String,
    /// AWS region, as functions see it in `AWS_REGION`.
    pub region: String,
    /// Base URL of the AWS front, for queue URLs. No trailing slash.
    pub aws_url: String,
}

impl Stack {
    fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{ACCOUNT}:{rest}", self.region)
    }

    /// ARN of the Lambda function `name`.
    pub fn function_arn(&self, name: &str) -> String {
        self.arn("lambda", &format!("function:{name}"))
    }

    /// ARN of the DynamoDB table `name`.
    pub fn table_arn(&self, name: &str) -> String {
        self.arn("dynamodb", &format!("table/{name}"))
    }

    /// ARN of the one stream of table `name`.
    pub fn stream_arn(&self, name: &str) -> String {
        self.arn(
            "dynamodb",
            &format!("table/{name}/stream/2026-01-01T00:00:00.000"),
        )
    }

    /// ARN of the SQS queue `name`.
    pub fn queue_arn(&self, name: &str) -> String {
        self.arn("sqs", name)
    }

    /// URL of the SQS queue `name` on the AWS front.
    pub fn queue_url(&self, name: &str) -> String {
        format!("{}/{ACCOUNT}/{name}", self.aws_url)
    }

    /// ARN of the SSM parameter `name`, with or without its leading slash.
    pub fn parameter_arn(&self, name: &str) -> String {
        self.arn(
            "ssm",
            &format!("parameter/{}", name.trim_start_matches('/')),
        )
    }

    /// ARN of the schedule `name` in the default group.
    pub fn schedule_arn(&self, name: &str) -> String {
        self.arn("scheduler", &format!("schedule/default/{name}"))
    }

    /// ARN of the role SAM makes for a function.
    pub fn role_arn(&self, logical_id: &str) -> String {
        format!("arn:aws:iam::{ACCOUNT}:role/{}-{logical_id}", self.name)
    }
}

/// The last part of an ARN or queue URL: a table, queue or function name.
pub fn name_of(arn_or_url: &str) -> &str {
    arn_or_url.rsplit([':', '/']).next().unwrap_or(arn_or_url)
}
