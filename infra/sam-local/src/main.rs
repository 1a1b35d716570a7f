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
use texts::{command_line, text};
use tokio::sync::broadcast::error::RecvError;

/// Runs a SAM template with Rust functions on this machine; help stands in the catalogue of texts.
#[derive(Debug, Parser)]
#[command(name = "sam-local")]
struct Cli {
    template: PathBuf,
    #[arg(long, default_value = "local", value_name = "NAME")]
    stack_name: String,
    #[command(flatten)]
    arguments: Arguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(command_line::parse(revision::version!())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error = error.as_ref();
            let told = error.downcast_ref::<sam_local::Error>();
            let reason = told.map_or_else(|| error.to_string(), sam_local::Error::told);
            eprintln!("{}", text!("error", reason = reason));
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
    let keys = text!("address.aws_keys", region = stack.stack().region);
    let mut lines = vec![format!("{}  {gateway}", text!("address.gateway"))];
    let route = text!("address.route");
    let routes = stack.routes().iter();
    lines.extend(routes.map(|path| format!("{route}  {gateway}{path}")));
    lines.push(format!("AWS  {aws}  {keys}"));
    lines.push(text!("terminal.logs_follow"));
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
            Err(RecvError::Lagged(lost)) => print(&text!("terminal.lost", count = lost)),
            Err(RecvError::Closed) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use texts::Language;

    #[test]
    fn every_flag_is_explained_in_both_languages() {
        for language in [Language::English, Language::Chinese] {
            let command = command_line::command::<Cli>("1", language);
            let unexplained = command_line::unexplained(&command, language);
            assert!(unexplained.is_empty(), "{language:?}: {unexplained:?}");
        }
    }
}
