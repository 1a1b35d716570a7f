//! Messages to send: checked, filed, put on the queue.
//!
//! All ids are noted before the first row is written. If this function dies on the way, the
//! schedule of `send` finds the note: what was taken it puts on the queue, what was not it undoes.

use crate::{
    body::{self, Posted},
    context::Call,
    permission::{call_of, permit},
    queue,
    refusal::Refusal,
};
use serde_json::{Value, json};
use shared::{
    lambda::HttpResponse,
    problem::{Classified as _, Problem},
    sends::{Record, SendKind, State},
    store::{Accepted, StoreError, Taken},
    time::Timestamp,
};

/// Longest body, in bytes; Lambda hands over 6 MB.
const LONGEST: usize = 4 << 20;

/// Accepts one message or an array of them.
pub(crate) async fn answer(call: &Call<'_>, kind: SendKind) -> Result<HttpResponse, Refusal> {
    let (text, now) = (body::text(call.request, LONGEST)?, call.context.clock.now());
    let posted = body::read(call.account.name.as_str(), kind, &text, call.id, now)?;
    let forced = posted.jobs.iter().all(|job| job.options.force);
    permit(call.account, &call_of(kind), forced)?;
    let accepted = accept(call, &posted, now).await?;
    Ok(response(posted.array, &accepted))
}

/// Takes all messages, or none.
async fn accept(
    call: &Call<'_>,
    posted: &Posted,
    now: Timestamp,
) -> Result<Vec<Accepted>, Refusal> {
    let (sends, app_id) = (&call.context.sends, call.account.app_id());
    let ids = posted.jobs.iter().map(|job| job.client_msg_id.clone());
    let ids: Vec<String> = ids.collect();
    let intake = sends
        .open_intake(app_id, call.id, ids.clone(), posted.array, now)
        .await?;
    let taken = sends.take(&intake, &posted.jobs, now).await;
    let accepted = match taken.map_err(|error| half_filed(&error, &ids))? {
        Taken::All(accepted) => accepted,
        Taken::Conflict(n) if posted.array => {
            return Err(Refusal::taken(&format!("[{n}].client_msg_id")));
        }
        Taken::Conflict(_) => return Err(Refusal::taken("client_msg_id")),
    };
    let waiting: Vec<&Record> = accepted.iter().filter_map(waits).collect();
    // What is taken and noted will be sent: that the queue is out of reach only takes longer.
    match queue::put(call, &waiting).await {
        Ok(()) => drop(sends.close_intake(&intake).await),
        Err(error) => tracing::error!(detail = %error.problem, "left to the schedule"),
    }
    Ok(accepted)
}

fn half_filed(error: &StoreError, ids: &[String]) -> Problem {
    let why = format!(
        "{error}; some messages may be filed, and a repeat with these ids sends none twice"
    );
    let problem = Problem::new(error.error_type(), error.status(), why);
    problem.with("client_msg_ids", json!(ids))
}

/// A message that has to be on the queue, perhaps again: its first time may have been cut short. One
/// that has a time of its own goes there then.
fn waits(accepted: &Accepted) -> Option<&Record> {
    match accepted {
        Accepted::New(record) | Accepted::Same(record) => {
            (record.state == State::Queued).then_some(record)
        }
        Accepted::Other(_) => None,
    }
}

fn response(array: bool, accepted: &[Accepted]) -> HttpResponse {
    let new = accepted.iter().any(|a| matches!(a, Accepted::New(_)));
    let rows: Vec<Value> = accepted
        .iter()
        .map(|accepted| to_json(accepted, new))
        .collect();
    let body = match (array, rows.into_iter()) {
        (true, rows) => rows.collect(),
        (false, mut rows) => rows.next().unwrap_or_default(),
    };
    HttpResponse::json(if new { 202 } else { 200 }, &body)
}

/// A repeat is answered with the row as it stands.
fn to_json(accepted: &Accepted, new: bool) -> Value {
    let (Accepted::New(row) | Accepted::Same(row) | Accepted::Other(row)) = accepted;
    if new {
        json!({ "client_msg_id": row.client_msg_id, "state": row.state })
    } else {
        row.view()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{sends::SendJob, time::Timestamp};
    use wechat_oa::ids::AppId;

    fn record(id: &str, state: State) -> Box<Record> {
        let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
        let job = json!({
            "account": "demo", "kind": "template", "client_msg_id": id, "to_user": "oA", "body": {},
        });
        let job: SendJob = serde_json::from_value(job).unwrap();
        Box::new(Record {
            state,
            ..Record::new(&app_id, &job, Timestamp::default())
        })
    }

    fn body(response: &HttpResponse) -> Value {
        serde_json::from_str(&response.body).unwrap()
    }

    #[test]
    fn new_messages_are_told_by_id_and_repeats_by_row() {
        let new = response(false, &[Accepted::New(record("a", State::Queued))]);
        assert_eq!(new.status_code, 202);
        assert_eq!(
            body(&new),
            json!({ "client_msg_id": "a", "state": "queued" })
        );
        let same = response(false, &[Accepted::Same(record("a", State::Sent))]);
        assert_eq!(
            (same.status_code, &body(&same)["state"]),
            (200, &json!("sent"))
        );
        assert!(body(&same)["history"].is_array());
        let both = [
            Accepted::Same(record("a", State::Sent)),
            Accepted::New(record("b", State::Queued)),
        ];
        let both = response(true, &both);
        assert_eq!(
            (both.status_code, body(&both).as_array().unwrap().len()),
            (202, 2)
        );
    }

    #[test]
    fn only_what_is_queued_goes_on_the_queue() {
        assert!(waits(&Accepted::New(record("a", State::Queued))).is_some());
        assert!(waits(&Accepted::Same(record("a", State::Queued))).is_some());
        assert!(waits(&Accepted::Same(record("a", State::Sent))).is_none());
        assert!(waits(&Accepted::Other(record("a", State::Queued))).is_none());
    }
}
