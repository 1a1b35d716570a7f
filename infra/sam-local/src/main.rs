//! `sam-local TEMPLATE`: a stack on loopback, until Ctrl-C.

use clap::Parser;
use sam_local::{Arguments, Deployment, Options, interrupt};
use std::{
    env,
    error::Error,
    io::{self, Write as _},
    path::PathBuf,
    pin::pin,
    process::ExitCode,
};
use tokio::sync::broadcast::error::RecvError;

/// Runs a SAM template with Rust functions on this machine.
#[derive(Debug, Parser)]
#[command(name = "sam-local", version)]
struct Cli {
    /// The template.
    template: PathBuf,
    /// Name of the stack, the prefix of generated names.
    #[arg(long, default_value = "local", value_name = "NAME")]
    stack_name: String,
    #[command(flatten)]
    arguments: Arguments,
}

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

async fn run(cli: Cli) -> Result<(), Box<dyn Error>> {
    let mut interrupt = pin!(interrupt());
    let mut options = cli.arguments.options(Options::new(cli.template));
    options.stack_name = cli.stack_name;
    if let Ok(region) = env::var("AWS_REGION") {
        options.region = region;
    }
    let stack = tokio::select! {
        started = Deployment::start(&options) => started?,
        ended = &mut interrupt => return Ok(ended?),
    };
    print(&addresses(&stack));
    tokio::select! {
        () = follow(&stack) => Ok(()),
        ended = interrupt => Ok(ended?),
    }
}

/// Where everything is, in a few lines.
fn addresses(stack: &Deployment) -> String {
    let (gateway, aws) = (stack.gateway_url(), stack.aws_url());
    let region = &stack.stack().region;
    let mut lines = vec![format!("gateway  {gateway}")];
    let routes = stack.routes().iter();
    lines.extend(routes.map(|path| format!("route    {gateway}{path}")));
    lines.push(format!(
        "AWS      {aws}   key local, secret local, region {region}"
    ));
    lines.push("Log lines of the functions follow. Ctrl-C ends everything.".to_owned());
    lines.join("\n")
}

/// Prints a line. That nobody reads it any more ends nothing.
fn print(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Prints every line of the functions.
async fn follow(stack: &Deployment) {
    let mut logs = stack.logs();
    loop {
        match logs.recv().await {
            Ok(line) => print(&format!("    {line}")),
            Err(RecvError::Lagged(lost)) => print(&format!("({lost} log lines not shown)")),
            Err(RecvError::Closed) => return,
        }
    }
}
