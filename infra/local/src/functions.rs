//! The function binaries: built by cargo, found beside this executable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Why there are no binaries to start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// This executable does not lie in a cargo target directory.
    #[error("cannot tell the target directory from {0}; pass --functions DIR")]
    NoTarget(PathBuf),
    /// Cargo could not be run.
    #[error("cargo could not be started: {0}")]
    Cargo(#[from] std::io::Error),
    /// Cargo ran and failed; it has said why.
    #[error("cargo build failed ({0}); its message is above")]
    Failed(std::process::ExitStatus),
    /// A binary is not there.
    #[error("{0} is not built; leave --no-build away, or build it first")]
    Missing(PathBuf),
}

/// Whether cargo sets the variable `name` for the one package it runs.
fn is_of_this_package(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || matches!(name, "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE")
}

/// A cargo output directory, such as `target/debug`.
#[derive(Debug, Clone)]
pub struct OutputDirectory(PathBuf);

impl OutputDirectory {
    /// The one this executable was built into. Tests lie one level deeper, in `deps`.
    pub fn of_this_executable() -> Result<Self, BuildError> {
        let executable = std::env::current_exe()?;
        let mut directory = executable.parent();
        if directory.is_some_and(|d| d.ends_with("deps")) {
            directory = directory.and_then(Path::parent);
        }
        directory
            .map(|d| Self(d.to_owned()))
            .ok_or(BuildError::NoTarget(executable.clone()))
    }

    /// A given one.
    pub fn new(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// Where `binary` lies.
    pub fn binary(&self, binary: &str) -> PathBuf {
        self.0.join(binary)
    }

    /// Builds each binary, which is a package of the same name, in the workspace at `root`. Cargo's progress shows.
    pub async fn build(&self, root: &Path, binaries: &BTreeSet<&str>) -> Result<(), BuildError> {
        let target = self
            .0
            .parent()
            .ok_or_else(|| BuildError::NoTarget(self.0.clone()))?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .current_dir(root)
            .arg("build")
            .arg("--target-dir")
            .arg(target);
        if self.0.ends_with("release") {
            command.arg("--release");
        }
        // What `cargo run` and `cargo test` tell this program about its own package makes build scripts look stale.
        for (name, _) in std::env::vars_os() {
            if is_of_this_package(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        for binary in binaries {
            command.args(["--package", binary]);
        }
        let status = command.kill_on_drop(true).status().await?;
        status
            .success()
            .then_some(())
            .ok_or(BuildError::Failed(status))
    }

    /// Refuses if a binary is not there.
    pub fn check(&self, binaries: &BTreeSet<&str>) -> Result<(), BuildError> {
        match binaries
            .iter()
            .map(|b| self.binary(b))
            .find(|p| !p.is_file())
        {
            Some(missing) => Err(BuildError::Missing(missing)),
            None => Ok(()),
        }
    }
}
