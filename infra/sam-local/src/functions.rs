//! The function binaries: built by cargo, found beside this executable.

mod package;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitStatus,
};
use texts::text;

/// Why there are no binaries to start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// This executable does not lie in a cargo target directory.
    #[error(
        "{0} lies in no target directory of cargo's; name the one of the functions with --functions DIR"
    )]
    NoTarget(PathBuf),
    /// Cargo could not be run.
    #[error("cargo could not be started: {0}")]
    Cargo(#[from] std::io::Error),
    /// Cargo ran and failed; it has said why.
    #[error(
        "cargo {command} failed ({status}); its message is above. To download crates it needs the network, or a mirror that \
         ~/.cargo/config.toml names"
    )]
    Failed {
        /// Cargo's command.
        command: &'static str,
        /// How it ended.
        status: ExitStatus,
    },
    /// The workspace has no such function.
    #[error("no package of {workspace} has a binary or an example named {binary}")]
    NoPackage {
        /// Where the workspace was looked for.
        workspace: PathBuf,
        /// `Metadata.BuildProperties.Binary`.
        binary: String,
    },
    /// A binary is not there.
    #[error("{0} is not built; leave --no-build away, or build it first")]
    Missing(PathBuf),
}

impl BuildError {
    /// What it says in the language of the process, with what to do next.
    pub fn told(&self) -> String {
        match self {
            Self::NoTarget(path) => text!("stack.no_target", path = path.display()),
            Self::Cargo(error) => text!("stack.no_cargo", reason = texts::reason(error)),
            Self::Failed { command, status } => {
                text!("stack.build_failed", command = command, status = status)
            }
            Self::Missing(path) => text!("stack.not_built", path = path.display()),
            Self::NoPackage { .. } => self.to_string(),
        }
    }
}

/// A cargo output directory, such as `target/debug`.
#[derive(Debug, Clone)]
pub struct OutputDirectory(PathBuf);

impl OutputDirectory {
    /// The one this executable was built into. Tests lie one level deeper, in `deps`.
    ///
    /// # Errors
    /// [`BuildError::NoTarget`] where nothing was built, as for a program that was installed.
    pub fn of_this_executable() -> Result<Self, BuildError> {
        Self::around(&std::env::current_exe()?)
    }

    /// The one that an executable was built into.
    ///
    /// # Errors
    /// [`BuildError::NoTarget`] as above.
    pub fn around(executable: &Path) -> Result<Self, BuildError> {
        let mut directory = executable.parent();
        if directory.is_some_and(|d| d.ends_with("deps")) {
            directory = directory.and_then(Path::parent);
        }
        directory
            .filter(|d| d.join("deps").is_dir())
            .map(|d| Self(d.to_owned()))
            .ok_or_else(|| BuildError::NoTarget(executable.to_owned()))
    }

    /// A given one.
    pub fn new(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// Where `binary` lies; examples lie one level deeper.
    pub fn binary(&self, binary: &str) -> PathBuf {
        let example = self.0.join("examples").join(binary);
        match example.is_file() && !self.0.join(binary).is_file() {
            true => example,
            false => self.0.join(binary),
        }
    }

    /// Where a file of that name would lie.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Builds each binary or example of the workspace that `root` lies in. Cargo's progress shows.
    ///
    /// # Errors
    /// Cargo fails, or a name is not of the workspace.
    pub async fn build(&self, root: &Path, binaries: &BTreeSet<&str>) -> Result<(), BuildError> {
        let target = self
            .0
            .parent()
            .ok_or(BuildError::NoTarget(self.0.clone()))?;
        let mut command = package::cargo(root);
        command.arg("build").arg("--target-dir").arg(target);
        if self.0.ends_with("release") {
            command.arg("--release");
        }
        command.args(package::selection(root, binaries).await?);
        if self.check(binaries).is_err() {
            let (number, target) = (binaries.len(), target.display());
            eprintln!(
                "{}",
                text!("stack.building", number = number, target = target)
            );
        }
        let status = command.status().await?;
        let command = "build";
        status
            .success()
            .then_some(())
            .ok_or(BuildError::Failed { command, status })
    }

    /// Refuses if a binary is not there.
    ///
    /// # Errors
    /// [`BuildError::Missing`].
    pub fn check(&self, binaries: &BTreeSet<&str>) -> Result<(), BuildError> {
        let mut paths = binaries.iter().map(|binary| self.binary(binary));
        match paths.find(|path| !path.is_file()) {
            Some(missing) => Err(BuildError::Missing(missing)),
            None => Ok(()),
        }
    }
}
