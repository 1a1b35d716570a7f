//! What functions print, and what is said about them.

mod line;

pub use line::LogLine;

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    sync::broadcast,
};

/// Lines kept for a subscriber that reads slowly; older ones are lost to it.
const BACKLOG: usize = 16_384;

/// The log of a stack: every line goes to every subscriber.
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

    /// Says something about `function` in the stack's own name.
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
