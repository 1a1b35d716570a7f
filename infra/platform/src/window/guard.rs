//! Keeps other pages in the same browser away: they may send requests to this machine, but not unseen.

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;
use std::net::IpAddr;

/// Whether the simulator listens on this machine alone.
#[derive(Clone, Copy)]
pub(crate) struct Guard {
    pub(crate) is_loopback: bool,
}

/// Refuses what another page sent, and a name that somebody else's name server made ours.
pub(crate) async fn guarded(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    match guard.objection(request.headers()) {
        None => next.run(request).await,
        Some(rule) => {
            let told = json!({"error": {"field": "origin", "rule": rule}});
            (StatusCode::FORBIDDEN, Json(told)).into_response()
        }
    }
}

impl Guard {
    fn objection(self, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let host = text(header::HOST).unwrap_or_default();
        if self.is_loopback && !is_this_machine(host) {
            return Some(
                "open the page by the address it was printed with: 127.0.0.1 or localhost",
            );
        }
        let other = text(header::ORIGIN).is_some_and(|origin| origin != format!("http://{host}"));
        other.then_some("another page may not drive the simulator")
    }
}

fn is_this_machine(host: &str) -> bool {
    let uri: Result<Uri, _> = format!("http://{host}").parse();
    let name = uri.ok().and_then(|uri| uri.host().map(str::to_owned));
    name.is_some_and(|name| {
        let address = name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        name == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(is_loopback: bool, host: &str, origin: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if !origin.is_empty() {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        Guard { is_loopback }.objection(&headers).is_some()
    }

    #[test]
    fn other_pages_and_other_names_are_refused() {
        for (host, origin) in [
            ("127.0.0.1:9100", ""),
            ("127.0.0.1:9100", "http://127.0.0.1:9100"),
            ("localhost:9100", "http://localhost:9100"),
            ("[::1]:9100", "http://[::1]:9100"),
        ] {
            assert!(!objects(true, host, origin), "{host} {origin}");
        }
        for (host, origin) in [
            ("evil.example:9100", ""),
            ("localhost.evil.example", ""),
            ("127.0.0.1.evil.example", ""),
            ("user@127.0.0.1@evil.example", ""),
            ("", ""),
            ("127.0.0.1:9100", "http://evil.example"),
            ("127.0.0.1:9100", "https://127.0.0.1:9100"),
            ("127.0.0.1:9100", "http://127.0.0.1:3000"),
            ("127.0.0.1:9100", "null"),
        ] {
            assert!(objects(true, host, origin), "{host} {origin}");
        }
        assert!(!objects(false, "simulator:9100", ""));
        assert!(objects(false, "simulator:9100", "http://evil.example"));
    }
}
