//! A short conversation with the simulated WeChat, shown as it happens.

use crate::{Bundle, options::Options, terminal::print};
use platform::{
    Attempt, CallFilter, MessageFilter, Mode, Outcome, PushReport, PushRequest, State, UserSees,
};
use sam_local::{lambda::OutsideFunction, signed};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// The team's own function that the demo's slow rule calls.
const SLOW_FUNCTION: &str = "wechat-handler-demo";
/// A template every simulated account has.
const TEMPLATE: &str = "pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt";
/// How long it takes: longer than one try of WeChat, shorter than two.
const SLOW: Duration = Duration::from_millis(6_500);

/// Followers a campaign is sent to, and how many openids a request carries.
const RECEIVERS: usize = 45_000;
const PAGE: usize = 10_000;

/// Adds what the conversation needs: a rule that is slow, and the function it calls.
pub fn prepare(options: &mut Options) {
    let stack = &mut options.stack;
    let rules = stack.workspace().join("infra/local/demo/rules.toml");
    stack
        .environment
        .entry("RULES_FILE".to_owned())
        .or_insert_with(|| rules.display().to_string());
    let slow: OutsideFunction = Arc::new(|push: Value| {
        Box::pin(async move {
            tokio::time::sleep(SLOW).await;
            let asked = push
                .get("content")
                .and_then(Value::as_str)
                .unwrap_or_default();
            Ok(json!(format!(
                "an answer to \"{asked}\", worth waiting for"
            )))
        })
    });
    stack
        .outside_functions
        .insert(SLOW_FUNCTION.to_owned(), slow);
}

/// Shows the conversation, one scene after the other. Says so when WeChat is not the simulator.
pub async fn run(bundle: &Bundle) {
    let Some(wechat) = bundle.wechat().simulator() else {
        return print("The conversation needs the simulated WeChat; leave --platform away.");
    };
    let stage = Stage { bundle, wechat };
    stage.url_checks().await;
    stage.every_mode().await;
    stage.a_repeat().await;
    stage.a_slow_rule().await;
    stage.a_token().await;
    stage.a_template().await;
    stage.a_campaign().await;
    print("\nThe conversation is over; the bundle stays up. Try it yourself:");
    print(&format!(
        "  curl -s {}/_control/pushes -d '{{\"app_id\":\"{}\",\"push\":{{\"kind\":\"text\",\"content\":\"ping\"}}}}'",
        bundle.platform_url(),
        stage.app_id(Mode::Safe).unwrap_or_default()
    ));
    print(&format!(
        "  curl -s --aws-sigv4 aws:amz:{}:execute-api --user local:local {}/v1/accounts/demo/messages",
        bundle.stack().region,
        bundle.gateway_url()
    ));
    let document = format!("{}/openapi.yaml", bundle.gateway_url());
    print(&format!("The document of all signed routes: {document}"));
    print("Ctrl-C ends it.");
}

struct Stage<'a> {
    bundle: &'a Bundle,
    wechat: &'a State,
}

impl Stage<'_> {
    async fn url_checks(&self) {
        scene("The console checks the callback URL of every account.");
        for account in self.wechat.accounts() {
            let line = match self.wechat.verify(&account.app_id).await {
                Ok(report) if report.ok => format!("passed in {} ms", report.ms),
                Ok(report) => format!("failed: {}", report.reason.unwrap_or_default()),
                Err(refusal) => format!("not made: {refusal}"),
            };
            say(&account.name, &line);
        }
    }

    async fn every_mode(&self) {
        scene("A user says \"ping\" in plain, compatible and safe mode.");
        for mode in [Mode::Plain, Mode::Compatible, Mode::Safe] {
            let Some(app_id) = self.app_id(mode) else {
                continue;
            };
            let report = self.push(PushRequest::text(app_id, "ping")).await;
            say(&format!("{mode:?}").to_lowercase(), &told(&report));
        }
    }

    async fn a_repeat(&self) {
        let Some(app_id) = self.app_id(Mode::Safe) else {
            return;
        };
        scene("WeChat makes the same push three times, answered or not.");
        let before = self.bundle.rows("Inbox");
        let mut request = PushRequest::text(app_id, "ping");
        request.repeat_regardless = Some(3);
        let report = self.push(request).await;
        let Ok(report) = &report else {
            return say("safe", &told(&report));
        };
        for attempt in &report.attempts {
            say("safe", &try_line(attempt));
        }
        let replies: BTreeSet<_> = report.attempts.iter().map(|a| &a.decrypted_body).collect();
        let sealed: BTreeSet<_> = report.attempts.iter().map(|a| &a.body).collect();
        say(
            "",
            &format!(
                "different replies: {}, envelopes: {}, new rows in the inbox: {}",
                replies.len(),
                sealed.len(),
                self.bundle.rows("Inbox").saturating_sub(before)
            ),
        );
    }

    async fn a_slow_rule(&self) {
        scene(&format!(
            "A rule needs {:.1} s, longer than WeChat waits; its function runs once for each push.",
            SLOW.as_secs_f32()
        ));
        let held = async {
            let Some(app_id) = self.app_id(Mode::Compatible) else {
                return;
            };
            let report = self.push(PushRequest::text(app_id, "slow, please")).await;
            for attempt in report.iter().flat_map(|report| &report.attempts) {
                say("hold", &try_line(attempt));
            }
            say("hold", &told(&report));
        };
        let sent = async {
            let Some(app_id) = self.app_id(Mode::Safe) else {
                return;
            };
            let report = self.push(PushRequest::text(app_id, "slow, please")).await;
            say("message", &told(&report));
            tokio::time::sleep(SLOW.saturating_sub(Duration::from_secs(3))).await;
            let line = match self.arrived("customer_service").await {
                Some(body) => format!("the answer comes as a customer-service message: {body}"),
                None => "no customer-service message came".to_owned(),
            };
            say("message", &line);
        };
        tokio::join!(held, sent);
    }

    async fn a_token(&self) {
        scene("The schedule ticks: token-refresh fetches what is due, once for each account.");
        for n in 1..=2 {
            let line = match self.bundle.fire("TokenRefreshTick").await {
                Ok(outcome) => String::from_utf8_lossy(outcome.payload()).into_owned(),
                Err(error) => error.to_string(),
            };
            say(&format!("tick {n}"), &line);
        }
        let filter = CallFilter {
            path: "/cgi-bin/stable_token".to_owned(),
            ..CallFilter::default()
        };
        let asked = self.wechat.calls(&filter).len();
        say(
            "WeChat",
            &format!("was asked for a token {asked} times since the start"),
        );
    }

    async fn a_template(&self) {
        scene("A system of the team posts a template message, twice; it reaches the phone once.");
        let Some(at) = self.routes() else { return };
        let order = json!({
            "client_msg_id": "demo-order", "touser": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
            "template_id": TEMPLATE, "data": {
                "character_string1": { "value": "2025-0001" },
                "thing2": { "value": "on its way" },
                "time3": { "value": "2025-11-21 18:00" },
            },
        });
        for n in 1..=2 {
            let url = format!("{at}/template-messages");
            say(
                &format!("post {n}"),
                &self.signed("POST", &url, &order).await,
            );
            self.arrived("template").await;
        }
        let url = format!("{at}/messages/demo-order");
        say("row", &self.signed("GET", &url, &Value::Null).await);
        let filter = MessageFilter {
            kind: "template".to_owned(),
            ..MessageFilter::default()
        };
        let count = self.wechat.count_messages(&filter);
        say("WeChat", &format!("took {count} template message"));
    }

    async fn a_campaign(&self) {
        scene(&format!(
            "A campaign to {RECEIVERS} followers; WeChat's answer to one call is lost on the way."
        ));
        let Some(at) = self.routes() else { return };
        let lost = json!({ "kind": "cut", "path": "/cgi-bin/message/mass/send", "times": 1 });
        let lost = serde_json::from_value(lost).map(|fault| self.wechat.add_fault(fault));
        if let Ok(Err(refusal)) = lost {
            say("WeChat", &refusal.to_string());
        }
        let at = format!("{at}/mass-sends");
        let draft = json!({
            "client_msg_id": "demo-campaign", "draft": true, "to": { "openids": [] },
            "message": { "msgtype": "text", "text": { "content": "Spring is here." } },
        });
        say("draft", &self.signed("POST", &at, &draft).await);
        for first in (0..RECEIVERS).step_by(PAGE) {
            let page = first..RECEIVERS.min(first.saturating_add(PAGE));
            let openids: Vec<_> = page.map(|n| format!("oT3x_u{n:022}")).collect();
            let (url, page) = (
                format!("{at}/demo-campaign/recipients"),
                json!({ "openids": openids }),
            );
            say("page", &self.signed("POST", &url, &page).await);
        }
        let url = format!("{at}/demo-campaign/submit");
        say("submit", &self.signed("POST", &url, &Value::Null).await);
        say("ledger", &self.ledger(&format!("{at}/demo-campaign")).await);
        if let Some(Ok(view)) = self
            .app_id(Mode::Safe)
            .map(|id| self.wechat.mass(&id, None))
        {
            let (jobs, receivers) = (view.jobs.len(), view.receivers);
            say(
                "WeChat",
                &format!(
                    "took {jobs} jobs; {} followers got the message, {} of them twice",
                    receivers.distinct, receivers.duplicates
                ),
            );
        }
    }

    /// State and counts of a campaign once it is over, or after a minute as they are.
    async fn ledger(&self, url: &str) -> String {
        let region = &self.bundle.stack().region;
        let mut told = Value::Null;
        for _ in 0..60 {
            match signed::request("GET", url, region, &Value::Null).await {
                Ok((_, campaign)) => told = campaign,
                Err(error) => return error.to_string(),
            }
            if told.get("state").is_some_and(|state| state == "finished") {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let part = |name| told.get(name).unwrap_or(&Value::Null);
        format!("{} {}", part("state"), part("counts"))
    }

    /// The signed routes of the account in safe mode.
    fn routes(&self) -> Option<String> {
        let accounts = self.wechat.accounts();
        let account = accounts.into_iter().find(|a| a.mode == Mode::Safe)?;
        let gateway = self.bundle.gateway_url();
        Some(format!("{gateway}/v1/accounts/{}", account.name))
    }

    async fn signed(&self, method: &str, url: &str, body: &Value) -> String {
        match signed::request(method, url, &self.bundle.stack().region, body).await {
            Ok((status, answer)) => format!("{status} {answer}"),
            Err(error) => error.to_string(),
        }
    }

    /// The body of the last message of that kind, once there is one; none comes after ten seconds.
    async fn arrived(&self, kind: &str) -> Option<String> {
        let filter = MessageFilter {
            kind: kind.to_owned(),
            ..MessageFilter::default()
        };
        for _ in 0..100 {
            if let Some(message) = self.wechat.list_messages(&filter).pop() {
                return Some(
                    message
                        .body
                        .map_or_else(String::new, |body| body.to_string()),
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        None
    }

    async fn push(&self, request: PushRequest) -> Result<PushReport, String> {
        self.wechat.push(request).await.map_err(|e| e.to_string())
    }

    fn app_id(&self, mode: Mode) -> Option<String> {
        let accounts = self.wechat.accounts();
        let found = accounts.into_iter().find(|account| account.mode == mode);
        found.map(|account| account.app_id)
    }
}

fn scene(title: &str) {
    print(&format!("\n{title}"));
}

fn say(who: &str, line: &str) {
    print(&format!("  {who:<12} {line}"));
}

fn try_line(attempt: &Attempt) -> String {
    let how = match attempt.outcome {
        Outcome::Replied => "answered",
        Outcome::Acknowledged => "acknowledged",
        Outcome::Timeout => "WeChat hung up",
        Outcome::ConnectFailed => "not reached",
        Outcome::Invalid => "refused",
    };
    format!("try {}: {how} after {} ms", attempt.n, attempt.ms)
}

fn told(report: &Result<PushReport, String>) -> String {
    let report = match report {
        Ok(report) => report,
        Err(reason) => return format!("not sent: {reason}"),
    };
    let last = report.attempts.last();
    let ms = last.map_or(0, |attempt| attempt.ms);
    match &report.user_sees {
        UserSees::Reply(reply) => {
            let text = reply
                .get("content")
                .and_then(Value::as_str)
                .map_or_else(|| reply.to_string(), |t| format!("\"{t}\""));
            format!(
                "the user sees {text}  (try {}, {ms} ms)",
                report.attempts.len()
            )
        }
        UserSees::Nothing => format!("acknowledged after {ms} ms, the user sees nothing yet"),
        UserSees::ErrorNotice(notice) => format!("the user sees the error notice: {notice}"),
    }
}
