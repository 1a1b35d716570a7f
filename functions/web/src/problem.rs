//! Problems of this function's own, and how every problem is told: nothing of the request is repeated.

use serde_json::json;
use shared::{lambda::HttpResponse, problem::Problem};
use wechat_oa::api::{Invalid, error::Cause};

/// A page that is not one of the account's own sites.
pub(crate) fn foreign_domain(field: &str) -> Problem {
    let why = format!("{field}: its domain is not among the account's web.domains");
    Problem::new("foreign_domain", 403, why)
}

pub(crate) fn no_ticket(cause: Cause) -> Problem {
    Problem::new("no_ticket", 503, format!("no ticket: {cause}"))
}

pub(crate) fn no_random_numbers(reason: String) -> Problem {
    let why = format!("no random numbers: {reason}");
    Problem::new("no_random_numbers", 500, why)
}

pub(crate) fn slow() -> Problem {
    let why = "another request exchanges the code, and is not done";
    Problem::new("not_in_time", 503, why)
}

pub(crate) fn absent(what: &str) -> Problem {
    let why = format!("no such {what}, or it was used before, or it is too old");
    Problem::new("not_found", 404, why)
}

/// A field of the request, and the rule it breaks.
pub(crate) fn invalid(field: &'static str, rule: &'static str) -> Problem {
    let (field, rule) = (field.into(), rule.into());
    Invalid { field, rule }.into()
}

/// Whether the state of a login is not believed.
pub(crate) fn is_of_state(problem: &Problem) -> bool {
    problem.error_type().contains("state")
}

/// What the asker learns; what went wrong on our side is told in the log alone.
pub(crate) fn message(problem: &Problem) -> String {
    match problem.error_type() {
        "unknown_account" | "too_many_unknown_accounts" => "no such account".to_owned(),
        _ if problem.status() < 500 => problem.to_string(),
        _ => "not to be had right now; ask again".to_owned(),
    }
}

/// `{"error": {"type", "message"}}`.
pub(crate) fn response(problem: &Problem) -> HttpResponse {
    let error = json!({ "type": problem.error_type(), "message": message(problem) });
    HttpResponse::json(problem.status(), &json!({ "error": error }))
}
