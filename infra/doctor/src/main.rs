//! `wechat-doctor`: exit code 0 all well, 1 something failed, 2 wrong usage.

use clap::Parser as _;
use doctor::{Cli, Surroundings};
use std::{io, process::ExitCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.run(Surroundings::of_process(), &mut io::stdout()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
