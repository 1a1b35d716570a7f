//! The deployed stack: its outputs, its functions, its tables and its queues.

use crate::{aws, report::Check};
use aws_config::SdkConfig;
use aws_sdk_cloudformation::{Client, types::StackResourceSummary};
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_sqs::types::QueueAttributeName;
use std::collections::BTreeMap;

const STACK: &str = "stack";
const TABLE: &str = "table";
const QUEUE: &str = "queue";
const DEPLOY: &str = "It is gone although the stack has it: restore it (tables from their point-in-time backups), or take it out and deploy anew.";

/// What a stack says about itself.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
    functions: Vec<(String, String)>,
    tables: Vec<(String, String)>,
    queues: Vec<(String, String)>,
}

impl Stack {
    /// Reads it, or tells why not.
    pub(crate) async fn read(config: &SdkConfig, name: &str) -> Result<Self, Box<Check>> {
        let client = Client::new(config);
        let unread = |error: &dyn std::error::Error| {
            Box::new(Check::failed(STACK, aws::reason(error), aws::ADVICE).about(name))
        };
        let answer = client.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| unread(&error))?;
        let mut stack = Self::default();
        for found in answer.stacks() {
            stack
                .parameters
                .extend(found.parameters().iter().filter_map(|p| {
                    Some((
                        p.parameter_key()?.to_owned(),
                        p.parameter_value()?.to_owned(),
                    ))
                }));
            stack.outputs.extend(
                found.outputs().iter().filter_map(|o| {
                    Some((o.output_key()?.to_owned(), o.output_value()?.to_owned()))
                }),
            );
        }
        let resources = client.list_stack_resources().stack_name(name);
        let mut resources = resources.into_paginator().items().send();
        while let Some(resource) = resources.next().await {
            stack.add(&resource.map_err(|error| unread(&error))?);
        }
        Ok(stack)
    }

    fn add(&mut self, resource: &StackResourceSummary) {
        let list = match resource.resource_type() {
            Some("AWS::Lambda::Function") => &mut self.functions,
            Some("AWS::DynamoDB::Table") => &mut self.tables,
            Some("AWS::SQS::Queue") => &mut self.queues,
            _ => return,
        };
        let id = resource.logical_resource_id().unwrap_or_default();
        let physical = resource.physical_resource_id().unwrap_or_default();
        list.push((id.to_owned(), physical.to_owned()));
    }

    /// What is called in place of WeChat, where the stack names something.
    pub(crate) fn wechat_api_base(&self) -> Option<&str> {
        let base = self.parameters.get("WechatApiBase")?;
        Some(base.as_str()).filter(|base| !base.is_empty())
    }

    /// The name of a function of the template.
    pub(crate) fn function(&self, logical_id: &str) -> Option<&str> {
        physical(&self.functions, logical_id)
    }

    /// The name of a table of the template.
    pub(crate) fn table(&self, logical_id: &str) -> Option<&str> {
        physical(&self.tables, logical_id)
    }

    /// The URL of a queue of the template.
    pub(crate) fn queue(&self, logical_id: &str) -> Option<&str> {
        physical(&self.queues, logical_id)
    }

    /// Looks at every table and queue.
    pub(crate) async fn check(&self, config: &SdkConfig) -> Vec<Check> {
        let mut checks = Vec::new();
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        for (id, table) in &self.tables {
            checks.push(check_table(&dynamodb, table).await.about(id));
        }
        let sqs = aws_sdk_sqs::Client::new(config);
        for (id, url) in &self.queues {
            checks.push(check_queue(&sqs, url).await.about(id));
        }
        if self.tables.is_empty() {
            let advice = "Name the stack of template.yaml, not one beside it.";
            checks.push(Check::failed(TABLE, "the stack has no tables", advice));
        }
        checks
    }
}

fn physical<'s>(all: &'s [(String, String)], logical_id: &str) -> Option<&'s str> {
    let found = all.iter().find(|(id, _)| id == logical_id);
    found.map(|(_, physical)| physical.as_str())
}

async fn check_table(client: &aws_sdk_dynamodb::Client, table: &str) -> Check {
    match client.describe_table().table_name(table).send().await {
        Ok(answer) => {
            let status = answer.table().and_then(|t| t.table_status());
            let status = status.map_or("of unknown status", |status| status.as_str());
            match status {
                "ACTIVE" | "UPDATING" => Check::ok(TABLE, table),
                status => Check::failed(
                    TABLE,
                    format!("{table} is {status}"),
                    "Wait until it is ACTIVE.",
                ),
            }
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(DescribeTableError::is_resource_not_found_exception) =>
        {
            Check::failed(TABLE, format!("{table} does not exist"), DEPLOY)
        }
        Err(error) => Check::failed(TABLE, aws::reason(&error), aws::ADVICE),
    }
}

async fn check_queue(client: &aws_sdk_sqs::Client, url: &str) -> Check {
    let name = url.rsplit('/').next().unwrap_or(url);
    let count = QueueAttributeName::ApproximateNumberOfMessages;
    let asked = client.get_queue_attributes().queue_url(url);
    match asked.attribute_names(count.clone()).send().await {
        Ok(answer) => {
            let waiting = answer.attributes().and_then(|all| all.get(&count));
            let waiting = waiting.map_or("?", String::as_str);
            Check::ok(QUEUE, format!("{name}, {waiting} waiting"))
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|e| e.is_queue_does_not_exist()) =>
        {
            Check::failed(QUEUE, format!("{name} does not exist"), DEPLOY)
        }
        Err(error) => Check::failed(QUEUE, aws::reason(&error), aws::ADVICE),
    }
}
