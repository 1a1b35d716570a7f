//! The simulated WeChat as a process of its own.

mod options;

use clap::Parser;
use options::{Options, ROUTES};
use platform::{Config, Platform};
use std::process::ExitCode;

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
    let accounts = options.accounts()?;
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
