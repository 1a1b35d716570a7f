//! The simulated WeChat as a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use platform::{Config, Platform, read_accounts};

const ROUTES: &str = "\
Control (JSON):
  GET|POST    /_control/accounts                register an account
  POST        /_control/accounts/{app_id}       change mode, keys, callback_url, lifetimes, quotas
  POST        /_control/verify                  {\"app_id\"}: the console's URL check
  GET|POST    /_control/pushes                  {\"app_id\", \"push\": {\"kind\": \"text\", \"content\": \"ping\"}}
  GET|DELETE  /_control/calls                   calls to the WeChat API
  GET         /_control/phone/{app_id}/{openid} what the user sees
  GET|POST    /_control/clock                   {\"advance_ms\"} | {\"set_ms\"} | {\"reset\": true}
  GET|POST|DELETE /_control/faults              {\"kind\": \"errcode\", \"errcode\": -1, \"times\": 1}
  POST        /_control/tokens/{app_id}/revoke  somebody else voids the tokens";

/// Plays WeChat: pushes to callbacks, gives out tokens, fails on demand.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:9100")]
    listen: SocketAddr,
    /// Accounts file: the product's, with `callback_url` beside each account's fields.
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("platform: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let accounts = match &options.accounts {
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            read_accounts(&text)?
        }
        None => Vec::new(),
    };
    let platform = Platform::start(Config {
        listen: options.listen,
        accounts,
    })
    .await?;
    println!("simulated WeChat at {}\n{ROUTES}", platform.url());
    tokio::signal::ctrl_c().await?;
    platform.stop().await;
    Ok(())
}
