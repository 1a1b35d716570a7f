//! The WeChat API: one file a family, each with its table of routes.
//!
//! A call goes through faults, method, token, permission and quota before its handler sees it; whatever
//! happens to it stands in the call log.

mod accepted;
mod article;
mod autoreply;
mod bizsend;
mod call;
mod comment;
mod custom;
mod custom_message;
mod draft;
mod errmsg;
mod failure;
mod fields;
mod freepublish;
mod gate;
mod kf_account;
mod kf_session;
mod library_rules;
mod mass;
mod mass_jobs;
mod mass_message;
mod material;
mod media;
mod menu;
mod message_rules;
mod multipart;
mod network;
mod notify;
mod oauth;
mod page;
mod permission;
mod qrcode;
mod quota;
mod replay;
mod reply;
mod serve;
mod subscribe_once;
mod tag;
mod template;
mod template_send;
mod ticket;
mod token;
mod upload;
mod user;

use axum::http::Method;
use call::Context;
use failure::Failure;
use reply::Reply;
use serde_json::Value;
pub(crate) use serve::{Cut, serve};

/// The families, in the order of the protocol's sections.
const FAMILIES: &[&[Route]] = &[
    token::ROUTES,
    ticket::ROUTES,
    network::ROUTES,
    quota::ROUTES,
    autoreply::ROUTES,
    template_send::ROUTES,
    subscribe_once::ROUTES,
    bizsend::ROUTES,
    custom::ROUTES,
    mass::ROUTES,
    mass_jobs::ROUTES,
    menu::ROUTES,
    template::ROUTES,
    notify::ROUTES,
    kf_account::ROUTES,
    kf_session::ROUTES,
    media::ROUTES,
    material::ROUTES,
    draft::ROUTES,
    freepublish::ROUTES,
    comment::ROUTES,
    user::ROUTES,
    tag::ROUTES,
    qrcode::ROUTES,
    oauth::ROUTES,
];

/// One endpoint.
struct Route {
    verb: Verb,
    path: &'static str,
    access: Access,
    handle: Handle,
}

/// What answers a call.
#[derive(Clone, Copy)]
enum Handle {
    Json(fn(&Context<'_>) -> Result<Value, Failure>),
    /// Files, pages and redirects.
    Any(fn(&Context<'_>) -> Result<Reply, Failure>),
}

/// The HTTP method an endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
}

/// What a caller must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// The handler checks the caller by itself.
    Open,
    /// A valid `access_token` in the query; the call counts against the daily quota.
    Token,
}

const fn get(path: &'static str, handle: fn(&Context<'_>) -> Result<Value, Failure>) -> Route {
    Route::new(Verb::Get, path, Handle::Json(handle))
}

const fn post(path: &'static str, handle: fn(&Context<'_>) -> Result<Value, Failure>) -> Route {
    Route::new(Verb::Post, path, Handle::Json(handle))
}

impl Route {
    const fn new(verb: Verb, path: &'static str, handle: Handle) -> Self {
        Self {
            verb,
            path,
            access: Access::Token,
            handle,
        }
    }

    const fn open(self) -> Self {
        Self {
            access: Access::Open,
            ..self
        }
    }
}

impl Verb {
    fn takes(self, method: &Method) -> bool {
        matches!(
            (self, method),
            (Self::Get, &Method::GET) | (Self::Post, &Method::POST)
        )
    }
}

fn route(path: &str) -> Option<&'static Route> {
    all_routes().find(|route| route.path == path)
}

/// What answers that call: of two routes at one path, the one of its method.
fn route_of(path: &str, method: &Method) -> Option<&'static Route> {
    all_routes()
        .find(|route| route.path == path && route.verb.takes(method))
        .or_else(|| route(path))
}

fn all_routes() -> impl Iterator<Item = &'static Route> {
    FAMILIES.iter().copied().flatten().chain(&*replay::ROUTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Other libraries still call it as former pages had it.
    const FORMERLY_GET: &str = "/customservice/kfaccount/del";

    #[test]
    fn routes_stand_once_and_as_the_protocol_has_them() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/endpoints.json"
        );
        let listed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let listed = listed["endpoints"].as_array().unwrap();
        let mut seen = Vec::new();
        for route in all_routes() {
            if route.path == FORMERLY_GET && route.verb == Verb::Get {
                continue;
            }
            assert!(!seen.contains(&route.path), "{} twice", route.path);
            seen.push(route.path);
            let entry = listed
                .iter()
                .find(|entry| entry["path"] == route.path)
                .unwrap();
            let verb = format!("{:?}", route.verb).to_uppercase();
            assert_eq!(entry["method"], verb, "{}", route.path);
            let open = ["none", "oauth"].contains(&entry["auth"].as_str().unwrap());
            assert_eq!(route.access == Access::Open, open, "{}", route.path);
        }
        for entry in listed {
            let path = entry["path"].as_str().unwrap();
            assert!(seen.contains(&path), "nothing answers {path}");
        }
        assert_eq!(seen.len(), listed.len());
    }
}
