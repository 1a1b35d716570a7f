//! `cargo run`: the whole bundle on loopback, until Ctrl-C.

use local::{Bundle, Cli, Options, demo, diagnosis, rules, terminal};
use sam_local::interrupt;
use std::{
    error::Error,
    io::{self, Write as _},
    path::Path,
    pin::pin,
    process::ExitCode,
};
use texts::{command_line, text};

const VERSION: &str = revision::version!();

#[tokio::main]
async fn main() -> ExitCode {
    match run(command_line::parse(VERSION)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::refuse(&diagnosis::of(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), Box<dyn Error>> {
    if let Some(printed) = cli.printed() {
        return Ok(io::stdout().write_all(&printed.text(VERSION)?)?);
    }
    let mut interrupt = pin!(interrupt());
    let mut options = cli.options(std::env::var("AWS_REGION").ok())?;
    if cli.check() {
        return check(&options);
    }
    if cli.demo() {
        demo::prepare(&mut options);
    }
    let (log, file) = cli.log(&options)?.unzip();
    let bundle = tokio::select! {
        started = Bundle::start(options) => started?,
        ended = &mut interrupt => return Ok(ended?),
    };
    show(&cli, &bundle, log.as_deref());
    tokio::spawn(terminal::follow(bundle.logs(), file, cli.shown()));
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

/// Where everything is, and what will not work.
fn show(cli: &Cli, bundle: &Bundle, log: Option<&Path>) {
    if cli.shown() != terminal::Shown::Nothing {
        terminal::print(&terminal::addresses(bundle, log));
    }
    bundle
        .warnings()
        .iter()
        .for_each(|line| terminal::warn(line));
}

/// Checks the rules; what is wrong is the error.
fn check(options: &Options) -> Result<(), Box<dyn Error>> {
    let Some(checked) = rules::check_alone(options)? else {
        return Err(text!("rules.none").into());
    };
    checked
        .warnings
        .iter()
        .for_each(|line| terminal::warn(line));
    let counted = checked.counted();
    terminal::print(&text!("rules.well", file = checked.file, count = counted));
    Ok(())
}
