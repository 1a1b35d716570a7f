//! `wechat-doctor redrive` against a stage.

use crate::Stage;
use clap::Parser as _;
use doctor::{Cli, Input, Surroundings};

/// How a run ended.
#[derive(Debug)]
pub struct Redriven {
    /// Whether no letter stays.
    pub ok: bool,
    /// What it printed.
    pub text: String,
}

/// Runs it with these arguments and answers, and tells how it ended.
pub async fn redrive(stage: &Stage, more: &[&str], answers: &'static str) -> Redriven {
    let around = Surroundings {
        aws: Some(stage.aws()),
        colour: false,
        input: Input::Lines(Box::new(answers.as_bytes())),
        command: "wechat-doctor",
    };
    let args = ["wechat-doctor", "redrive", "--stack", "wechat-functions"];
    let cli = Cli::try_parse_from(args.iter().chain(more));
    let cli = cli.unwrap_or_else(|error| panic!("{error}"));
    let mut printed = Vec::new();
    let outcome = cli.run(around, &mut printed).await;
    Redriven {
        ok: outcome.unwrap_or_else(|error| panic!("{error}")),
        text: String::from_utf8(printed).expect("text"),
    }
}
