//! What a bundle is started with.

use crate::{accounts, place::Place};
use sam_local::ANY_PORT;
use shared::account::AccountsFile;
use std::{fmt, net::SocketAddr, path::PathBuf};

/// Which WeChat the functions talk to.
#[derive(Debug, Clone)]
pub enum Wechat {
    /// The simulator of this repository, on this address.
    Simulated(SocketAddr),
    /// Another one, simulated or real, by base URL.
    At(String),
}

/// Everything about a bundle that can be chosen. The default suits tests: free ports, all in memory.
#[derive(Clone)]
pub struct Options {
    /// The stack: `template.yaml` of this repository.
    pub stack: sam_local::Options,
    /// WeChat.
    pub wechat: Wechat,
    /// Text of the accounts file.
    pub accounts: String,
    /// Text of the file of assistants for all accounts; may be empty.
    pub assistants: String,
    /// Where these texts come from; a text without a file stays as it is.
    pub files: Files,
    /// Whether the bundle is to take up files that change, the rules with them.
    pub watch: bool,
}

/// The files of a bundle, beside its rules.
#[derive(Debug, Clone, Default)]
pub struct Files {
    pub accounts: Option<PathBuf>,
    pub assistants: Option<PathBuf>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The accounts hold secrets.
        f.debug_struct("Options")
            .field("stack", &self.stack)
            .field("wechat", &self.wechat)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// The stack whose functions know the accounts and call WeChat at `wechat`.
    pub fn stack_with(&self, accounts: &AccountsFile, wechat: &str) -> sam_local::Options {
        let mut stack = self.stack.clone();
        let parameters = &mut stack.template_parameters;
        let mut given = |name: &str, value: &str| {
            let entry = parameters.entry(name.to_owned());
            entry.or_insert_with(|| value.to_owned()).clone()
        };
        given("WechatApiBase", wechat);
        let prefix = given("ParameterPrefix", "local");
        let stored = accounts::parameters(accounts, &prefix);
        stack.ssm_parameters.extend(stored);
        stack
    }
}

impl Default for Options {
    fn default() -> Self {
        let place = Place::of_this_executable();
        Self {
            stack: sam_local::Options {
                stack_name: "wechat-functions".to_owned(),
                openapi: Some(include_str!("../../openapi.yaml").to_owned()),
                functions: place.functions,
                build: place.build,
                ..sam_local::Options::new(place.template)
            },
            wechat: Wechat::Simulated(ANY_PORT),
            accounts: accounts::DEMO.to_owned(),
            assistants: String::new(),
            files: Files::default(),
            watch: false,
        }
    }
}
