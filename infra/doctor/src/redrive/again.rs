//! What is done with one letter.

use super::{
    error::RedriveError,
    letter::{Letter, Outcome},
    pushes::{Pushes, Row},
};
use crate::{options::DeadLetters, stack::Stack};
use aws_config::SdkConfig;
use aws_sdk_lambda::{primitives::Blob, types::InvocationType};
use serde_json::Value;
use shared::{
    lambda::{SendQueue, clock},
    sends::{Outgoing, Record, SendJob, State, lane::LaneId},
    store::{Redriven, Sends},
};

/// Has letters run again.
pub(super) struct Again<'s> {
    sqs: aws_sdk_sqs::Client,
    lambda: aws_sdk_lambda::Client,
    sends: Sends,
    pub(super) pushes: Pushes<'s>,
    forward: &'s str,
    send_queue: &'s str,
    mass_send_queue: &'s str,
}

impl<'s> Again<'s> {
    /// In that stack; else the logical id of what it lacks.
    pub(super) fn new(config: &SdkConfig, stack: &'s Stack) -> Result<Self, &'static str> {
        let queue = |id| stack.queue(id).ok_or(id);
        let table = |id| stack.table(id).ok_or(id);
        let function = |id| stack.function(id).ok_or(id);
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        let lambda = aws_sdk_lambda::Client::new(config);
        Ok(Self {
            sqs: aws_sdk_sqs::Client::new(config),
            sends: Sends::new(dynamodb.clone(), table("Sends")?),
            pushes: Pushes {
                dynamodb,
                lambda: lambda.clone(),
                inbox: table("Inbox")?,
                erase_user: function("EraseUser")?,
                mass_send_events: function("MassSendEvents")?,
            },
            lambda,
            forward: function("Forward")?,
            send_queue: queue("SendQueue")?,
            mass_send_queue: queue("MassSendQueue")?,
        })
    }

    /// Has a letter run again; the pushes of letters of the stream are among `rows`. When it is done its work is in safe
    /// hands: another queue has it, Lambda has it, or it is over.
    pub(super) async fn one(
        &self,
        queue: DeadLetters,
        letter: &Letter,
        rows: &[Row],
    ) -> Result<Outcome, RedriveError> {
        match queue {
            DeadLetters::Forward => self.invoke_forward(letter).await,
            DeadLetters::Send => match given_up(letter) {
                Some((lane, job)) => self.start_over(&lane, &job).await,
                None => self.put_back(letter, self.send_queue).await,
            },
            DeadLetters::MassSend => self.put_back(letter, self.mass_send_queue).await,
            DeadLetters::Inbox => self.pushes.read_again(letter, rows, clock::now()).await,
            // The next run has made up for it.
            DeadLetters::Schedule => Ok(Ok(())),
        }
    }

    /// Lambda takes the event, tries it three times, and files a letter anew where it fails again.
    async fn invoke_forward(&self, letter: &Letter) -> Result<Outcome, RedriveError> {
        let Some(task) = letter.task() else {
            return Ok(Err("it is no letter of Forward".to_owned()));
        };
        let request = self.lambda.invoke().function_name(self.forward);
        let request = request.invocation_type(InvocationType::Event);
        let accepted = request.payload(Blob::new(task.to_string())).send().await;
        accepted.map_err(|e| RedriveError::aws("lambda:InvokeFunction", &e))?;
        Ok(Ok(()))
    }

    /// The same text in the same group. Under an id of this letter's own: by the first one the queue would swallow it if
    /// it died within five minutes.
    async fn put_back(&self, letter: &Letter, to: &str) -> Result<Outcome, RedriveError> {
        let request = self.sqs.send_message().queue_url(to);
        let request = request.message_group_id(&letter.group);
        let request = request.message_deduplication_id(format!("redrive/{}", letter.id));
        let sent = request.message_body(&letter.text).send().await;
        sent.map_err(|e| RedriveError::aws("sqs:SendMessage", &e))?;
        Ok(Ok(()))
    }

    /// A message that was given up starts over, as by the route `…/redrive`; one that went another way meanwhile is left.
    async fn start_over(&self, lane: &LaneId, job: &SendJob) -> Result<Outcome, RedriveError> {
        let (app_id, id) = (&lane.app_id, &job.client_msg_id);
        let row = self.sends.read(app_id, id).await?;
        if !row.as_ref().is_some_and(starts_over) {
            return Ok(Ok(()));
        }
        let redriven = self.sends.redrive(app_id, id, clock::now()).await?;
        let Redriven::Queued(row) = redriven else {
            return Ok(Ok(()));
        };
        let (group, name) = (lane.to_string(), row.deduplication_id());
        let Ok(message) = Outgoing::job(group, name, &row.job()) else {
            return Ok(Err("its row does not serialize".to_owned()));
        };
        let queue = SendQueue::new(self.sqs.clone(), self.send_queue);
        queue.put(&[message]).await?;
        Ok(Ok(()))
    }
}

/// The lane and the job of a letter that `send` wrote, without text and receiver: its row has them.
fn given_up(letter: &Letter) -> Option<(LaneId, SendJob)> {
    let job: SendJob = serde_json::from_value(letter.body.clone()).ok()?;
    let lane = LaneId::parse(&letter.group)?;
    (job.body == Value::Null).then_some((lane, job))
}

/// Whether it is given up, or was taken up again by a run of ours that broke off before it was on the queue.
fn starts_over(row: &Record) -> bool {
    row.state == State::Dead || (row.state == State::Queued && row.redrives > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_send_gave_up_is_told_from_what_the_queue_did() {
        let letter = |body: Value| Letter {
            group: "wx5f2c8a1d9e3b7046#2".into(),
            body,
            ..Letter::default()
        };
        let job = |body: Value| json!({ "account": "demo", "kind": "template", "client_msg_id": "a", "to_user": "", "body": body });
        let (lane, given) = given_up(&letter(job(Value::Null))).unwrap();
        assert_eq!((lane.number, given.client_msg_id.as_str()), (2, "a"));
        for other in [
            job(json!({ "touser": "oA" })),
            json!({ "marks": "wx5f2c8a1d9e3b7046#2", "generation": 1 }),
            json!("text"),
        ] {
            assert!(given_up(&letter(other)).is_none());
        }
    }
}
