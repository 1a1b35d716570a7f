//! The Lambda runtime API of one instance (Lambda guide, "Using the Lambda runtime API").

use super::invocation::{Invocation, MAX_PAYLOAD, Outcome};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};

/// Where an instance is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// Started, has not polled yet.
    Starting,
    /// Has polled at least once.
    Ready,
    /// Reported an initialisation error.
    InitFailed(Bytes),
    /// The process is gone; how it ended.
    Exited(String),
}

/// An invocation on its way through the process.
type Pending = (String, oneshot::Sender<Outcome>);

/// The instance's side of the runtime API.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    queue: mpsc::Sender<Invocation>,
    next: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    current: Mutex<Option<Pending>>,
    phase: watch::Sender<Phase>,
}

impl RuntimeApi {
    /// A runtime API nobody polls yet.
    pub(super) fn new() -> Arc<Self> {
        let (queue, next) = mpsc::channel(1);
        Arc::new(Self {
            queue,
            next: tokio::sync::Mutex::new(next),
            current: Mutex::new(None),
            phase: watch::Sender::new(Phase::Starting),
        })
    }

    /// Follows the instance's life.
    pub(super) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Notes that the process is gone.
    pub(super) fn exited(&self, how: String) {
        self.phase.send_replace(Phase::Exited(how));
    }

    /// Hands an invocation to the process; the receiver gets what it answers.
    pub(super) async fn deliver(&self, invocation: Invocation) -> oneshot::Receiver<Outcome> {
        let (answer, receiver) = oneshot::channel();
        *self.current() = Some((invocation.request_id.clone(), answer));
        // The receiving half lives in `self`, so the send cannot fail.
        let _ = self.queue.send(invocation).await;
        receiver
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<Pending>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the answer of `request_id`; false if that is not the invocation under way.
    fn answer(&self, request_id: &str, outcome: Outcome) -> bool {
        let pending = self.current().take_if(|(id, _)| id == request_id);
        match pending {
            Some((_, sender)) => {
                // A caller that stopped waiting is no fault of the function.
                let _ = sender.send(outcome);
                true
            }
            None => false,
        }
    }

    /// The routes a runtime polls.
    pub(super) fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::disable())
            .with_state(self)
    }
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    api.phase.send_if_modified(|phase| {
        let first = *phase == Phase::Starting;
        if first {
            *phase = Phase::Ready;
        }
        first
    });
    let Some(invocation) = api.next.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("lambda-runtime-aws-request-id", invocation.request_id),
        (
            "lambda-runtime-deadline-ms",
            invocation.deadline_ms.to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            invocation.function_arn,
        ),
        ("lambda-runtime-trace-id", invocation.trace_id),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, invocation.payload).into_response()
}

async fn response(
    State(api): State<Arc<RuntimeApi>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    if body.len() > MAX_PAYLOAD {
        let message = format!(
            "Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."
        );
        api.answer(
            &id,
            Outcome::failed("Function.ResponseSizeTooLarge", &message),
        );
        return refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            &message,
        );
    }
    accepted(api.answer(&id, Outcome::Answered(body)))
}

async fn error(
    State(api): State<Arc<RuntimeApi>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    accepted(api.answer(&id, Outcome::Failed(error_document(&headers, body))))
}

async fn init_error(
    State(api): State<Arc<RuntimeApi>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    api.phase
        .send_replace(Phase::InitFailed(error_document(&headers, body)));
    accepted(true)
}

/// The error document a caller sees; Lambda makes one when the runtime sent none.
fn error_document(headers: &HeaderMap, body: Bytes) -> Bytes {
    if serde_json::from_slice::<serde_json::Value>(&body).is_ok_and(|v| v.is_object()) {
        return body;
    }
    let kind = headers
        .get("lambda-runtime-function-error-type")
        .and_then(|v| v.to_str().ok());
    let message = String::from_utf8_lossy(&body).into_owned();
    Outcome::failed(kind.unwrap_or("Runtime.UnknownReason"), &message)
        .payload()
        .clone()
}

fn accepted(known: bool) -> Response {
    if known {
        return (StatusCode::ACCEPTED, axum::Json(json!({ "status": "OK" }))).into_response();
    }
    refused(
        StatusCode::BAD_REQUEST,
        "InvalidRequestID",
        "Invalid request ID",
    )
}

fn refused(status: StatusCode, error_type: &str, message: &str) -> Response {
    (
        status,
        axum::Json(json!({ "errorType": error_type, "errorMessage": message })),
    )
        .into_response()
}
