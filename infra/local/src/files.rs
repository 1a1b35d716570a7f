//! What the files of a bundle say at one moment.

use crate::{
    accounts, assistants::Assistants, error::BundleError, options::Options, options::Wechat, rules,
};
use shared::account::AccountsFile;
use std::{fs, path::Path};

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
        let rules = rules::path(&options.stack);
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
        let file = file.map_or("assistants".to_owned(), rules::from_here);
        let assistants =
            Assistants::read(&file, &self.assistants).map_err(BundleError::Assistants)?;
        if let Wechat::At(_) = options.wechat
            && let Some(name) = assistants.simulated()
        {
            return Err(BundleError::NoSimulator(name.to_owned()));
        }
        // Faults are told of the file as it is written.
        let accounts = accounts::parse(&self.accounts)?;
        match assistants.is_empty() {
            true => Ok(accounts),
            false => Ok(accounts::parse(&assistants.add_to(&self.accounts, wechat))?),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, BundleError> {
    fs::read(path).map_err(|source| BundleError::File {
        path: rules::from_here(path),
        source,
    })
}
