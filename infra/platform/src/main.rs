//! The simulated WeChat as a process of its own.

mod options;

use options::Options;
use platform::{Config, Platform};
use std::{error::Error, process::ExitCode};
use texts::{command_line, text};

#[tokio::main]
async fn main() -> ExitCode {
    match run(command_line::parse(revision::version!())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", text!("error", reason = error));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let accounts = options.accounts()?;
    let listen = options.listen;
    let platform = Platform::start(Config { listen, accounts }).await?;
    let url = platform.url();
    println!("{}  {url}/", text!("address.page"));
    println!("{}  {url}", text!("address.wechat"));
    println!("{}  {url}/_control", text!("address.control"));
    if !listen.ip().is_loopback() {
        println!("{}", text!("platform.open", address = listen));
    }
    println!("{}", text!("terminal.ctrl_c"));
    tokio::signal::ctrl_c().await?;
    platform.stop().await;
    Ok(())
}
