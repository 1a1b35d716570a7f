//! What the command line may say.

use crate::stack::Stack;
use clap::{Args, ValueEnum};
use std::{
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Which dead letters to run again.
#[derive(Debug, Args)]
pub(crate) struct Redrive {
    /// forward: pushes whose slow rule failed three times; their answers go out late, once.
    #[arg(value_enum)]
    what: DeadLetters,
    /// The deployed stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: String,
    /// List the letters and run none.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Queues of dead letters that can be run again.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum DeadLetters {
    Forward,
}

/// Where the accounts of a deployment are.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// First part of the names of the SSM parameters [default: the stack's, or wechat].
    #[arg(long, value_name = "PREFIX", conflicts_with = "accounts", value_parser = prefix)]
    parameter_prefix: Option<String>,
}

/// What to look at.
#[derive(Debug, Args)]
pub(crate) struct Examine {
    /// Accounts file; without it, accounts are read from SSM.
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// Only this account; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Vec<String>,
    /// The deployed stack: its tables and queues are looked for, its callback URL is asked.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
    /// Where pushes are to go, with {account} for the account's name.
    #[arg(long, value_name = "URL")]
    pub(crate) callback_url: Option<String>,
    /// Call this URL in place of WeChat: a simulator or a proxy.
    #[arg(long, value_name = "URL")]
    pub(crate) wechat_api_base: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where to store an account.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Store in this accounts file, for the local bundle; without it, in SSM.
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// The deployed stack, whose callback URL is told.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
}

/// A file of the command line that cannot be read.
#[derive(Debug, Error)]
#[error("{path}: {source}")]
pub struct FileError {
    path: String,
    source: io::Error,
}

impl Place {
    /// The prefix asked for, else the stack's, else the template's default; none for a stack that
    /// does not read.
    pub(crate) fn prefix(&self, stack: Option<&Stack>) -> Option<String> {
        let of_stack = |stack: &Stack| {
            let prefix = stack.parameters.get("ParameterPrefix");
            prefix.map_or_else(|| "wechat".to_owned(), String::clone)
        };
        self.parameter_prefix
            .clone()
            .or_else(|| stack.map(of_stack))
    }
}

/// Reads a file of the command line.
pub(crate) fn read(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(|source| FileError {
        path: path.display().to_string(),
        source,
    })
}

/// As template.yaml has it.
fn prefix(text: &str) -> Result<String, String> {
    let letters = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    match (1..=64).contains(&text.len()) && text.bytes().all(letters) {
        true => Ok(text.to_owned()),
        false => {
            Err("must be 1 to 64 letters, digits, '_', '.' or '-', without a slash".to_owned())
        }
    }
}
