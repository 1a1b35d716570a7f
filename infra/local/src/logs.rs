//! What functions print, and what the bundle says about them.

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::broadcast;

/// Lines kept for a subscriber that reads slowly; older ones are lost to it.
const BACKLOG: usize = 16_384;

/// One line of a function's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Logical id of the function.
    pub function: String,
    /// Which of its processes: 1, 2, …; 0 for lines of the bundle itself.
    pub instance: u64,
    /// The line, without its line end.
    pub text: String,
}

/// The bundle's log: every line goes to every subscriber.
#[derive(Debug, Clone)]
pub struct Logs(broadcast::Sender<LogLine>);

impl Default for Logs {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Logs {
    /// All lines from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<LogLine> {
        self.0.subscribe()
    }

    /// Says something about `function` in the bundle's own name.
    pub fn say(&self, function: &str, text: impl Into<String>) {
        self.line(function, 0, text.into());
    }

    fn line(&self, function: &str, instance: u64, text: String) {
        // Nobody listening is fine.
        let _ = self.0.send(LogLine {
            function: function.to_owned(),
            instance,
            text,
        });
    }

    /// Passes a process's output on until it closes.
    pub async fn follow(self, function: String, instance: u64, output: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(output).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            self.line(&function, instance, text);
        }
    }
}
