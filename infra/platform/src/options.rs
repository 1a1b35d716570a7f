//! The command line of the binary, and the help it prints when it runs.

use clap::Parser;
use platform::{AccountSetup, read_accounts};
use std::{net::SocketAddr, path::PathBuf};

/// Printed once the platform listens.
pub(crate) const ROUTES: &str = "\
Control (JSON):
  GET|POST    /_control/accounts                register an account
  POST        /_control/accounts/{app_id}       change mode, keys, callback_url, lifetimes, quotas
  POST        /_control/verify                  {\"app_id\"}: the console's URL check
  GET|POST    /_control/pushes                  {\"app_id\", \"push\": {\"kind\": \"text\", \"content\": \"ping\"}}
  GET|DELETE  /_control/calls                   calls to the WeChat API
  GET|DELETE  /_control/messages                accepted messages: ?account=&to_user=&kind=&after=&limit=
  GET|POST    /_control/sends/{app_id}          {\"outcomes\": {\"user_block\": 0.1}, \"check_window\": false}
  GET|POST    /_control/followers/{app_id}      {\"openids\": [\"o…\"], \"follows\": false}
  GET         /_control/mass?account=           mass sends: total, distinct receivers, duplicates
  GET|POST    /_control/mass/{app_id}           {\"statuses\": {\"err(10001)\": 1}, \"protection\": \"wait\"}
  POST        /_control/mass/{app_id}/{msg_id}  {\"admin\": \"confirm\"}
  POST        /_control/desk/{app_id}           customer service: online, accepts, waiting
  POST        /_control/comments/{app_id}       a comment below an article
  GET         /_control/phone/{app_id}/{openid} what the user sees
  GET|POST    /_control/clock                   {\"advance_ms\"} | {\"set_ms\"} | {\"reset\": true}
  GET|POST|DELETE /_control/faults              {\"kind\": \"errcode\", \"errcode\": -1, \"times\": 1}
  POST        /_control/tokens/{app_id}/revoke  somebody else voids the tokens";

/// Plays WeChat: pushes to callbacks, gives out tokens, fails on demand.
#[derive(Parser)]
pub(crate) struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:9100")]
    pub(crate) listen: SocketAddr,
    /// Accounts file: the product's, with `callback_url` beside each account's fields.
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
}

impl Options {
    /// The accounts of the file, none without one.
    pub(crate) fn accounts(&self) -> Result<Vec<AccountSetup>, Box<dyn std::error::Error>> {
        let Some(file) = &self.accounts else {
            return Ok(Vec::new());
        };
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(read_accounts(&text)?)
    }
}
