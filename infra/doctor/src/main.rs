//! `wechat-doctor`: exit code 0 all well, 1 something failed, 2 wrong usage.

use clap::Parser as _;
use doctor::{Cli, Surroundings};
use std::{io, process::ExitCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let around = Surroundings::of_process();
    let command = around.command;
    match cli.run(around, &mut io::stdout()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Advice names the command as it was called.
            let error_text = error.to_string().replace("wechat-doctor", command);
            eprintln!("error: {error_text}");
            ExitCode::from(error.exit_code())
        }
    }
}
