//! The files of a bundle: where they lie, and what they say at one moment.

use crate::{
    accounts,
    assistants::Assistants,
    error::BundleError,
    options::{Options, Wechat},
};
use shared::account::AccountsFile;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The rules as shipped, from the workspace.
const SHIPPED: &str = "functions/callback/rules.toml";

/// Their texts.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) accounts: String,
    pub(crate) assistants: String,
    /// None where the template's workspace has no rules.
    pub(crate) rules: Option<Vec<u8>>,
}

impl Contents {
    /// As the bundle is to start with them.
    pub(crate) fn given(options: &Options) -> Result<Self, BundleError> {
        let rules = rules_path(&options.stack);
        Ok(Self {
            accounts: options.accounts.clone(),
            assistants: options.assistants.clone(),
            rules: rules.map(|path| read(&path)).transpose()?,
        })
    }

    /// As they are now.
    pub(crate) fn read(options: &Options) -> Result<Self, BundleError> {
        let mut contents = Self::given(options)?;
        let files = &options.files;
        for (file, text) in [
            (&files.accounts, &mut contents.accounts),
            (&files.assistants, &mut contents.assistants),
        ] {
            if let Some(path) = file {
                *text = String::from_utf8_lossy(&read(path)?).into_owned();
            }
        }
        Ok(contents)
    }

    /// The accounts, each with its assistants; the simulator's is at `wechat`.
    pub(crate) fn accounts(
        &self,
        options: &Options,
        wechat: &str,
    ) -> Result<AccountsFile, BundleError> {
        let file = options.files.assistants.as_deref();
        let file = file.map_or("assistants".to_owned(), from_here);
        let assistants =
            Assistants::read(&file, &self.assistants).map_err(BundleError::Assistants)?;
        if let Wechat::At(_) = options.wechat
            && let Some(name) = assistants.simulated()
        {
            return Err(BundleError::NoSimulator(name.to_owned()));
        }
        let file = options.files.accounts.as_deref();
        let faulty = |source| BundleError::Accounts {
            file: file.map_or("accounts".to_owned(), from_here),
            position: accounts::position(&self.accounts, &source),
            source,
        };
        // Faults are told of the file as it is written.
        let accounts = accounts::parse(&self.accounts).map_err(faulty)?;
        match assistants.is_empty() {
            true => Ok(accounts),
            false => accounts::parse(&assistants.add_to(&self.accounts, wechat)).map_err(faulty),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, BundleError> {
    fs::read(path).map_err(|source| BundleError::File {
        path: from_here(path),
        source,
    })
}

/// The file of rules, unless the template's workspace has none.
pub(crate) fn rules_path(stack: &sam_local::Options) -> Option<PathBuf> {
    let named = stack.environment.get("RULES_FILE").map(PathBuf::from);
    let shipped = || Some(stack.workspace().join(SHIPPED)).filter(|path| path.exists());
    named.or_else(shipped)
}

/// The path as it is written from the current directory, where it lies below that.
pub(crate) fn from_here(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Rules in which nothing is wrong, for functions that start while their file is being written.
#[derive(Debug)]
pub(crate) struct RulesCopy(TempDir);

impl RulesCopy {
    pub(crate) fn new(rules: &[u8]) -> Result<Self, BundleError> {
        let folder = TempDir::with_prefix("rules-").map_err(unwritten(std::env::temp_dir()))?;
        let copy = Self(folder);
        copy.write(rules)?;
        Ok(copy)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("rules.toml")
    }

    /// Puts other rules in their place, whole.
    pub(crate) fn write(&self, rules: &[u8]) -> Result<(), BundleError> {
        let (new, path) = (self.0.path().join("new"), self.path());
        let written = fs::write(&new, rules).and_then(|()| fs::rename(&new, &path));
        written.map_err(unwritten(path))
    }
}

fn unwritten(path: PathBuf) -> impl FnOnce(io::Error) -> BundleError {
    let path = path.display().to_string();
    move |source| BundleError::File { path, source }
}
