//! Many pushes, each sent several times at once, while instances die and attempts fail: is each answered, once?
//!
//! `cargo run --release --bin soak -- --pushes 100000 --copies 3 --faults 5`
//!
//! Starts a bundle of its own, in memory and on free ports. Fails unless every push got a reply, no push got two that
//! differ, no forged push was let in, and the inbox holds one row a push. Killing instances needs `/proc`.

mod inbox;
mod meter;
mod push;
mod tally;

use clap::Parser;
use local::{Bundle, Options};
use meter::Meter;
use platform::State;
use push::{Delivery, Fate, Fault};
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use tally::Tally;
use tests::instances;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Pushes many texts at a bundle and counts what becomes of them.
#[derive(Debug, Parser)]
#[command(name = "soak", version = revision::version!())]
struct Cli {
    /// Texts to push.
    #[arg(long, default_value_t = 2_000)]
    pushes: u64,
    /// Copies of each sent at the same moment.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10))]
    copies: u32,
    /// Pushes, of a hundred, to which something happens.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=100))]
    faults: u32,
    /// Pushes under way at the same time.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=30))]
    parallel: u32,
    /// Chooses which faults come when.
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
    let meter = Meter::start().await?;
    let mut options = Options::default();
    options
        .stack
        .environment
        .insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), meter.url());
    let bundle = Bundle::start(options).await?;
    meter.connect(bundle.aws_url());
    let wechat = Arc::clone(bundle.wechat().simulator().ok_or("no simulated WeChat")?);
    let begun = Instant::now();
    let tally = drive(&cli, &wechat).await?;
    let took = begun.elapsed();
    let rows = inbox::rows(&bundle).await?;
    println!("{}", tally.report(took));
    println!(
        "DynamoDB           {:>9.3} requests an attempt the callback answered",
        meter.requests() as f64 / tally.asked.max(1) as f64
    );
    println!(
        "callback processes {:>9} started, {} MiB at most",
        bundle.cold_starts("Callback"),
        instances::peak_mib("callback").map_or("?".to_owned(), |mib| format!("{mib:.1}"))
    );
    println!("rows               {rows:>9} in the inbox");
    bundle.stop().await;
    let kept = tally.kept(cli.pushes, rows);
    println!("{}", if kept { "all promises kept" } else { "BROKEN" });
    Ok(kept)
}

/// Keeps `parallel` pushes under way until all are done.
async fn drive(cli: &Cli, wechat: &Arc<State>) -> Result<Tally> {
    let mut chance = fastrand::Rng::with_seed(cli.seed);
    let mut tally = Tally::default();
    let mut under_way: JoinSet<std::result::Result<Fate, platform::Refusal>> = JoinSet::new();
    let mut progress = Progress::new(cli.pushes);
    for number in 0..cli.pushes {
        if under_way.len() >= cli.parallel as usize
            && let Some(done) = under_way.join_next().await
        {
            tally.add(&done??);
        }
        let struck = chance.u32(0..100) < cli.faults;
        let delivery = Delivery {
            number,
            copies: cli.copies,
            fault: struck.then(|| Fault::any(&mut chance)),
        };
        under_way.spawn(delivery.run(Arc::clone(wechat)));
        progress.show(&tally);
    }
    while let Some(done) = under_way.join_next().await {
        tally.add(&done??);
        progress.show(&tally);
    }
    progress.end();
    Ok(tally)
}

/// One line on a terminal, renewed each second.
struct Progress {
    of: u64,
    begun: Instant,
    shown: Option<Instant>,
}

impl Progress {
    fn new(of: u64) -> Self {
        Self {
            of,
            begun: Instant::now(),
            shown: None,
        }
    }

    fn show(&mut self, tally: &Tally) {
        let due = self
            .shown
            .is_none_or(|at| at.elapsed() >= Duration::from_secs(1));
        if due && std::io::stderr().is_terminal() {
            self.shown = Some(Instant::now());
            let rate = tally.pushes as f64 / self.begun.elapsed().as_secs_f64().max(0.001);
            eprint!(
                "\r{:>9} of {} pushes, {rate:.0}/s, {} lost   ",
                tally.pushes, self.of, tally.lost
            );
            drop(std::io::stderr().flush());
        }
    }

    fn end(&self) {
        if self.shown.is_some() {
            eprintln!();
        }
    }
}
