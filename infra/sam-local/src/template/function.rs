//! `AWS::Serverless::Function`.

use super::{
    TemplateError,
    api::Api,
    asynchronous,
    block::Block,
    events,
    model::{Function, Log},
    policy,
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// Properties that change nothing on one machine.
const IGNORED: [&str; 20] = [
    "Architectures",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "CodeUri",
    "DeploymentPreference",
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
        asynchronous: asynchronous::read(&mut block)?,
    };
    for (event_id, event) in block.blocks("Events")? {
        function
            .events
            .push((event_id.clone(), events::read(id, &event_id, event, api)?));
    }
    block.finish()?;
    function
        .statements
        .extend(asynchronous::statement(&function.asynchronous));
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

fn environment(block: &mut Block) -> Result<BTreeMap<String, String>, TemplateError> {
    let Some(mut environment) = block.block("Environment")? else {
        return Ok(Default::default());
    };
    let mut variables = environment.block("Variables")?;
    environment.finish()?;
    let names: Vec<String> = match &variables {
        Some(v) => v.keys(),
        None => Vec::new(),
    };
    let mut out = BTreeMap::new();
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
