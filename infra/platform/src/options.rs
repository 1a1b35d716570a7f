//! The command line of the binary, and the help it prints when it runs.

use clap::Parser;
use platform::{AccountSetup, read_accounts};
use std::{net::SocketAddr, path::PathBuf};

/// Plays WeChat: pushes to callbacks, gives out tokens, fails on demand.
#[derive(Parser)]
pub(crate) struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:9100")]
    pub(crate) listen: SocketAddr,
    /// Accounts file: the product's, with `callback_url` beside each account's fields.
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
}

impl Options {
    /// The accounts of the file, none without one.
    pub(crate) fn accounts(&self) -> Result<Vec<AccountSetup>, Box<dyn std::error::Error>> {
        let Some(file) = &self.accounts else {
            return Ok(Vec::new());
        };
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(read_accounts(&text)?)
    }
}
