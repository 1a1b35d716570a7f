//! `infra/openapi.yaml`: the signed routes, generated from the types, compared with what is
//! committed. `UPDATE_OPENAPI=1 cargo test -p management-api openapi` writes it anew.

mod answers;
mod campaigns;
mod logins;
mod operations;
mod yaml;

use operations::{Operation, operations, send_options};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// Where the document is committed.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi.yaml");

fn document() -> Value {
    let mut schemas = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .for_serialize()
        .into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations(&mut schemas) {
        let path = paths
            .entry(operation.path)
            .or_insert_with(|| json!({ "parameters": [] }));
        path["parameters"] = path_parameters(operation.path);
        path[operation.method] = described(&operation, &mut schemas);
    }
    let mut components = schemas.take_definitions(true);
    components.insert("SendOptions".to_owned(), send_options());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "wechat-functions",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Signed routes for the team's own systems. Sign with AWS Signature \
                Version 4, service execute-api.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [
            { "url": "http://127.0.0.1:9000", "description": "The local bundle; key and secret are `local`." },
        ],
        "security": [{ "sigv4": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey", "name": "Authorization", "in": "header",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
            },
            "schemas": components,
        },
    })
}

/// The parts of a path in braces; `{path+}` stands for all that follows.
fn path_parameters(path: &str) -> Value {
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        let description = match name {
            "account" => "The account's name, as in its parameters.",
            "id" => "The message's or campaign's client_msg_id.",
            "kind" => "`jsapi` or `wx_card`.",
            _ => "WeChat's path without its first slash, such as cgi-bin/user/info.",
        };
        json!({
            "name": name, "in": "path", "required": true,
            "description": description, "schema": { "type": "string" },
        })
    };
    names.map(parameter).collect()
}

fn described(operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let refusals = [
        (400, "A rule is broken; nothing was done."),
        (
            403,
            "The signature is wrong or missing, or the call is not allowed here.",
        ),
        (404, "No such account, message, campaign or path."),
    ];
    let error = schemas.subschema_for::<answers::ErrorAnswer>().to_value();
    let mut responses = Map::new();
    for (status, description) in refusals.iter().chain(operation.refusals) {
        let response = json!({
            "description": description,
            "content": { "application/json": { "schema": error } },
        });
        responses.insert(status.to_string(), response);
    }
    for (status, description, content) in &operation.answers {
        let response = json!({ "description": description, "content": content });
        responses.insert(status.to_string(), response);
    }
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": operation.query,
        "responses": responses,
    });
    if let Some(content) = &operation.body {
        described["requestBody"] = json!({ "required": true, "content": content });
    }
    described
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the document is written anew on request"
)]
fn the_committed_document_is_that_of_the_types() {
    let fresh = format!(
        "# Generated from the types; see functions/management-api/src/openapi.rs.\n{}",
        yaml::write(&document())
    );
    if std::env::var("UPDATE_OPENAPI").is_ok() {
        std::fs::write(FILE, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        committed == fresh,
        "infra/openapi.yaml is not that of the types: \
         UPDATE_OPENAPI=1 cargo test -p management-api openapi"
    );
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut waiting = vec![&document];
    let mut references = 0;
    while let Some(value) = waiting.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let place = target.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{target}");
            references += 1;
        }
        waiting.extend(value.as_array().into_iter().flatten());
        waiting.extend(value.as_object().into_iter().flatten().map(|(_, v)| v));
    }
    assert!(references > 30, "{references}");
}
