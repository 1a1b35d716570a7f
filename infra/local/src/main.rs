//! `cargo run`: the whole bundle on loopback, until Ctrl-C.

use clap::Parser;
use local::{Bundle, Cli, Options, demo, rules, terminal};
use sam_local::interrupt;
use std::{pin::pin, process::ExitCode};

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
    let mut interrupt = pin!(interrupt());
    let mut options = cli.options(std::env::var("AWS_REGION").ok())?;
    if cli.check() {
        return check(&options);
    }
    if cli.demo() {
        demo::prepare(&mut options);
    }
    let bundle = tokio::select! {
        started = Bundle::start(options) => started?,
        ended = &mut interrupt => return Ok(ended?),
    };
    for warning in bundle.warnings() {
        eprintln!("{warning}");
    }
    if !cli.quiet() {
        terminal::print(&terminal::addresses(&bundle));
        tokio::spawn(terminal::follow(bundle.logs()));
    }
    let watch = async {
        if cli.watch() {
            bundle.watch(terminal::print).await;
        }
        std::future::pending::<()>().await;
    };
    let conversation = async {
        if cli.demo() {
            demo::run(&bundle).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = conversation => {}
        () = watch => {}
        ended = interrupt => ended?,
    }
    bundle.stop().await;
    Ok(())
}

/// Checks the rules; what is wrong is the error.
fn check(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let Some(checked) = rules::check_alone(options)? else {
        return Err("there are no rules to check; name a file with --rules".into());
    };
    for warning in &checked.warnings {
        eprintln!("{warning}");
    }
    let (file, counted) = (&checked.file, checked.counted());
    terminal::print(&format!(
        "{file}: {counted}, nothing wrong （没有发现错误）"
    ));
    Ok(())
}
