//! CloudFormation, as far as a stack is looked at: what it gives out and what it is made of.

use super::refusal::Refusal;
use crate::{stack::Stack, template::Template};
use axum::{
    body::Body,
    extract::Query,
    http::{HeaderValue, Response, StatusCode, Uri},
};
use std::collections::BTreeMap;

/// When the stack was made; nobody asks.
const MADE: &str = "2026-01-01T00:00:00Z";

/// The stack that is played.
#[derive(Debug, Default)]
pub struct CloudFormation {
    parameters: Vec<(String, String)>,
    outputs: Vec<(String, String)>,
    /// Logical id, type, physical id.
    resources: Vec<[String; 3]>,
}

impl CloudFormation {
    /// The template's stack. Addresses of the HTTP API become those of the gateway at `gateway`.
    pub fn new(template: &Template, stack: &Stack, gateway: &str) -> Self {
        let row = |id: &str, kind: &str, physical: &str| [id, kind, physical].map(str::to_owned);
        let functions = template.functions.iter();
        let tables = template.tables.iter();
        let queues = template.queues.iter();
        let resources = functions
            .map(|f| row(&f.id, "AWS::Lambda::Function", &f.name))
            .chain(tables.map(|t| row(&t.id, "AWS::DynamoDB::Table", &t.name)))
            .chain(queues.map(|q| row(&q.id, "AWS::SQS::Queue", &stack.queue_url(&q.name))));
        let outputs = template.outputs.iter();
        Self {
            parameters: template.parameters.clone().into_iter().collect(),
            outputs: outputs
                .map(|(name, value)| (name.clone(), reachable(value, gateway)))
                .collect(),
            resources: resources.collect(),
        }
    }

    /// The operation a request asks for, in the query protocol.
    pub(super) fn operation(body: &[u8]) -> Option<BTreeMap<String, String>> {
        let query = std::str::from_utf8(body).ok()?;
        let uri: Uri = format!("/?{query}").parse().ok()?;
        let Query(form) = Query::<BTreeMap<String, String>>::try_from_uri(&uri).ok()?;
        (form.get("Version")? == "2010-05-15").then_some(form)
    }

    /// Answers `DescribeStacks` and `ListStackResources`.
    pub(super) fn call(&self, stack: &Stack, form: &BTreeMap<String, String>) -> Response<Body> {
        let field = |name| form.get(name).map_or("", String::as_str);
        let (action, name) = (field("Action"), field("StackName"));
        if name != stack.name {
            let missing = format!("Stack with id {name} does not exist");
            return refused("ValidationError", &missing);
        }
        match action {
            "DescribeStacks" => document(action, &self.stacks(name)),
            "ListStackResources" => document(action, &self.summaries()),
            other => refused("InvalidAction", &format!("{other} is not played here")),
        }
    }

    fn stacks(&self, name: &str) -> String {
        let pairs = |pairs: &[(String, String)], kind: &str| -> String {
            let pair = |(key, value): &(String, String)| {
                element(
                    "member",
                    &(leaf(&format!("{kind}Key"), key) + &leaf(&format!("{kind}Value"), value)),
                )
            };
            element(
                &format!("{kind}s"),
                &pairs.iter().map(pair).collect::<String>(),
            )
        };
        let stack = leaf("StackName", name)
            + &leaf("CreationTime", MADE)
            + &leaf("StackStatus", "CREATE_COMPLETE")
            + &pairs(&self.parameters, "Parameter")
            + &pairs(&self.outputs, "Output");
        element("Stacks", &element("member", &stack))
    }

    fn summaries(&self) -> String {
        let summary = |[id, kind, physical]: &[String; 3]| {
            let fields = leaf("LogicalResourceId", id)
                + &leaf("PhysicalResourceId", physical)
                + &leaf("ResourceType", kind)
                + &leaf("LastUpdatedTimestamp", MADE)
                + &leaf("ResourceStatus", "CREATE_COMPLETE");
            element("member", &fields)
        };
        let all: String = self.resources.iter().map(summary).collect();
        element("StackResourceSummaries", &all)
    }
}

/// `https://{api}.execute-api.{region}.amazonaws.com/path` is the gateway on this machine.
fn reachable(value: &str, gateway: &str) -> String {
    let path = value
        .strip_prefix("https://")
        .filter(|rest| rest.contains(".execute-api."))
        .map(|rest| rest.split_once('/').map_or("", |(_, path)| path));
    match path {
        None => value.to_owned(),
        Some("") => gateway.to_owned(),
        Some(path) => format!("{gateway}/{path}"),
    }
}

fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

fn leaf(name: &str, value: &str) -> String {
    let escaped = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    element(name, &escaped)
}

fn document(action: &str, result: &str) -> Response<Body> {
    let result = element(&format!("{action}Result"), result);
    xml(
        StatusCode::OK,
        element(&format!("{action}Response"), &result),
    )
}

fn refused(code: &str, message: &str) -> Response<Body> {
    let refusal = Refusal::new(code, message);
    let error =
        leaf("Type", "Sender") + &leaf("Code", &refusal.code) + &leaf("Message", &refusal.message);
    xml(
        refusal.status,
        element("ErrorResponse", &element("Error", &error)),
    )
}

fn xml(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/xml");
    response.headers_mut().insert("content-type", kind);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_the_gateway() {
        let gateway = "http://127.0.0.1:9000";
        for (given, seen) in [
            (
                "https://Api.execute-api.us-east-1.amazonaws.com/orders/{id}",
                "http://127.0.0.1:9000/orders/{id}",
            ),
            ("https://Api.execute-api.us-east-1.amazonaws.com", gateway),
            ("local-Table", "local-Table"),
        ] {
            assert_eq!(reachable(given, gateway), seen);
        }
    }

    #[test]
    fn a_request_is_known_by_its_version() {
        let form =
            CloudFormation::operation(b"Action=DescribeStacks&Version=2010-05-15&StackName=a")
                .unwrap();
        assert_eq!(form["StackName"], "a");
        assert!(CloudFormation::operation(b"{}").is_none());
    }
}
