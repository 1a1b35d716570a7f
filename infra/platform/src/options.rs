//! The command line of the binary; what its help says stands in the catalogue of texts.

use clap::Parser;
use platform::{AccountSetup, read_accounts};
use std::{net::SocketAddr, path::PathBuf};
use texts::text;

#[derive(Parser)]
#[command(name = "platform")]
pub(crate) struct Options {
    #[arg(long, default_value = "127.0.0.1:9100", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
}

impl Options {
    /// The accounts of the file, none without one.
    pub(crate) fn accounts(&self) -> Result<Vec<AccountSetup>, Box<dyn std::error::Error>> {
        let Some(file) = &self.accounts else {
            return Ok(Vec::new());
        };
        let text = std::fs::read_to_string(file).map_err(|error| {
            let (path, reason) = (file.display(), texts::reason(&error));
            text!("error.file", path = path, reason = reason)
        })?;
        Ok(read_accounts(&text)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use texts::{Language, command_line};

    #[test]
    fn every_flag_is_explained_in_both_languages() {
        for language in [Language::English, Language::Chinese] {
            let command = command_line::command::<Options>("1", language);
            let unexplained = command_line::unexplained(&command, language);
            assert!(unexplained.is_empty(), "{language:?}: {unexplained:?}");
        }
    }
}
