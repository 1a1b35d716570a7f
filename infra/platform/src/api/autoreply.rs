//! The reply rules of the web console (protocol 7.7): an account that is answered by a callback has none.

use super::{Route, call::Context, failure::Failure, get};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[get("/cgi-bin/get_current_autoreply_info", current)];

fn current(_: &Context<'_>) -> Result<Value, Failure> {
    Ok(json!({
        "is_add_friend_reply_open": 0,
        "is_autoreply_open": 0,
        "keyword_autoreply_info": {"list": []},
    }))
}
