//! The command line.

use crate::options::{Options, Wechat};
use clap::Parser;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Runs the whole bundle on this machine: every function of template.yaml, a gateway, the AWS services they use, and
/// a simulated WeChat.
#[derive(Debug, Parser)]
#[command(name = "wechat-functions", version)]
pub struct Cli {
    /// Address of the gateway.
    #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Address of the AWS front (DynamoDB, SQS, SSM, Lambda).
    #[arg(long, default_value = "127.0.0.1:9050", value_name = "ADDRESS")]
    aws_listen: SocketAddr,
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
    /// Check the rules, tell everything that is wrong in them, and start nothing.
    #[arg(long)]
    check: bool,
    /// Keep tables here between runs; without it everything is in memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Template to run.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Do not build the functions; start the binaries that are there.
    #[arg(long)]
    no_build: bool,
    /// Directory of the function binaries; the one this program lies in without it.
    #[arg(long, value_name = "DIR")]
    functions: Option<PathBuf>,
    /// Show a short conversation (default on a terminal).
    #[arg(long, overrides_with = "no_demo")]
    demo: bool,
    /// Show no conversation.
    #[arg(long)]
    no_demo: bool,
    /// Print neither addresses nor log lines.
    #[arg(long)]
    quiet: bool,
    /// Run schedules and asynchronous repeats this many times faster.
    #[arg(long, default_value_t = 1.0, value_name = "N", value_parser = speed)]
    schedule_speed: f64,
}

/// Why the command line cannot be followed.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct FileError {
    path: String,
    source: std::io::Error,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(n) if n.is_finite() && n > 0.0 => Ok(n),
        _ => Err("must be a number above 0".to_owned()),
    }
}

impl Cli {
    /// Whether to show the conversation.
    pub fn demo(&self) -> bool {
        self.demo || (!self.no_demo && !self.quiet && std::io::stdout().is_terminal())
    }

    /// Whether the rules are only to be checked.
    pub fn check(&self) -> bool {
        self.check
    }

    /// Whether to print nothing.
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// What the bundle is to be started with.
    pub fn options(&self, region: Option<String>) -> Result<Options, FileError> {
        let defaults = Options::default();
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|source| FileError {
                path: path.display().to_string(),
                source,
            })
        };
        let mut environment = BTreeMap::new();
        if let Some(rules) = &self.rules {
            let path = rules.canonicalize().map_err(|source| FileError {
                path: rules.display().to_string(),
                source,
            })?;
            environment.insert("RULES_FILE".to_owned(), path.display().to_string());
        }
        Ok(Options {
            template: self.template.clone().unwrap_or(defaults.template),
            listen: self.listen,
            aws_listen: self.aws_listen,
            wechat: match &self.platform {
                Some(url) => Wechat::At(url.clone()),
                None => Wechat::Simulated(self.platform_listen),
            },
            accounts: match &self.accounts {
                Some(path) => read(path)?,
                None => defaults.accounts,
            },
            data: self.data.clone(),
            build: !self.no_build,
            functions: self.functions.clone(),
            schedule_speed: self.schedule_speed,
            environment,
            region: region.unwrap_or(defaults.region),
            ..Options::default()
        })
    }
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
            "--schedule-speed",
            "60",
        ]);
        let options = cli.options(Some("eu-west-1".into())).unwrap();
        assert!(matches!(options.wechat, Wechat::At(url) if url == "https://api.weixin.qq.com"));
        assert_eq!(
            (
                options.build,
                options.schedule_speed,
                options.region.as_str()
            ),
            (false, 60.0, "eu-west-1")
        );
        assert!(!cli.demo() && !cli.check());
        assert!(Cli::parse_from(["x", "--check"]).check());
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Cli::try_parse_from(["x", "--schedule-speed", "0"]).is_err());
        assert!(Cli::try_parse_from(["x", "--listen", "9000"]).is_err());
        let missing = Cli::parse_from(["x", "--accounts", "/no/such/file"])
            .options(None)
            .unwrap_err();
        assert!(missing.to_string().starts_with("/no/such/file: "));
    }
}
