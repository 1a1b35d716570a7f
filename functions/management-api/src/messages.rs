//! What became of messages, and a second chance for those that failed.

use crate::{context::Call, queue, refusal::Refusal};
use serde_json::{Value, json};
use shared::{
    lambda::{HttpRequest, HttpResponse},
    sends::{Record, SendJob, State},
    store::{Filter, Page, Redriven},
};
use wechat_oa::{api::Invalid, ids::OpenId};

/// Messages of a page, unless asked otherwise, and at most.
const PAGE: usize = 20;
const LONGEST_PAGE: usize = 100;

/// One message.
pub(crate) async fn one(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let app_id = call.account.app_id();
    let found = call.context.sends.read(app_id, id(call)?).await?;
    let record = found.ok_or(Refusal::Absent("message"))?;
    Ok(HttpResponse::json(200, &record.view()))
}

/// A page of messages, newest first.
pub(crate) async fn list(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let (filter, page) = filter_and_page(call.request)?;
    let app_id = call.account.app_id();
    let (rows, cursor) = call.context.sends.list(app_id, &filter, &page).await?;
    let rows: Vec<Value> = rows.iter().map(Record::view).collect();
    let cursor = cursor.map(|cursor| cursor.to_string());
    Ok(HttpResponse::json(
        200,
        &json!({ "messages": rows, "cursor": cursor }),
    ))
}

/// Puts a message that failed, died or met an unknown fate on the queue again.
pub(crate) async fn redrive(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let (sends, app_id) = (&call.context.sends, call.account.app_id());
    let (id, now) = (id(call)?, call.context.clock.now());
    let intake = sends
        .open_intake(app_id, call.id, vec![id.to_owned()], false, now)
        .await?;
    let answer = match sends.redrive(app_id, id, now).await? {
        Redriven::Queued(record) => {
            queue::put(call, &[&record]).await?;
            Ok(HttpResponse::json(202, &record.view()))
        }
        Redriven::Refused(record) => Err(Refusal::State(record.state.as_str())),
        Redriven::Missing => Err(Refusal::Absent("message")),
    };
    drop(sends.close_intake(&intake).await);
    answer
}

/// What cannot be an id belongs to no message.
fn id<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    let id = call.request.path_parameter("id");
    SendJob::is_id(id)
        .then_some(id)
        .ok_or(Refusal::Absent("message"))
}

fn filter_and_page(request: &HttpRequest) -> Result<(Filter, Page), Refusal> {
    let (mut filter, mut page) = (
        Filter::default(),
        Page {
            limit: PAGE,
            cursor: None,
        },
    );
    for (name, value) in request.query() {
        match name.as_str() {
            "to_user" => {
                Invalid::unless(
                    OpenId::try_from(value.as_str()).is_ok(),
                    "to_user",
                    "must be an openid",
                )?;
                filter.to_user = Some(value);
            }
            "state" => {
                filter.state = State::named(&value);
                Invalid::unless(
                    filter.state.is_some(),
                    "state",
                    "must be a state, such as failed",
                )?;
            }
            "limit" => {
                page.limit = value.parse().unwrap_or(0);
                let fits = (1..=LONGEST_PAGE).contains(&page.limit);
                Invalid::unless(fits, "limit", "must be 1 to 100")?;
            }
            "cursor" => {
                page.cursor = value.parse().ok();
                Invalid::unless(
                    page.cursor.is_some(),
                    "cursor",
                    "must be the cursor of the page before",
                )?;
            }
            _ => Invalid::unless(false, name, "is not known here")?,
        }
    }
    Ok((filter, page))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<(Filter, Page), Refusal> {
        let request = serde_json::from_value(json!({
            "rawQueryString": query,
            "requestContext": { "http": { "method": "GET" } },
        }));
        filter_and_page(&request.unwrap())
    }

    #[test]
    fn a_listing_is_asked_for_by_receiver_state_and_page() {
        let (filter, page) = ask("to_user=oA&state=dead&limit=7").unwrap();
        assert_eq!(
            (filter.to_user.as_deref(), filter.state),
            (Some("oA"), Some(State::Dead))
        );
        assert_eq!((page.limit, page.cursor), (7, None));
        assert_eq!(ask("").unwrap().1.limit, PAGE);
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (query, field) in [
            ("to_user=", "to_user"),
            ("to_user=a%23b", "to_user"),
            ("state=happy", "state"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("cursor=x", "cursor"),
            ("touser=oA", "touser"),
        ] {
            let error = ask(query).unwrap_err().to_string();
            assert!(error.starts_with(field), "{query}: {error}");
        }
    }
}
