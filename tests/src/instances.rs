//! A function's processes, which are children of this one. Elsewhere than on Linux there seem to be none.

use std::fs;

/// Kills a process of that binary, whichever, the hard way.
pub async fn kill_any(binary: &str) {
    let all: Vec<u32> = all(binary).collect();
    if let Some(id) = fastrand::choice(all) {
        let kill = tokio::process::Command::new("sh")
            .args(["-c", "kill -9 \"$0\" 2>/dev/null", &id.to_string()])
            .status();
        // It may have ended by itself, which is as good.
        drop(kill.await);
    }
}

/// Most memory one of the living ever had resident.
pub fn peak_mib(binary: &str) -> Option<f64> {
    let peaks = all(binary).filter_map(|id| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    });
    peaks.max().map(|kib| kib as f64 / 1024.0)
}

fn all(binary: &str) -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(move |entry| {
        let id = entry.ok()?.file_name().to_str()?.parse().ok()?;
        is_ours(
            &fs::read_to_string(format!("/proc/{id}/stat")).ok()?,
            binary,
        )
        .then_some(id)
    })
}

/// Whether a line of `/proc/…/stat`, "id (name) state parent …", is a `binary` that this process started.
fn is_ours(stat: &str, binary: &str) -> bool {
    let Some((name, rest)) = stat.split_once('(').and_then(|(_, s)| s.rsplit_once(") ")) else {
        return false;
    };
    let parent = rest.split(' ').nth(1).and_then(|id| id.parse().ok());
    name == binary && parent == Some(std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_children_of_that_name_are_ours() {
        let me = std::process::id();
        assert!(is_ours(&format!("7 (callback) S {me} 7 7"), "callback"));
        assert!(!is_ours(&format!("7 (forward) S {me} 7 7"), "callback"));
        assert!(!is_ours(
            &format!("7 (callback) S {} 7 7", me + 1),
            "callback"
        ));
        assert!(!is_ours("", "callback"));
    }
}
