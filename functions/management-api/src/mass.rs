//! Mass sends: campaigns accepted, filled, released, told, stopped; previews and speed.

pub(crate) mod overview;
mod posted;
pub(crate) mod resend;

use crate::{body, context::Call, permission::permit, refusal::Refusal};
use posted::Posted;
use serde_json::{Value, json};
use shared::{
    lambda::{AccountsError, HttpResponse},
    problem::Problem,
    sends::{
        Outgoing, SendJob,
        campaign::{
            LEAST, State, Work,
            batch::Batch,
            page::Page,
            quota::ToAll,
            record::{Campaign, Target},
            view::{view, warning},
        },
    },
    store::{Change, Created, Paged},
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::api::{
    Endpoint as _, Invalid, Meta,
    mass::{GetMassSpeed, PreviewMass, SendMass, SendMassToAll, SetMassSpeed},
    reader,
    tag::GetTags,
};

/// Longest body, in bytes: ten thousand openids have a tenth of that.
const LONGEST: usize = 1 << 20;
/// A campaign that is released is looked after by the schedule if the queue lost it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Accepts a campaign, or begins a draft of one.
pub(crate) async fn create(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let now = call.context.clock.now();
    let Posted {
        mut campaign,
        page,
        draft,
        force,
    } = posted::read(call.account, &json_body(call)?, call.id, now)?;
    let (sends, app_id) = (&call.context.sends, campaign.app_id.clone());
    if let Some(found) = sends.campaign(&app_id, &campaign.client_msg_id).await? {
        return repeated(call, &campaign, found).await;
    }
    permit(call.account, &submission(campaign.target), force)?;
    check_tag(call, campaign.target).await?;
    if !page.openids().is_empty() {
        campaign.pages.insert(page.name());
    }
    let campaign = match draft {
        true => campaign.entered(State::Draft, now),
        false => release(call, &campaign, now).await?,
    };
    // The first write of a row is its first version.
    let campaign = Campaign {
        version: 1,
        shares_media_with: sends.note_media(&campaign).await?,
        ..campaign
    };
    if !page.openids().is_empty() {
        sends.put_page(&campaign, &page).await?;
    }
    match sends.create_campaign(&campaign).await? {
        Created::New(campaign) => {
            queue(call, &campaign, now).await;
            let id = &campaign.client_msg_id;
            let warning = warning(&campaign);
            let told = json!({ "client_msg_id": id, "state": campaign.state, "warning": warning });
            Ok(HttpResponse::json(202, &told))
        }
        Created::Same(found) => repeated(call, &campaign, *found).await,
        Created::Other(found) => {
            sends.forget_page(&found, &page).await?;
            Err(Refusal::taken("client_msg_id"))
        }
    }
}

/// A repeat is answered with the campaign as it stands.
async fn repeated(
    call: &Call<'_>,
    campaign: &Campaign,
    found: Campaign,
) -> Result<HttpResponse, Refusal> {
    if found.digest != campaign.digest {
        return Err(Refusal::taken("client_msg_id"));
    }
    response(call, &found, 200).await
}

/// The call that submits a campaign to those.
fn submission(target: Target) -> Meta {
    match target {
        Target::Openids => SendMass::META,
        Target::All | Target::Tag(_) => SendMassToAll::META,
    }
}

/// Only WeChat knows the tags.
async fn check_tag(call: &Call<'_>, target: Target) -> Result<(), Refusal> {
    let Target::Tag(wanted) = target else {
        return Ok(());
    };
    let client = call.context.clients.of(call.account);
    let tags = call.in_time(client.call(&GetTags {})).await?.tags;
    let known = tags.iter().any(|tag| u64::from(tag.id) == wanted);
    Invalid::unless(known, "to.tag_id", "is no tag of this account")?;
    Ok(())
}

/// A campaign released, if its receivers and the account's allowances let it.
async fn release(
    call: &Call<'_>,
    campaign: &Campaign,
    now: Timestamp,
) -> Result<Campaign, Refusal> {
    if campaign.target == Target::Openids {
        let listed = campaign.posted_recipients();
        if listed == 0 {
            let why = "the campaign has no receivers yet";
            return Err(Problem::new("no_recipients", 409, why).into());
        }
        let enough = listed >= LEAST.try_into().unwrap_or(u64::MAX);
        let rule = "must be at least 2: WeChat sends to no list of one";
        Invalid::unless(enough, "openids", rule)?;
    }
    let at = now.max(campaign.not_before.unwrap_or_default());
    guard(call, campaign, at).await?;
    let released = campaign.released(now + PATIENCE, now);
    released.ok_or_else(|| wrong_state(campaign.state))
}

/// The account's allowances let a campaign go at that time.
async fn guard(call: &Call<'_>, campaign: &Campaign, at: Timestamp) -> Result<(), Refusal> {
    let quota = call.context.sends.mass_quota(&campaign.app_id).await?;
    let limits = call.account.mass.get().map_err(AccountsError::from)?;
    let kind = *call.account.kind.get().map_err(AccountsError::from)?;
    let (id, called) = (None, false);
    let to_all = (campaign.target == Target::All).then_some(ToAll { id, called });
    match quota.spent(limits, kind, to_all, at) {
        // The worker waits for the next minute.
        Err(closed) if closed.guard != "minute" => {
            let why = format!("an allowance of mass sends is used up: {}", closed.guard);
            let problem = Problem::new("quota_spent", 429, why);
            let problem = problem.with("guard", json!(closed.guard));
            Err(problem.with("opens_at", json!(closed.opens.utc())).into())
        }
        _ => Ok(()),
    }
}

fn wrong_state(state: State) -> Refusal {
    let state = state.as_str();
    Refusal::wrong_state(format!(
        "the campaign is {state}; only a draft takes receivers and is submitted"
    ))
}

fn full() -> Refusal {
    let why = "the campaign has 1,000 pages, or is not one of openids; it takes no more";
    Problem::new("too_many_pages", 409, why).into()
}

/// Adds receivers to a draft.
pub(crate) async fn add(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let posted = json_body(call)?;
    let members = posted.as_object().map(|members| members.keys());
    let other = members.and_then(|mut names| names.find(|name| *name != "openids"));
    if let Some(name) = other {
        return Err(reader::unknown(name, name, &["openids"]).into());
    }
    let page = Page::read(posted.get("openids").unwrap_or(&Value::Null))?;
    Invalid::unless(!page.openids().is_empty(), "openids", "must not be empty")?;
    let campaign = found(call).await?;
    if !campaign.takes_pages() && !campaign.pages.contains(&page.name()) {
        return Err(full());
    }
    // Nothing of a request that is refused is stored.
    if campaign.state != State::Draft {
        return Err(wrong_state(campaign.state));
    }
    let (sends, now) = (&call.context.sends, call.context.clock.now());
    match sends.add_page(&campaign, &page, now).await? {
        Paged::Added => {
            let id = &campaign.client_msg_id;
            let told = json!({ "client_msg_id": id, "recipients": page.openids().len() });
            Ok(HttpResponse::json(200, &told))
        }
        Paged::Refused(state) => Err(wrong_state(state)),
        Paged::Full => Err(full()),
        Paged::Missing => Err(Refusal::absent("campaign")),
    }
}

/// Releases a draft; once.
pub(crate) async fn submit(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let campaign = found(call).await?;
    match campaign.state {
        State::Draft => {}
        State::Deleted => return Err(wrong_state(State::Deleted)),
        _ => return response(call, &campaign, 200).await,
    }
    let now = call.context.clock.now();
    release(call, &campaign, now).await?;
    let (app_id, id) = (&campaign.app_id, &campaign.client_msg_id);
    let released = |found: &Campaign| found.released(now + PATIENCE, now);
    let change = call.context.sends.change_campaign(app_id, id, released);
    match change.await? {
        Change::Made(campaign) => {
            queue(call, &campaign, now).await;
            response(call, &campaign, 202).await
        }
        Change::Unchanged(campaign) => response(call, &campaign, 200).await,
        Change::Missing => Err(Refusal::absent("campaign")),
    }
}

/// Stops what has not gone and takes back what has, or takes back one article; asked again, it is
/// hurried. 409 says that something has gone which WeChat cannot delete; the rest is stopped.
pub(crate) async fn stop(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let mut article = None;
    for (name, value) in call.request.query() {
        Invalid::unless(name == "article", name, "is not known here")?;
        article = value.parse().ok().filter(|n| (1..=8).contains(n));
        Invalid::unless(article.is_some(), "article", "must be 1 to 8")?;
    }
    let campaign = found(call).await?;
    if article.is_some() && campaign.state == State::Draft {
        return Err(wrong_state(State::Draft));
    }
    let batches = batches(call, &campaign).await?;
    let ended = campaign.batches > 0 && !batches.iter().any(Batch::is_open);
    if ended || article.is_some() {
        recallable(&campaign, &batches)?;
    }
    if campaign.stopped && campaign.state_of(&batches) == State::Deleted {
        return Ok(HttpResponse::json(200, &view(&campaign, &batches)));
    }
    let now = call.context.clock.now();
    let (app_id, id) = (&campaign.app_id, &campaign.client_msg_id);
    let stopped = |found: &Campaign| Some(found.taken_back(article, now));
    let change = call.context.sends.change_campaign(app_id, id, stopped);
    let (Change::Made(campaign) | Change::Unchanged(campaign)) = change.await? else {
        return Err(Refusal::absent("campaign"));
    };
    queue(call, &campaign, now).await;
    // Read after the stop is written: what is not claimed now will not be called.
    let batches = self::batches(call, &campaign).await?;
    recallable(&campaign, &batches)?;
    Ok(HttpResponse::json(202, &view(&campaign, &batches)))
}

/// Nothing has gone that cannot be taken back.
fn recallable(campaign: &Campaign, batches: &[Batch]) -> Result<(), Refusal> {
    match campaign.beyond_recall(batches) {
        0 => Ok(()),
        gone => {
            let why = format!(
                "{gone} of {} batches have gone and stay: WeChat deletes articles and videos only; \
                 batches that had not gone are stopped",
                batches.len()
            );
            let problem = Problem::new("cannot_be_taken_back", 409, why);
            Err(problem.with("campaign", view(campaign, batches)).into())
        }
    }
}

/// Tells what became of a campaign.
pub(crate) async fn one(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let campaign = found(call).await?;
    response(call, &campaign, 200).await
}

async fn response(
    call: &Call<'_>,
    campaign: &Campaign,
    status: u16,
) -> Result<HttpResponse, Refusal> {
    let batches = batches(call, campaign).await?;
    Ok(HttpResponse::json(status, &view(campaign, &batches)))
}

async fn batches(call: &Call<'_>, campaign: &Campaign) -> Result<Vec<Batch>, Refusal> {
    let (app_id, id) = (&campaign.app_id, &campaign.client_msg_id);
    Ok(call.context.sends.batches(app_id, id).await?)
}

/// Sends a message to one person, for a look.
pub(crate) async fn preview(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let (preview, force) = posted::preview(&json_body(call)?)?;
    permit(call.account, &PreviewMass::META, force)?;
    let client = call.context.clients.of(call.account);
    let sent = call.in_time(client.call(&preview)).await?;
    let told = json!({ "msg_id": sent.msg_id.to_string() });
    Ok(HttpResponse::json(200, &told))
}

/// Tells how fast mass sends go.
pub(crate) async fn speed(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let client = call.context.clients.of(call.account);
    let told = call.in_time(client.call(&GetMassSpeed {})).await?;
    let told = json!({ "speed": told.speed, "realspeed": told.realspeed });
    Ok(HttpResponse::json(200, &told))
}

/// Sets how fast mass sends go.
pub(crate) async fn set_speed(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let posted = json_body(call)?;
    let level = posted.get("speed").and_then(Value::as_u64);
    let level = level.and_then(|level| u8::try_from(level).ok());
    Invalid::unless(level.is_some_and(|n| n <= 4), "speed", "must be 0 to 4")?;
    let speed = level.unwrap_or_default();
    let client = call.context.clients.of(call.account);
    call.in_time(client.call(&SetMassSpeed { speed })).await?;
    Ok(HttpResponse::json(200, &json!({ "speed": speed })))
}

fn json_body(call: &Call<'_>) -> Result<Value, Refusal> {
    let text = body::text(call.request, LONGEST)?;
    let posted: Value = serde_json::from_slice(&text)?;
    Invalid::unless(posted.is_object(), "body", "must be an object")?;
    Ok(posted)
}

async fn found(call: &Call<'_>) -> Result<Campaign, Refusal> {
    let (app_id, id) = (call.account.app_id(), call.request.path_parameter("id"));
    if !SendJob::is_id(id) {
        return Err(Refusal::absent("campaign"));
    }
    let campaign = call.context.sends.campaign(app_id, id).await?;
    campaign.ok_or_else(|| Refusal::absent("campaign"))
}

/// What is filed will be done: that the queue is out of reach only takes longer.
async fn queue(call: &Call<'_>, campaign: &Campaign, now: Timestamp) {
    if campaign.due.is_none() {
        return;
    }
    let work = Work {
        app_id: campaign.app_id.clone(),
        client_msg_id: campaign.client_msg_id.clone(),
    };
    let Ok(message) = Outgoing::work(&work, now) else {
        return;
    };
    if let Err(error) = call.context.mass_queue.put(&[message]).await {
        tracing::error!(detail = %error, "left to the schedule");
    }
}
