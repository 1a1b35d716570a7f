//! Delivers a push: rounds of tries until one is answered (protocol 1.7).

use super::{
    compose::{Composed, compose},
    judge::{PushContext, Verdict, judge},
    record::{Attempt, Outcome, PushReport, UserSees},
    seal::{Seal, Sealed, seal_push},
    spec::PushRequest,
};
use crate::{
    account::AccountSetup,
    phone::Shown,
    refusal::Refusal,
    sender::{Answered, SendError, callback_uri},
    state::State,
};
use axum::body::Bytes;
use futures_util::future::join_all;
use http_body_util::Full;
use hyper::Request;
use serde_json::json;
use std::time::Instant;

/// Bytes of a body that are kept for people to read.
const SHOWN_BYTES: usize = 64 * 1024;

/// A try that ended, with the reply it brought.
struct FinishedAttempt {
    attempt: Attempt,
    reply: Option<serde_json::Value>,
    /// Whether WeChat asks no more after it.
    concludes: bool,
    ended: Instant,
}

/// When and how a try went out, and how long it took.
struct Start {
    n: u32,
    url: String,
    request: String,
    timestamp: String,
    nonce: String,
    started_ms: i64,
    ms: u64,
}

impl State {
    /// Makes a push and delivers it; answers when it is answered or given up.
    ///
    /// Refused when the account is unknown or has no callback URL, or a field breaks a rule.
    pub async fn push(&self, request: PushRequest) -> Result<PushReport, Refusal> {
        let (setup, _) = self.console(&request.app_id)?;
        request.check(request.mode.unwrap_or(setup.mode))?;
        if setup.callback_url.is_empty() {
            let rule = "the account has none; set it with POST /_control/accounts/{app_id}";
            return Err(Refusal::field("callback_url", rule));
        }
        let push = compose(
            &request.push,
            &request.damage,
            &setup.original_id,
            request.format,
            self.clock().now_ms(),
        )?;
        if request.tamper.is_none()
            && let Some(tree) = &push.tree
        {
            self.apply_user_action(&request.app_id, tree)?;
        }
        let push_id = self.pushes().next_id();
        let mut report = PushReport {
            push_id: push_id.clone(),
            app_id: request.app_id.clone(),
            openid: push.openid.clone(),
            at_ms: self.clock().now_ms(),
            push: request.push.clone(),
            clear: as_shown(&push.body),
            msg_id: push.msg_id,
            attempts: Vec::new(),
            user_sees: UserSees::Nothing,
            with_agent: None,
        };
        self.events().tell("push_begun", &report);
        let with_agent = self.agent_of(&request.app_id, &push)?;
        let tried = match with_agent {
            None => {
                let tried = self.rounds(&push_id, &request, &push).await;
                tried.inspect_err(|_| self.events().tell("push", &report))?
            }
            Some(_) => Vec::new(),
        };
        let user_sees = match with_agent {
            None => conclude(&tried),
            Some(_) => UserSees::Nothing,
        };
        self.show_outcome(&request.app_id, &push, &push_id, &user_sees);
        report.attempts = tried.into_iter().map(|tried| tried.attempt).collect();
        report.user_sees = user_sees;
        report.with_agent = with_agent;
        self.events().tell("push", &report);
        self.pushes().add(report.clone());
        Ok(report)
    }

    /// The agent who talks with the sender: what they write goes to the agent, and not to the callback.
    fn agent_of(&self, app_id: &str, push: &Composed) -> Result<Option<String>, Refusal> {
        if matches!(push.msg_type.as_str(), "" | "event") {
            return Ok(None);
        }
        let now_ms = self.clock().now_ms();
        self.with_account(app_id, |account| {
            account.data.kf.agent_of(&push.openid, now_ms)
        })
    }

    async fn rounds(
        &self,
        push_id: &str,
        request: &PushRequest,
        push: &Composed,
    ) -> Result<Vec<FinishedAttempt>, Refusal> {
        let mut all: Vec<FinishedAttempt> = Vec::new();
        for round in 0..request.rounds() {
            let first = round * request.concurrent + 1;
            let copies =
                (first..first + request.concurrent).map(|n| self.attempt(n, request, push));
            for tried in join_all(copies).await {
                let tried = tried?;
                let told = json!({"push_id": push_id, "attempt": tried.attempt});
                self.events().tell("attempt", &told);
                all.push(tried);
            }
            if request.repeat_regardless.is_none() && all.iter().any(|tried| tried.concludes) {
                break;
            }
        }
        Ok(all)
    }

    /// One try, with the keys and the address the account has at that moment.
    async fn attempt(
        &self,
        n: u32,
        request: &PushRequest,
        push: &Composed,
    ) -> Result<FinishedAttempt, Refusal> {
        let (setup, keys) = self.console(&request.app_id)?;
        let mode = request.mode.unwrap_or(setup.mode);
        let started_ms = self.clock().now_ms();
        let how = Seal {
            mode,
            format: request.format,
            tamper: request.tamper,
            now_ms: started_ms,
        };
        let sealed = seal_push(push, &setup, &keys, how)?;
        let (url, post) = post(&setup, &sealed)?;
        let begun = Instant::now();
        let answered = self.sender().send(post, request.timeout_ms).await;
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (openid, msg_type, event) = (&push.openid, &push.msg_type, &push.event);
        let asked = PushContext {
            setup: &setup,
            keys: &keys,
            mode,
            format: request.format,
            openid,
            msg_type,
            event,
        };
        let start = Start {
            n,
            url,
            request: as_shown(&sealed.body),
            timestamp: sealed.timestamp,
            nonce: sealed.nonce,
            started_ms,
            ms,
        };
        Ok(settle(start, answered, asked))
    }

    fn show_outcome(&self, app_id: &str, push: &Composed, push_id: &str, sees: &UserSees) {
        let (source, message) = match sees {
            UserSees::Nothing => return,
            UserSees::Reply(reply) => ("reply", reply.clone()),
            UserSees::ErrorNotice(text) => ("error_notice", text.as_str().into()),
        };
        let at_ms = self.clock().now_ms();
        let shown = Shown {
            n: 0,
            at_ms,
            source,
            push_id: Some(push_id.to_owned()),
            message,
        };
        self.show(app_id, &push.openid, shown);
    }
}

/// A body as people read it. What is longer than any real one is cut, for it is kept.
fn as_shown(body: &[u8]) -> String {
    match body.get(..SHOWN_BYTES) {
        None => String::from_utf8_lossy(body).into_owned(),
        Some(begin) => format!("{}… <{} bytes>", String::from_utf8_lossy(begin), body.len()),
    }
}

fn post(setup: &AccountSetup, sealed: &Sealed) -> Result<(String, Request<Full<Bytes>>), Refusal> {
    let uri = callback_uri(&setup.callback_url, &sealed.query)
        .map_err(|rule| Refusal::field("callback_url", rule))?;
    let url = uri.to_string();
    let post = Request::post(uri)
        .header("content-type", sealed.content_type)
        .header("user-agent", "Mozilla/4.0");
    let body = Full::new(Bytes::from(sealed.body.clone()));
    post.body(body)
        .map(|post| (url, post))
        .map_err(|error| Refusal::field("callback_url", error.to_string()))
}

/// Judges what came back and closes the record of the try.
fn settle(
    start: Start,
    answered: Result<Answered, SendError>,
    asked: PushContext<'_>,
) -> FinishedAttempt {
    let (status, body, verdict) = match answered {
        Ok(answer) => {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            let verdict = match answer.status {
                200 => judge(&body, asked),
                other => Verdict::failed(Outcome::Invalid, format!("HTTP status {other}")),
            };
            (Some(answer.status), Some(body), verdict)
        }
        Err(error) => (None, None, unanswered(&error)),
    };
    let attempt = Attempt {
        n: start.n,
        url: start.url,
        request: start.request,
        timestamp: start.timestamp,
        nonce: start.nonce,
        started_ms: start.started_ms,
        ms: start.ms,
        status,
        body,
        decrypted_body: verdict.decrypted_body,
        outcome: verdict.outcome,
        reason: verdict.reason,
        warnings: verdict.warnings,
    };
    FinishedAttempt {
        attempt,
        reply: verdict.reply,
        concludes: status == Some(200),
        ended: Instant::now(),
    }
}

fn unanswered(error: &SendError) -> Verdict {
    let outcome = match error {
        SendError::Timeout(_) => Outcome::Timeout,
        SendError::Connect(_) | SendError::Broken(_) => Outcome::ConnectFailed,
    };
    Verdict::failed(outcome, error.to_string())
}

/// The first answer that ends the asking decides what the user sees.
fn conclude(tried: &[FinishedAttempt]) -> UserSees {
    let first = tried
        .iter()
        .filter(|tried| tried.concludes)
        .min_by_key(|tried| tried.ended);
    match first {
        Some(FinishedAttempt {
            reply: Some(reply), ..
        }) => UserSees::Reply(reply.clone()),
        Some(tried)
            if matches!(
                tried.attempt.outcome,
                Outcome::Acknowledged | Outcome::Replied
            ) =>
        {
            UserSees::Nothing
        }
        _ => UserSees::error(),
    }
}
