//! One request of WeChat, from the event to the answer.

use crate::{
    attempt::{Answer, Attempt, Forward},
    known::LookUp,
    metrics::{count, failure, metrics},
    origin::Origins,
    rules,
};
use shared::{
    account::Account,
    answers::Delivery,
    clock::SharedClock,
    followers::Known,
    lambda::{Accounts, Context, HttpRequest, HttpResponse, log_id},
    problem::Problem,
    random::SharedRandom,
    router::{Asked, Decision, Router, answer},
    store::{Answers, Filing, Inbox},
    time::{Timestamp, millis},
};
use std::time::Duration;
use wechat_oa::callback::{
    self, ACKNOWLEDGEMENT, Answerable, Change, EncodingAesKey, Push, Query, Reply,
};

/// How long a push is on its way at most.
const OLDEST: Duration = Duration::from_secs(3);

/// Answers WeChat's requests.
pub struct Handler {
    accounts: Accounts,
    router: Router,
    /// Whether answers can wait to be collected: some rule is slow.
    may_wait: bool,
    inbox: Inbox,
    answers: Answers,
    forward: Forward,
    look_up: LookUp,
    origins: Origins,
    clock: SharedClock,
    random: SharedRandom,
}

/// An answer with what the log says about it.
struct Served {
    response: HttpResponse,
    outcome: &'static str,
    /// Stands for the row.
    id: String,
    attempt: u32,
    /// What of the push does not read.
    unread: Option<String>,
    /// What had to be done to the rule's reply.
    change: Option<Change>,
}

impl Handler {
    /// A handler in these surroundings.
    ///
    /// # Errors
    /// Rules that cannot be used.
    pub fn new(context: &mut Context) -> Result<Self, Problem> {
        let prefix = context.forward_function_prefix();
        let router = rules::load(context.rules_file().as_deref(), &prefix)?;
        Ok(Self {
            accounts: context.accounts(),
            inbox: context.inbox(),
            answers: context.answers(),
            forward: Forward {
                functions: context.functions(),
                name: context.forward_function(),
            },
            look_up: LookUp::new(context),
            origins: Origins::new(context),
            may_wait: router.may_forward(),
            router,
            clock: context.clock(),
            random: context.random(),
        })
    }

    /// Reads accounts and opens connections, so that no push has to: while it starts it has a whole
    /// CPU and nobody waits.
    pub async fn start(&self) {
        let slow_rules = async {
            if self.router.may_call() {
                self.forward.connect().await;
            }
        };
        tokio::join!(self.accounts.start(), self.inbox.connect(), slow_rules);
    }

    /// The accounts, to be renewed beside the work.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Answers a request and writes its one log line.
    pub async fn handle(&self, request: &HttpRequest, request_id: &str) -> HttpResponse {
        let started = self.clock.now();
        let account = request.path_parameter("account");
        let found = self.accounts.get(account).await;
        // By a name that somebody made up nothing is counted.
        let counted = if found.is_ok() { account } else { "" };
        let served = match found {
            Ok(found) => self.serve(&found, request, request_id, started).await,
            Err(error) => Err(Problem::from(error)),
        };
        let ms = millis(self.clock.now().since(started));
        match served {
            Ok(served) => {
                let (id, attempt, outcome) = (&served.id, served.attempt, served.outcome);
                let unread = served.unread.as_deref();
                tracing::info!(account, id, attempt, outcome, unread, ms, "push");
                let names = metrics(attempt, outcome, unread.is_some(), served.change);
                count(counted, &names, started);
                served.response
            }
            Err(problem) => {
                // Any failure of ours is 500 to WeChat, which then repeats the push; 502 and 503 are for the APIs.
                let (status, reason) = (problem.status().min(500), problem.error_type());
                tracing::warn!(account, outcome = "refused", reason, status, detail = %problem, ms, "push");
                count(counted, failure(status).as_slice(), started);
                HttpResponse::empty(status)
            }
        }
    }

    async fn serve(
        &self,
        account: &Account,
        request: &HttpRequest,
        me: &str,
        now: Timestamp,
    ) -> Result<Served, Problem> {
        let query = Query::parse(&request.raw_query_string);
        match request.method() {
            "GET" => verify_url(account, &query, now),
            "POST" => self.push(account, &query, request, me, now).await,
            _ => {
                let why = "only GET and POST are served here";
                Err(Problem::new("wrong_method", 405, why))
            }
        }
    }

    async fn push(
        &self,
        account: &Account,
        query: &Query<'_>,
        request: &HttpRequest,
        me: &str,
        now: Timestamp,
    ) -> Result<Served, Problem> {
        let body = request.body()?;
        let opened = callback::open(&account.server, query, &body, now.into())?;
        self.origins.check(account, request.address(), now).await?;
        let clear = opened.clear();
        let push = Push::read(&clear);
        let value = push.row(&clear);
        let dedupe_key = push.dedupe_key();
        let filing = Filing {
            account: account.name.as_str(),
            app_id: account.app_id(),
            dedupe_key: &dedupe_key,
            kind: push.kind(),
            openid: &push.from,
            push: &value,
            now,
        };
        let original_id = original_id(account, &push);
        let id = log_id(&filing.id());
        let attempt = Attempt {
            inbox: &self.inbox,
            answers: &self.answers,
            forward: &self.forward,
            clock: &*self.clock,
            account,
            filing,
            original_id,
            me,
            started: now,
            arrived: arrived(request, now),
            delivery: &Delivery::of(account, &push),
            is_answered: push.answerable() != Answerable::Never,
        };
        let decision = self.decide(account, &push, now).await;
        let marks = decision.marks().clone();
        let marked = attempt.mark(&marks, push.create_time);
        let answered = self.answer(&attempt, &push, decision);
        let (marked, answered) = tokio::join!(marked, answered);
        // Without that WeChat comes again, and gets the same answer.
        marked?;
        let ((answer, attempt), change) = answered?;
        let response = self.response(account, opened.key(), query, &answer, now)?;
        Ok(Served {
            response,
            outcome: answer.outcome(),
            id,
            attempt,
            unread: unread(&push),
            change,
        })
    }

    /// What the rules say; of a push that does not even tell its sender or its type, nothing.
    async fn decide(&self, account: &Account, push: &Push<'_>, now: Timestamp) -> Decision {
        if !push.is_routed() {
            return answer(Reply::Acknowledge);
        }
        let asked = Asked {
            account: account.name.as_str(),
            push,
            now,
            random: &*self.random,
            known: Known::NOTHING,
        };
        let needs = self.router.needs(&asked);
        if needs.is_nothing() {
            return self.router.decide(&asked);
        }
        let known = self.look_up.known(needs, account, &push.from, now).await;
        self.router.decide(&Asked {
            known: &known,
            ..asked
        })
    }

    /// What an attempt is answered with, which attempt it was, and what had to be done to the rule's reply.
    async fn answer(
        &self,
        attempt: &Attempt<'_>,
        push: &Push<'_>,
        decision: Decision,
    ) -> Result<((Answer, u32), Option<Change>), Problem> {
        let collects = self.may_wait && is_message(push) && decision.collects_first();
        let quick = match decision {
            Decision::Forward(slow) => return Ok((attempt.run(&slow, collects).await?, None)),
            Decision::Reply(quick) => quick,
        };
        let (reply, change) = quick.reply.fitted(push.answerable());
        let clear = attempt.render(&reply, attempt.started);
        let answered = match collects {
            true => attempt.collect_or(&clear).await?,
            false => attempt.reply(&clear).await?,
        };
        Ok((answered, change))
    }

    /// The same clear bytes on every attempt, sealed anew where the push was sealed.
    fn response(
        &self,
        account: &Account,
        key: Option<&EncodingAesKey>,
        query: &Query<'_>,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<HttpResponse, Problem> {
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
        self.random.fill(&mut random).map_err(|reason| {
            let why = format!("no random bytes to be had: {reason}");
            Problem::new("no_random_bytes", 500, why)
        })?;
        let (now_s, nonce) = (now.as_secs(), &query.nonce);
        let sealed = callback::seal_reply(&account.server, key, reply, now_s, nonce, &random);
        Ok(HttpResponse::xml(200, sealed))
    }
}

/// Whether the user sent something to be answered, of any kind.
fn is_message(push: &Push<'_>) -> bool {
    push.event().is_none() && push.answerable() != Answerable::Never
}

/// Who answers: the account the push names, which is this one if it names none.
fn original_id<'a>(account: &'a Account, push: &'a Push<'_>) -> &'a str {
    match &*push.to {
        "" => account.original_id.as_str(),
        to => to,
    }
}

/// What of the push does not read, for the log.
fn unread(push: &Push<'_>) -> Option<String> {
    let why: Vec<String> = push.unread.iter().map(ToString::to_string).collect();
    (!why.is_empty()).then(|| why.join("; "))
}

fn verify_url(account: &Account, query: &Query<'_>, now: Timestamp) -> Result<Served, Problem> {
    let echo = callback::verify_url(&account.server, query, now.into())?;
    Ok(Served {
        response: HttpResponse::text(200, echo),
        outcome: "url_verified",
        id: String::new(),
        attempt: 1,
        unread: None,
        change: None,
    })
}

/// The gateway's own clock, unless it is off by more than a push can be old.
fn arrived(request: &HttpRequest, now: Timestamp) -> Timestamp {
    request.arrived().clamp(now - OLDEST, now)
}
