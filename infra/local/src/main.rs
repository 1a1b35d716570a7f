//! `cargo run`: the whole bundle on loopback, until Ctrl-C.

use clap::Parser;
use local::{Bundle, Cli, demo, terminal};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut options = cli.options(std::env::var("AWS_REGION").ok())?;
    if cli.demo() {
        demo::prepare(&mut options);
    }
    let bundle = tokio::select! {
        started = Bundle::start(options) => started?,
        _ = tokio::signal::ctrl_c() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    if !cli.quiet() {
        terminal::print(&terminal::addresses(&bundle));
        tokio::spawn(terminal::follow(bundle.logs()));
    }
    let conversation = async {
        if cli.demo() {
            demo::run(&bundle).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = conversation => {}
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    bundle.stop().await;
    Ok(())
}
