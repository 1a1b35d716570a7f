//! A short conversation with the simulated WeChat, shown as it happens.

mod words;

use crate::{
    Bundle,
    options::Options,
    terminal::{fact, print, scene},
};
use platform::{CallFilter, MessageFilter, Mode, PushReport, PushRequest, State};
use sam_local::{lambda::OutsideFunction, signed};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use texts::text;
use words::{Answer, attempted, mode_name, seen, tallied};

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
            Ok(json!(text!("demo.slow_answer", asked = asked)))
        })
    });
    stack
        .outside_functions
        .insert(SLOW_FUNCTION.to_owned(), slow);
}

/// Shows the conversation, one scene after the other. Says so when WeChat is not the simulator.
pub async fn run(bundle: &Bundle) {
    let Some(wechat) = bundle.wechat().simulator() else {
        return print(&text!("demo.needs_simulator"));
    };
    let stage = Stage { bundle, wechat };
    stage.url_checks().await;
    stage.every_mode().await;
    stage.a_repeat().await;
    stage.a_slow_rule().await;
    stage.a_token().await;
    stage.a_template().await;
    stage.a_campaign().await;
    stage.end();
}

struct Stage<'a> {
    bundle: &'a Bundle,
    wechat: &'a State,
}

impl Stage<'_> {
    async fn url_checks(&self) {
        scene(&text!("demo.url_checks"));
        for account in self.wechat.accounts() {
            let (is_well, line) = match self.wechat.verify(&account.app_id).await {
                Ok(report) if report.ok => (true, text!("demo.passed", ms = report.ms)),
                Ok(report) => (false, report.reason.unwrap_or_default()),
                Err(refusal) => (false, refusal.to_string()),
            };
            fact(is_well, &account.name, &line);
        }
    }

    async fn every_mode(&self) {
        scene(&text!("demo.every_mode"));
        for mode in [Mode::Plain, Mode::Compatible, Mode::Safe] {
            if let Some(app_id) = self.app_id(mode) {
                let report = self.push(PushRequest::text(app_id, "ping")).await;
                self.tell_seen(&mode_name(mode), &report);
            }
        }
    }

    async fn a_repeat(&self) {
        let Some(app_id) = self.app_id(Mode::Safe) else {
            return;
        };
        scene(&text!("demo.repeat"));
        let before = self.bundle.rows("Inbox");
        let mut request = PushRequest::text(app_id, "ping");
        request.repeat_regardless = Some(3);
        let report = self.push(request).await;
        let Ok(report) = &report else {
            return self.tell_seen(&mode_name(Mode::Safe), &report);
        };
        tell_attempts(&mode_name(Mode::Safe), report);
        let replies: BTreeSet<_> = report.attempts.iter().map(|a| &a.decrypted_body).collect();
        let rows = self.bundle.rows("Inbox").saturating_sub(before);
        let is_one = (replies.len(), rows) == (1, 1);
        let line = text!("demo.same", replies = replies.len(), rows = rows);
        fact(is_one, &text!("demo.in_all"), &line);
    }

    async fn a_slow_rule(&self) {
        let seconds = format!("{:.1}", SLOW.as_secs_f32());
        scene(&text!("demo.slow", seconds = seconds));
        let held = async {
            let Some(app_id) = self.app_id(Mode::Compatible) else {
                return;
            };
            let who = text!("demo.held");
            let report = self.push(PushRequest::text(app_id, "slow, please")).await;
            report.iter().for_each(|report| tell_attempts(&who, report));
            self.tell_seen(&who, &report);
        };
        let sent = async {
            let Some(app_id) = self.app_id(Mode::Safe) else {
                return;
            };
            let who = text!("demo.sent");
            let report = self.push(PushRequest::text(app_id, "slow, please")).await;
            self.tell_seen(&who, &report);
            tokio::time::sleep(SLOW.saturating_sub(Duration::from_secs(3))).await;
            let body = self.next_message("customer_service").await;
            let said = body.as_ref().and_then(|body| body.pointer("/text/content"));
            let line = match said.and_then(Value::as_str) {
                Some(said) => text!("demo.late_answer", said = said),
                None => text!("demo.no_message"),
            };
            fact(said.is_some(), &who, &line);
        };
        tokio::join!(held, sent);
    }

    async fn a_token(&self) {
        scene(&text!("demo.token"));
        for n in 1..=2 {
            let (is_well, line) = match self.bundle.fire("TokenRefreshTick").await {
                Ok(outcome) => words::tick(outcome.payload()),
                Err(error) => (false, error.to_string()),
            };
            fact(is_well, &text!("demo.tick", n = n), &line);
        }
        let filter = CallFilter {
            path: "/cgi-bin/stable_token".to_owned(),
            ..CallFilter::default()
        };
        let asked = self.wechat.calls(&filter).len();
        fact(
            true,
            &text!("demo.wechat"),
            &text!("demo.token_asked", count = asked),
        );
    }

    async fn a_template(&self) {
        scene(&text!("demo.template"));
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
            let answer = self.signed_request("POST", &url, &order).await;
            tell_state(&text!("demo.post", n = n), &answer);
            self.next_message("template").await;
        }
        let url = format!("{at}/messages/demo-order");
        let answer = self.signed_request("GET", &url, &Value::Null).await;
        tell_state(&text!("demo.row"), &answer);
        let filter = MessageFilter {
            kind: "template".to_owned(),
            ..MessageFilter::default()
        };
        let count = self.wechat.count_messages(&filter);
        fact(
            count == 1,
            &text!("demo.wechat"),
            &text!("demo.took", count = count),
        );
    }

    async fn a_campaign(&self) {
        scene(&text!("demo.campaign", receivers = RECEIVERS));
        let Some(at) = self.routes() else { return };
        let lost = json!({ "kind": "cut", "path": "/cgi-bin/message/mass/send", "times": 1 });
        let lost = serde_json::from_value(lost).map(|fault| self.wechat.add_fault(fault));
        if let Ok(Err(refusal)) = lost {
            fact(false, &text!("demo.wechat"), &refusal.to_string());
        }
        let at = format!("{at}/mass-sends");
        let draft = json!({
            "client_msg_id": "demo-campaign", "draft": true, "to": { "openids": [] },
            "message": { "msgtype": "text", "text": { "content": "Spring is here." } },
        });
        let answer = self.signed_request("POST", &at, &draft).await;
        tell_state(&text!("demo.draft"), &answer);
        for first in (0..RECEIVERS).step_by(PAGE) {
            self.a_page(&at, first).await;
        }
        let url = format!("{at}/demo-campaign/submit");
        let answer = self.signed_request("POST", &url, &Value::Null).await;
        tell_state(&text!("demo.submit"), &answer);
        let (is_well, line) = self.ledger(&format!("{at}/demo-campaign")).await;
        fact(is_well, &text!("demo.ledger"), &line);
        self.tell_reached();
    }

    async fn a_page(&self, at: &str, first: usize) {
        let page = first..RECEIVERS.min(first.saturating_add(PAGE));
        let count = page.len();
        let openids: Vec<_> = page.map(|n| format!("oT3x_u{n:022}")).collect();
        let url = format!("{at}/demo-campaign/recipients");
        let answer = self
            .signed_request("POST", &url, &json!({ "openids": openids }))
            .await;
        let who = text!("demo.page");
        match answer {
            Ok((200..300, _)) => fact(true, &who, &text!("demo.added", count = count)),
            other => tell_state(&who, &other),
        }
    }

    /// What WeChat did with the campaign.
    fn tell_reached(&self) {
        let app_id = self.app_id(Mode::Safe);
        let view = app_id.map(|app_id| self.wechat.mass(&app_id, None));
        if let Some(Ok(view)) = view {
            let (distinct, twice) = (view.receivers.distinct, view.receivers.duplicates);
            let line = text!(
                "demo.reached",
                jobs = view.jobs.len(),
                reached = distinct,
                twice = twice
            );
            fact(twice == 0, &text!("demo.wechat"), &line);
        }
    }

    /// What became of a campaign's receivers once it is over, or after a minute.
    async fn ledger(&self, url: &str) -> (bool, String) {
        let mut told = Value::Null;
        for _ in 0..60 {
            match self.signed_request("GET", url, &Value::Null).await {
                Ok((_, campaign)) => told = campaign,
                Err(error) => return (false, error),
            }
            if told.get("state").is_some_and(|state| state == "finished") {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tallied(&told)
    }

    fn end(&self) {
        print(&format!("\n{}", text!("demo.over")));
        let app_id = self.app_id(Mode::Safe).unwrap_or_default();
        let push = json!({ "app_id": app_id, "push": { "kind": "text", "content": "ping" } });
        let wechat = self.bundle.platform_url();
        print(&format!(
            "  curl -s {wechat}/_control/pushes \\\n    -d '{push}'"
        ));
        let (region, gateway) = (&self.bundle.stack().region, self.bundle.gateway_url());
        print(&format!(
            "  curl -s --aws-sigv4 aws:amz:{region}:execute-api --user local:local \\\n    \
             {gateway}/v1/accounts/demo/messages"
        ));
        let url = format!("{wechat}/docs");
        print(&text!("demo.document", url = url));
        print(&text!("terminal.ctrl_c"));
    }

    /// The signed routes of the account in safe mode.
    fn routes(&self) -> Option<String> {
        let accounts = self.wechat.accounts();
        let account = accounts.into_iter().find(|a| a.mode == Mode::Safe)?;
        let gateway = self.bundle.gateway_url();
        Some(format!("{gateway}/v1/accounts/{}", account.name))
    }

    async fn signed_request(&self, method: &str, url: &str, body: &Value) -> Answer {
        let region = &self.bundle.stack().region;
        let answer = signed::request(method, url, region, body).await;
        answer.map_err(|error| error.to_string())
    }

    /// The body of the last message of that kind, once there is one; none comes after ten seconds.
    async fn next_message(&self, kind: &str) -> Option<Value> {
        let filter = MessageFilter {
            kind: kind.to_owned(),
            ..MessageFilter::default()
        };
        for _ in 0..100 {
            if let Some(message) = self.wechat.list_messages(&filter).pop() {
                return Some(json!(message.body));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        None
    }

    async fn push(&self, request: PushRequest) -> Result<PushReport, String> {
        self.wechat.push(request).await.map_err(|e| e.to_string())
    }

    fn tell_seen(&self, who: &str, report: &Result<PushReport, String>) {
        let (is_well, line) = seen(report);
        fact(is_well, who, &line);
    }

    fn app_id(&self, mode: Mode) -> Option<String> {
        let accounts = self.wechat.accounts();
        let found = accounts.into_iter().find(|account| account.mode == mode);
        found.map(|account| account.app_id)
    }
}

fn tell_state(who: &str, answer: &Answer) {
    let (is_well, line) = words::state(answer);
    fact(is_well, who, &line);
}

fn tell_attempts(who: &str, report: &PushReport) {
    for attempt in &report.attempts {
        fact(true, who, &attempted(attempt));
    }
}
