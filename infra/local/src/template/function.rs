//! `AWS::Serverless::Function`.

use super::block::Block;
use super::model::{Asynchronous, Function, Log};
use super::policy::{self, Statement};
use super::{TemplateError, events};
use serde_json::Value;
use std::time::Duration;

/// The HTTP API routes belong to.
#[derive(Debug)]
pub(super) struct Api {
    /// Logical id, the value of `Ref`.
    pub id: String,
    /// `Auth.DefaultAuthorizer: AWS_IAM`.
    pub iam_by_default: bool,
}

/// Properties that change nothing on one machine.
const IGNORED: [&str; 17] = [
    "Architectures",
    "CodeUri",
    "Description",
    "EphemeralStorage",
    "FunctionName",
    "Handler",
    "KmsKeyArn",
    "PermissionsBoundary",
    "PropagateTags",
    "RecursiveLoop",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "Tags",
    "Tracing",
    "VpcConfig",
    "CodeSigningConfigArn",
];

/// Reads one function from evaluated properties and metadata.
pub(super) fn read(
    id: &str,
    name: &str,
    properties: Value,
    metadata: Value,
    api: &Api,
) -> Result<Function, TemplateError> {
    let mut block = Block::new(id, "", properties)?;
    block.ignore(&IGNORED);
    let mut function = Function {
        id: id.to_owned(),
        name: name.to_owned(),
        binary: binary(id, metadata)?,
        timeout: Duration::from_secs(
            block
                .number("Timeout", 1..=900)?
                .unwrap_or(3)
                .unsigned_abs(),
        ),
        memory_mb: block.number("MemorySize", 128..=10_240)?.unwrap_or(128),
        reserved: block
            .number("ReservedConcurrentExecutions", 0..=1_000)?
            .and_then(|n| usize::try_from(n).ok()),
        log: log(&mut block)?,
        environment: environment(&mut block)?,
        statements: policy::statements(&mut block)?,
        events: Vec::new(),
        asynchronous: asynchronous(&mut block)?,
    };
    for (event_id, event) in block.blocks("Events")? {
        function
            .events
            .push((event_id.clone(), events::read(id, &event_id, event, api)?));
    }
    block.finish()?;
    function
        .statements
        .extend(sam_statements(&function.asynchronous));
    Ok(function)
}

fn binary(id: &str, metadata: Value) -> Result<String, TemplateError> {
    let mut metadata = Block::new(id, "Metadata", metadata)?;
    match metadata.text("BuildMethod")?.as_deref() {
        Some("rust-cargolambda") => {}
        _ => return Err(metadata.refuse("BuildMethod", "must be rust-cargolambda")),
    }
    let mut build = metadata
        .block("BuildProperties")?
        .ok_or_else(|| metadata.refuse("BuildProperties", "is required"))?;
    build.required_text("Binary")
}

fn log(block: &mut Block) -> Result<Log, TemplateError> {
    let mut log = Log::default();
    if let Some(mut config) = block.block("LoggingConfig")? {
        config.ignore(&["LogGroup", "SystemLogLevel"]);
        if let Some(format) = config.text("LogFormat")? {
            log.format = format;
        }
        log.level = config.text("ApplicationLogLevel")?;
        config.finish()?;
    }
    Ok(log)
}

fn environment(
    block: &mut Block,
) -> Result<std::collections::BTreeMap<String, String>, TemplateError> {
    let Some(mut environment) = block.block("Environment")? else {
        return Ok(Default::default());
    };
    let mut variables = environment.block("Variables")?;
    environment.finish()?;
    let names: Vec<String> = match &variables {
        Some(v) => v.keys(),
        None => Vec::new(),
    };
    let mut out = std::collections::BTreeMap::new();
    for name in names {
        if let Some(value) = variables
            .as_mut()
            .map(|v| v.text(&name))
            .transpose()?
            .flatten()
        {
            out.insert(name, value);
        }
    }
    Ok(out)
}

fn asynchronous(block: &mut Block) -> Result<Asynchronous, TemplateError> {
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
fn sam_statements(asynchronous: &Asynchronous) -> Option<Statement> {
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
