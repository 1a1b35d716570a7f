//! `ticket/getticket` (protocol section 4).

use super::{Route, call::Context, failure::Failure, get};
use crate::random::ticket_value;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[get("/cgi-bin/ticket/getticket", read)];

fn read(context: &Context<'_>) -> Result<Value, Failure> {
    let kind = context.call.query("type").unwrap_or_default();
    if !["jsapi", "wx_card"].contains(&kind) {
        return Err(Failure::code(40_097));
    }
    let now_ms = context.now_ms();
    let (ticket, expires_ms) = context.account(context.app_id, |account| {
        let life_ms = i64::from(account.ticket_lifetime_s) * 1_000;
        let ticket = account.tickets.entry(kind.to_owned()).or_default();
        if ticket.1 <= now_ms {
            *ticket = (ticket_value(), now_ms + life_ms);
        }
        ticket.clone()
    })?;
    let expires_in = (expires_ms - now_ms) / 1_000;
    Ok(json!({"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": expires_in}))
}
