//! The command line.

use crate::{
    aws, checks, document,
    import::{self, ImportError},
    init::{self, InitError, Input},
    options::{Examine, FileError, ImportRules, Init, Redrive},
    redrive::{self, RedriveError},
};
use aws_config::SdkConfig;
use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use std::{
    io::{self, IsTerminal as _, Write},
    path::PathBuf,
};
use thiserror::Error;

const NAME: &str = "wechat-doctor";

/// Checks WeChat accounts from where it runs: keys, token, whitelist, clock, callback, quotas, tables and queues.
///
/// Exit code 0: all well; 1: something failed; 2: wrong usage.
#[derive(Debug, Parser)]
#[command(
    name = NAME,
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
    /// Turn the console's auto-replies (自动回复) into a rules.toml.
    ImportRules(ImportRules),
    /// Print the JSON schema of what --json prints.
    Schema,
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page.
    Man,
}

/// What a run has around it.
pub struct Surroundings {
    /// AWS; absent: as the environment and the profile say, when it is needed.
    pub aws: Option<SdkConfig>,
    /// Whether lines are coloured.
    pub colour: bool,
    /// Where `init` gets its answers.
    pub input: Input,
    /// How this program was called, for the commands that it advises.
    pub command: &'static str,
}

impl Surroundings {
    /// Those of this process: colour on a terminal unless `NO_COLOR` is set, answers typed or piped.
    pub fn of_process() -> Self {
        // Nothing is on the path of who runs it from a checkout.
        let by_cargo = std::env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == "doctor");
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            aws: None,
            colour: io::stdout().is_terminal() && !no_colour,
            input: Input::of_process(),
            command: match by_cargo {
                true => "cargo run --bin wechat-doctor --",
                false => NAME,
            },
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
    /// No rules are written.
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl CliError {
    /// 2 for wrong usage, 1 for the rest.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File(_) | Self::Import(ImportError::File(_)) => 2,
            Self::Output(_) | Self::Init(_) | Self::Redrive(_) | Self::Import(_) => 1,
        }
    }
}

impl Cli {
    /// Does what the command line says and writes the outcome; `true` when all is well.
    ///
    /// # Errors
    /// When there is no outcome.
    pub async fn run(self, around: Surroundings, to: &mut dyn Write) -> Result<bool, CliError> {
        let Surroundings { aws, input, .. } = around;
        match &self.command {
            None => {
                let Examine {
                    accounts, stack, ..
                } = &self.examine;
                let config = config(aws, accounts, stack).await;
                let report = checks::report(&self.examine, config.as_ref()).await?;
                match self.examine.json {
                    true => document::write_json(&report, to)?,
                    false => report.write_text(to, around.colour, around.command)?,
                }
                return Ok(report.is_ok());
            }
            Some(Command::Init(init)) => {
                let config = config(aws, &init.accounts, &init.stack).await;
                let command = around.command;
                let around = init::Around { input, command };
                init::run(init, config.as_ref(), around, to).await?;
            }
            Some(Command::Redrive(redrive)) => {
                let config = match aws {
                    Some(given) => given,
                    None => aws::load().await,
                };
                return Ok(redrive::run(redrive, &config, input, to).await?);
            }
            Some(Command::ImportRules(import)) => {
                let config = config(aws, &import.accounts, &import.stack).await;
                import::run(import, config.as_ref(), to).await?;
            }
            Some(Command::Schema) => writeln!(to, "{:#}", document::schema())?,
            Some(Command::Completions { shell }) => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Self::command(), NAME, &mut script);
                to.write_all(&script)?;
            }
            Some(Command::Man) => clap_mangen::Man::new(Self::command()).render(to)?,
        }
        Ok(true)
    }
}

/// What AWS is reached by: what is given, else what this machine has, unless all is in a file.
async fn config(
    given: Option<SdkConfig>,
    file: &Option<PathBuf>,
    stack: &Option<String>,
) -> Option<SdkConfig> {
    match given {
        None if file.is_none() || stack.is_some() => Some(aws::load().await),
        given => given,
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
            &["x", "import-rules", "--yes"],
            &["x", "completions"],
            &["x", "completions", "basic"],
            &["x", "schema", "--stack", "a"],
            &["x", "redrive"],
            &["x", "redrive", "--stack", "a", "--json"],
            &["x", "redrive", "--stack", "a", "--yes", "--dry-run"],
            &["x", "redrive", "--stack", "a", "--queue", "SendQueue"],
        ] {
            assert!(Cli::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
        assert!(Cli::try_parse_from(["x"]).is_ok());
        assert!(Cli::try_parse_from(["x", "init", "--accounts", "a.toml"]).is_ok());
        assert!(Cli::try_parse_from(["x", "--account", "a", "--account", "b"]).is_ok());
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
