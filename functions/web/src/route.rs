//! The routes, and one request from its route to the answer.

use crate::{
    context::{Call, Context},
    handover, js_sdk, login,
    notice::{self, Failed},
    page, problem, subscribe_once, verify,
};
use shared::{
    lambda::{Answer, HttpRequest, HttpResponse, Route},
    problem::Problem,
    routes,
    time::millis,
};

/// Who answers a request: of an account, or of the domain as a whole.
#[derive(Clone, Copy)]
enum Handler {
    Account(for<'a> fn(&'a Call<'a>) -> Answer<'a, Problem>),
    Domain(for<'a> fn(&'a Context, &'a HttpRequest) -> Answer<'a, Problem>),
}

use Handler::{Account, Domain};

static ROUTES: &[(Route, Handler)] = &routes! {
    GET "/web/{account}/js-sdk-config" readJsSdkConfig
        => Account(|call| Box::pin(js_sdk::answer(call))),
    GET "/web/{account}/oauth/start" => Account(|call| Box::pin(login::start(call))),
    GET "/web/{account}/oauth/callback" => Account(|call| Box::pin(login::callback(call))),
    GET "/web/{account}/subscribe-once" => Account(|call| Box::pin(subscribe_once::start(call))),
    GET "/web/{account}/subscribe-once/callback" => Account(|call| Box::pin(subscribe_once::callback(call))),
    GET "/web/{account}/subscribe" => Account(|call| Box::pin(page::answer(call))),
    GET "/{file}" => Domain(|context, request| Box::pin(verify::answer(context, request))),
    POST "/v1/accounts/{account}/oauth/redeem" redeemLogin
        => Account(|call| Box::pin(handover::redeem(call))),
    POST "/v1/accounts/{account}/oauth/refresh" refreshLogin
        => Account(|call| Box::pin(handover::refresh(call))),
    POST "/v1/accounts/{account}/subscribe-once/redeem" redeemSubscription
        => Account(|call| Box::pin(handover::subscriber(call))),
};

/// The routes that are served.
pub fn routes() -> impl Iterator<Item = Route> {
    ROUTES.iter().map(|(route, _)| *route)
}

impl Context {
    /// Answers a request and writes its one log line.
    pub async fn handle(&self, request: &HttpRequest) -> HttpResponse {
        let started = self.clock.now();
        let served = self.serve(request).await;
        let ms = millis(self.clock.now().since(started));
        let (route, account) = (request.route(), request.path_parameter("account"));
        match served {
            Ok(response) => {
                tracing::info!(account, route, status = response.status_code, ms, "request");
                response
            }
            Err(Failed { problem, page }) => {
                let (status, reason) = (problem.status(), problem.error_type());
                tracing::warn!(account, route, status, reason, detail = %problem, ms, "request");
                page.unwrap_or_else(|| problem::response(&problem))
            }
        }
    }

    async fn serve(&self, request: &HttpRequest) -> Result<HttpResponse, Failed> {
        let handler = Route::handler(ROUTES, request);
        if let Ok(Domain(answer)) = handler {
            return Ok(answer(self, request).await?);
        }
        let account = self.accounts.get(request.path_parameter("account")).await;
        let account = account.map_err(|error| notice::failed(request, error.into(), None))?;
        let call = Call {
            context: self,
            account: &account,
            request,
        };
        let answer = match handler {
            Ok(Account(answer)) => answer(&call).await,
            _ => Err(problem::absent("route")),
        };
        answer.map_err(|problem| notice::failed(request, problem, Some(&call)))
    }
}
