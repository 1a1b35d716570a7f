//! One request of WeChat, from the event to the answer.

use crate::{
    attempt::{Answer, Attempt, Forward, HELD},
    rules,
};
use shared::{
    account::Account,
    lambda::{
        Accounts, AccountsError, Aws, HttpRequest, HttpResponse, Metric, Settings, Unit, clock,
        emit_metrics, log_id,
    },
    router::{Decision, Router},
    store::{Filing, Inbox, StoreError},
};
use thiserror::Error;
use wechat_oa::callback::{
    self, ACKNOWLEDGEMENT, Answerable, Change, EncodingAesKey, Push, Query, Refusal, Reply,
};

/// WeChat hangs up after 5 s; the rest is for the way there and back, in milliseconds.
const ANSWER_WITHIN_MS: i64 = 4_500;

/// Everything a request needs, built once.
pub(crate) struct Handler {
    accounts: Accounts,
    router: Router,
    inbox: Inbox,
    forward: Forward,
}

/// Why a request gets no answer but a status.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Account(#[from] AccountsError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("only GET and POST are served here")]
    Method,
    #[error(transparent)]
    Body(#[from] shared::lambda::BodyError),
    #[error("the function '{function}' cannot be started: {reason}")]
    Start { function: String, reason: String },
    #[error("no random bytes to be had: {0}")]
    Random(getrandom::Error),
}

impl Failure {
    fn status(&self) -> u16 {
        match self {
            Self::Account(AccountsError::Unknown(_)) => 404,
            Self::Account(AccountsError::TooManyUnknown(_)) => 429,
            Self::Refused(refusal) => refusal.status(),
            Self::Method => 405,
            Self::Body(_) => 400,
            Self::Account(_) | Self::Store(_) | Self::Start { .. } | Self::Random(_) => 500,
        }
    }

    fn error_type(&self) -> &'static str {
        match self {
            Self::Account(error) => error.error_type(),
            Self::Refused(refusal) => refusal.error_type(),
            Self::Store(error) => error.error_type(),
            Self::Method => "wrong_method",
            Self::Body(_) => "malformed_body",
            Self::Start { .. } => "forward_not_started",
            Self::Random(_) => "no_random_bytes",
        }
    }
}

/// An answer with what the log says about it.
struct Served {
    response: HttpResponse,
    outcome: &'static str,
    /// Stands for the row.
    id: String,
    attempt: u32,
    /// What of the push does not read.
    unread: String,
    /// What had to be done to the rule's reply.
    change: Option<Change>,
}

impl Handler {
    pub(crate) async fn from_environment() -> Result<Self, lambda_runtime::Error> {
        let settings = Settings::require(&[
            "PARAMETER_PREFIX",
            "INBOX_TABLE",
            "FORWARD_FUNCTION",
            "FORWARD_FUNCTION_PREFIX",
        ])?;
        let router = rules::load(
            Settings::optional("RULES_FILE")?.as_deref(),
            settings.get("FORWARD_FUNCTION_PREFIX"),
        )?;
        let aws = Aws::load().await?;
        let accounts = Accounts::new(aws.ssm(), settings.get("PARAMETER_PREFIX"));
        let inbox = Inbox::new(aws.dynamodb(), settings.get("INBOX_TABLE"));
        let forward = Forward::new(aws.lambda(), settings.get("FORWARD_FUNCTION"));
        let slow_rules = async {
            if router.may_forward() {
                forward.connect().await;
            }
        };
        // While it starts it has a whole CPU and nobody waits: no push reads an account or opens a
        // connection.
        tokio::join!(accounts.start(), inbox.connect(), slow_rules);
        Ok(Self {
            accounts,
            router,
            inbox,
            forward,
        })
    }

    /// Answers a request and writes its one log line.
    pub(crate) async fn handle(&self, request: &HttpRequest, request_id: &str) -> HttpResponse {
        let started = clock::now_ms();
        let account = request.path_parameter("account");
        let served = self.serve(request, request_id, started).await;
        let ms = clock::now_ms().saturating_sub(started);
        match served {
            Ok(served) => {
                let Served {
                    outcome,
                    id,
                    attempt,
                    unread,
                    change,
                    response,
                } = served;
                let told = (!unread.is_empty()).then_some(unread.as_str());
                tracing::info!(account, id, attempt, outcome, unread = told, ms, "push");
                let names = counted(attempt, outcome, told.is_some(), change);
                count(account, &names, started);
                response
            }
            Err(failure) => {
                let (status, reason) = (failure.status(), failure.error_type());
                tracing::warn!(account, outcome = "refused", reason, status, detail = %failure, ms, "push");
                HttpResponse::empty(status)
            }
        }
    }

    async fn serve(&self, request: &HttpRequest, me: &str, now_ms: i64) -> Result<Served, Failure> {
        let account = self.accounts.get(request.path_parameter("account")).await?;
        let query = Query::parse(&request.raw_query_string);
        match request.method() {
            "GET" => verify_url(&account, &query, now_ms),
            "POST" => self.push(&account, &query, request, me, now_ms).await,
            _ => Err(Failure::Method),
        }
    }

    async fn push(
        &self,
        account: &Account,
        query: &Query<'_>,
        request: &HttpRequest,
        me: &str,
        now_ms: i64,
    ) -> Result<Served, Failure> {
        let body = request.body()?;
        let opened = callback::open(&account.server, query, &body, now_ms)?;
        let clear = opened.clear();
        let push = Push::read(&clear);
        let value = push.row(&clear);
        let dedupe_key = push.dedupe_key();
        let filing = Filing {
            account: account.name.as_str(),
            app_id: account.app_id().as_str(),
            dedupe_key: &dedupe_key,
            kind: push.kind(),
            openid: &push.from,
            push: &value,
            now_ms,
        };
        let original_id = original_id(account, &push);
        let answerable = push.answerable();
        let id = log_id(&filing.id());
        let (answer, attempt, change) = match self.decide(account, &push) {
            Decision::Reply(reply) => {
                let (reply, change) = reply.fitted(answerable);
                let clear = reply.render(&push.from, original_id, now_ms / 1000);
                let row = self.inbox.answer(&filing, &clear).await?;
                (Answer::of(&row), row.attempts, change)
            }
            Decision::Forward(function) => {
                let deadline_ms = arrived_ms(request, now_ms).saturating_add(ANSWER_WITHIN_MS);
                let attempt = Attempt {
                    inbox: &self.inbox,
                    forward: &self.forward,
                    account,
                    filing,
                    me,
                    deadline_ms,
                    is_answered: answerable != Answerable::Never,
                };
                let (answer, attempt) = attempt.run(&function, original_id).await?;
                (answer, attempt, None)
            }
        };
        let response = respond(account, opened.key(), query, &answer, now_ms)?;
        Ok(Served {
            response,
            outcome: answer.outcome(),
            id,
            attempt,
            unread: told(&push),
            change,
        })
    }

    /// What the rules say; of a push that does not even tell its sender or its type, nothing.
    fn decide(&self, account: &Account, push: &Push<'_>) -> Decision {
        if push.is_routed() {
            self.router.decide(account.name.as_str(), push)
        } else {
            Decision::Reply(Reply::Acknowledge)
        }
    }
}

/// Who answers: the account the push names, which is this one if it names none.
fn original_id<'a>(account: &'a Account, push: &'a Push<'_>) -> &'a str {
    match &*push.to {
        "" => account.original_id.as_str(),
        to => to,
    }
}

/// What of the push does not read, for the log.
fn told(push: &Push<'_>) -> String {
    let why: Vec<String> = push.unread.iter().map(ToString::to_string).collect();
    why.join("; ")
}

/// The metrics of what is not the rule: repeats, attempts that were let go on purpose, pushes that do
/// not read whole, replies that had to be changed. A push counts once for what its repeats share.
fn counted(
    attempt: u32,
    outcome: &str,
    is_unread: bool,
    change: Option<Change>,
) -> Vec<&'static str> {
    let is_first = attempt <= 1;
    [
        (!is_first).then_some("PushesRepeated"),
        (outcome == HELD).then_some("PushesHeld"),
        (is_first && is_unread).then_some("PushesUnread"),
        (is_first && change == Some(Change::Cut)).then_some("RepliesCut"),
        (is_first && change == Some(Change::Dropped)).then_some("RepliesDropped"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn count(account: &str, names: &[&'static str], now_ms: i64) {
    let metric = |name: &&'static str| Metric {
        name,
        unit: Unit::Count,
        value: 1.0,
    };
    let metrics: Vec<Metric> = names.iter().map(metric).collect();
    if !metrics.is_empty() {
        emit_metrics(now_ms, &[], &[("account", account)], &metrics);
    }
}

fn verify_url(account: &Account, query: &Query<'_>, now_ms: i64) -> Result<Served, Failure> {
    let echo = callback::verify_url(&account.server, query, now_ms)?;
    let response = HttpResponse::text(200, echo);
    Ok(Served {
        response,
        outcome: "url_verified",
        id: String::new(),
        attempt: 1,
        unread: String::new(),
        change: None,
    })
}

/// The gateway's own clock, unless it is off by more than a push can be old.
fn arrived_ms(request: &HttpRequest, now_ms: i64) -> i64 {
    request
        .arrived_ms()
        .clamp(now_ms.saturating_sub(3_000), now_ms)
}

/// The same clear bytes on every attempt, sealed anew where the push was sealed.
fn respond(
    account: &Account,
    key: Option<&EncodingAesKey>,
    query: &Query<'_>,
    answer: &Answer,
    now_ms: i64,
) -> Result<HttpResponse, Failure> {
    let reply = match answer {
        Answer::Lapse => return Ok(HttpResponse::empty(500)),
        Answer::Acknowledge => ACKNOWLEDGEMENT,
        Answer::Reply(reply) => reply,
    };
    if reply == ACKNOWLEDGEMENT {
        return Ok(HttpResponse::text(200, reply));
    }
    let Some(key) = key else {
        return Ok(HttpResponse::xml(200, reply));
    };
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(Failure::Random)?;
    Ok(HttpResponse::xml(
        200,
        callback::seal_reply(
            &account.server,
            key,
            reply,
            now_ms / 1000,
            &query.nonce,
            &random,
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_counts_once_for_what_its_repeats_share() {
        assert_eq!(counted(1, "replied", false, None), [""; 0]);
        assert_eq!(
            counted(1, "replied", true, Some(Change::Cut)),
            ["PushesUnread", "RepliesCut"]
        );
        assert_eq!(
            counted(2, HELD, true, Some(Change::Dropped)),
            ["PushesRepeated", "PushesHeld"]
        );
        assert_eq!(
            counted(1, "acknowledged", false, Some(Change::Dropped)),
            ["RepliesDropped"]
        );
    }
}
