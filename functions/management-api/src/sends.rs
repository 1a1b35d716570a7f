//! Messages to send: checked, filed, put on the queue.
//!
//! All ids are noted before the first row is written. If this function dies on the way, the
//! schedule of `send` finds the note and puts on the queue what was filed.

use crate::{
    body::{self, Posted},
    handler::Call,
    queue,
    refusal::Refusal,
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use shared::{
    lambda::{HttpResponse, clock},
    sends::{Record, SendJob, SendKind, State, digest},
    store::{Accepted, StoreError},
};

/// Longest body, in bytes; Lambda hands over 6 MB.
const LONGEST: usize = 4 << 20;
/// Rows written side by side.
const SIDE_BY_SIDE: usize = 16;

/// Accepts one message or an array of them.
pub(crate) async fn answer(call: &Call<'_>, kind: SendKind) -> Result<HttpResponse, Refusal> {
    let text = body::text(call.request, LONGEST)?;
    let posted = body::read(call.account.name.as_str(), kind, &text, call.id)?;
    if posted.array {
        check_ids(call, &posted).await?;
    }
    let accepted = accept(call, &posted.jobs).await?;
    told(posted.array, &accepted)
}

/// All or nothing: an id that belongs to another message is found before any row is written.
async fn check_ids(call: &Call<'_>, posted: &Posted) -> Result<(), Refusal> {
    let app_id = call.account.app_id.as_str();
    let given = posted.jobs.iter().enumerate();
    let given = given.filter(|(_, job)| posted.given.contains(&job.client_msg_id));
    let reads = stream::iter(given).map(|(n, job)| async move {
        let found = call.handler.sends.read(app_id, &job.client_msg_id).await?;
        let other = found.is_some_and(|row| row.digest != digest(job.kind, &job.body));
        Ok::<_, StoreError>(other.then_some(n))
    });
    let mut reads = reads.buffered(SIDE_BY_SIDE);
    while let Some(other) = reads.next().await {
        if let Some(n) = other? {
            return Err(Refusal::Taken(format!("[{n}].client_msg_id")));
        }
    }
    Ok(())
}

async fn accept(call: &Call<'_>, jobs: &[SendJob]) -> Result<Vec<Accepted>, Refusal> {
    let (sends, app_id) = (&call.handler.sends, call.account.app_id.as_str());
    let ids: Vec<String> = jobs.iter().map(|job| job.client_msg_id.clone()).collect();
    let now_ms = clock::now_ms();
    let intake = sends
        .open_intake(app_id, call.id, ids.clone(), now_ms)
        .await?;
    let writes = stream::iter(jobs).map(|job| sends.accept(app_id, job, now_ms));
    let outcomes: Vec<_> = writes.buffered(SIDE_BY_SIDE).collect().await;
    let accepted = outcomes
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| Refusal::HalfFiled { source, ids })?;
    let waiting: Vec<&Record> = accepted.iter().filter_map(waits).collect();
    // What is filed and noted will be sent: that the queue is out of reach only takes longer.
    match queue::put(call, &waiting).await {
        Ok(()) => drop(sends.close_intake(&intake).await),
        Err(error) => tracing::error!(detail = %error, "left to the schedule"),
    }
    Ok(accepted)
}

/// A message that has to be on the queue, perhaps again: its first time may have been cut short.
fn waits(accepted: &Accepted) -> Option<&Record> {
    match accepted {
        Accepted::New(record) => Some(record),
        Accepted::Same(record) => (record.state == State::Queued).then_some(record),
        Accepted::Other(_) => None,
    }
}

fn told(array: bool, accepted: &[Accepted]) -> Result<HttpResponse, Refusal> {
    let place = |n: usize| match array {
        true => format!("[{n}].client_msg_id"),
        false => "client_msg_id".to_owned(),
    };
    let taken = accepted
        .iter()
        .position(|a| matches!(a, Accepted::Other(_)));
    if let Some(n) = taken {
        return Err(Refusal::Taken(place(n)));
    }
    let new = accepted.iter().any(|a| matches!(a, Accepted::New(_)));
    let rows: Vec<Value> = accepted
        .iter()
        .map(|accepted| told_one(accepted, new))
        .collect();
    let body = match (array, rows.into_iter()) {
        (true, rows) => rows.collect(),
        (false, mut rows) => rows.next().unwrap_or_default(),
    };
    Ok(HttpResponse::json(if new { 202 } else { 200 }, &body))
}

/// A repeat is answered with the row as it stands.
fn told_one(accepted: &Accepted, new: bool) -> Value {
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

    fn record(id: &str, state: State) -> Box<Record> {
        Box::new(Record {
            client_msg_id: id.to_owned(),
            state,
            ..Record::default()
        })
    }

    fn body(response: &HttpResponse) -> Value {
        serde_json::from_str(&response.body).unwrap()
    }

    #[test]
    fn new_messages_are_told_by_id_and_repeats_by_row() {
        let new = told(false, &[Accepted::New(record("a", State::Queued))]).unwrap();
        assert_eq!(new.status_code, 202);
        assert_eq!(
            body(&new),
            json!({ "client_msg_id": "a", "state": "queued" })
        );
        let same = told(false, &[Accepted::Same(record("a", State::Sent))]).unwrap();
        assert_eq!(
            (same.status_code, &body(&same)["state"]),
            (200, &json!("sent"))
        );
        assert!(body(&same)["history"].is_array());
        let both = [
            Accepted::Same(record("a", State::Sent)),
            Accepted::New(record("b", State::Queued)),
        ];
        let both = told(true, &both).unwrap();
        assert_eq!(
            (both.status_code, body(&both).as_array().unwrap().len()),
            (202, 2)
        );
    }

    #[test]
    fn an_id_of_another_message_is_named() {
        let rows = [
            Accepted::New(record("a", State::Queued)),
            Accepted::Other(record("b", State::Queued)),
        ];
        let refusal = told(true, &rows).unwrap_err();
        assert_eq!(refusal.status(), 409);
        assert!(
            refusal.to_string().starts_with("[1].client_msg_id"),
            "{refusal}"
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
