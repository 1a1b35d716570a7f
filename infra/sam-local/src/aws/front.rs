//! The front's one handler: whose request, for which service, allowed or not.

use super::{
    caller::Caller,
    cloudformation::CloudFormation,
    dynamodb::DynamoDb,
    invoke::{function_of_path, invoke},
    permissions::{Permissions, Wish},
    refusal::{Refusal, document},
    ssm::Parameters,
};
use crate::{
    ids,
    lambda::{AsyncQueue, Lambda, function_name},
    logs::Logs,
    rights::Record,
    sqs::{self, Queues},
    stack::{ACCOUNT, Stack, name_of},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Response, StatusCode, Uri},
    serve::ListenerExt,
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use tokio::net::TcpListener;

/// DynamoDB's limit; every other service takes less.
const MAX_BODY: usize = 16 * 1_024 * 1_024;

/// Everything the front answers for.
#[derive(Debug)]
pub struct Front {
    /// Names.
    pub stack: Stack,
    /// Who may do what.
    pub permissions: Permissions,
    /// Where it is written down what functions ask for.
    pub rights: Option<Record>,
    /// The database.
    pub dynamodb: Arc<DynamoDb>,
    /// The queues.
    pub queues: Arc<Queues>,
    /// The parameters.
    pub parameters: Arc<Parameters>,
    /// The functions.
    pub lambda: Arc<Lambda>,
    /// The stack itself.
    pub cloudformation: CloudFormation,
    /// Their asynchronous invocations.
    pub async_queue: Arc<AsyncQueue>,
    /// Where refusals are said.
    pub logs: Logs,
}

/// Serves the front until the task is dropped.
pub async fn serve(listener: TcpListener, front: Arc<Front>) {
    let router = Router::new()
        .fallback(handle)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(front);
    let listener = listener.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    let _ = axum::serve(listener, router).await;
}

async fn handle(
    State(front): State<Arc<Front>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mut response = front.answer(&uri, &headers, body).await;
    if let Ok(id) = ids::uuid().parse() {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

impl Front {
    async fn answer(&self, uri: &Uri, headers: &HeaderMap, body: Bytes) -> Response<Body> {
        if let Some(function) = function_of_path(uri.path()) {
            let wish = self.invoke_wish(&function);
            return match self.admit(headers, &[wish]) {
                Ok(_) => invoke(&self.lambda, &self.async_queue, &function, headers, body).await,
                Err(refusal) => refusal.rest(),
            };
        }
        let target = headers
            .get("x-amz-target")
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        let (service, operation) = target.split_once('.').unwrap_or((target, ""));
        if target.is_empty()
            && let Some(form) = CloudFormation::operation(&body)
        {
            return self.cloudformation(headers, &form);
        }
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        match service {
            "DynamoDB_20120810" => self.dynamodb(headers, operation, &json, body).await,
            "AmazonSSM" => self.ssm(headers, operation, &json),
            "AmazonSQS" => self.sqs(headers, operation, &json).await,
            other => {
                let what = if other.is_empty() { uri.path() } else { other };
                self.logs
                    .say("aws", format!("no such service here: {what}"));
                Refusal::new(
                    "UnknownOperationException",
                    format!("{what} is not played by sam-local"),
                )
                .json(None)
            }
        }
    }

    async fn dynamodb(
        &self,
        headers: &HeaderMap,
        operation: &str,
        json: &Value,
        body: Bytes,
    ) -> Response<Body> {
        let wishes = self.dynamodb.wishes(&self.stack, operation, json);
        let answer = match self.admit(headers, &wishes) {
            Ok(_) => self.dynamodb.forward(headers, body).await,
            Err(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(|refusal| {
            let namespace = match refusal.code.as_str() {
                "AccessDeniedException" | "UnrecognizedClientException" => {
                    "com.amazon.coral.service"
                }
                _ => "com.amazonaws.dynamodb.v20120810",
            };
            refusal.json(Some(namespace))
        })
    }

    fn cloudformation(
        &self,
        headers: &HeaderMap,
        form: &BTreeMap<String, String>,
    ) -> Response<Body> {
        let action = form.get("Action").map_or("", String::as_str);
        let wish = Wish::new(format!("cloudformation:{action}"), "*");
        match self.admit(headers, &[wish]) {
            Ok(_) => self.cloudformation.call(&self.stack, form),
            Err(refusal) => refusal.json(None),
        }
    }

    fn ssm(&self, headers: &HeaderMap, operation: &str, json: &Value) -> Response<Body> {
        let touched = Parameters::touched(operation, json);
        let wish =
            |name: &String| Wish::new(format!("ssm:{operation}"), self.stack.parameter_arn(name));
        let wishes: Vec<Wish> = touched.iter().map(wish).collect();
        let answer = self
            .admit(headers, &wishes)
            .and_then(|_| self.parameters.call(&self.stack, operation, json));
        match answer {
            Ok(answer) => document(StatusCode::OK, &answer),
            Err(refusal) => refusal.json(None),
        }
    }

    async fn sqs(&self, headers: &HeaderMap, operation: &str, json: &Value) -> Response<Body> {
        let queue = json
            .get("QueueUrl")
            .or_else(|| json.get("QueueName"))
            .and_then(Value::as_str);
        let resource = queue.map_or_else(|| "*".to_owned(), |q| self.stack.queue_arn(name_of(q)));
        // IAM has no actions for batches: a batch needs the permission of its single operation.
        let action = format!("sqs:{}", operation.trim_end_matches("Batch"));
        let answer = match self.admit(headers, &[Wish::new(action, resource)]) {
            Ok(caller) => sqs::call(&self.queues, &self.stack, caller.name(), operation, json)
                .await
                .map_err(|error| {
                    let (code, query) = error.codes();
                    Refusal {
                        query_code: Some(query.to_owned()),
                        ..Refusal::new(code, error.to_string())
                    }
                }),
            Err(refusal) => Err(refusal),
        };
        match answer {
            Ok(answer) => document(StatusCode::OK, &answer),
            Err(refusal) => refusal.json(Some("com.amazonaws.sqs")),
        }
    }

    fn invoke_wish(&self, function: &str) -> Wish {
        let name = self
            .lambda
            .pool(function)
            .map_or(function_name(function), |p| p.function.name.as_str());
        Wish::new("lambda:InvokeFunction", self.stack.function_arn(name))
    }

    /// Lets a caller pass who may do all of `wishes`.
    fn admit(&self, headers: &HeaderMap, wishes: &[Wish]) -> Result<Caller, Refusal> {
        let Some(caller) = Caller::from_headers(headers) else {
            return Err(Refusal::new(
                "MissingAuthenticationTokenException",
                "Request is missing Authentication Token",
            ));
        };
        if !self.permissions.knows(&caller) {
            return Err(Refusal::new(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ));
        }
        self.write_down(&caller, wishes);
        match self.permissions.denied(&caller, wishes) {
            None => Ok(caller),
            Some(wish) => Err(self.deny(&caller, wish)),
        }
    }

    fn write_down(&self, caller: &Caller, wishes: &[Wish]) {
        if let (Caller::Function(function), Some(rights)) = (caller, &self.rights) {
            for wish in wishes {
                if let Err(error) = rights.add(function, &wish.action, &wish.resource) {
                    self.logs
                        .say("aws", format!("right not written down: {error}"));
                }
            }
        }
    }

    fn deny(&self, caller: &Caller, wish: &Wish) -> Refusal {
        let Wish {
            action, resource, ..
        } = wish;
        let who = caller.name();
        self.logs
            .say(who, format!("AccessDenied: {action} on {resource}"));
        let message = format!(
            "User: arn:aws:sts::{ACCOUNT}:assumed-role/{}-{who}/{who} is not authorized to perform: {action} on resource: \
             {resource} because no identity-based policy allows the {action} action",
            self.stack.name
        );
        Refusal {
            status: StatusCode::BAD_REQUEST,
            ..Refusal::new("AccessDeniedException", message)
        }
    }
}
