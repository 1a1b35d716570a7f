//! The simulated WeChat as a process of its own.

mod options;

use clap::Parser;
use options::Options;
use platform::{Config, Platform, routes_as_text};
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
    let url = platform.url();
    println!(
        "page at {url}/\nsimulated WeChat at {url}\n{}",
        routes_as_text()
    );
    if !options.listen.ip().is_loopback() {
        println!("Whoever reaches {} can drive it.", options.listen);
    }
    tokio::signal::ctrl_c().await?;
    platform.stop().await;
    Ok(())
}
