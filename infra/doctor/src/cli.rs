//! The command line.

use crate::{
    aws, examination,
    init::{self, Input},
    redrive::{self, Undriven},
    stack::Stack,
};
use aws_config::SdkConfig;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{
    io::{self, IsTerminal as _, Write},
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Checks WeChat accounts from where it runs: keys, token, whitelist, clock, callback, quotas, tables and queues.
///
/// Exit code 0: all well; 1: something failed; 2: wrong usage.
#[derive(Debug, Parser)]
#[command(
    name = "wechat-doctor",
    version,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    examine: Examine,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask for an account's values, check them, and store them.
    Init(Init),
    /// Run dead letters again; each is deleted when it is done.
    Redrive(Redrive),
}

/// Which dead letters to run again.
#[derive(Debug, Args)]
pub(crate) struct Redrive {
    /// forward: pushes whose slow rule failed three times; their answers go out late, once.
    #[arg(value_enum)]
    what: Letters,
    /// The deployed stack.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: String,
    /// List the letters and run none.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Queues of dead letters that can be run again.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Letters {
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
    json: bool,
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

/// What a run has around it.
pub struct Surroundings {
    /// AWS; absent: as the environment and the profile say, when it is needed.
    pub aws: Option<SdkConfig>,
    /// Whether lines are coloured.
    pub colour: bool,
    /// Where `init` gets its answers.
    pub input: Input,
}

impl Surroundings {
    /// Those of this process: colour on a terminal unless `NO_COLOR` is set, answers typed or piped.
    pub fn of_process() -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            aws: None,
            colour: io::stdout().is_terminal() && !no_colour,
            input: Input::of_process(),
        }
    }
}

/// Why a run came to no result.
#[derive(Debug, Error)]
pub enum Trouble {
    /// A file of the command line that cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Nobody reads the output.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
    /// The account is not stored.
    #[error(transparent)]
    Init(#[from] init::Unstored),
    /// Dead letters are not run again.
    #[error(transparent)]
    Redrive(#[from] Undriven),
}

impl Trouble {
    /// 2 for wrong usage, 1 for the rest.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File { .. } => 2,
            Self::Output(_) | Self::Init(_) | Self::Redrive(_) => 1,
        }
    }
}

impl Cli {
    /// Does what the command line says and writes the outcome; `true` when all is well.
    ///
    /// # Errors
    /// When there is no outcome.
    pub async fn run(self, around: Surroundings, to: &mut dyn Write) -> Result<bool, Trouble> {
        if let Some(Command::Redrive(redrive)) = &self.command {
            let config = match around.aws {
                Some(given) => given,
                None => aws::load().await,
            };
            return Ok(redrive::run(redrive, &config, to).await?);
        }
        let init = match &self.command {
            Some(Command::Init(init)) => Some(init),
            _ => None,
        };
        let (file, stack) = match init {
            Some(init) => (&init.accounts, &init.stack),
            None => (&self.examine.accounts, &self.examine.stack),
        };
        let config = match around.aws {
            None if file.is_none() || stack.is_some() => Some(aws::load().await),
            given => given,
        };
        match init {
            Some(init) => {
                init::run(init, config.as_ref(), around.input, to).await?;
                Ok(true)
            }
            None => {
                let report = examination::examine(&self.examine, config.as_ref()).await?;
                match self.examine.json {
                    true => report.write_json(to)?,
                    false => report.write_text(to, around.colour)?,
                }
                Ok(report.is_ok())
            }
        }
    }
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
pub(crate) fn read(path: &Path) -> Result<String, Trouble> {
    std::fs::read_to_string(path).map_err(|source| Trouble::File {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_usage_is_refused() {
        for wrong in [
            &["x", "--parameter-prefix", "/wechat"][..],
            &["x", "--accounts", "a.toml", "--parameter-prefix", "wechat"],
            &["x", "--json", "init"],
            &["x", "--unknown"],
            &["x", "init", "--app-secret", "s"],
            &["x", "redrive", "forward"],
            &["x", "redrive", "--stack", "a"],
            &["x", "redrive", "send", "--stack", "a"],
        ] {
            assert!(Cli::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
        assert!(Cli::try_parse_from(["x"]).is_ok());
        assert!(Cli::try_parse_from(["x", "init", "--accounts", "a.toml"]).is_ok());
        let redrive = ["x", "redrive", "forward", "--stack", "a", "--dry-run"];
        assert!(Cli::try_parse_from(redrive).is_ok());
    }
}
