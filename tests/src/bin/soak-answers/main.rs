//! Many slow and long answers, on every class of account, while calls fail and functions die: does each arrive, whole?
//!
//! `cargo run --release --bin soak-answers -- --answers 10000 --users 500 --faults 5`
//!
//! Starts a bundle of its own, in memory and on free ports. Each user asks and, where the phone says so, writes again
//! until the answer is whole. Fails unless every answer was read on the phone, in order, nothing twice, no message over
//! 2,048 bytes. Killing functions needs `/proc`.

mod question;

use clap::Parser;
use local::{Options, Wechat};
use question::{CLASSES, Question, Read};
use sam_local::lambda::OutsideFunction;
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use tests::{Stage, instances};
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Asks many questions and compares what the phones show with what was answered.
#[derive(Debug, Clone, Parser)]
#[command(name = "soak-answers", version = revision::version!())]
struct Cli {
    /// Questions to ask.
    #[arg(long, default_value_t = 200)]
    answers: u32,
    /// Users who ask at the same time, each one question after the other.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=900))]
    users: u32,
    /// The slowest answer, in seconds; the others are spread from 1 up to it.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=120))]
    slowest_s: u64,
    /// The longest answer, in bytes; the others are spread from 10 up to it.
    #[arg(long, default_value_t = 20_000)]
    longest: usize,
    /// Calls to WeChat, of a hundred, that fail.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=50))]
    faults: u32,
    /// Seconds between two killings of a function; 0 spares them.
    #[arg(long, default_value_t = 20)]
    kill_every_s: u64,
    /// Chooses lengths, delays and faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// True if all promises were kept.
async fn run(cli: Cli) -> Result<bool> {
    let stage = Stage::open(options()?).await;
    prepare(&stage, &cli).await;
    let wechat = Arc::clone(
        stage
            .bundle
            .wechat()
            .simulator()
            .ok_or("no simulated WeChat")?,
    );
    let begun = Instant::now();
    let killer = tokio::spawn(kill_now_and_then(cli.kill_every_s));
    let mut chance = fastrand::Rng::with_seed(cli.seed);
    let mut questions = (0..cli.answers).map(|n| Question::any(n, &cli, &mut chance));
    let mut asked: JoinSet<Read> = JoinSet::new();
    for _ in 0..cli.users {
        asked.extend(
            questions
                .next()
                .map(|question| question.ask(Arc::clone(&wechat))),
        );
    }
    let mut reads = Vec::new();
    while let Some(read) = asked.join_next().await {
        reads.push(read?);
        asked.extend(
            questions
                .next()
                .map(|question| question.ask(Arc::clone(&wechat))),
        );
    }
    killer.abort();
    let kept = report(&reads, begun.elapsed());
    for name in ["Callback", "Forward"] {
        println!(
            "{name:<18} {:>9} processes started",
            stage.bundle.cold_starts(name)
        );
    }
    stage.bundle.stop().await;
    println!("{}", if kept { "all promises kept" } else { "BROKEN" });
    Ok(kept)
}

fn options() -> Result<Options> {
    let rules = std::env::temp_dir().join(format!("soak-answers-{}.toml", std::process::id()));
    let rule = "[[rule]]\nkeyword = 'ask'\nforward = 'wechat-handler-answers'\n\
                [[rule]]\nregex = '^用 '\nask = 'helper'\n";
    std::fs::write(&rules, rule)?;
    // Where the simulator is to be, so that the accounts can name its assistant.
    let simulated = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut options = Options {
        accounts: question::accounts(simulated),
        wechat: Wechat::Simulated(simulated),
        ..Options::default()
    };
    let function: OutsideFunction = Arc::new(|event: Value| {
        let asked = event["content"].as_str().and_then(Question::parse);
        Box::pin(async move {
            let asked = asked.ok_or("no question")?;
            tokio::time::sleep(asked.delay).await;
            Ok(json!(asked.answer()))
        })
    });
    let stack = &mut options.stack;
    let rules = rules.display().to_string();
    stack.environment.insert("RULES_FILE".to_owned(), rules);
    stack
        .outside_functions
        .insert("wechat-handler-answers".to_owned(), function);
    Ok(options)
}

/// Calls fail in every way that tells whether the message went; one whose fate is not known is not sent again, which
/// is for `soak-sends`.
async fn prepare(stage: &Stage, cli: &Cli) {
    let ways = ["cut", "cut_half", "garbage", "gateway_504"].map(|kind| json!({ "kind": kind }));
    let codes = [-1, 40001, 42001, 45011].map(|code| json!({ "kind": "errcode", "errcode": code }));
    if cli.faults > 0 {
        let share = f64::from(cli.faults) / 100.0;
        let fault = json!({
            "kind": "mixed", "path": "/cgi-bin/message/", "probability": share, "seed": cli.seed,
            "of": ways.into_iter().chain(codes).collect::<Vec<_>>(),
        });
        stage.control("faults", fault).await;
    }
}

async fn kill_now_and_then(every_s: u64) {
    if every_s == 0 {
        return;
    }
    for function in ["callback", "forward"].iter().cycle() {
        tokio::time::sleep(Duration::from_secs(every_s)).await;
        instances::kill_any(function).await;
    }
}

/// Prints what became of the answers; whether all is well.
fn report(reads: &[Read], took: Duration) -> bool {
    let count = |which: fn(&Read) -> bool| reads.iter().filter(|read| which(read)).count();
    println!("asked              {:>9} in {took:.0?}", reads.len());
    for (n, class) in CLASSES.iter().enumerate() {
        let own: Vec<_> = reads.iter().filter(|read| read.class == n).collect();
        let more: u32 = own.iter().map(|read| read.written).sum();
        println!(
            "{class:<25} {:>6} asked, {more} more messages written",
            own.len()
        );
    }
    let wrong = [
        ("not whole", count(|read| !read.is_whole)),
        ("doubled or disordered", count(|read| !read.is_ordered)),
        ("too long", count(|read| read.is_too_long)),
        ("error notices", count(|read| read.notices > 0)),
    ];
    for (what, number) in wrong {
        println!("{what:<25} {number:>6}");
    }
    for read in reads
        .iter()
        .filter(|read| !read.is_whole || !read.is_ordered)
        .take(5)
    {
        let (number, lines, seen) = (read.number, read.lines, &read.seen);
        println!("question {number}: {lines} lines, on the phone {seen:?}");
    }
    // A killed attempt is an error notice where it was the last; the answer arrives all the same.
    wrong.iter().take(3).all(|(_, number)| *number == 0)
}
