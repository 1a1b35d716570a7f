//! `AWS::SQS::Queue`.

use super::{TemplateError, block::Block, model::Queue};
use serde_json::Value;
use std::time::Duration;

const MAX_MESSAGE_BYTES: i64 = 1_048_576;

/// Reads one queue from evaluated properties.
pub(super) fn read(id: &str, name: &str, properties: Value) -> Result<Queue, TemplateError> {
    let mut block = Block::new(id, "", properties)?;
    block.ignore(&[
        "FifoThroughputLimit",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "QueueName",
        "RedriveAllowPolicy",
        "SqsManagedSseEnabled",
        "Tags",
    ]);
    let fifo = block.flag("FifoQueue")?.unwrap_or(false);
    if fifo != name.ends_with(".fifo") {
        return Err(block.refuse(
            "QueueName",
            "ends in .fifo if and only if FifoQueue is true",
        ));
    }
    let mut seconds = |key: &str, most: i64, default: u64| -> Result<Duration, TemplateError> {
        let given = block.number(key, 0..=most)?;
        Ok(Duration::from_secs(
            given.map_or(default, i64::unsigned_abs),
        ))
    };
    let visibility_timeout = seconds("VisibilityTimeout", 43_200, 30)?;
    let delay = seconds("DelaySeconds", 900, 0)?;
    let retention = seconds("MessageRetentionPeriod", 1_209_600, 345_600)?;
    let receive_wait = seconds("ReceiveMessageWaitTimeSeconds", 20, 0)?;
    let maximum = block.number("MaximumMessageSize", 1_024..=MAX_MESSAGE_BYTES)?;
    let queue = Queue {
        id: id.to_owned(),
        name: name.to_owned(),
        content_based_deduplication: block.flag("ContentBasedDeduplication")?.unwrap_or(false),
        deduplicate_by_group: scope(&mut block)?,
        visibility_timeout,
        delay,
        retention,
        receive_wait,
        maximum_message_bytes: usize::try_from(maximum.unwrap_or(MAX_MESSAGE_BYTES))
            .unwrap_or_default(),
        redrive: redrive(&mut block)?,
    };
    block.finish()?;
    Ok(queue)
}

fn scope(block: &mut Block) -> Result<bool, TemplateError> {
    match block.text("DeduplicationScope")?.as_deref() {
        None | Some("queue") => Ok(false),
        Some("messageGroup") => Ok(true),
        Some(other) => Err(block.refuse(
            "DeduplicationScope",
            format!("{other} is not queue or messageGroup"),
        )),
    }
}

fn redrive(block: &mut Block) -> Result<Option<(String, u32)>, TemplateError> {
    let Some(mut policy) = block.block("RedrivePolicy")? else {
        return Ok(None);
    };
    let target = policy.required_text("deadLetterTargetArn")?;
    let count = policy
        .number("maxReceiveCount", 1..=1_000)?
        .ok_or_else(|| policy.refuse("maxReceiveCount", "is required"))?;
    policy.finish()?;
    Ok(Some((target, u32::try_from(count).unwrap_or(1))))
}
