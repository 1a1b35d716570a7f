//! The reply rules of the web console (protocol 7.7), as the control API has set them; an account that has set none has
//! none.

use super::{Route, call::Context, failure::Failure, get};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[get("/cgi-bin/get_current_autoreply_info", current)];

fn current(context: &Context<'_>) -> Result<Value, Failure> {
    let none = || {
        json!({
            "is_add_friend_reply_open": 0,
            "is_autoreply_open": 0,
            "keyword_autoreply_info": {"list": []},
        })
    };
    context.data(|data| Ok(data.autoreply.clone().map_or_else(none, Value::Object)))
}
