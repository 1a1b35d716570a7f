//! `wechat-doctor`: checks accounts from where it runs, sets one up (`init`), turns the console's auto-replies into rules
//! (`import-rules`), and runs dead letters again (`redrive`).
//!
//! | module | holds |
//! |---|---|
//! | `cli` | the command line |
//! | `options` | what it may say |
//! | `report` | what was found, and how people read it |
//! | `document` | the report as JSON, and its schema |
//! | `checks` | which checks are made, in which order |
//! | `source` | accounts of a file or of Parameter Store |
//! | `stack` | the deployed stack: its outputs, functions, tables and queues |
//! | `wechat` | what WeChat says: token, whitelist, callback check, quotas |
//! | `callback` | the URL check of the console, asked by us |
//! | `site` | the host behind that URL: port, addresses, domain, certificate |
//! | `clock` | how far this machine's clock is from WeChat's |
//! | `permission` | what the account may call, and what its late answers come to |
//! | `advice` | what to do about a refusal |
//! | `init` | the questions that set up an account |
//! | `import` | the console's auto-replies as `rules.toml` |
//! | `redrive` | dead letters, looked at and run again |
//!
//! **It does not fight the bundle over tokens.** The one token it asks for is the stable one, in normal mode: everybody who
//! asks gets the same token while it lives, and one renewed in its last five minutes leaves the former good for as long
//! (protocol section 4). `force_refresh`, which ends the present token at once, is never sent; nor is `cgi-bin/token`,
//! where each call ends the token before it: an account with `token_api = "classic"` keeps its own, for the two kinds are
//! apart. The token stays in memory and is not written anywhere.

mod advice;
mod aws;
mod callback;
mod checks;
mod cli;
mod clock;
mod document;
mod http;
mod import;
mod init;
mod options;
mod permission;
mod redrive;
mod report;
mod site;
mod source;
mod stack;
mod wechat;

pub use cli::{Cli, CliError, Surroundings};
pub use import::ImportError;
pub use init::{InitError, Input};
pub use options::FileError;
pub use redrive::RedriveError;
pub use report::{Check, Report, State};
