//! When the process is to end.

use std::io;
use tokio::signal::{
    ctrl_c,
    unix::{SignalKind, signal},
};

/// Waits for Ctrl-C, or for the signal of `kill`.
///
/// # Errors
/// Signals cannot be listened to.
pub async fn interrupt() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = ctrl_c() => ended,
        _ = terminate.recv() => Ok(()),
    }
}
