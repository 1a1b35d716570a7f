//! The command line.

use crate::{
    assistants,
    options::{Files, Options, Wechat},
    terminal::Shown,
};
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use sam_local::Arguments;
use std::{
    env,
    fs::{self, File},
    io::{self, IsTerminal},
    net::SocketAddr,
    path::{Path, PathBuf},
};
use texts::{command_line, text};

/// The command line of `wechat-functions`; what its help says of each flag stands in the catalogue of texts.
#[derive(Debug, Parser)]
#[command(name = "wechat-functions", disable_help_subcommand = true)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    printed: Option<Printed>,
    #[command(flatten)]
    stack: Arguments,
    #[arg(
        long,
        default_value = "127.0.0.1:9100",
        value_name = "ADDRESS",
        conflicts_with = "platform"
    )]
    platform_listen: SocketAddr,
    #[arg(long, value_name = "URL", value_parser = url)]
    platform: Option<String>,
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    assistants: Option<PathBuf>,
    #[arg(long)]
    watch: bool,
    #[arg(long)]
    check: bool,
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    #[arg(long, overrides_with = "no_demo")]
    demo: bool,
    #[arg(long)]
    no_demo: bool,
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    #[arg(long)]
    verbose: bool,
    #[arg(long, conflicts_with = "verbose")]
    quiet: bool,
}

/// What is printed in place of a start.
#[derive(Debug, Clone, Subcommand)]
pub enum Printed {
    /// What makes a shell complete the flags.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// The manual page, as troff.
    Man,
}

fn url(text: &str) -> Result<String, String> {
    let schemes = ["https://", "http://"];
    let mut hosts = schemes
        .iter()
        .filter_map(|scheme| text.strip_prefix(scheme));
    match hosts.next().is_some_and(|host| !host.is_empty()) {
        true => Ok(text.to_owned()),
        false => Err(text!("flags.url")),
    }
}

impl Printed {
    /// Its text; flags are explained in the language of the process.
    ///
    /// # Errors
    /// It cannot be put together.
    pub fn text(&self, version: &'static str) -> io::Result<Vec<u8>> {
        let mut command = command_line::command::<Cli>(version, texts::language());
        let mut text = Vec::new();
        match self {
            Self::Completions { shell } => {
                let name = command.get_name().to_owned();
                clap_complete::generate(*shell, &mut command, name, &mut text);
            }
            Self::Man => clap_mangen::Man::new(command).render(&mut text)?,
        }
        Ok(text)
    }
}

/// Why the command line cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A file that is named cannot be read.
    #[error("{}", text!("error.file", path = path, reason = texts::reason(source)))]
    Read { path: String, source: io::Error },
    /// The log cannot be written.
    #[error("{}", text!("terminal.log_refused", path = path, reason = texts::reason(source)))]
    Log { path: String, source: io::Error },
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

    /// What is to be printed in place of a start.
    pub fn printed(&self) -> Option<&Printed> {
        self.printed.as_ref()
    }

    /// What is to be shown of what functions say.
    pub fn shown(&self) -> Shown {
        match (self.quiet, self.verbose) {
            (true, _) => Shown::Nothing,
            (false, true) => Shown::Everything,
            (false, false) => Shown::Trouble,
        }
    }

    /// The file that functions' log lines go to, empty; none where nothing is to be shown and none is named.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn log(&self, options: &Options) -> Result<Option<(PathBuf, File)>, FileError> {
        if self.quiet && self.log.is_none() {
            return Ok(None);
        }
        let path = self.log.clone().unwrap_or_else(|| {
            let target = options.stack.workspace().join("target");
            let folder = if target.is_dir() {
                target
            } else {
                env::temp_dir()
            };
            folder.join("wechat-functions.log")
        });
        match File::create(&path) {
            Ok(file) => Ok(Some((path, file))),
            Err(source) => Err(FileError::Log {
                path: path.display().to_string(),
                source,
            }),
        }
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
    move |source| FileError::Read { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use texts::Language;

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
        for flags in [
            &["x", "--listen", "9000"][..],
            &["x", "--platform", "nonsense"],
            &["x", "--platform", "https://"],
            &["x", "--quiet", "--verbose"],
            &["x", "--demo", "man"],
            &["x", "completions", "cmd"],
        ] {
            assert!(Cli::try_parse_from(flags).is_err(), "{flags:?}");
        }
        let missing = Cli::parse_from(["x", "--accounts", "/no/such/file"])
            .options(None)
            .unwrap_err();
        assert!(missing.to_string().starts_with("/no/such/file"));
        let log = Cli::parse_from(["x", "--log", "/no/such/folder/log"]);
        let refused = log.log(&Options::default()).unwrap_err().to_string();
        assert!(refused.contains("/no/such/folder/log") && refused.contains("--log FILE"));
    }

    #[test]
    fn every_flag_is_explained_in_both_languages() {
        for language in [Language::English, Language::Chinese] {
            let command = command_line::command::<Cli>("1", language);
            let unexplained = command_line::unexplained(&command, language);
            assert!(unexplained.is_empty(), "{language:?}: {unexplained:?}");
        }
    }

    #[test]
    fn shells_and_man_learn_the_flags() {
        let shells = ["bash", "zsh", "fish"].map(|shell| vec!["x", "completions", shell]);
        for line in shells.into_iter().chain([vec!["x", "man"]]) {
            let cli = Cli::parse_from(&line);
            let text = cli.printed().unwrap().text("1").unwrap();
            let text = String::from_utf8(text).unwrap().replace('\\', "");
            assert!(text.contains("handler-timeout"), "{line:?}: {text}");
        }
    }
}
