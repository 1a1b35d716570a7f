//! Family `ticket`: tickets for web pages (protocol section 4).

use super::{Meta, endpoint::family, wire::Number};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

family! { "ticket" for ANY:
    GetTicket => Ticket: Meta::get("/cgi-bin/ticket/getticket", "https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html");
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::call;
    vec![call(GetTicket {
        kind: TicketKind::Jsapi,
    })]
}

/// `GET /cgi-bin/ticket/getticket`: must be kept, calls are few.
///
/// ```
/// use wechat_oa::api::ticket::{GetTicket, TicketKind};
///
/// assert_eq!(serde_json::json!(GetTicket { kind: TicketKind::Jsapi }), serde_json::json!({ "type": "jsapi" }));
/// ```
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GetTicket {
    /// What the ticket is for.
    #[serde(rename = "type")]
    pub kind: TicketKind,
}

/// What a ticket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// Signing pages that use the JS-SDK.
    Jsapi,
    /// Signing cards.
    WxCard,
}

/// A ticket.
#[serde_with::serde_as]
#[derive(Debug, Deserialize)]
pub struct Ticket {
    pub ticket: SecretString,
    /// Seconds it lives, 7,200 today.
    #[serde_as(as = "Number")]
    pub expires_in: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_are_spelled_as_wechat_does() {
        let ask = |kind| json!(GetTicket { kind });
        assert_eq!(ask(TicketKind::Jsapi), json!({"type": "jsapi"}));
        assert_eq!(ask(TicketKind::WxCard), json!({"type": "wx_card"}));
        let answer =
            json!({"errcode": 0, "errmsg": "ok", "ticket": "bxLdikRXVbTP", "expires_in": 7200});
        let ticket: Ticket = serde_json::from_value(answer).unwrap();
        assert_eq!(ticket.expires_in, 7200);
    }
}
