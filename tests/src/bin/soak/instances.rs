//! The callback's processes, which are children of this one. Elsewhere than on Linux there seem to be none.

use std::fs;

/// The name of the processes.
const BINARY: &str = "callback";

/// Kills one of them, whichever, the hard way.
pub(crate) async fn kill_any() {
    let all: Vec<u32> = all().collect();
    if let Some(id) = fastrand::choice(all) {
        let kill = tokio::process::Command::new("sh")
            .args(["-c", "kill -9 \"$0\" 2>/dev/null", &id.to_string()])
            .status();
        // It may have ended by itself, which is as good.
        drop(kill.await);
    }
}

/// Most memory one of the living ever had resident.
pub(crate) fn peak_mib() -> Option<f64> {
    let peaks = all().filter_map(|id| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    });
    peaks.max().map(|kib| kib as f64 / 1024.0)
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| {
        let id = entry.ok()?.file_name().to_str()?.parse().ok()?;
        is_ours(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?).then_some(id)
    })
}

/// Whether a line of `/proc/…/stat`, "id (name) state parent …", is a callback that this process started.
fn is_ours(stat: &str) -> bool {
    let Some((name, rest)) = stat.split_once('(').and_then(|(_, s)| s.rsplit_once(") ")) else {
        return false;
    };
    let parent = rest.split(' ').nth(1).and_then(|id| id.parse().ok());
    name == BINARY && parent == Some(std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_children_of_that_name_are_ours() {
        let me = std::process::id();
        assert!(is_ours(&format!("7 (callback) S {me} 7 7")));
        assert!(!is_ours(&format!("7 (forward) S {me} 7 7")));
        assert!(!is_ours(&format!("7 (callback) S {} 7 7", me + 1)));
        assert!(!is_ours(""));
    }
}
