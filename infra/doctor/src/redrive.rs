//! Runs dead letters again: pushes whose slow rule failed three times, each still an answer owed, and tags that were
//! neither given nor taken away.

use crate::{aws, options::Redrive, report::Check, stack::Stack};
use aws_config::SdkConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_sqs::types::Message;
use serde_json::Value;
use std::io::{self, Write};
use thiserror::Error;

/// Runs a letter again, and has the letters.
const FUNCTION: &str = "Forward";
const QUEUE: &str = "ForwardDeadLetters";
/// How long letters that were taken are hidden from others, in seconds: longer than ten runs of a minute.
const HIDDEN_S: i32 = 900;
/// Most letters that one request takes.
const BATCH: i32 = 10;

/// Why letters are not run again.
#[derive(Debug, Error)]
pub enum RedriveError {
    /// The stack does not read.
    #[error("stack {stack}: {finding}. {advice}")]
    Stack {
        /// Its name.
        stack: String,
        /// What was seen.
        finding: String,
        /// What to do.
        advice: String,
    },
    /// The stack lacks what is needed.
    #[error("stack {stack} has no {missing}: name the stack of template.yaml, not one beside it")]
    Lacks {
        /// Its name.
        stack: String,
        /// The logical id of what is missing.
        missing: &'static str,
    },
    /// AWS refused, or was not reached.
    #[error("{action}: {reason}. {advice}", advice = aws::ADVICE)]
    Aws {
        /// The permission that the call needs.
        action: &'static str,
        /// What AWS said.
        reason: String,
    },
    /// Nobody reads the output.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

/// How many letters came to what.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    left: usize,
}

/// A letter, as far as it reads.
struct DeadLetter<'m> {
    handle: &'m str,
    task: Option<Value>,
}

/// Runs every letter again and says what became of it; `true` when all are done.
pub(crate) async fn run(
    redrive: &Redrive,
    config: &SdkConfig,
    to: &mut dyn Write,
) -> Result<bool, RedriveError> {
    let stack = Stack::read(config, &redrive.stack).await;
    let stack = stack.map_err(|check| stack_error(&redrive.stack, *check))?;
    let lacks = |missing| RedriveError::Lacks {
        stack: redrive.stack.clone(),
        missing,
    };
    let function = stack.function(FUNCTION).ok_or_else(|| lacks(FUNCTION))?;
    let queue = stack.queue(QUEUE).ok_or_else(|| lacks(QUEUE))?;
    let run = Run {
        sqs: aws_sdk_sqs::Client::new(config),
        lambda: aws_sdk_lambda::Client::new(config),
        function,
        queue,
        dry: redrive.dry_run,
    };
    run.all(to).await
}

struct Run<'s> {
    sqs: aws_sdk_sqs::Client,
    lambda: aws_sdk_lambda::Client,
    function: &'s str,
    queue: &'s str,
    dry: bool,
}

impl Run<'_> {
    /// Takes letters until none is left that is not hidden; those that stay are shown again at the end.
    async fn all(&self, to: &mut dyn Write) -> Result<bool, RedriveError> {
        let (mut tally, mut staying) = (Tally::default(), Vec::new());
        let ended = self.each(&mut tally, &mut staying, to).await;
        for handle in &staying {
            self.show_again(handle).await;
        }
        ended?;
        let Tally { done, left } = tally;
        match (self.dry, done + left) {
            (_, 0) => writeln!(to, "No dead letters.")?,
            (true, all) => writeln!(to, "{}; nothing was run.", dead_letters(all))?,
            (false, all) => writeln!(
                to,
                "{}: {done} done, {left} left in the queue.",
                dead_letters(all)
            )?,
        }
        Ok(self.dry || left == 0)
    }

    async fn each(
        &self,
        tally: &mut Tally,
        staying: &mut Vec<String>,
        to: &mut dyn Write,
    ) -> Result<(), RedriveError> {
        loop {
            let messages = self.take().await?;
            if messages.is_empty() {
                return Ok(());
            }
            // All are written down first: an error must not leave some hidden.
            let handles = messages.iter().filter_map(Message::receipt_handle);
            staying.extend(handles.map(str::to_owned));
            for message in &messages {
                let letter = DeadLetter::of(message);
                let name = letter.name();
                let outcome = match (&letter.task, self.dry) {
                    (None, _) => Err("it is no letter of Forward".to_owned()),
                    (Some(_), true) => Ok("waits".to_owned()),
                    (Some(task), false) => self.invoke(task).await?,
                };
                match outcome {
                    Ok(word) => {
                        writeln!(to, "{name}: {word}")?;
                        tally.done += 1;
                        if !self.dry {
                            self.delete(letter.handle).await?;
                            staying.retain(|handle| handle != letter.handle);
                        }
                    }
                    Err(reason) => {
                        writeln!(to, "{name}: stays, {reason}")?;
                        tally.left += 1;
                    }
                }
            }
        }
    }

    async fn take(&self) -> Result<Vec<Message>, RedriveError> {
        let request = self
            .sqs
            .receive_message()
            .queue_url(self.queue)
            .max_number_of_messages(BATCH)
            .visibility_timeout(HIDDEN_S)
            // Asks every server of the queue, so that few letters are not missed.
            .wait_time_seconds(1);
        let answer = request.send().await;
        let answer = answer.map_err(|e| aws_error("sqs:ReceiveMessage", &e))?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Runs a task; the word it came to, or why it has to stay.
    async fn invoke(&self, task: &Value) -> Result<Result<String, String>, RedriveError> {
        let request = self
            .lambda
            .invoke()
            .function_name(self.function)
            .payload(Blob::new(task.to_string()));
        let answer = request.send().await;
        let answer = answer.map_err(|e| aws_error("lambda:InvokeFunction", &e))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let document: Value = serde_json::from_slice(&payload).unwrap_or_default();
        let field = |name: &str| document.get(name).and_then(Value::as_str);
        Ok(match answer.function_error {
            None => Ok(field("outcome").unwrap_or("done").to_owned()),
            Some(kind) => Err(field("errorMessage").unwrap_or(&kind).to_owned()),
        })
    }

    async fn delete(&self, handle: &str) -> Result<(), RedriveError> {
        let request = self.sqs.delete_message().queue_url(self.queue);
        let deleted = request.receipt_handle(handle).send().await;
        deleted
            .map(drop)
            .map_err(|e| aws_error("sqs:DeleteMessage", &e))
    }

    /// A letter that cannot be shown again shows itself when its time is over.
    async fn show_again(&self, handle: &str) {
        let request = self.sqs.change_message_visibility();
        let request = request.queue_url(self.queue).receipt_handle(handle);
        drop(request.visibility_timeout(0).send().await);
    }
}

impl<'m> DeadLetter<'m> {
    /// A record of a failed asynchronous invocation, which holds the event.
    fn of(message: &'m Message) -> Self {
        let record: Value =
            serde_json::from_str(message.body().unwrap_or_default()).unwrap_or_default();
        let task = record.get("requestPayload");
        Self {
            handle: message.receipt_handle().unwrap_or_default(),
            task: task.filter(|task| is_known(task)).cloned(),
        }
    }

    /// Its account, its source and its row. An address is not shown: it may hold a secret.
    fn name(&self) -> String {
        let mark = self.task.as_ref().and_then(|task| task.get("mark"));
        let field = |names: &[&str]| {
            let task = mark.or(self.task.as_ref());
            let value = |name: &&str| task?.get(*name)?.as_str();
            names.iter().find_map(value).unwrap_or("?").to_owned()
        };
        let source = mark.map_or_else(
            || field(&["function", "assistant", "code"]),
            |_| "tags".to_owned(),
        );
        format!("{} {source} {}", field(&["account"]), field(&["id"]))
    }
}

/// Whether it names the row of a push, or what is done to the tags of its sender.
fn is_known(task: &Value) -> bool {
    task.get("id").is_some() || task.get("mark").is_some()
}

fn dead_letters(count: usize) -> String {
    match count {
        1 => "1 dead letter".to_owned(),
        count => format!("{count} dead letters"),
    }
}

fn stack_error(stack: &str, check: Check) -> RedriveError {
    RedriveError::Stack {
        stack: stack.to_owned(),
        finding: check.finding,
        advice: check.advice.unwrap_or_default(),
    }
}

fn aws_error(action: &'static str, error: &dyn std::error::Error) -> RedriveError {
    RedriveError::Aws {
        action,
        reason: aws::reason(error),
    }
}
