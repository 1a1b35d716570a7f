//! Failed batches of a campaign, sent once more.

use super::{PATIENCE, batches, found, guard, queue};
use crate::{context::Call, refusal::Refusal};
use shared::{
    lambda::HttpResponse,
    problem::Problem,
    sends::campaign::{
        LEAST,
        batch::Batch,
        record::{Campaign, Target},
        view::view,
    },
    store::{Change, StoreError},
};

/// Sends the failed batches of a campaign again, each under a new id; the others stay as they are.
pub(crate) async fn resend(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let campaign = found(call).await?;
    let told = batches(call, &campaign).await?;
    let failed: Vec<&Batch> = told.iter().filter(|batch| batch.reached_nobody()).collect();
    if campaign.stopped || failed.is_empty() {
        // Whoever asked before had no answer.
        let begun = |batch: &Batch| batch.is_open() && !batch.earlier.is_empty();
        return match !campaign.stopped && told.iter().any(begun) {
            true => woken(call, &campaign).await,
            false => Err(Refusal::wrong_state(format!(
                "the campaign is {}; only batches that failed and reached nobody are sent again, and none once it was stopped",
                campaign.state_of(&told).as_str()
            ))),
        };
    }
    guard(call, &campaign, call.context.clock.now()).await?;
    let mut again = Vec::with_capacity(failed.len());
    for batch in failed {
        again.extend(listed(call, &campaign, batch).await?);
    }
    if again.is_empty() {
        let why =
            "the receivers of the failed batches are no longer kept; post a new campaign to them";
        return Err(Problem::new("recipients_gone", 409, why).into());
    }
    attended(call, &campaign).await?;
    let sends = &call.context.sends;
    for (batch, recipients) in again {
        if campaign.target == Target::All && batch.is_unspent() {
            let back = sends.give_back_mass_quota(&campaign.app_id, call.id, &batch.clientmsgid);
            back.await?;
        }
        // Where another request wrote first, that one sends it again.
        let again = batch.again(recipients);
        sends.write_batch(&campaign, &again).await?;
    }
    woken(call, &campaign).await
}

/// A batch whose receivers are kept, with how many they still are; WeChat sends to no list of one.
async fn listed<'a>(
    call: &Call<'_>,
    campaign: &Campaign,
    batch: &'a Batch,
) -> Result<Option<(&'a Batch, u32)>, Refusal> {
    if campaign.target != Target::Openids {
        return Ok(Some((batch, batch.recipients)));
    }
    let receivers = call.context.sends.read_receivers(campaign, batch.number);
    let left = match receivers.await {
        Ok(page) => page.openids().len(),
        Err(StoreError::Malformed { .. }) => 0,
        Err(error) => return Err(error.into()),
    };
    let left = u32::try_from(left).ok().filter(|_| left >= LEAST);
    Ok(left.map(|left| (batch, left)))
}

/// The schedule looks after it should this request end half-way.
async fn attended(call: &Call<'_>, campaign: &Campaign) -> Result<(), Refusal> {
    let now = call.context.clock.now();
    let (app_id, id) = (&campaign.app_id, &campaign.client_msg_id);
    let attended = |found: &Campaign| {
        Some(Campaign {
            due: Some(found.due.unwrap_or(now + PATIENCE).min(now + PATIENCE)),
            ..found.next(now)
        })
    };
    let change = call.context.sends.change_campaign(app_id, id, attended);
    Ok(change.await.map(drop)?)
}

async fn woken(call: &Call<'_>, campaign: &Campaign) -> Result<HttpResponse, Refusal> {
    let now = call.context.clock.now();
    let batches = batches(call, campaign).await?;
    let (app_id, id) = (&campaign.app_id, &campaign.client_msg_id);
    let woken = |found: &Campaign| {
        Some(Campaign {
            due: Some(now),
            ..found.entered(found.state_of(&batches), now)
        })
    };
    let change = call.context.sends.change_campaign(app_id, id, woken);
    let (Change::Made(campaign) | Change::Unchanged(campaign)) = change.await? else {
        return Err(Refusal::absent("campaign"));
    };
    queue(call, &campaign, now).await;
    Ok(HttpResponse::json(202, &view(&campaign, &batches)))
}
