//! One process of a function, with its own runtime API on a loopback port.

use super::{
    environment::Environment,
    invocation::{Invocation, Outcome},
    runtime_api::{Phase, RuntimeApi},
};
use crate::logs::Logs;
use axum::serve::ListenerExt;
use std::{
    path::Path,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::watch,
    task::JoinHandle,
};

/// How long a process may take to its first poll; Lambda's limit of the init phase.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// How long the last words of a process are waited for.
const HEARING: Duration = Duration::from_secs(1);

/// A running process. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Instance {
    api: Arc<RuntimeApi>,
    phase: watch::Receiver<Phase>,
    tasks: [JoinHandle<()>; 2],
    output: Vec<JoinHandle<()>>,
}

/// What a process is started from.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    /// Logical id of the function, for log lines.
    pub function: &'a str,
    /// Number of this process.
    pub number: u64,
    /// The function's binary.
    pub binary: &'a Path,
    /// Its variables.
    pub environment: &'a Environment,
    /// Where its output goes.
    pub logs: &'a Logs,
    /// Changes when every process of the function is to be killed.
    pub kill: watch::Receiver<u64>,
}

impl Instance {
    /// Starts a process. It is not ready yet: see [`Instance::ready`].
    pub(super) async fn start(launch: Launch<'_>) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let mut command = Command::new(launch.binary);
        launch.environment.apply(&mut command, &address);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let output = follow_output(&mut child, &launch);
        let api = RuntimeApi::new();
        let phase = api.phase();
        let listener = listener.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        let router = Arc::clone(&api).router();
        let serve = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        let watch = tokio::spawn(supervise(child, Arc::clone(&api), launch.kill));
        Ok(Self {
            api,
            phase,
            tasks: [serve, watch],
            output,
        })
    }

    /// Whether the process is still there.
    pub(super) fn is_alive(&self) -> bool {
        matches!(*self.phase.borrow(), Phase::Starting | Phase::Ready)
    }

    /// Waits for the first poll. The error is what the caller of the function sees.
    pub(super) async fn ready(&mut self, request_id: &str) -> Result<(), Outcome> {
        let ready = self.phase.wait_for(|p| *p != Phase::Starting);
        match tokio::time::timeout(INIT_LIMIT, ready).await {
            Ok(Ok(phase)) => match &*phase {
                Phase::InitFailed(document) => Err(Outcome::Failed(document.clone())),
                Phase::Exited(how) => Err(Outcome::exited(request_id, how)),
                Phase::Starting | Phase::Ready => Ok(()),
            },
            Ok(Err(_)) => Err(Outcome::exited(request_id, "runtime API closed")),
            Err(_) => Err(Outcome::timed_out(request_id, INIT_LIMIT)),
        }
    }

    /// Waits until all that a process which ended has printed is passed on.
    pub(super) async fn heard_out(&mut self) {
        for output in &mut self.output {
            // What it started itself may hold its output open.
            let _ = tokio::time::timeout(HEARING, output).await;
        }
    }

    /// Runs one invocation. True beside the outcome means the process may be used again.
    pub(super) async fn invoke(
        &mut self,
        invocation: Invocation,
        limit: Duration,
    ) -> (Outcome, bool) {
        let request_id = invocation.request_id.clone();
        let answer = self.api.deliver(invocation).await;
        tokio::select! {
            biased;
            answer = answer => match answer {
                Ok(outcome) => (outcome, true),
                Err(_) => (Outcome::exited(&request_id, "no answer"), false),
            },
            phase = self.phase.wait_for(|p| matches!(p, Phase::Exited(_))) => {
                let how = match phase.as_deref() {
                    Ok(Phase::Exited(how)) => how.clone(),
                    _ => "unknown".to_owned(),
                };
                (Outcome::exited(&request_id, &how), false)
            }
            () = tokio::time::sleep(limit) => (Outcome::timed_out(&request_id, limit), false),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Passes on what the process prints, until it closes its output.
fn follow_output(child: &mut Child, launch: &Launch<'_>) -> Vec<JoinHandle<()>> {
    let (logs, function, number) = (launch.logs, launch.function, launch.number);
    let output = child.stdout.take().map(|output| {
        let lines = logs.clone().follow(function.to_owned(), number, output);
        tokio::spawn(lines)
    });
    let errors = child.stderr.take().map(|errors| {
        let lines = logs.clone().follow(function.to_owned(), number, errors);
        tokio::spawn(lines)
    });
    output.into_iter().chain(errors).collect()
}

/// Waits for the process to end, or ends it when told to. Owning the child, it kills it when aborted.
async fn supervise(mut child: Child, api: Arc<RuntimeApi>, mut kill: watch::Receiver<u64>) {
    let status = tokio::select! {
        status = child.wait() => status,
        _ = kill.changed() => {
            let _ = child.start_kill();
            child.wait().await
        }
    };
    api.exited(describe(status));
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (None, Some(9)) => "signal: killed".to_owned(),
            (None, Some(signal)) => format!("signal: {signal}"),
            (None, None) => "unknown".to_owned(),
        },
        Err(error) => error.to_string(),
    }
}
