//! Which binaries of a cargo workspace the functions are.

use super::BuildError;
use serde_json::{Value, json};
use std::{collections::BTreeSet, env, path::Path, process::Stdio};
use tokio::process::Command;

/// Whether cargo sets the variable `name` for the one package it runs.
fn is_of_this_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || matches!(
            name,
            "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR"
        )
}

/// Cargo, in the workspace that `root` lies in; it ends when it is no longer waited for.
pub(super) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).kill_on_drop(true);
    // What `cargo run` and `cargo test` tell this program about its own package makes build scripts look stale.
    for (name, _) in env::vars_os() {
        if is_of_this_package(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

/// The arguments that make `cargo build` build the binaries, and no more. Features are chosen for the whole workspace, as
/// they were for this program: what both use is compiled once.
pub(super) async fn selection(
    root: &Path,
    binaries: &BTreeSet<&str>,
) -> Result<Vec<String>, BuildError> {
    let mut command = cargo(root);
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    let output = command.stderr(Stdio::inherit()).output().await?;
    if !output.status.success() {
        let (command, status) = ("metadata", output.status);
        return Err(BuildError::Failed { command, status });
    }
    let metadata = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let selected = binaries.iter().map(|binary| {
        select(&metadata, binary).ok_or_else(|| BuildError::NoPackage {
            workspace: root.to_owned(),
            binary: (*binary).to_owned(),
        })
    });
    let mut arguments = vec!["--workspace".to_owned()];
    for selected in selected {
        arguments.extend(selected?);
    }
    Ok(arguments)
}

/// `--bin B`, from what `cargo metadata` says; `--example B` where no binary has the name.
fn select(metadata: &Value, binary: &str) -> Option<[String; 2]> {
    let list = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).cloned();
    let packages = list(metadata, "packages")?.into_iter();
    let targets = packages.flat_map(|package| list(&package, "targets").unwrap_or_default());
    let named = targets.filter(|target| target.get("name").is_some_and(|name| name == binary));
    let kinds = named.flat_map(|target| list(&target, "kind").unwrap_or_default());
    let kinds: Vec<Value> = kinds.collect();
    let kind = ["bin", "example"];
    let kind = kind.into_iter().find(|kind| kinds.contains(&json!(kind)))?;
    Some([format!("--{kind}"), binary.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_of_this_package_is_kept_from_the_next_cargo() {
        let said = [
            "CARGO_MANIFEST_DIR",
            "CARGO_PKG_NAME",
            "CARGO_PKG_VERSION_PRE",
            "OUT_DIR",
        ];
        assert!(said.into_iter().all(is_of_this_package));
        let meant = [
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_INCREMENTAL",
            "CARGO_NET_OFFLINE",
            "PATH",
        ];
        assert!(!meant.into_iter().any(is_of_this_package));
    }

    #[test]
    fn a_binary_is_found_under_any_package_and_before_an_example() {
        let target = |kind: &str, name: &str| json!({ "kind": [kind], "name": name });
        let metadata = json!({ "packages": [
            { "name": "shop", "targets": [target("lib", "orders"), target("example", "orders"), target("example", "notes")] },
            { "name": "orders-function", "targets": [target("bin", "orders")] },
        ] });
        let select = |name| select(&metadata, name).map(|arguments| arguments.join(" "));
        assert_eq!(select("orders").as_deref(), Some("--bin orders"));
        assert_eq!(select("notes").as_deref(), Some("--example notes"));
        assert_eq!(select("shop"), None);
    }
}
