//! An account's campaigns, and what it used up of its mass sends.

use super::{batches, json_body};
use crate::{context::Call, listing, refusal::Refusal};
use serde_json::{Map, Value, json};
use shared::{
    lambda::{AccountsError, HttpResponse},
    sends::campaign::{State, quota::Quota, view::view},
};
use std::convert::Infallible;
use wechat_oa::api::Invalid;

/// Campaigns of a page, at most.
const LONGEST_PAGE: usize = 50;
/// Most sends to all that are told at once.
const MOST: u32 = 1_000;

/// A page of campaigns, newest first.
pub(crate) async fn list(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let (mut filter, mut page) = listing::all();
    let mut state = None;
    for (name, value) in call.request.query() {
        match name.as_str() {
            "state" => {
                state = serde_json::from_value::<State>(json!(value)).ok();
                let rule = "must be a state, such as finished";
                Invalid::unless(state.is_some(), "state", rule)?;
            }
            name => listing::take((&mut filter, &mut page), name, &value, LONGEST_PAGE)?,
        }
    }
    let (sends, app_id) = (&call.context.sends, call.account.app_id());
    let (found, cursor) = sends.list_campaigns(app_id, &filter, &page).await?;
    let mut shown = Vec::with_capacity(found.len());
    for campaign in &found {
        let batches = batches(call, campaign).await?;
        if state.is_none_or(|state| campaign.state_of(&batches) == state) {
            shown.push(view(campaign, &batches));
        }
    }
    let cursor = cursor.map(|cursor| cursor.to_string());
    let told = json!({ "campaigns": shown, "cursor": cursor });
    Ok(HttpResponse::json(200, &told))
}

/// Tells what the account used up of its mass sends.
pub(crate) async fn quota(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let quota = call.context.sends.mass_quota(call.account.app_id()).await?;
    told(call, &quota)
}

/// Takes in how many sends to all there were in this period, those in WeChat's console with ours.
pub(crate) async fn set_quota(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let posted = json_body(call)?;
    for name in posted.as_object().into_iter().flat_map(Map::keys) {
        Invalid::unless(name == "to_all", name.clone(), "is not known here")?;
    }
    let to_all = posted.get("to_all").and_then(Value::as_u64);
    let to_all = to_all.and_then(|n| u32::try_from(n).ok());
    let to_all = to_all.filter(|n| *n <= MOST);
    Invalid::unless(to_all.is_some(), "to_all", "must be 0 to 1000")?;
    let (to_all, now) = (to_all.unwrap_or_default(), call.context.clock.now());
    let kind = *call.account.kind.get().map_err(AccountsError::from)?;
    let next = |quota: &Quota| Ok::<_, Infallible>(quota.told(kind, to_all, now));
    let sends = &call.context.sends;
    let written = sends.spend_mass_quota(call.account.app_id(), call.id, next);
    match written.await? {
        Ok(quota) => told(call, &quota),
        Err(never) => match never {},
    }
}

fn told(call: &Call<'_>, quota: &Quota) -> Result<HttpResponse, Refusal> {
    let limits = call.account.mass.get().map_err(AccountsError::from)?;
    let kind = *call.account.kind.get().map_err(AccountsError::from)?;
    let now = call.context.clock.now();
    let (to_all, most, next) = quota.sends_to_all(limits, kind, now);
    let told = json!({
        "to_all": to_all,
        "to_all_most": most,
        "next_period": next.utc(),
        "calls_left_today": quota.left(limits, now),
    });
    Ok(HttpResponse::json(200, &told))
}
