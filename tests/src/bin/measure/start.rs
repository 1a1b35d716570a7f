//! One start of a function against a runtime API that only listens: from `exec` to the first poll.

use crate::https::Server;
use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead, BufReader, ErrorKind},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// What a runtime asks for first.
const POLL: &str = "GET /2018-06-01/runtime/invocation/next";
/// The longest a function may take; Lambda's own limit.
const PATIENCE: Duration = Duration::from_secs(10);

/// One start, or the middle of many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// From before the process exists to its first poll, in milliseconds.
    pub(crate) poll_ms: f64,
    /// CPU time until then, user and system, in milliseconds; not a number where `/proc` is missing.
    pub(crate) cpu_ms: f64,
    /// Most memory resident until then, in MiB; not a number where `/proc` is missing.
    pub(crate) peak_mib: f64,
    /// CPU time from there to the end of the first TLS handshake, in milliseconds; not a number for a function that
    /// makes none.
    pub(crate) https_ms: f64,
}

impl Start {
    /// Starts the binary and kills it after its first poll; none if it ends without one.
    pub(crate) fn of(
        binary: &Path,
        environment: &BTreeMap<String, String>,
    ) -> io::Result<Option<Self>> {
        let server = Server::open()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let api = listener.local_addr()?.to_string();
        let begun = Instant::now();
        let mut command = command(binary, &api, &server.url());
        let mut child = Ended(command.envs(environment).spawn()?);
        let Some(poll) = first_poll(&listener, &mut child.0, begun)? else {
            return Ok(None);
        };
        let poll_ms = begun.elapsed().as_secs_f64() * 1000.0;
        // The kernel books CPU time when a process goes to sleep, which this one now does.
        thread::sleep(Duration::from_millis(5));
        let id = child.0.id();
        let cpu = cpu_ms(id).unwrap_or(f64::NAN);
        let peak_mib = peak_mib(id).unwrap_or(f64::NAN);
        let callback = ["callback", "callback/bootstrap"];
        let asks = callback.iter().any(|end| binary.ends_with(end)) && server.refused(&poll)?;
        let https_ms = cpu_ms(id).filter(|_| asks).map_or(f64::NAN, |ms| ms - cpu);
        // Before its connection goes, about which it would complain.
        drop(child);
        Ok(Some(Self {
            poll_ms,
            cpu_ms: cpu,
            peak_mib,
            https_ms,
        }))
    }
}

/// Kills the process when it goes out of scope.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Lambda's own variables; addresses that answer nobody.
fn command(binary: &Path, api: &str, aws: &str) -> Command {
    let mut command = Command::new(binary);
    command
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", api),
            ("AWS_LAMBDA_FUNCTION_NAME", "measured"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "measured"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "measured"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL", aws),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Waits for the poll; the connection stays open, as a poll without work does.
fn first_poll(
    listener: &TcpListener,
    child: &mut Child,
    begun: Instant,
) -> io::Result<Option<TcpStream>> {
    while begun.elapsed() < PATIENCE {
        match listener.accept() {
            Ok((connection, _)) => {
                connection.set_nonblocking(false)?;
                connection.set_read_timeout(Some(PATIENCE))?;
                let mut line = String::new();
                BufReader::new(&connection).read_line(&mut line)?;
                return Ok(line.starts_with(POLL).then_some(connection));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if child.try_wait()?.is_some() {
                    return Ok(None);
                }
                thread::sleep(Duration::from_micros(50));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Sums nanoseconds on a CPU over all threads.
fn cpu_ms(id: u32) -> Option<f64> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{id}/task")).ok()? {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(nanoseconds as f64 / 1_000_000.0)
}

fn peak_mib(id: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}
