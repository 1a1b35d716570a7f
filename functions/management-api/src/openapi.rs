//! `infra/openapi.yaml`: the signed routes, generated from the types, compared with what is
//! committed. `UPDATE_OPENAPI=1 cargo test -p management-api openapi` writes it anew.
//!
//! What it holds back from JSON Schema it holds back for the generators of clients: `enum` where
//! `const` would say the same, no `allOf`, no `default` in a body, one content type for each body.

mod answers;
mod campaigns;
pub(crate) mod check;
mod limits;
mod operations;
mod plain;
mod posted;
mod refusals;
mod relay;
mod sends;
mod web;
mod yaml;

use operations::{Operation, operations};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// Where the document is committed.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi.yaml");

pub(crate) fn document() -> Value {
    let mut schemas = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .for_serialize()
        .into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations(&mut schemas) {
        let path = paths
            .entry(operation.path)
            .or_insert_with(|| json!({ "parameters": path_parameters(operation.path) }));
        path[operation.method] = described(&operation);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "wechat-functions",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Routes for the team's own systems. Those under /v1 are signed with AWS \
                Signature Version 4, service execute-api.",
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
            "schemas": components(&mut schemas),
        },
    });
    plain::make(&mut document);
    document
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

/// A schema by its name.
fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
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

fn described(operation: &Operation) -> Value {
    let mut responses = refusals::responses(operation);
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
    if !operation.signed() {
        described["security"] = json!([]);
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

/// Every value of the document, with the names that lead to it.
#[cfg(test)]
fn each(value: &Value, place: &str, look: &mut impl FnMut(&str, &Value)) {
    look(place, value);
    let items = value.as_array().into_iter().flatten().enumerate();
    items.for_each(|(n, item)| each(item, &format!("{place}/{n}"), look));
    let members = value.as_object().into_iter().flatten();
    members.for_each(|(name, member)| each(member, &format!("{place}/{name}"), look));
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document = document();
    let mut used = std::collections::BTreeSet::new();
    each(&document, "", &mut |_, value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let place = target.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{target}");
            used.insert(place.rsplit('/').next().unwrap().to_owned());
        }
    });
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let named: std::collections::BTreeSet<_> = schemas.keys().cloned().collect();
    assert_eq!(named, used);
}

/// What one of the usual generators leaves out, or reads wrongly.
#[test]
fn the_document_holds_nothing_that_a_generator_stumbles_over() {
    each(&document(), "", &mut |place, value| {
        let is = |name: &str| value.get(name).is_some();
        let keyword = ["/if", "/else", "/not"].iter().any(|k| place.contains(k));
        assert!(!is("allOf"), "{place}: members of two halves");
        assert!(keyword || !is("const"), "{place}: const for enum");
        let parameter = place.contains("/parameters/");
        assert!(
            parameter || !is("default"),
            "{place}: not optional in TypeScript"
        );
        assert!(
            !place.ends_with("+}"),
            "{place}: the notation of API Gateway"
        );
    });
}

#[test]
fn every_route_has_the_answers_of_the_gateway() {
    let document = document();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let answers = &operation["responses"];
            let signed = path.starts_with("/v1/");
            assert!(
                method == "parameters" || !signed || answers["403"].is_object(),
                "{path}"
            );
            assert!(
                method == "parameters" || answers["429"].is_object(),
                "{path}"
            );
            let posts = operation.get("requestBody").is_some();
            assert!(!posts || answers["413"].is_object(), "{path}");
        }
    }
}
