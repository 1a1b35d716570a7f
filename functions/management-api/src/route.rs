//! The routes, and one signed request from its route to the answer.

use crate::{
    context::{Call, Context},
    mass, media, messages,
    refusal::Refusal,
    sends, wechat,
};
use shared::{
    lambda::{Answer, HttpRequest, HttpResponse, Invocation, Route},
    routes,
    sends::SendKind,
    time::millis,
};
use std::time::Duration;

/// Kept back from the function's time-out for the answer.
const ANSWER: Duration = Duration::from_secs(1);

type Handler = for<'a> fn(&'a Call<'a>) -> Answer<'a, Refusal>;

static ROUTES: &[(Route, Handler)] = &routes! {
    POST "/v1/accounts/{account}/template-messages" sendTemplateMessages
        => |call| Box::pin(sends::answer(call, SendKind::Template)),
    POST "/v1/accounts/{account}/subscription-messages" sendSubscriptionMessages
        => |call| Box::pin(sends::answer(call, SendKind::Subscription)),
    POST "/v1/accounts/{account}/one-time-subscription-messages" sendOneTimeSubscriptionMessages
        => |call| Box::pin(sends::answer(call, SendKind::OneTimeSubscription)),
    POST "/v1/accounts/{account}/customer-service-messages" sendCustomerServiceMessages
        => |call| Box::pin(sends::answer(call, SendKind::CustomerService)),
    GET "/v1/accounts/{account}/messages" listMessages => |call| Box::pin(messages::list(call)),
    GET "/v1/accounts/{account}/messages/{id}" readMessage => |call| Box::pin(messages::one(call)),
    DELETE "/v1/accounts/{account}/messages/{id}" cancelMessage
        => |call| Box::pin(messages::cancel(call)),
    POST "/v1/accounts/{account}/messages/redrive" redriveMessages
        => |call| Box::pin(messages::redrive_many(call)),
    POST "/v1/accounts/{account}/messages/{id}/redrive" redriveMessage
        => |call| Box::pin(messages::redrive(call)),
    POST "/v1/accounts/{account}/media" uploadMedia => |call| Box::pin(media::answer(call)),
    GET "/v1/accounts/{account}/wechat/{path+}" getWechat => |call| Box::pin(wechat::answer(call)),
    POST "/v1/accounts/{account}/wechat/{path+}" postWechat
        => |call| Box::pin(wechat::answer(call)),
    POST "/v1/accounts/{account}/mass-sends" createMassSend => |call| Box::pin(mass::create(call)),
    GET "/v1/accounts/{account}/mass-sends" listMassSends
        => |call| Box::pin(mass::overview::list(call)),
    GET "/v1/accounts/{account}/mass-sends/quota" readMassSendQuota
        => |call| Box::pin(mass::overview::quota(call)),
    PUT "/v1/accounts/{account}/mass-sends/quota" setMassSendQuota
        => |call| Box::pin(mass::overview::set_quota(call)),
    POST "/v1/accounts/{account}/mass-sends/preview" previewMassSend
        => |call| Box::pin(mass::preview(call)),
    GET "/v1/accounts/{account}/mass-sends/speed" readMassSendSpeed
        => |call| Box::pin(mass::speed(call)),
    PUT "/v1/accounts/{account}/mass-sends/speed" setMassSendSpeed
        => |call| Box::pin(mass::set_speed(call)),
    GET "/v1/accounts/{account}/mass-sends/{id}" readMassSend => |call| Box::pin(mass::one(call)),
    DELETE "/v1/accounts/{account}/mass-sends/{id}" stopMassSend
        => |call| Box::pin(mass::stop(call)),
    POST "/v1/accounts/{account}/mass-sends/{id}/recipients" addRecipients
        => |call| Box::pin(mass::add(call)),
    POST "/v1/accounts/{account}/mass-sends/{id}/submit" submitMassSend
        => |call| Box::pin(mass::submit(call)),
    POST "/v1/accounts/{account}/mass-sends/{id}/resend" resendMassSend
        => |call| Box::pin(mass::resend::resend(call)),
};

/// The routes that are served.
pub fn routes() -> impl Iterator<Item = Route> {
    ROUTES.iter().map(|(route, _)| *route)
}

impl Context {
    /// Answers a request and writes its one log line.
    pub async fn handle(&self, request: &HttpRequest, invocation: &Invocation) -> HttpResponse {
        let started = self.clock.now();
        let served = self.serve(request, invocation).await;
        let ms = millis(self.clock.now().since(started));
        let (route, account) = (request.route(), request.path_parameter("account"));
        match served {
            Ok(response) => {
                tracing::info!(account, route, status = response.status_code, ms, "request");
                response
            }
            Err(refusal) => {
                let problem = &refusal.problem;
                let (status, reason) = (problem.status(), problem.error_type());
                tracing::warn!(account, route, status, reason, detail = %problem, ms, "request");
                refusal.response()
            }
        }
    }

    async fn serve(
        &self,
        request: &HttpRequest,
        invocation: &Invocation,
    ) -> Result<HttpResponse, Refusal> {
        let account = self.accounts.get(request.path_parameter("account")).await?;
        let call = Call {
            context: self,
            account: &account,
            request,
            id: &invocation.id,
            deadline: invocation.deadline - ANSWER,
        };
        let handler = Route::handler(ROUTES, request)?;
        handler(&call).await
    }
}
