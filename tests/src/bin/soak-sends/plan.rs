//! Which message goes to whom, by its number alone.

use crate::accounts::ACCOUNTS;
use serde_json::{Value, json};

/// An account's route of one kind.
pub(crate) struct Route {
    account: usize,
    kind: usize,
}

const KINDS: [&str; 4] = [
    "template-messages",
    "subscription-messages",
    "one-time-subscription-messages",
    "customer-service-messages",
];
/// No template the simulator knows, so that it asks for no fields.
const TEMPLATE: &str = "soak";

impl Route {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let routes = (0..ACCOUNTS.len())
            .flat_map(|account| (0..KINDS.len()).map(move |kind| (account, kind)));
        routes.map(|(account, kind)| Self { account, kind })
    }

    pub(crate) fn path(&self) -> String {
        format!(
            "/v1/accounts/{}/{}",
            ACCOUNTS[self.account].name, KINDS[self.kind]
        )
    }
}

/// All messages of a run. A receiver has one account and one kind, so that theirs have one order.
pub(crate) struct Plan {
    pub(crate) messages: u64,
    receivers: u64,
}

impl Plan {
    pub(crate) fn new(messages: u64, receivers: u64) -> Self {
        Self {
            messages,
            receivers,
        }
    }

    /// Numbers of the messages of a route, in the order they are posted.
    pub(crate) fn of(&self, route: &Route) -> Vec<u64> {
        let its = |n: &u64| {
            let receiver = self.receiver(*n);
            account_of(receiver) == route.account && kind_of(receiver) == route.kind
        };
        (0..self.messages).filter(its).collect()
    }

    pub(crate) fn receiver(&self, n: u64) -> u64 {
        n % self.receivers
    }

    /// Index of the account that sends message `n`.
    pub(crate) fn account(&self, n: u64) -> usize {
        account_of(self.receiver(n))
    }

    pub(crate) fn body(&self, route: &Route, n: u64) -> Value {
        let to = format!("oSoak{:023}", self.receiver(n));
        let (id, mark) = (id(n), id(n));
        let mut body = match route.kind {
            0 | 1 => json!({ "template_id": TEMPLATE, "data": { "thing1": { "value": mark } } }),
            2 => json!({
                "template_id": TEMPLATE, "scene": "1000", "title": "订阅通知", "data": { "content": { "value": mark } },
            }),
            _ => json!({ "msgtype": "text", "text": { "content": mark } }),
        };
        // Nobody accepted anything here.
        if route.kind == 1 {
            body["force"] = json!(true);
        }
        body["touser"] = json!(to);
        body["client_msg_id"] = json!(id);
        body
    }
}

/// The caller's id of a message, which is also what it says.
fn id(n: u64) -> String {
    format!("soak-{n}")
}

/// The number behind an id, or in a body.
pub(crate) fn number(text: &str) -> Option<u64> {
    let digits = text.rsplit_once("soak-")?.1;
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// One receiver in fifty belongs to the careful account.
fn account_of(receiver: u64) -> usize {
    match receiver % 50 {
        0 => 2,
        other => usize::from(other % 2 == 0),
    }
}

/// Half are templates, which carry an id WeChat knows them by; the rest do not.
fn kind_of(receiver: u64) -> usize {
    match receiver / 50 % 10 {
        0..=4 => 0,
        5 | 6 => 1,
        7 => 2,
        _ => 3,
    }
}
