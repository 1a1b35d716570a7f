//! The HTTP API: routes, payload format 2.0, IAM signatures (API Gateway guide, "Working with HTTP APIs").

mod answer;
mod event;
mod route;
mod sigv4;

pub use route::Routes;

use crate::{
    clock::now_ms,
    lambda::{InvokeError, Lambda, Outcome},
    stack::Stack,
};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, State},
    http::{Request, Response, StatusCode},
    serve::ListenerExt,
};
use serde_json::json;
use std::{net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// Most bytes of a request body.
const MAX_BODY: usize = 10 * 1_024 * 1_024;

/// The gateway.
#[derive(Debug)]
pub struct Gateway {
    /// Names.
    pub stack: Stack,
    /// What leads where.
    pub routes: Routes,
    /// The functions.
    pub lambda: Arc<Lambda>,
    /// The document of the routes; a deployed API does not serve it.
    pub openapi: Option<String>,
}

/// Who comes in by a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// Who is on this machine, and may sign with the key that everybody knows.
    Known,
    /// Whoever finds the way: routes behind IAM are not there.
    Everybody,
}

/// Serves the gateway until the task is dropped.
pub async fn serve(listener: TcpListener, gateway: Arc<Gateway>, callers: Callers) {
    let router = Router::new()
        .fallback(handle)
        .with_state((gateway, callers));
    let listener = listener.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    let _ = axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .await;
}

/// The gateway's own answers.
pub(crate) fn message(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({ "message": text }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        "content-type",
        axum::http::HeaderValue::from_static("application/json"),
    );
    response
}

fn document(text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(
        "content-type",
        axum::http::HeaderValue::from_static("application/yaml"),
    );
    response
}

async fn handle(
    State((gateway, callers)): State<(Arc<Gateway>, Callers)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    if callers == Callers::Known
        && let Some(own) = gateway.own(request.uri().path())
    {
        return own;
    }
    let (head, body) = request.into_parts();
    match to_bytes(body, MAX_BODY).await {
        Ok(body) => gateway.answer(&head, body, peer, callers).await,
        Err(_) => message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
    }
}

impl Gateway {
    /// What a deployed API has no route for.
    fn own(&self, path: &str) -> Option<Response<Body>> {
        match path {
            _ if self.routes.has_path(path) => None,
            "/healthz" => Some(self.health()),
            "/openapi.yaml" => self.openapi.clone().map(document),
            _ => None,
        }
    }

    /// 200 once every function has polled, 503 before.
    fn health(&self) -> Response<Body> {
        let waiting: Vec<_> = self
            .lambda
            .pools()
            .iter()
            .filter(|p| !p.has_polled())
            .map(|p| p.function.id.as_str())
            .collect();
        if waiting.is_empty() {
            return message(StatusCode::OK, "OK");
        }
        message(
            StatusCode::SERVICE_UNAVAILABLE,
            &format!("waiting for {}", waiting.join(", ")),
        )
    }

    async fn answer(
        &self,
        head: &axum::http::request::Parts,
        body: Bytes,
        peer: SocketAddr,
        callers: Callers,
    ) -> Response<Body> {
        let hit = self.routes.find(head.method.as_str(), head.uri.path());
        let Some(hit) = hit.filter(|hit| callers == Callers::Known || !hit.route.iam) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        let caller = match hit.route.iam {
            false => None,
            true => match sigv4::verify(head, &body, &self.stack.region, now_ms()) {
                Ok(caller) => Some(caller),
                Err(_) => return message(StatusCode::FORBIDDEN, "Forbidden"),
            },
        };
        let event = event::build(
            &event::Incoming {
                head,
                body: &body,
                peer,
                hit: &hit,
                caller: caller.as_ref(),
            },
            now_ms(),
        );
        let invoked = self
            .lambda
            .invoke(&hit.function, Bytes::from(event.to_string()));
        match tokio::time::timeout(hit.route.timeout, invoked).await {
            Ok(Ok(Outcome::Answered(payload))) => answer::decode(&payload),
            Ok(Ok(Outcome::Failed(_))) => {
                message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
            Ok(Err(InvokeError::TooLarge(_))) => {
                message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
            }
            Ok(Err(InvokeError::Throttled)) => {
                message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Ok(Err(_)) => message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Err(_) => message(StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
        }
    }
}
