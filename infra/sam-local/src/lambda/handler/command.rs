//! A handler that is a command.

use super::{super::invocation::MAX_PAYLOAD, Failure};
use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    collections::VecDeque,
    process::{ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, Command},
};

/// Lines of standard error that are told when a command fails.
const LAST_LINES: usize = 5;

/// A process and all that it started: dropped while it runs, they are killed.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// Nothing is left to be killed; the number may soon be another's.
    fn has_ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            // It may have ended just now.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

/// The last lines of standard error.
#[derive(Default)]
struct LastLines(Mutex<VecDeque<String>>);

impl LastLines {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line);
        if lines.len() > LAST_LINES {
            lines.pop_front();
        }
    }

    /// A failure with these lines behind it.
    fn behind(&self, mut failure: Failure) -> Failure {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !lines.is_empty() {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            failure.message += &format!("; standard error ends: {}", lines.join(" | "));
        }
        failure
    }
}

/// What the command writes to an event; each line of its standard error is said as it comes.
pub(super) async fn run(
    words: &[String],
    event: Bytes,
    limit: Duration,
    say: impl Fn(String),
) -> Result<Bytes, Failure> {
    let mut child = start(words)?;
    let mut group = Group::of(&child);
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let last = LastLines::default();
    let work = async {
        let ((), answer, ()) = tokio::try_join!(
            feed(input, &event),
            read(output),
            hear(errors, |line| {
                say(line.clone());
                last.push(line);
            }),
        )?;
        let ended = child.wait().await;
        group.has_ended();
        judge(ended).map(|()| answer)
    };
    let answered = tokio::time::timeout(limit, work).await;
    let answered = answered.unwrap_or_else(|_| Err(Failure::timed_out(limit)));
    answered.map_err(|failure| last.behind(failure))
}

fn start(words: &[String]) -> Result<Child, Failure> {
    let (program, arguments) = words
        .split_first()
        .map_or(("", words), |(p, a)| (p.as_str(), a));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C is for the stack, which ends what it started.
        .process_group(0)
        .kill_on_drop(true);
    command.spawn().map_err(|error| {
        let message = format!("'{program}' cannot be started: {error}");
        Failure::new("Runtime.InvalidEntrypoint", message)
    })
}

/// Hands the event over. A command that does not read it may answer all the same.
async fn feed(input: Option<ChildStdin>, event: &[u8]) -> Result<(), Failure> {
    if let Some(mut input) = input {
        let _ = input.write_all(event).await;
    }
    Ok(())
}

async fn read(output: Option<impl AsyncRead + Unpin>) -> Result<Bytes, Failure> {
    let mut answer = Vec::new();
    if let Some(output) = output {
        let most = u64::try_from(MAX_PAYLOAD).unwrap_or(u64::MAX);
        let read = output.take(most + 1).read_to_end(&mut answer).await;
        read.map_err(|error| Failure::new("Runtime.ExitError", error.to_string()))?;
    }
    match answer.len() > MAX_PAYLOAD {
        true => Err(Failure::too_large()),
        false => Ok(answer.into()),
    }
}

async fn hear(errors: Option<impl AsyncRead + Unpin>, say: impl Fn(String)) -> Result<(), Failure> {
    let Some(errors) = errors else { return Ok(()) };
    let mut lines = BufReader::new(errors).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        say(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
    Ok(())
}

fn judge(ended: std::io::Result<ExitStatus>) -> Result<(), Failure> {
    let how = match ended {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    let message = format!("Runtime exited with error: {how}");
    Err(Failure::new("Runtime.ExitError", message))
}
