//! One queue of dead letters.

use super::{error::RedriveError, letter::Letter};
use aws_sdk_sqs::{
    Client,
    types::{Message, MessageSystemAttributeName as System, QueueAttributeName as Attribute},
};

/// Most letters that one request takes.
const BATCH: usize = 10;

pub(super) struct Queue<'s> {
    client: Client,
    url: &'s str,
}

impl<'s> Queue<'s> {
    pub(super) fn new(client: &Client, url: &'s str) -> Self {
        let client = client.clone();
        Self { client, url }
    }

    /// How many letters lie in it, those included that somebody has taken. AWS counts roughly.
    pub(super) async fn count(&self) -> Result<usize, RedriveError> {
        let parts = [
            Attribute::ApproximateNumberOfMessages,
            Attribute::ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.client.get_queue_attributes().queue_url(self.url);
        let request = request.set_attribute_names(Some(parts.to_vec()));
        let answer = request.send().await;
        let answer = answer.map_err(|e| RedriveError::aws("sqs:GetQueueAttributes", &e))?;
        let number = |part| answer.attributes()?.get(part)?.parse::<usize>().ok();
        Ok(parts.iter().filter_map(number).sum())
    }

    /// Takes up to `most` letters and hides them from others for so many seconds; none when no more are to be had.
    pub(super) async fn take(
        &self,
        most: usize,
        hidden_s: i32,
    ) -> Result<Vec<Letter>, RedriveError> {
        let mut letters = Vec::new();
        while letters.len() < most {
            let taken = self.receive(BATCH.min(most - letters.len()), hidden_s);
            let taken = match taken.await {
                Ok(taken) => taken,
                // What was taken before is not to be lost sight of.
                Err(_) if !letters.is_empty() => break,
                Err(error) => return Err(error),
            };
            if taken.is_empty() {
                break;
            }
            letters.extend(taken.into_iter().map(Letter::from));
        }
        Ok(letters)
    }

    async fn receive(&self, most: usize, hidden_s: i32) -> Result<Vec<Message>, RedriveError> {
        let request = self.client.receive_message().queue_url(self.url);
        let request = request
            .max_number_of_messages(i32::try_from(most).unwrap_or(1))
            .message_system_attribute_names(System::All)
            .visibility_timeout(hidden_s)
            // Asks every server of the queue, so that few letters are not missed.
            .wait_time_seconds(1);
        let answer = request.send().await;
        let answer = answer.map_err(|e| RedriveError::aws("sqs:ReceiveMessage", &e))?;
        Ok(answer.messages.unwrap_or_default())
    }

    pub(super) async fn delete(&self, handle: &str) -> Result<(), RedriveError> {
        let request = self.client.delete_message().queue_url(self.url);
        let deleted = request.receipt_handle(handle).send().await;
        deleted
            .map(drop)
            .map_err(|e| RedriveError::aws("sqs:DeleteMessage", &e))
    }

    /// A letter that cannot be shown again shows itself when its time is over.
    pub(super) async fn show_again(&self, handles: &[String]) {
        for handle in handles {
            let request = self.client.change_message_visibility();
            let request = request.queue_url(self.url).receipt_handle(handle);
            drop(request.visibility_timeout(0).send().await);
        }
    }
}
