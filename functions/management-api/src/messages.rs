//! What became of messages, and a second chance for those that failed.

use crate::{
    body::{self, invalid},
    context::Call,
    listing, queue,
    refusal::Refusal,
};
use serde_json::{Value, json};
use shared::{
    lambda::HttpResponse,
    sends::{Record, SendJob, SendKind, State},
    store::{Cancelled, Filter, Page, Redriven},
};
use std::time::Duration;
use wechat_oa::{api::Invalid, ids::OpenId};

/// Messages of a page, at most.
const LONGEST_PAGE: usize = 100;
/// Longest body of a request about many messages, in bytes.
const LONGEST_BODY: usize = 4 << 10;
/// Another page of messages is begun while this much of the time is left.
const ENOUGH: Duration = Duration::from_secs(8);

/// One message.
pub(crate) async fn one(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let app_id = call.account.app_id();
    let found = call.context.sends.read(app_id, id(call)?).await?;
    let record = found.ok_or_else(|| Refusal::absent("message"))?;
    Ok(HttpResponse::json(200, &record.view()))
}

/// A page of messages, newest first.
pub(crate) async fn list(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let (filter, page) = filter_and_page(call.request.query())?;
    let app_id = call.account.app_id();
    let (rows, cursor) = call.context.sends.list(app_id, &filter, &page).await?;
    let rows: Vec<Value> = rows.iter().map(Record::view).collect();
    let cursor = cursor.map(|cursor| cursor.to_string());
    let told = json!({ "messages": rows, "cursor": cursor });
    Ok(HttpResponse::json(200, &told))
}

/// Puts a message that failed, died or met an unknown fate on the queue again.
pub(crate) async fn redrive(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    match redrive_one(call, id(call)?).await? {
        Redriven::Queued(record) => Ok(HttpResponse::json(202, &record.view())),
        Redriven::Refused(record) => Err(refused(record.state)),
        Redriven::Missing => Err(Refusal::absent("message")),
    }
}

/// One that is not put on the queue here the schedule puts there.
async fn redrive_one(call: &Call<'_>, id: &str) -> Result<Redriven, Refusal> {
    let (sends, app_id) = (&call.context.sends, call.account.app_id());
    let now = call.context.clock.now();
    let name = format!("{}-{id}", call.id);
    let intake = sends.open_intake(app_id, &name, vec![id.to_owned()], false, now);
    let intake = intake.await?;
    let redriven = sends.redrive(app_id, id, now).await?;
    if let Redriven::Queued(record) = &redriven {
        queue::put(call, &[record]).await?;
    }
    drop(sends.close_intake(&intake).await);
    Ok(redriven)
}

/// Puts many messages in one state on the queue again, as far as time allows; `cursor` goes on behind
/// them, and is null when there are no more.
pub(crate) async fn redrive_many(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let posted: Value = serde_json::from_slice(&body::text(call.request, LONGEST_BODY)?)?;
    let Value::Object(members) = posted else {
        return Err(invalid("body", "must be an object").into());
    };
    let told = members.iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name.as_str(), text.clone())),
        Value::Number(number) => Ok((name.as_str(), number.to_string())),
        _ => Err(invalid(name, "must be a text")),
    });
    let told = told.collect::<Result<Vec<_>, _>>()?;
    let (filter, mut page) = filter_and_page(told)?;
    let redrivable = filter.state.is_some_and(State::may_be_redriven);
    Invalid::unless(redrivable, "state", "must be failed, unknown or dead")?;
    let (sends, app_id) = (&call.context.sends, call.account.app_id());
    let (mut redriven, mut refused) = (0_usize, 0_usize);
    loop {
        let (rows, cursor) = sends.list(app_id, &filter, &page).await?;
        for row in rows {
            match redrive_one(call, &row.client_msg_id).await? {
                Redriven::Queued(_) => redriven += 1,
                Redriven::Refused(_) | Redriven::Missing => refused += 1,
            }
        }
        page.cursor = cursor;
        if page.cursor.is_none() || call.left() < ENOUGH {
            break;
        }
    }
    let cursor = page.cursor.map(|cursor| cursor.to_string());
    let told = json!({ "redriven": redriven, "refused": refused, "cursor": cursor });
    Ok(HttpResponse::json(202, &told))
}

/// Cancels a message that has not gone.
pub(crate) async fn cancel(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let (sends, now) = (&call.context.sends, call.context.clock.now());
    let cancelled = sends.cancel(call.account.app_id(), id(call)?, now);
    match cancelled.await? {
        Cancelled::Done(record) => Ok(HttpResponse::json(200, &record.view())),
        Cancelled::Late(record) => Err(refused(record.state)),
        Cancelled::Missing => Err(Refusal::absent("message")),
    }
}

fn refused(state: State) -> Refusal {
    let state = state.as_str();
    Refusal::wrong_state(format!(
        "the message is {state}: failed, dead and unknown ones are sent again, queued and parked ones cancelled"
    ))
}

/// What cannot be an id belongs to no message.
fn id<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    let id = call.request.path_parameter("id");
    SendJob::is_id(id)
        .then_some(id)
        .ok_or_else(|| Refusal::absent("message"))
}

fn filter_and_page(
    asked: impl IntoIterator<Item = (impl AsRef<str>, String)>,
) -> Result<(Filter, Page), Refusal> {
    let (mut filter, mut page) = listing::all();
    for (name, value) in asked {
        match name.as_ref() {
            "to_user" => {
                let fits = OpenId::try_from(value.as_str()).is_ok();
                Invalid::unless(fits, "to_user", "must be an openid")?;
                filter.to_user = Some(value);
            }
            "state" => {
                filter.state = State::named(&value);
                let rule = "must be a state, such as failed";
                Invalid::unless(filter.state.is_some(), "state", rule)?;
            }
            "kind" => {
                let mut kinds = SendKind::ALL.into_iter();
                filter.kind = kinds.find(|kind| kind.as_str() == value);
                let rule = "must be a kind, such as template";
                Invalid::unless(filter.kind.is_some(), "kind", rule)?;
            }
            "template_id" => filter.template_id = Some(value),
            name => listing::take((&mut filter, &mut page), name, &value, LONGEST_PAGE)?,
        }
    }
    Ok((filter, page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::lambda::HttpRequest;

    fn ask(query: &str) -> Result<(Filter, Page), Refusal> {
        let request = serde_json::from_value::<HttpRequest>(json!({
            "rawQueryString": query,
            "requestContext": { "http": { "method": "GET" } },
        }));
        filter_and_page(request.unwrap().query())
    }

    #[test]
    fn a_listing_is_asked_for_by_receiver_state_and_page() {
        let asked = "to_user=oA&state=dead&limit=7&kind=template&template_id=T\
            &since=2027-02-06T09:00:00+08:00&until=2027-02-06T01:00:01Z";
        let (filter, page) = ask(asked).unwrap();
        assert_eq!(
            (filter.to_user.as_deref(), filter.state),
            (Some("oA"), Some(State::Dead))
        );
        assert_eq!(
            (filter.kind, filter.template_id.as_deref()),
            (Some(SendKind::Template), Some("T"))
        );
        let (since, until) = (filter.since.unwrap(), filter.until.unwrap());
        assert_eq!(until.since(since), Duration::from_secs(1));
        assert_eq!((page.limit, page.cursor), (7, None));
        assert_eq!(ask("").unwrap().1.limit, listing::PAGE);
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (query, field) in [
            ("to_user=", "to_user"),
            ("to_user=a%23b", "to_user"),
            ("state=happy", "state"),
            ("kind=letter", "kind"),
            ("since=2027-02-06", "since"),
            ("until=soon", "until"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("cursor=x", "cursor"),
            ("touser=oA", "touser"),
        ] {
            let error = ask(query).unwrap_err().problem.to_string();
            assert!(error.starts_with(field), "{query}: {error}");
        }
    }
}
