//! Which packages of a cargo workspace the functions are.

use super::BuildError;
use serde_json::Value;
use std::{collections::BTreeSet, env, path::Path, process::Stdio};
use tokio::process::Command;

/// Whether cargo sets the variable `name` for the one package it runs.
fn is_of_this_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || matches!(name, "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE")
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

/// The arguments that make `cargo build` build the binaries, and no more.
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
    Ok(selected.collect::<Result<Vec<_>, _>>()?.concat())
}

/// `--package P --bin B`, from what `cargo metadata` says; an example where no binary has the name.
fn select(metadata: &Value, binary: &str) -> Option<[String; 4]> {
    let of = |kind: &str| {
        let packages = metadata.get("packages")?.as_array()?;
        let package = packages.iter().find(|package| {
            let targets = package.get("targets").and_then(Value::as_array);
            let mut targets = targets.into_iter().flatten();
            targets.any(|target| {
                let kinds = target.get("kind").and_then(Value::as_array);
                let is_kind = kinds.is_some_and(|kinds| kinds.contains(&kind.into()));
                is_kind && target.get("name").is_some_and(|name| name == binary)
            })
        })?;
        let package = package.get("name")?.as_str()?;
        Some(["--package", package, &format!("--{kind}"), binary].map(str::to_owned))
    };
    of("bin").or_else(|| of("example"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_binary_is_found_under_any_package_and_before_an_example() {
        let target = |kind: &str, name: &str| json!({ "kind": [kind], "name": name });
        let metadata = json!({ "packages": [
            { "name": "shop", "targets": [target("lib", "orders"), target("example", "orders")] },
            { "name": "orders-function", "targets": [target("bin", "orders"), target("bin", "bills")] },
        ] });
        let select = |name| select(&metadata, name).map(|arguments| arguments.join(" "));
        let orders = "--package orders-function --bin orders";
        assert_eq!(select("orders").as_deref(), Some(orders));
        assert!(select("bills").is_some());
        assert_eq!(select("shop"), None);
    }
}
