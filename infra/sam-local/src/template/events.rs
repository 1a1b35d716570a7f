//! `Events` of a function, and what they must find in the rest of the template.

use super::{
    Template, TemplateError,
    api::Api,
    asynchronous::destination,
    block::Block,
    model::{Event, Function, QueueSource, Route, Schedule, StreamSource},
};
use crate::{
    filter, schedule_time,
    stack::{Stack, name_of},
};
use serde_json::Value;
use std::time::Duration;

type Result<T> = std::result::Result<T, TemplateError>;

/// Reads the event `event_id` of function `function`.
pub(super) fn read(function: &str, event_id: &str, mut block: Block, api: &Api) -> Result<Event> {
    let kind = block.required_text("Type")?;
    let mut properties = block.block("Properties")?.map_or_else(
        || {
            Block::new(
                function,
                &format!("Events.{event_id}.Properties"),
                Value::Null,
            )
        },
        Ok,
    )?;
    let event = match kind.as_str() {
        "HttpApi" => Event::Http(route(&mut properties, api)?),
        "ScheduleV2" => {
            Event::Schedule(schedule(&mut properties, format!("{function}{event_id}"))?)
        }
        "SQS" => Event::Sqs(queue_source(&mut properties)?),
        "DynamoDB" => Event::Stream(stream_source(&mut properties)?),
        other => {
            return Err(block.refuse(
                "Type",
                format!("event type {other} is not supported by sam-local"),
            ));
        }
    };
    properties.finish()?;
    block.finish()?;
    Ok(event)
}

fn route(block: &mut Block, api: &Api) -> Result<Route> {
    block.ignore(&["RouteSettings"]);
    if let Some(id) = block.text("ApiId")?
        && id != api.id
    {
        return Err(block.refuse("ApiId", format!("{id} is not the template's HTTP API")));
    }
    if !matches!(
        block.text("PayloadFormatVersion")?.as_deref(),
        None | Some("2.0")
    ) {
        return Err(block.refuse("PayloadFormatVersion", "only 2.0 is supported"));
    }
    let (method, path) = (block.text("Method")?, block.text("Path")?);
    let (method, path) = match (method, path) {
        (None, None) => (None, "$default".to_owned()),
        (method, Some(path)) if path == "$default" => (None, method.map_or(path.clone(), |_| path)),
        (Some(method), Some(path)) if path.starts_with('/') => (Some(method.to_uppercase()), path),
        _ => {
            return Err(block.refuse(
                "Path",
                "Method and Path go together, and Path begins with /",
            ));
        }
    };
    let timeout = block
        .number("TimeoutInMillis", 50..=30_000)?
        .unwrap_or(30_000);
    Ok(Route {
        method: method.map(|m| {
            if m == "*" || m == "X-AMAZON-APIGATEWAY-ANY-METHOD" {
                "ANY".into()
            } else {
                m
            }
        }),
        path,
        iam: authorizer(block)?.unwrap_or(api.iam_by_default),
        timeout: Duration::from_millis(timeout.unsigned_abs()),
    })
}

fn authorizer(block: &mut Block) -> Result<Option<bool>> {
    let Some(mut auth) = block.block("Auth")? else {
        return Ok(None);
    };
    let iam = match auth.text("Authorizer")?.as_deref() {
        None => None,
        Some("NONE") => Some(false),
        Some("AWS_IAM") => Some(true),
        Some(other) => return Err(auth.refuse("Authorizer", format!("{other} is not supported"))),
    };
    auth.finish()?;
    Ok(iam)
}

fn schedule(block: &mut Block, default_name: String) -> Result<Schedule> {
    block.ignore(&[
        "Description",
        "DeadLetterConfig",
        "FlexibleTimeWindow",
        "GroupName",
        "OmitName",
        "PermissionsBoundary",
        "RetryPolicy",
        "RoleArn",
    ]);
    let expression = block.required_text("ScheduleExpression")?;
    let time_zone = block
        .text("ScheduleExpressionTimezone")?
        .unwrap_or_else(|| "UTC".into());
    if let Err(reason) = schedule_time::ScheduleTime::parse(&expression, &time_zone) {
        return Err(block.refuse("ScheduleExpression", reason));
    }
    let enabled = match block.text("State")?.as_deref() {
        None | Some("ENABLED") => true,
        Some("DISABLED") => false,
        Some(other) => {
            return Err(block.refuse("State", format!("{other} is not ENABLED or DISABLED")));
        }
    };
    Ok(Schedule {
        expression,
        time_zone,
        input: block.text("Input")?,
        enabled,
        name: block.text("Name")?.unwrap_or(default_name),
    })
}

fn seconds(block: &mut Block, key: &str, most: i64) -> Result<Duration> {
    Ok(Duration::from_secs(
        block.number(key, 0..=most)?.unwrap_or(0).unsigned_abs(),
    ))
}

fn report_failures(block: &mut Block) -> Result<bool> {
    let types = block.texts("FunctionResponseTypes")?;
    match types.iter().find(|t| *t != "ReportBatchItemFailures") {
        Some(other) => {
            Err(block.refuse("FunctionResponseTypes", format!("{other} is not supported")))
        }
        None => Ok(!types.is_empty()),
    }
}

fn filters(block: &mut Block) -> Result<Vec<Value>> {
    let Some(mut criteria) = block.block("FilterCriteria")? else {
        return Ok(Vec::new());
    };
    let mut patterns = Vec::new();
    for entry in criteria.list("Filters") {
        let text = entry
            .get("Pattern")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let pattern =
            filter::parse(text).map_err(|reason| criteria.refuse("Filters.Pattern", reason))?;
        patterns.push(pattern);
    }
    criteria.finish()?;
    Ok(patterns)
}

fn batch_size(block: &mut Block, default: usize) -> Result<usize> {
    let given = block.number("BatchSize", 1..=10_000)?;
    Ok(given
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(default))
}

fn queue_source(block: &mut Block) -> Result<QueueSource> {
    let max_concurrency = match block.block("ScalingConfig")? {
        None => None,
        Some(mut scaling) => {
            let most = scaling.number("MaximumConcurrency", 2..=1_000)?;
            scaling.finish()?;
            most.and_then(|n| usize::try_from(n).ok())
        }
    };
    Ok(QueueSource {
        queue_arn: block.required_text("Queue")?,
        batch_size: batch_size(block, 10)?,
        window: seconds(block, "MaximumBatchingWindowInSeconds", 300)?,
        report_failures: report_failures(block)?,
        max_concurrency,
        filters: filters(block)?,
        enabled: block.flag("Enabled")?.unwrap_or(true),
    })
}

fn stream_source(block: &mut Block) -> Result<StreamSource> {
    let from_oldest = match block.required_text("StartingPosition")?.as_str() {
        "TRIM_HORIZON" => true,
        "LATEST" => false,
        other => {
            return Err(block.refuse(
                "StartingPosition",
                format!("{other} is not TRIM_HORIZON or LATEST"),
            ));
        }
    };
    if block.number("ParallelizationFactor", 1..=10)?.unwrap_or(1) != 1 {
        return Err(block.refuse("ParallelizationFactor", "only 1 is supported by sam-local"));
    }
    let on_failure = match block.block("DestinationConfig")? {
        None => None,
        Some(mut config) => {
            let queue = destination(&mut config, "OnFailure")?;
            config.finish()?;
            queue
        }
    };
    let limit = |n: i64| (n >= 0).then(|| n.unsigned_abs());
    Ok(StreamSource {
        stream_arn: block.required_text("Stream")?,
        batch_size: batch_size(block, 100)?,
        window: seconds(block, "MaximumBatchingWindowInSeconds", 300)?,
        from_oldest,
        retries: block
            .number("MaximumRetryAttempts", -1..=10_000)?
            .and_then(limit)
            .and_then(|n| u32::try_from(n).ok()),
        bisect: block.flag("BisectBatchOnFunctionError")?.unwrap_or(false),
        max_age: block
            .number("MaximumRecordAgeInSeconds", -1..=604_800)?
            .and_then(limit)
            .map(Duration::from_secs),
        report_failures: report_failures(block)?,
        on_failure,
        filters: filters(block)?,
        enabled: block.flag("Enabled")?.unwrap_or(true),
    })
}

/// Checks that every queue and stream an event, destination or redrive names exists and fits.
pub(super) fn check(template: &Template, stack: &Stack) -> Result<()> {
    for function in &template.functions {
        for (event_id, event) in &function.events {
            check_event(template, stack, function, event_id, event)?;
        }
        let asynchronous = &function.asynchronous;
        for arn in [
            &asynchronous.on_failure,
            &asynchronous.on_success,
            &asynchronous.dead_letter,
        ] {
            check_queue(
                template,
                stack,
                &function.id,
                "EventInvokeConfig",
                arn.as_deref(),
            )?;
        }
    }
    for queue in &template.queues {
        if let Some((target, _)) = &queue.redrive {
            check_queue(template, stack, &queue.id, "RedrivePolicy", Some(target))?;
            if target.ends_with(".fifo") != queue.is_fifo() {
                return Err(TemplateError::refused(
                    &queue.id,
                    "RedrivePolicy",
                    "the dead letter queue of a FIFO queue is FIFO, of a standard queue standard",
                ));
            }
        }
    }
    Ok(())
}

fn check_queue(
    template: &Template,
    stack: &Stack,
    subject: &str,
    property: &str,
    arn: Option<&str>,
) -> Result<()> {
    match arn {
        Some(arn)
            if !template
                .queues
                .iter()
                .any(|q| stack.queue_arn(&q.name) == arn) =>
        {
            Err(TemplateError::refused(
                subject,
                property,
                format!("{arn} is no queue of this template"),
            ))
        }
        _ => Ok(()),
    }
}

fn check_event(
    template: &Template,
    stack: &Stack,
    function: &Function,
    event_id: &str,
    event: &Event,
) -> Result<()> {
    let property = format!("Events.{event_id}");
    let refuse = |reason: &str| Err(TemplateError::refused(&function.id, &property, reason));
    match event {
        Event::Sqs(source) => {
            check_queue(
                template,
                stack,
                &function.id,
                &property,
                Some(&source.queue_arn),
            )?;
            let queue = template
                .queues
                .iter()
                .find(|q| q.name == name_of(&source.queue_arn));
            let Some(queue) = queue else { return Ok(()) };
            if queue.is_fifo() && source.batch_size > 10 {
                return refuse("BatchSize of a FIFO queue is at most 10");
            }
            if source.batch_size > 10 && source.window.is_zero() {
                return refuse("BatchSize above 10 needs MaximumBatchingWindowInSeconds");
            }
            if queue.visibility_timeout < function.timeout {
                return refuse(
                    "the queue's VisibilityTimeout is shorter than the function's Timeout",
                );
            }
            Ok(())
        }
        Event::Stream(source) => {
            check_queue(
                template,
                stack,
                &function.id,
                &property,
                source.on_failure.as_deref(),
            )?;
            let table = template
                .tables
                .iter()
                .find(|t| stack.stream_arn(&t.name) == source.stream_arn);
            match table {
                Some(table) if table.create.get("StreamSpecification").is_some() => Ok(()),
                Some(_) => refuse("the table has no StreamSpecification"),
                None => refuse("Stream is no stream of this template"),
            }
        }
        Event::Http(_) | Event::Schedule(_) => Ok(()),
    }
}
