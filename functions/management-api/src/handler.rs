//! One signed request, from its route to the answer.

use crate::{mass, media, messages, refusal::Refusal, sends, wechat};
use lambda_runtime::Context;
use shared::{
    account::Account,
    lambda::{self, Accounts, Clients, HttpRequest, HttpResponse, SendQueue, TokenRefresh, clock},
    sends::SendKind,
    store::{Media, Sends},
};
use std::time::Duration;
use wechat_oa::api::client::Timing;

/// Kept back from the function's time-out for the answer, in milliseconds.
const ANSWER_MS: i64 = 1_000;

/// Everything a request needs, built once.
pub(crate) struct Handler {
    accounts: Accounts,
    pub(crate) clients: Clients,
    pub(crate) token_refresh: TokenRefresh,
    pub(crate) media: Media,
    pub(crate) sends: Sends,
    pub(crate) queue: SendQueue,
    pub(crate) mass_queue: SendQueue,
}

/// A request of an account that exists.
pub(crate) struct Call<'a> {
    pub(crate) handler: &'a Handler,
    pub(crate) account: &'a Account,
    pub(crate) request: &'a HttpRequest,
    /// Tells this request from all others.
    pub(crate) id: &'a str,
    /// When there must be an answer, in milliseconds since 1970.
    pub(crate) deadline_ms: i64,
}

impl Handler {
    pub(crate) fn new(context: &mut lambda::Context) -> Self {
        Self {
            accounts: context.accounts(),
            clients: context.clients(timing()),
            token_refresh: context.token_refresh(TokenRefresh::CALL_PATIENCE),
            media: context.media(),
            sends: context.sends(),
            queue: context.send_queue(),
            mass_queue: context.mass_send_queue(),
        }
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Answers a request and writes its one log line.
    pub(crate) async fn handle(&self, request: &HttpRequest, context: &Context) -> HttpResponse {
        let started = clock::now_ms();
        let served = self.serve(request, context).await;
        let ms = clock::now_ms().saturating_sub(started);
        let (route, account) = (request.route(), request.path_parameter("account"));
        match served {
            Ok(response) => {
                tracing::info!(account, route, status = response.status_code, ms, "request");
                response
            }
            Err(refusal) => {
                let (status, reason) = (refusal.status(), refusal.error_type());
                tracing::warn!(account, route, status, reason, detail = %refusal, ms, "request");
                refusal.response()
            }
        }
    }

    async fn serve(
        &self,
        request: &HttpRequest,
        context: &Context,
    ) -> Result<HttpResponse, Refusal> {
        let account = self.accounts.get(request.path_parameter("account")).await?;
        let deadline_ms = i64::try_from(context.deadline).unwrap_or(i64::MAX);
        let call = Call {
            handler: self,
            account: &account,
            request,
            id: &context.request_id,
            deadline_ms: deadline_ms.saturating_sub(ANSWER_MS),
        };
        call.route().await
    }
}

impl Call<'_> {
    async fn route(&self) -> Result<HttpResponse, Refusal> {
        let prefix = "ANY /v1/accounts/{account}/";
        let route = self.request.route();
        let resource = route.strip_prefix(prefix).unwrap_or(route);
        if let Some(rest) = resource.strip_prefix("mass-sends") {
            return mass::answer(self, rest).await;
        }
        match (resource, self.request.method()) {
            ("wechat/{path+}", "GET" | "POST") => wechat::answer(self).await,
            ("wechat/{path+}", _) => Err(Refusal::Method("GET, POST")),
            ("media", "POST") => media::answer(self).await,
            ("messages", "GET") => messages::list(self).await,
            ("messages/{id}", "GET") => messages::one(self).await,
            ("messages" | "messages/{id}", _) => Err(Refusal::Method("GET")),
            ("messages/{id}/redrive", "POST") => messages::redrive(self).await,
            (_, "POST") => match SendKind::of_route(resource) {
                Some(kind) => sends::answer(self, kind).await,
                None => Err(Refusal::Absent("route")),
            },
            _ => Err(Refusal::Method("POST")),
        }
    }

    /// What is left of the time for an answer.
    pub(crate) fn left(&self) -> Duration {
        let left = self.deadline_ms.saturating_sub(clock::now_ms());
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
    }
}

/// Two tries of a call fit into what the gateway waits: 30 s.
fn timing() -> Timing {
    Timing {
        call: Duration::from_secs(12),
        transfer: Duration::from_secs(12),
        repeats: 1,
        ..Timing::default()
    }
}
