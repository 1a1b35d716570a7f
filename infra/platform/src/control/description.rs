//! What the control API says about itself: its routes, and the kinds of pushes and faults.

use crate::{faults, push};
use serde_json::{Value, json};

/// Method, path, what the body may be or what comes back.
pub(super) const ROUTES: &[(&str, &str, &str)] = &[
    (
        "GET",
        "/_control",
        "this list: routes, kinds of pushes, faults",
    ),
    ("GET", "/_control/accounts", "every account"),
    (
        "POST",
        "/_control/accounts",
        "{\"app_id\", \"app_secret\", \"original_id\", \"token\"}: registers an account",
    ),
    (
        "POST",
        "/_control/accounts/{app_id}",
        "mode, kind, class, keys, callback_url, lifetimes, daily_limits",
    ),
    (
        "POST",
        "/_control/verify",
        "{\"app_id\"}: the console's URL check",
    ),
    ("GET", "/_control/pushes", "every push with its attempts"),
    (
        "POST",
        "/_control/pushes",
        "{\"app_id\", \"push\": {\"kind\": \"text\", \"content\": \"ping\"}}",
    ),
    ("GET", "/_control/pushes/{push_id}", "one push"),
    (
        "GET",
        "/_control/calls",
        "calls to the WeChat API: ?path=&app_id=",
    ),
    ("DELETE", "/_control/calls", "forgets them"),
    (
        "GET",
        "/_control/phone/{app_id}/{openid}",
        "what the user sees",
    ),
    (
        "GET",
        "/_control/messages",
        "accepted messages: ?account=&to_user=&kind=&after=&limit=",
    ),
    (
        "DELETE",
        "/_control/messages",
        "forgets them; numbers go on",
    ),
    (
        "GET",
        "/_control/messages/count",
        "how many, by the same filter",
    ),
    (
        "GET",
        "/_control/sends/{app_id}",
        "how messages are treated",
    ),
    (
        "POST",
        "/_control/sends/{app_id}",
        "{\"outcomes\": {\"user_block\": 0.1}, \"check_window\": false}",
    ),
    (
        "GET",
        "/_control/followers/{app_id}",
        "followers that were named so far: ?openid=",
    ),
    (
        "POST",
        "/_control/followers/{app_id}",
        "{\"openids\": [\"o…\"], \"follows\": false}",
    ),
    (
        "POST",
        "/_control/media/{app_id}",
        "?kind=image&name=cat.png, the file as body: {\"media_id\"}, as a follower's picture has it",
    ),
    (
        "GET",
        "/_control/media/{app_id}/{media_id}",
        "a picture or voice, of either side",
    ),
    ("GET", "/_control/mass", "mass sends: ?account=&openid="),
    (
        "GET",
        "/_control/mass/{app_id}",
        "how mass sends are treated",
    ),
    (
        "POST",
        "/_control/mass/{app_id}",
        "{\"statuses\": {\"err(10001)\": 1}, \"protection\": \"wait\"}",
    ),
    (
        "POST",
        "/_control/mass/{app_id}/{msg_id}",
        "{\"admin\": \"confirm\"}",
    ),
    (
        "POST",
        "/_control/desk/{app_id}",
        "{\"kf_account\", \"online\": true}: agents, who waits",
    ),
    (
        "POST",
        "/_control/comments/{app_id}",
        "a comment below an article",
    ),
    (
        "POST",
        "/_control/autoreply/{app_id}",
        "the console's reply rules, as get_current_autoreply_info answers them",
    ),
    ("GET", "/_control/clock", "the platform's time"),
    (
        "POST",
        "/_control/clock",
        "{\"advance_ms\"} | {\"set_ms\"} | {\"reset\": true}",
    ),
    ("GET", "/_control/faults", "what is switched on"),
    (
        "POST",
        "/_control/faults",
        "{\"kind\": \"errcode\", \"errcode\": -1, \"times\": 1}",
    ),
    ("DELETE", "/_control/faults", "switches all off"),
    ("DELETE", "/_control/faults/{id}", "switches one off"),
    (
        "POST",
        "/_control/tokens/{app_id}/revoke",
        "{\"how\": \"invalidate\"}: somebody else voids the tokens",
    ),
    (
        "GET",
        "/_control/events",
        "what happens, as server-sent events; Last-Event-ID goes on from there",
    ),
    (
        "GET",
        "/_control/document",
        "the OpenAPI document of what runs behind",
    ),
    (
        "ANY",
        "/_control/behind/{*path}",
        "a signed route of what runs behind, as /v1/accounts/demo/messages",
    ),
];

pub(super) fn description() -> Value {
    let route = |(method, path, about): &(&str, &str, &str)| json!({"method": method, "path": path, "about": about});
    json!({
        "page": "/",
        "routes": ROUTES.iter().map(route).collect::<Vec<_>>(),
        "pushes": push::kinds(),
        "faults": faults::KINDS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described() {
        let sources = [
            include_str!("../control.rs"),
            include_str!("kf.rs"),
            include_str!("mass.rs"),
            include_str!("media.rs"),
            include_str!("sends.rs"),
            include_str!("../window.rs"),
        ];
        let quoted = sources.iter().flat_map(|text| text.split('"'));
        for path in quoted.filter(|part| {
            part.starts_with("/_control/") && !["/_control/", "/_control/{*route}"].contains(part)
        }) {
            let known = ROUTES.iter().any(|(_, known, _)| known == &path);
            assert!(
                known || path == "/_control/behind",
                "{path} is not described"
            );
        }
    }

    #[test]
    fn every_route_is_in_the_docs_of_the_crate() {
        let docs = include_str!("../lib.rs");
        for (_, path, _) in ROUTES {
            assert!(docs.contains(path), "{path}");
        }
    }
}
