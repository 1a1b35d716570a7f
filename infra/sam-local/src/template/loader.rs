//! From text to [`Template`]: parameters, conditions, names, then each resource.

use super::{
    Template, TemplateError,
    api::{self, Api},
    block::Block,
    events, function,
    intrinsics::{Physical, Scope},
    queue, role, table, yaml,
};
use crate::stack::{ACCOUNT, Stack};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Resource types that are checked for broken references and otherwise mean nothing on one machine.
const NO_LOCAL_MEANING: [&str; 20] = [
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::Logs::ResourcePolicy",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
];

type Result<T> = std::result::Result<T, TemplateError>;

/// One entry of `Resources` that exists in this deployment.
struct Declared {
    id: String,
    kind: String,
    metadata: Value,
    properties: Value,
}

/// Reads a template's text for `stack`. `overrides` replace parameter defaults.
pub fn load(text: &str, stack: &Stack, overrides: &BTreeMap<String, String>) -> Result<Template> {
    let mut top = Block::new("template", "", yaml::parse(text)?)?;
    top.ignore(&[
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Rules",
    ]);
    if let Some(transform) = top.text("Transform")?
        && transform != "AWS::Serverless-2016-10-31"
    {
        return Err(top.refuse("Transform", format!("{transform} is not supported")));
    }
    let mut scope = scope(&mut top, stack, overrides)?;
    let globals = top.take("Globals").unwrap_or_else(|| json!({}));
    let outputs = top.take("Outputs").unwrap_or_else(|| json!({}));
    let declared = with_roles(declarations(&mut top, &scope)?)?;
    top.finish()?;
    for resource in &declared {
        let physical = physical(resource, stack, &scope)?;
        if resource.kind == "AWS::Serverless::Function" {
            let role = format!("{}Role", resource.id);
            scope
                .resources
                .insert(role.clone(), opaque(&role, stack.role_arn(&resource.id)));
        }
        scope.resources.insert(resource.id.clone(), physical);
    }
    let globals = scope.resolve("Globals", "", &globals)?.unwrap_or_default();
    let mut template = resources(declared, &scope, &globals)?;
    template.outputs = evaluate(&outputs, &scope)?;
    let own = |(name, _): &(&String, &Value)| !name.starts_with("AWS::");
    let parameters = scope.parameters.iter().filter(own);
    template.parameters = parameters
        .map(|(name, v)| (name.clone(), to_text(v)))
        .collect();
    events::check(&template, stack)?;
    Ok(template)
}

fn scope(top: &mut Block, stack: &Stack, overrides: &BTreeMap<String, String>) -> Result<Scope> {
    let mut parameters = BTreeMap::from([
        ("AWS::Region".to_owned(), json!(stack.region)),
        ("AWS::Partition".to_owned(), json!("aws")),
        ("AWS::AccountId".to_owned(), json!(ACCOUNT)),
        ("AWS::StackName".to_owned(), json!(stack.name)),
        (
            "AWS::StackId".to_owned(),
            json!(format!(
                "arn:aws:cloudformation:{}:{ACCOUNT}:stack/{}/local",
                stack.region, stack.name
            )),
        ),
        ("AWS::URLSuffix".to_owned(), json!("amazonaws.com")),
    ]);
    for (name, mut block) in top.blocks("Parameters")? {
        let value = parameter(&name, &mut block, overrides.get(&name))?;
        parameters.insert(name, value);
    }
    if let Some(unknown) = overrides
        .keys()
        .find(|name| !parameters.contains_key(*name))
    {
        return Err(TemplateError::refused(
            "Parameters",
            unknown,
            "is not of the template",
        ));
    }
    Ok(Scope {
        parameters,
        mappings: top.take("Mappings").unwrap_or_default(),
        conditions: top
            .block("Conditions")?
            .map(|b| b.into_entries().into_iter().collect())
            .unwrap_or_default(),
        resources: BTreeMap::new(),
    })
}

fn parameter(name: &str, block: &mut Block, given: Option<&String>) -> Result<Value> {
    let subject = format!("Parameters.{name}");
    let refuse = |reason: String| TemplateError::refused(&subject, "Default", reason);
    let kind = block.required_text("Type")?;
    let default = block.text("Default")?;
    let value = given
        .cloned()
        .or(default)
        .ok_or_else(|| refuse("has no default and no local value".into()))?;
    let allowed = block.texts("AllowedValues")?;
    if !allowed.is_empty() && !allowed.contains(&value) {
        return Err(refuse(format!(
            "{value} is not one of {}",
            allowed.join(", ")
        )));
    }
    match kind.as_str() {
        "String" | "Number" => Ok(json!(value)),
        "CommaDelimitedList" | "List<Number>" => {
            Ok(json!(value.split(',').map(str::trim).collect::<Vec<_>>()))
        }
        other => Err(TemplateError::refused(
            &subject,
            "Type",
            format!("{other} is not supported"),
        )),
    }
}

fn declarations(top: &mut Block, scope: &Scope) -> Result<Vec<Declared>> {
    let resources = top
        .block("Resources")?
        .map(Block::into_entries)
        .unwrap_or_default();
    let mut declared = Vec::new();
    for (id, body) in resources {
        let mut block = Block::new(&id, "", body)?;
        block.ignore(&["DependsOn", "DeletionPolicy", "UpdateReplacePolicy"]);
        let kind = block.required_text("Type")?;
        let condition = block.text("Condition")?;
        let metadata = block.take("Metadata").unwrap_or_default();
        let properties = block.take("Properties").unwrap_or_else(|| json!({}));
        block.finish()?;
        let exists = match condition {
            Some(name) => scope.condition(&id, "Condition", &name)?,
            None => true,
        };
        if exists {
            declared.push(Declared {
                id,
                kind,
                metadata,
                properties,
            });
        }
    }
    Ok(declared)
}

/// Each function with the policies of the role it names.
fn with_roles(mut declared: Vec<Declared>) -> Result<Vec<Declared>> {
    let of_kind = |kind: &str| -> BTreeMap<String, Value> {
        let found = declared.iter().filter(|one| one.kind == kind);
        let found = found.map(|one| (one.id.clone(), one.properties.clone()));
        found.collect()
    };
    let (roles, managed) = (
        of_kind("AWS::IAM::Role"),
        of_kind("AWS::IAM::ManagedPolicy"),
    );
    for function in &mut declared {
        if function.kind == "AWS::Serverless::Function" {
            role::expand(&function.id, &mut function.properties, &roles, &managed)?;
        }
    }
    Ok(declared)
}

/// What `Ref` and `GetAtt` give, known from the resource's name alone.
fn physical(resource: &Declared, stack: &Stack, scope: &Scope) -> Result<Physical> {
    let name = |property: &str, suffix: &str| -> Result<String> {
        let written = resource.properties.get(property);
        let given = match written {
            Some(v) => scope.resolve(&resource.id, property, v)?,
            None => None,
        };
        let generated = || format!("{}-{}{suffix}", stack.name, resource.id);
        Ok(given
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_else(generated))
    };
    Ok(match resource.kind.as_str() {
        "AWS::Serverless::Function" => {
            let name = name("FunctionName", "")?;
            Physical {
                attributes: BTreeMap::from([("Arn", stack.function_arn(&name))]),
                reference: name,
                any_attribute: None,
            }
        }
        "AWS::DynamoDB::Table" => {
            let name = name("TableName", "")?;
            Physical {
                attributes: BTreeMap::from([
                    ("Arn", stack.table_arn(&name)),
                    ("StreamArn", stack.stream_arn(&name)),
                ]),
                reference: name,
                any_attribute: None,
            }
        }
        "AWS::SQS::Queue" => {
            let fifo = resource.properties.get("FifoQueue") == Some(&json!(true));
            let name = name("QueueName", if fifo { ".fifo" } else { "" })?;
            Physical {
                attributes: BTreeMap::from([
                    ("Arn", stack.queue_arn(&name)),
                    ("QueueName", name.clone()),
                    ("QueueUrl", stack.queue_url(&name)),
                ]),
                reference: stack.queue_url(&name),
                any_attribute: None,
            }
        }
        _ => opaque(
            &resource.id,
            format!("arn:aws:local:{}:{ACCOUNT}:{}", stack.region, resource.id),
        ),
    })
}

fn opaque(id: &str, attribute: String) -> Physical {
    Physical {
        reference: id.to_owned(),
        attributes: BTreeMap::new(),
        any_attribute: Some(attribute),
    }
}

fn resources(declared: Vec<Declared>, scope: &Scope, globals: &Value) -> Result<Template> {
    let mut template = Template::default();
    let resolve =
        |id: &str, value: &Value| scope.resolve(id, "", value).map(Option::unwrap_or_default);
    let api = api(&declared, scope, globals)?;
    for resource in declared {
        let Declared {
            id,
            kind,
            metadata,
            properties,
        } = resource;
        let properties = resolve(&id, &properties)?;
        let physical = scope.resources.get(&id).cloned().unwrap_or_default();
        match kind.as_str() {
            "AWS::Serverless::Function" => {
                let merged = merge(globals.get("Function"), properties);
                let metadata = resolve(&id, &metadata)?;
                template.functions.push(function::read(
                    &id,
                    &physical.reference,
                    merged,
                    metadata,
                    &api,
                )?);
            }
            "AWS::DynamoDB::Table" => {
                template
                    .tables
                    .push(table::read(&id, &physical.reference, properties)?)
            }
            "AWS::SQS::Queue" => {
                let name = crate::stack::name_of(&physical.reference);
                template.queues.push(queue::read(&id, name, properties)?);
            }
            "AWS::Serverless::HttpApi" => {}
            known if NO_LOCAL_MEANING.contains(&known) => {}
            other => {
                return Err(TemplateError::refused(
                    &id,
                    "Type",
                    format!("{other} is not supported by sam-local"),
                ));
            }
        }
    }
    Ok(template)
}

/// The template's HTTP API, or the one SAM makes for routes that name none.
fn api(declared: &[Declared], scope: &Scope, globals: &Value) -> Result<Api> {
    let mut apis = declared
        .iter()
        .filter(|r| r.kind == "AWS::Serverless::HttpApi");
    let (id, written) = match apis.next() {
        Some(api) => (
            api.id.as_str(),
            scope
                .resolve(&api.id, "", &api.properties)?
                .unwrap_or_default(),
        ),
        None => ("ServerlessHttpApi", json!({})),
    };
    match apis.next() {
        Some(second) => Err(TemplateError::refused(
            &second.id,
            "Type",
            "only one HTTP API is supported",
        )),
        None => api::read(id, merge(globals.get("HttpApi"), written)),
    }
}

/// SAM's merge of `Globals`: mappings merge, lists add up, the resource's own scalar wins.
fn merge(global: Option<&Value>, own: Value) -> Value {
    match (global, own) {
        (Some(Value::Object(global)), Value::Object(own)) => {
            let mut merged = Map::new();
            for (key, value) in global {
                merged.insert(key.clone(), value.clone());
            }
            for (key, value) in own {
                let value = merge(global.get(&key), value);
                merged.insert(key, value);
            }
            Value::Object(merged)
        }
        (Some(Value::Array(global)), Value::Array(own)) => {
            Value::Array(global.iter().cloned().chain(own).collect())
        }
        (_, own) => own,
    }
}

/// The outputs that exist in this deployment.
fn evaluate(outputs: &Value, scope: &Scope) -> Result<BTreeMap<String, String>> {
    let mut evaluated = BTreeMap::new();
    for (name, output) in outputs.as_object().into_iter().flatten() {
        let subject = format!("Outputs.{name}");
        let exists = match output.get("Condition").and_then(Value::as_str) {
            Some(condition) => scope.condition(&subject, "Condition", condition)?,
            None => true,
        };
        let value = output.get("Value").unwrap_or(&Value::Null);
        if exists && let Some(value) = scope.resolve(&subject, "Value", value)? {
            evaluated.insert(name.clone(), to_text(&value));
        }
    }
    Ok(evaluated)
}

fn to_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
