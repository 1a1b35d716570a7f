//! `wechat-doctor init`: asks for an account's values and stores them.
//!
//! Secrets are typed without echo or come through a pipe; they never stand in the command line, in a prompt or in the
//! output. A token or key made here is read where it is stored.

mod console;
mod dialogue;
mod file;
mod input;
mod next;
mod parameters;
mod values;

pub use input::Input;

use crate::{options::Init, stack::Stack};
use aws_config::SdkConfig;
use shared::account::{AccountError, AccountName};
use std::io::{self, Write};
use thiserror::Error;
use values::{Present, Values};

/// Why an account is not stored.
#[derive(Debug, Error)]
pub enum InitError {
    /// The answers ended.
    #[error("the input ended at the question for {0}; nothing is stored")]
    Ended(&'static str),
    /// The answers cannot be read, or the questions not be written.
    #[error("cannot ask: {0}")]
    Terminal(#[from] io::Error),
    /// The person did not want to.
    #[error("account '{0}' is left as it was")]
    Declined(AccountName),
    /// The accounts file is no such file.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The values do not make an account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Parameter Store did not do its part.
    #[error("parameter {parameter}: {reason}")]
    Parameter {
        /// The parameter.
        parameter: String,
        /// What the SDK said, and what to do.
        reason: String,
    },
    /// No random numbers for a token or a key.
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// Where an account is stored.
enum Target<'a> {
    File(file::File),
    Parameters(parameters::Parameters<'a>),
}

impl Target<'_> {
    async fn present(&mut self, name: &AccountName) -> Result<Option<Present>, InitError> {
        match self {
            Self::File(file) => Ok(file.present(name)),
            Self::Parameters(parameters) => parameters.present(name).await,
        }
    }

    async fn store(&mut self, name: &AccountName, values: &Values) -> Result<(), InitError> {
        match self {
            Self::File(file) => file.store(name, values),
            Self::Parameters(parameters) => parameters.store(name, values).await,
        }
    }
}

/// Whom to ask, and how this program was called.
pub(crate) struct Around<'a> {
    pub(crate) input: Input,
    pub(crate) command: &'a str,
}

/// Asks, stores, and tells what to do next.
pub(crate) async fn run(
    options: &Init,
    config: Option<&SdkConfig>,
    around: Around<'_>,
    to: &mut dyn Write,
) -> Result<(), InitError> {
    let Around { mut input, command } = around;
    let stack = match (&options.stack, config) {
        (Some(name), Some(config)) => Stack::read(config, name).await.map_err(|check| {
            let parameter = format!("of stack {name}");
            let advice = check.advice.unwrap_or_default();
            let reason = format!("{}. {advice}", check.finding);
            InitError::Parameter { parameter, reason }
        })?,
        _ => Stack::default(),
    };
    let prefix = options.place.prefix(Some(&stack)).unwrap_or_default();
    let mut target = match (&options.accounts, config) {
        (Some(path), _) => Target::File(file::File::open(path)?),
        (None, Some(config)) => {
            Target::Parameters(parameters::Parameters::new(config, prefix.clone()))
        }
        (None, None) => return Err(InitError::Ended("a place to store it")),
    };
    let name = dialogue::name(&mut input)?;
    let present = target.present(&name).await?;
    if present.is_some() && !dialogue::replace(&mut input, &name)? {
        return Err(InitError::Declined(name));
    }
    let answers = dialogue::values(&mut input, &present.unwrap_or_default())?;
    target.store(&name, &answers.values).await?;
    let place = match &target {
        Target::File(file) => next::Place::File(file.path()),
        Target::Parameters(_) => {
            let name = options.stack.as_deref().unwrap_or("STACK");
            next::Place::Parameters(&prefix, name)
        }
    };
    let stored = next::Stored {
        place,
        name: &name,
        answers: &answers,
        stack: &stack,
        command,
    };
    next::write(to, &stored)?;
    Ok(())
}
