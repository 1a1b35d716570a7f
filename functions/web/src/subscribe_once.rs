//! One-time messages (一次性订阅消息): to WeChat's page, on which a visitor agrees to one message, and
//! back; what was agreed to is written down, and the site learns it as it learns a login.
//!
//! Nothing signs the openid that comes back but the browser, which could say another one. So it is good
//! for a message, of which WeChat knows whether it may go, and never for signing anybody in.

use crate::{
    context::Call,
    login::{come_back, hand_over, journey, leave, once, to_site, unavailable},
    notice, problem,
};
use shared::{
    lambda::HttpResponse,
    problem::Problem,
    sends::consent::{self, Change},
    web::{
        journey::{Journey, StateError},
        subscribe_once::{OneTime, Subscriber},
    },
};
use wechat_oa::{api::subscribe_once::ConfirmPage, ids::OpenId};

/// `GET …/subscribe-once?template_id=&scene=&return_to=`: sends the browser to WeChat's page.
pub(crate) async fn start(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let asked = OneTime::read(|name| call.request.parameter(name))?;
    let web = call.web()?;
    let mut known = web.one_time_template_id.iter().chain(&web.template_ids);
    if !known.any(|id| *id == asked.template_id) {
        let rule = "must be the account's web.one_time_template_id, or among its web.template_ids";
        return Err(problem::invalid("template_id", rule));
    }
    let return_to = call.request.parameter("return_to").unwrap_or_default();
    call.site(&return_to)?;
    if let Some(page) = notice::elsewhere(call) {
        return Ok(page);
    }
    let journey = journey(call, return_to, asked)?;
    let app_id = call.account.app_id();
    let (state, cookie) = journey.set_out(&call.state_key().await?, app_id);
    let asked = &journey.asked;
    // Without parameters of its own: how WeChat would add its own to those no page of WeChat's says.
    let back = call.own_url("subscribe-once/callback");
    let mut page = ConfirmPage::new(app_id.clone(), asked.scene, &asked.template_id, &back);
    page.reserved = Some(state);
    Ok(leave(page.url(call.context.base.as_deref())?).with_cookie(cookie))
}

/// `GET …/subscribe-once/callback?openid=&template_id=&action=&scene=&reserved=`: writes down that the
/// visitor agreed, once, and sends the browser on to the site with what happened.
pub(crate) async fn callback(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let parameter = |name: &str| call.request.parameter(name);
    let reserved = parameter("reserved").unwrap_or_default();
    let journey: Journey<OneTime> = come_back(call, &reserved).await??;
    let answer = journey.asked.answer(parameter)?;
    // What is configured may have changed since.
    call.site(&journey.return_to)?;
    let Some(openid) = answer else {
        return tell(&journey, "cancel", None);
    };
    let work = record(call, &journey, &openid);
    let code = match once(call, &journey.nonce, openid.as_str(), work).await {
        Ok(agreed) => match agreed.filter(|agreed| agreed.openid == openid) {
            Some(agreed) => hand_over(call, &*agreed).await,
            None => return Err(StateError::Used.into()),
        },
        Err(problem) => Err(problem),
    };
    match code {
        Ok(code) => tell(&journey, "confirm", Some(&code)),
        Err(problem) => unavailable(call, &journey.return_to, &problem),
    }
}

/// On to the site, which learns what happened; the openid stays behind the code.
fn tell(
    journey: &Journey<OneTime>,
    action: &str,
    code: Option<&str>,
) -> Result<HttpResponse, Problem> {
    let OneTime { template_id, scene } = &journey.asked;
    let scene = scene.to_string();
    let template = ("template_id", template_id.as_str());
    let mut fields = vec![("action", action), template, ("scene", &scene)];
    fields.extend(code.map(|code| ("subscription", code)));
    to_site(&journey.return_to, &fields)
}

/// Writes down that a visitor agreed; a journey counts once.
async fn record(
    call: &Call<'_>,
    journey: &Journey<OneTime>,
    openid: &OpenId,
) -> Result<Option<Subscriber>, Problem> {
    let OneTime { template_id, scene } = &journey.asked;
    let subject = consent::one_time(template_id, (*scene).into());
    let (app_id, now) = (call.account.app_id(), call.context.clock.now());
    let user = openid.as_str();
    let (consents, change, id) = (&call.context.consents, Change::Confirmed, &journey.nonce);
    let recorded = consents.record(app_id, user, &subject, change, id, now);
    recorded.await?;
    Ok(Some(Subscriber {
        openid: openid.clone(),
        template_id: template_id.clone(),
        scene: *scene,
    }))
}
