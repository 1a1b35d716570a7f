//! `infra/openapi.yaml`: the routes that other systems call, from the tables of routes of the functions
//! and the types of what travels. `cargo run --bin openapi` writes it anew.
//!
//! What it holds back from JSON Schema it holds back for the generators of clients: `enum` where
//! `const` would say the same, no `allOf`, no `default` in a body, one content type for each body.

mod answers;
mod campaigns;
mod contract;
pub mod editors;
mod limits;
mod operation;
mod operations;
mod plain;
mod posted;
mod refusals;
mod relay;
mod schema;
mod sends;
mod web;

pub use contract::Contract;

use operation::Operation;
use operations::operations;
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::lambda::Route;
use std::collections::BTreeMap;

/// The document, its members in the order that readers expect; in those they stand by name.
#[derive(Serialize)]
pub struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    security: Value,
    paths: Value,
    components: Value,
}

/// Routes and what is said of them do not belong together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// By its operationId.
    #[error("{0} is a route, and nothing is said of it")]
    Undescribed(&'static str),
    /// By their operationIds.
    #[error("no routes: {0:?}")]
    Unserved(Vec<&'static str>),
}

/// The routes of all functions that have tables of them, each with the name of its package.
pub fn routes() -> Vec<(&'static str, Route)> {
    let of = |package| move |route| (package, route);
    let management = management_api::routes().map(of("management-api"));
    let tokens = token_refresh::routes().map(of("token-refresh"));
    management
        .chain(tokens)
        .chain(::web::routes().map(of("web")))
        .collect()
}

impl Document {
    /// # Errors
    /// When a route has no description, or a description no route.
    ///
    /// # Panics
    /// When a type is no longer what the descriptions take it for.
    pub fn new() -> Result<Self, Mismatch> {
        let mut schemas = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into())
            .for_serialize()
            .into_generator();
        let routes: Vec<_> = routes().into_iter().map(|(_, route)| route).collect();
        let paths = paths(&routes, operations(&mut schemas))?;
        let mut document = Self {
            openapi: "3.1.0",
            info: json!({
                "title": "wechat-functions",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Routes for the team's own systems. Those under /v1 are signed with \
                    AWS Signature Version 4, service execute-api.",
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            }),
            servers: json!([{
                "url": "http://127.0.0.1:9000",
                "description": "The local bundle; key and secret are `local`.",
            }]),
            security: json!([{ "sigv4": [] }]),
            paths: json!(paths),
            components: json!({
                "securitySchemes": {
                    "sigv4": {
                        "type": "apiKey", "name": "Authorization", "in": "header",
                        "x-amazon-apigateway-authtype": "awsSigv4",
                    },
                },
                "schemas": components(&mut schemas),
            }),
        };
        plain::make(&mut document.paths);
        for part in [
            &mut document.info,
            &mut document.servers,
            &mut document.paths,
            &mut document.components,
        ] {
            part.sort_all_objects();
        }
        Ok(document)
    }

    /// As it is committed.
    ///
    /// # Panics
    /// Never: it holds nothing that YAML cannot.
    pub fn yaml(&self) -> String {
        let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
        let yaml = serde_saphyr::to_string_with_options(self, options).unwrap();
        format!("# Generated from the types: cargo run --bin openapi\n{yaml}")
    }
}

/// The operations under their paths. A name that stands for more than one part of a path is marked by
/// API Gateway, and has no mark in OpenAPI.
fn paths(
    routes: &[Route],
    operations: Vec<Operation>,
) -> Result<BTreeMap<String, Value>, Mismatch> {
    let by_id = operations
        .into_iter()
        .map(|operation| (operation.id, operation));
    let mut operations: BTreeMap<_, _> = by_id.collect();
    let mut paths = BTreeMap::new();
    for route in routes {
        let Some(id) = route.operation else { continue };
        let operation = operations.remove(id).ok_or(Mismatch::Undescribed(id))?;
        let path = route.path.replace("+}", "}");
        let parameters = path_parameters(&path);
        let methods = paths
            .entry(path)
            .or_insert_with(|| json!({ "parameters": parameters }));
        methods[route.method.to_lowercase()] = operation_object(&operation, route);
    }
    match operations.is_empty() {
        true => Ok(paths),
        false => Err(Mismatch::Unserved(operations.into_keys().collect())),
    }
}

/// The schemas of the types, and those that are put together from them.
fn components(schemas: &mut SchemaGenerator) -> Map<String, Value> {
    refusals::shapes(schemas);
    posted::shapes(schemas);
    let mut components = schemas.take_definitions(true);
    sends::compose(&mut components);
    posted::compose(&mut components);
    refusals::compose(&mut components);
    for schema in components.values_mut() {
        plain::make(schema);
    }
    limits::set(&mut components);
    components
}

/// The parts of a path in braces.
fn path_parameters(path: &str) -> Value {
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        let (description, schema) = match name {
            "account" => (
                "The account's name, as in its parameters.",
                json!({ "type": "string", "pattern": limits::NAME }),
            ),
            "id" => (
                "The message's or campaign's client_msg_id.",
                json!({ "type": "string", "pattern": limits::ID }),
            ),
            "kind" => (
                "Which ticket.",
                json!({ "type": "string", "enum": ["jsapi", "wx_card"] }),
            ),
            _ => (
                "WeChat's path without its first slash, such as cgi-bin/user/info. Its slashes may \
                    be sent as they are or as %2F.",
                json!({ "type": "string", "pattern": limits::PATH, "maxLength": 199 }),
            ),
        };
        json!({
            "name": name, "in": "path", "required": true,
            "description": description, "schema": schema,
        })
    };
    names.map(parameter).collect()
}

fn operation_object(operation: &Operation, route: &Route) -> Value {
    // The gateway asks for a signature.
    let signed = route.path.starts_with("/v1/");
    let mut responses = refusals::responses(&operation.refusals, operation.body.is_some(), signed);
    for (status, description, content) in &operation.answers {
        let response = json!({ "description": description, "content": content });
        responses.insert(status.to_string(), response);
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": responses,
    });
    if !operation.query.is_empty() {
        described["parameters"] = json!(operation.query);
    }
    if let Some(content) = &operation.body {
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    if !signed {
        described["security"] = json!([]);
    }
    described
}

#[cfg(test)]
mod tests;
