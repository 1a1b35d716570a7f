//! A dead letter, and what may be said of it: whose it is and where it is found, never who wrote what.

use crate::options::DeadLetters;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System};
use serde_json::Value;
use shared::{lambda::log_id, time::Timestamp};

/// Done, or why a letter stays where it is.
pub(super) type Outcome = Result<(), String>;

/// A letter that was taken off its queue.
#[derive(Debug, Default)]
pub(super) struct Letter {
    pub(super) id: String,
    pub(super) handle: String,
    pub(super) text: String,
    /// The text as JSON; null where it is none.
    pub(super) body: Value,
    /// Of a FIFO queue: the lane of a message, the account of a campaign.
    pub(super) group: String,
    pub(super) sent: Option<Timestamp>,
}

impl From<Message> for Letter {
    fn from(message: Message) -> Self {
        let system = |name| Some(message.attributes()?.get(&name)?.clone());
        let sent = system(System::SentTimestamp).and_then(|ms| ms.parse().ok());
        let text = message.body().unwrap_or_default().to_owned();
        Self {
            id: message.message_id().unwrap_or_default().to_owned(),
            handle: message.receipt_handle().unwrap_or_default().to_owned(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
            group: system(System::MessageGroupId).unwrap_or_default(),
            sent: sent.map(Timestamp::from_millis),
        }
    }
}

impl Letter {
    /// What its sample says.
    pub(super) fn name(&self, queue: DeadLetters) -> String {
        match queue {
            DeadLetters::Forward => self.push(),
            DeadLetters::Send => self.message(),
            DeadLetters::MassSend => self.words(&["/app_id", "/client_msg_id"]),
            DeadLetters::Inbox => self.batch(),
            DeadLetters::Schedule => self.run(),
        }
    }

    /// What `forward` was started with: it names the row of a push, or what is done to the tags of its sender.
    pub(super) fn task(&self) -> Option<&Value> {
        let task = self.body.get("requestPayload")?;
        (task.get("id").is_some() || task.get("mark").is_some()).then_some(task)
    }

    /// The function whose work failed, as its ARN has it.
    pub(super) fn function(&self) -> Option<&str> {
        let arn = self.text_at("/requestContext/functionArn")?;
        arn.split(':').nth(6)
    }

    pub(super) fn text_at(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer)?.as_str()
    }

    /// Its account, its source, and the digest of its row's key that stands in the logs: the key holds an openid, and
    /// an address may hold a secret.
    fn push(&self) -> String {
        let task = self.task();
        let mark = task.and_then(|task| task.get("mark"));
        let field = |name: &str| mark.or(task)?.get(name)?.as_str();
        let source = match mark {
            Some(_) => Some("tags"),
            None => ["function", "assistant", "code"]
                .iter()
                .find_map(|name| field(name)),
        };
        let id = field("id").map(log_id);
        let [account, source] = [field("account"), source].map(|word| word.unwrap_or("?"));
        format!("{account} {source} {}", id.as_deref().unwrap_or("?"))
    }

    fn message(&self) -> String {
        match self.text_at("/marks") {
            Some(lane) => format!("marker of {lane}"),
            None => self.words(&["/account", "/kind", "/client_msg_id"]),
        }
    }

    fn batch(&self) -> String {
        let pushes = self.body.pointer("/DDBStreamBatchInfo/batchSize");
        let pushes = pushes.and_then(Value::as_u64).unwrap_or_default();
        let function = self.function().unwrap_or("?");
        let since = self.words(&["/DDBStreamBatchInfo/approximateArrivalOfFirstRecord"]);
        format!("{function}, {pushes} pushes since {since}")
    }

    /// Of a run that Lambda gave up, or that the schedule could not start; the second holds what it would have said.
    fn run(&self) -> String {
        let said = self.body.as_object().and_then(|all| all.keys().next());
        let said = said.map_or("?", String::as_str);
        let condition = self.text_at("/requestContext/condition");
        let condition = condition.unwrap_or("not started");
        format!("{} {condition}", self.function().unwrap_or(said))
    }

    fn words(&self, pointers: &[&str]) -> String {
        let word = |pointer: &&str| self.text_at(pointer).unwrap_or("?");
        let words: Vec<&str> = pointers.iter().map(word).collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OPENID: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";

    fn letter(body: Value) -> Letter {
        Letter {
            body,
            ..Letter::default()
        }
    }

    #[test]
    fn a_sample_names_nobody() {
        let id = format!("wx1#msg:{OPENID}:1");
        let arn = "arn:aws:lambda:us-east-1:1:function:stack-EraseUser-1X:$LATEST";
        for (queue, body, name) in [
            (
                DeadLetters::Forward,
                json!({ "requestPayload": { "account": "demo", "id": id, "openid": OPENID, "assistant": "helper" } }),
                format!("demo helper {}", log_id(&id)),
            ),
            (
                DeadLetters::Forward,
                json!({ "requestPayload": { "account": "demo", "id": id, "url": "https://a/?key=secret" } }),
                format!("demo ? {}", log_id(&id)),
            ),
            (
                DeadLetters::Forward,
                json!({ "requestPayload": { "mark": { "account": "demo", "openid": OPENID } } }),
                "demo tags ?".to_owned(),
            ),
            (
                DeadLetters::Send,
                json!({ "account": "demo", "kind": "template", "client_msg_id": "m-1", "to_user": OPENID, "body": {} }),
                "demo template m-1".to_owned(),
            ),
            (
                DeadLetters::Send,
                json!({ "marks": "wx1#0", "generation": 3 }),
                "marker of wx1#0".to_owned(),
            ),
            (DeadLetters::Send, json!(OPENID), "? ? ?".to_owned()),
            (
                DeadLetters::MassSend,
                json!({ "app_id": "wx1", "client_msg_id": "spring" }),
                "wx1 spring".to_owned(),
            ),
            (
                DeadLetters::Inbox,
                json!({
                    "requestContext": { "functionArn": arn },
                    "DDBStreamBatchInfo": { "batchSize": 2, "approximateArrivalOfFirstRecord": "2026-01-01T00:00:00Z" },
                }),
                "stack-EraseUser-1X, 2 pushes since 2026-01-01T00:00:00Z".to_owned(),
            ),
            (
                DeadLetters::Schedule,
                json!({ "requestContext": { "functionArn": arn, "condition": "EventAgeExceeded" } }),
                "stack-EraseUser-1X EventAgeExceeded".to_owned(),
            ),
            (
                DeadLetters::Schedule,
                json!({ "release": true }),
                "release not started".to_owned(),
            ),
        ] {
            let said = letter(body).name(queue);
            assert_eq!(said, name);
            assert!(!said.contains(OPENID) && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn only_a_task_of_forwards_is_one() {
        let task = |payload: Value| {
            letter(json!({ "requestPayload": payload }))
                .task()
                .is_some()
        };
        assert!(task(json!({ "id": "a" })) && task(json!({ "mark": {} })));
        assert!(!task(json!({})) && !task(json!("text")));
        assert!(letter(Value::Null).task().is_none());
    }
}
