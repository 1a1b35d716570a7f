//! The command line.

use crate::{
    aws, checks,
    init::{self, InitError, Input},
    options::{Examine, FileError, Init, Redrive},
    redrive::{self, RedriveError},
};
use aws_config::SdkConfig;
use clap::{Parser, Subcommand};
use std::io::{self, IsTerminal as _, Write};
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
    /// Look at the dead letters of a stack and, after a yes, run them again; each is deleted when it is done.
    Redrive(Redrive),
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
pub enum CliError {
    /// A file of the command line that cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nobody reads the output.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
    /// The account is not stored.
    #[error(transparent)]
    Init(#[from] InitError),
    /// Dead letters are not run again.
    #[error(transparent)]
    Redrive(#[from] RedriveError),
}

impl CliError {
    /// 2 for wrong usage, 1 for the rest.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File(_) => 2,
            Self::Output(_) | Self::Init(_) | Self::Redrive(_) => 1,
        }
    }
}

impl Cli {
    /// Does what the command line says and writes the outcome; `true` when all is well.
    ///
    /// # Errors
    /// When there is no outcome.
    pub async fn run(self, around: Surroundings, to: &mut dyn Write) -> Result<bool, CliError> {
        if let Some(Command::Redrive(redrive)) = &self.command {
            let config = match around.aws {
                Some(given) => given,
                None => aws::load().await,
            };
            return Ok(redrive::run(redrive, &config, around.input, to).await?);
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
                let report = checks::report(&self.examine, config.as_ref()).await?;
                match self.examine.json {
                    true => report.write_json(to)?,
                    false => report.write_text(to, around.colour)?,
                }
                Ok(report.is_ok())
            }
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
            &["x", "redrive"],
            &["x", "redrive", "--stack", "a", "--json"],
            &["x", "redrive", "--stack", "a", "--yes", "--dry-run"],
            &["x", "redrive", "--stack", "a", "--queue", "SendQueue"],
        ] {
            assert!(Cli::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
        assert!(Cli::try_parse_from(["x"]).is_ok());
        assert!(Cli::try_parse_from(["x", "init", "--accounts", "a.toml"]).is_ok());
        for redrive in [
            &["x", "redrive", "--stack", "a"][..],
            &["x", "redrive", "--stack", "a", "--json", "--dry-run"],
            &[
                "x",
                "redrive",
                "--stack",
                "a",
                "--json",
                "--yes",
                "--queue",
                "InboxDeadLetters",
            ],
        ] {
            assert!(Cli::try_parse_from(redrive).is_ok(), "{redrive:?}");
        }
    }
}
