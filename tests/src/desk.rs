//! A folder with files of rules, accounts and assistants, and bundles that are started as from a command line.

use crate::Stage;
use clap::Parser as _;
use local::{Cli, Options};
use sam_local::ANY_PORT;
use std::{fs, path::PathBuf};
use tempfile::TempDir;

/// A folder with files, and a bundle as a command line with their paths starts it.
pub struct Desk(TempDir);

impl Desk {
    /// With these files, by name and text.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let desk = Self(TempDir::with_prefix("laptop-").expect("the file system"));
        files
            .iter()
            .for_each(|(name, text)| drop(desk.write(name, text)));
        desk
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Writes a file anew.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("the file system");
        path
    }

    /// What a command line asks for; `@name` in an argument is the path of that file.
    ///
    /// # Panics
    /// When it cannot be followed.
    pub fn options(&self, arguments: &[&str]) -> Options {
        let arguments = arguments
            .iter()
            .map(|argument| argument.replace('@', &self.path("")));
        let cli = Cli::parse_from(["wechat-functions".to_owned()].into_iter().chain(arguments));
        let mut options = cli.options(None).expect("the file system");
        options.stack.listen = ANY_PORT;
        options.stack.aws_listen = ANY_PORT;
        options.wechat = local::Wechat::Simulated(ANY_PORT);
        options
    }

    /// The bundle of a command line.
    pub async fn open(&self, arguments: &[&str]) -> Stage {
        Stage::open(self.options(arguments)).await
    }
}

/// The text that a push of a text is answered with.
///
/// # Panics
/// When it is answered otherwise.
pub async fn reply(stage: &Stage, app_id: &str, text: &str) -> String {
    let report = stage.text(app_id, text).await;
    let reply = report["user_sees"]["reply"]["content"].as_str();
    reply.map_or_else(|| panic!("no text: {report}"), str::to_owned)
}
