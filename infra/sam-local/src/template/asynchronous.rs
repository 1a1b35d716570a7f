//! `EventInvokeConfig` and `DeadLetterQueue` of a function, and the destinations of events.

use super::{TemplateError, block::Block, model::Asynchronous, policy::Statement};
use std::time::Duration;

/// Reads `DeadLetterQueue` and `EventInvokeConfig` of a function.
pub(super) fn read(block: &mut Block) -> Result<Asynchronous, TemplateError> {
    let mut out = Asynchronous::default();
    if let Some(mut dead_letter) = block.block("DeadLetterQueue")? {
        if dead_letter.required_text("Type")? != "SQS" {
            return Err(dead_letter.refuse("Type", "only SQS is supported"));
        }
        out.dead_letter = Some(dead_letter.required_text("TargetArn")?);
        dead_letter.finish()?;
    }
    let Some(mut config) = block.block("EventInvokeConfig")? else {
        return Ok(out);
    };
    if let Some(n) = config.number("MaximumRetryAttempts", 0..=2)? {
        out.retries = u32::try_from(n).unwrap_or(2);
    }
    if let Some(n) = config.number("MaximumEventAgeInSeconds", 60..=21_600)? {
        out.max_age = Duration::from_secs(n.unsigned_abs());
    }
    if let Some(mut destinations) = config.block("DestinationConfig")? {
        out.on_failure = destination(&mut destinations, "OnFailure")?;
        out.on_success = destination(&mut destinations, "OnSuccess")?;
        destinations.finish()?;
    }
    config.finish()?;
    Ok(out)
}

/// A destination block `{Type: SQS, Destination: arn}`.
pub(super) fn destination(block: &mut Block, key: &str) -> Result<Option<String>, TemplateError> {
    let Some(mut destination) = block.block(key)? else {
        return Ok(None);
    };
    if !matches!(destination.text("Type")?.as_deref(), None | Some("SQS")) {
        return Err(destination.refuse("Type", "only SQS is supported"));
    }
    let arn = destination.required_text("Destination")?;
    destination.finish()?;
    Ok(Some(arn))
}

/// SAM lets a function send to its own destinations and dead letter queue.
pub(super) fn statement(asynchronous: &Asynchronous) -> Option<Statement> {
    let queues = [
        &asynchronous.dead_letter,
        &asynchronous.on_failure,
        &asynchronous.on_success,
    ];
    let resources: Vec<String> = queues.into_iter().flatten().cloned().collect();
    (!resources.is_empty()).then(|| Statement {
        allow: true,
        actions: vec!["sqs:SendMessage".into()],
        resources,
        leading_keys: Vec::new(),
    })
}
