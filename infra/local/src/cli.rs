//! The command line.

use crate::{
    assistants,
    options::{Files, Options, Wechat},
};
use clap::Parser;
use sam_local::Arguments;
use std::{
    fs,
    io::{self, IsTerminal},
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Runs the whole bundle on this machine: every function of template.yaml, a gateway, the AWS services they use, and
/// a simulated WeChat.
#[derive(Debug, Parser)]
#[command(name = "wechat-functions", version)]
pub struct Cli {
    #[command(flatten)]
    stack: Arguments,
    /// Address of the simulated WeChat.
    #[arg(
        long,
        default_value = "127.0.0.1:9100",
        value_name = "ADDRESS",
        conflicts_with = "platform"
    )]
    platform_listen: SocketAddr,
    /// Use this WeChat, real or not, and start no simulator.
    #[arg(long, value_name = "URL")]
    platform: Option<String>,
    /// Accounts file; made-up accounts are used without one.
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// Rules file for the callback.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// File of assistants, [assistants.NAME] tables, for every account that has none of that name. One without url is the
    /// simulated WeChat's.
    #[arg(long, value_name = "FILE")]
    assistants: Option<PathBuf>,
    /// Take up the files of accounts, assistants and rules when they change; a faulty one is told and changes nothing.
    #[arg(long)]
    watch: bool,
    /// Check the rules, tell everything that is wrong in them, and start nothing.
    #[arg(long)]
    check: bool,
    /// Template to run.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Show a short conversation (default on a terminal).
    #[arg(long, overrides_with = "no_demo")]
    demo: bool,
    /// Show no conversation.
    #[arg(long)]
    no_demo: bool,
    /// Print neither addresses nor log lines.
    #[arg(long)]
    quiet: bool,
}

/// Why the command line cannot be followed.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct FileError {
    path: String,
    source: io::Error,
}

impl Cli {
    /// Whether to show the conversation.
    pub fn demo(&self) -> bool {
        self.demo || (!self.no_demo && !self.quiet && io::stdout().is_terminal())
    }

    /// Whether the rules are only to be checked.
    pub fn check(&self) -> bool {
        self.check
    }

    /// Whether files that change are taken up.
    pub fn watch(&self) -> bool {
        self.watch
    }

    /// Whether to print nothing.
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// What the bundle is to be started with.
    ///
    /// # Errors
    /// A file that is named cannot be read.
    pub fn options(&self, region: Option<String>) -> Result<Options, FileError> {
        let mut options = Options::default();
        options.stack = self.stack.options(options.stack);
        if let Some(template) = &self.template {
            options.stack.template = template.clone();
        }
        if let Some(region) = region {
            options.stack.region = region;
        }
        if let Some(rules) = &self.rules {
            let path = rules.canonicalize().map_err(file_error(rules))?;
            let variable = ("RULES_FILE".to_owned(), path.display().to_string());
            options.stack.environment.extend([variable]);
        }
        if let Some(path) = &self.accounts {
            options.accounts = fs::read_to_string(path).map_err(file_error(path))?;
        }
        match &self.assistants {
            Some(path) => {
                options.assistants = fs::read_to_string(path).map_err(file_error(path))?
            }
            // Nothing but the demo: who has no file at all need not write one to have an answer.
            None if self.accounts.is_none() && self.platform.is_none() => {
                options.assistants = assistants::DEMO.to_owned();
            }
            None => {}
        }
        options.files = Files {
            accounts: self.accounts.clone(),
            assistants: self.assistants.clone(),
        };
        options.watch = self.watch;
        options.wechat = match &self.platform {
            Some(url) => Wechat::At(url.clone()),
            None => Wechat::Simulated(self.platform_listen),
        };
        Ok(options)
    }
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.display().to_string();
    move |source| FileError { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_options() {
        let cli = Cli::parse_from([
            "x",
            "--platform",
            "https://api.weixin.qq.com",
            "--no-build",
            "--no-demo",
        ]);
        let options = cli.options(Some("eu-west-1".into())).unwrap();
        assert!(matches!(options.wechat, Wechat::At(url) if url == "https://api.weixin.qq.com"));
        assert_eq!(
            (options.stack.build, options.stack.region.as_str()),
            (false, "eu-west-1")
        );
        assert!(!cli.demo() && !cli.check());
        assert!(Cli::parse_from(["x", "--check"]).check());
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Cli::try_parse_from(["x", "--listen", "9000"]).is_err());
        let missing = Cli::parse_from(["x", "--accounts", "/no/such/file"])
            .options(None)
            .unwrap_err();
        assert!(missing.to_string().starts_with("/no/such/file: "));
    }
}
