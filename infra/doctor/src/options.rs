//! What the command line may say.

use crate::stack::Stack;
use clap::{ArgGroup, Args, ValueEnum};
use std::{
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Which dead letters to run again.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("sure").args(["yes", "dry_run"])))]
pub(crate) struct Redrive {
    /// The deployed stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: String,
    /// Only this queue; may be repeated.
    #[arg(long, value_enum, value_name = "NAME")]
    queue: Vec<DeadLetters>,
    /// Ask nothing.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) yes: bool,
    /// Look at the letters and run none.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print one JSON document; with --yes or --dry-run.
    #[arg(long, requires = "sure")]
    pub(crate) json: bool,
}

/// The template's queues of dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeadLetters {
    /// Pushes whose slow rule failed three times.
    #[value(name = "ForwardDeadLetters")]
    Forward,
    /// Messages that were given up, or received too often.
    #[value(name = "SendDeadLetters")]
    Send,
    /// Work on campaigns that was received too often.
    #[value(name = "MassSendDeadLetters")]
    MassSend,
    /// Pushes that EraseUser or MassSendEvents could not work on.
    #[value(name = "InboxDeadLetters")]
    Inbox,
    /// Runs of schedules that failed.
    #[value(name = "ScheduleDeadLetters")]
    Schedule,
}

impl Redrive {
    /// Those named, else all.
    pub(crate) fn queues(&self) -> Vec<DeadLetters> {
        let all = DeadLetters::value_variants().iter();
        let wanted = |queue: &&DeadLetters| self.queue.is_empty() || self.queue.contains(queue);
        all.filter(wanted).copied().collect()
    }
}

impl DeadLetters {
    /// As template.yaml calls it.
    pub(crate) fn logical_id(self) -> &'static str {
        match self {
            Self::Forward => "ForwardDeadLetters",
            Self::Send => "SendDeadLetters",
            Self::MassSend => "MassSendDeadLetters",
            Self::Inbox => "InboxDeadLetters",
            Self::Schedule => "ScheduleDeadLetters",
        }
    }

    /// What is done with its letters.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Forward => {
                "Forward is started with each again; the answer goes out late, once. One that fails comes back."
            }
            Self::Send => {
                "Each goes back to SendQueue; what was given up starts over. What has gone meanwhile is not sent again."
            }
            Self::MassSend => {
                "Each goes back to MassSendQueue; its campaign's row says what is left to do."
            }
            Self::Inbox => {
                "Their pushes are looked for in Inbox, which is read from end to end, and worked on again."
            }
            Self::Schedule => "They are deleted: a later run has made up for each.",
        }
    }

    /// Letters that are taken together.
    pub(crate) fn at_once(self) -> usize {
        match self {
            // The table is read once for all of them.
            Self::Inbox => 100,
            _ => 10,
        }
    }
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

/// Whose auto-replies to fetch, and where to write the rules.
#[derive(Debug, Args)]
pub(crate) struct ImportRules {
    /// Accounts file; without it, accounts are read from SSM.
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: Place,
    /// The account; may be left out where there is one.
    #[arg(long, value_name = "NAME")]
    pub(crate) account: Option<String>,
    /// The deployed stack, whose accounts are read.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: Option<String>,
    /// The file to write.
    #[arg(long, value_name = "FILE", default_value = "rules.toml")]
    pub(crate) output: PathBuf,
    /// Write over a file that is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Call this URL in place of WeChat: a simulator or a proxy.
    #[arg(long, value_name = "URL")]
    pub(crate) wechat_api_base: Option<String>,
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
