//! Many messages of every kind, while calls fail and workers die: does each arrive, once, in order, in its pace?
//!
//! `cargo run --release --bin soak-sends -- --messages 100000 --faults 5`
//!
//! Starts a bundle of its own, in memory and on free ports. Fails unless every message arrived exactly once (at most
//! once where its row says `unknown`), each receiver got theirs in the order they were posted, no account was faster
//! than its pace, and every row can be read back in a state that is an end. Killing workers needs `/proc`.

mod accounts;
mod arrivals;
mod plan;
mod rows;

use accounts::{ACCOUNTS, Account};
use arrivals::Arrivals;
use clap::Parser;
use local::Options;
use plan::{Plan, Route};
use rows::Rows;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    process::ExitCode,
    time::{Duration, Instant},
};
use tests::{Stage, instances};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Sends many messages through a bundle and compares what arrived with what the table says.
#[derive(Debug, Clone, Parser)]
#[command(name = "soak-sends", version = revision::version!())]
struct Cli {
    /// Messages to send.
    #[arg(long, default_value_t = 2_000)]
    messages: u64,
    /// People they go to.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    receivers: u64,
    /// Calls to WeChat, of a hundred, that fail.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=50))]
    faults: u32,
    /// Seconds between two killings of a worker; 0 spares them.
    #[arg(long, default_value_t = 20)]
    kill_every_s: u64,
    /// Chooses which calls fail.
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
    let mut stage = Stage::open(Options {
        accounts: accounts::file(),
        ..Options::default()
    })
    .await;
    prepare(&stage, &cli).await;
    let plan = Plan::new(cli.messages, cli.receivers);
    let begun = Instant::now();
    let killer = tokio::spawn(kill_now_and_then(cli.kill_every_s));
    post(&stage, &plan).await?;
    println!(
        "posted             {:>9} in {:.0?}",
        cli.messages,
        begun.elapsed()
    );
    drain(&mut stage).await;
    killer.abort();
    let took = begun.elapsed();
    let rows = Rows::read(&stage).await;
    let arrivals = Arrivals::read(stage.wechat());
    println!(
        "took               {took:>9.0?}, {:.0} messages/s",
        cli.messages as f64 / took.as_secs_f64()
    );
    println!(
        "send processes     {:>9} started, {} MiB at most",
        stage.bundle.cold_starts("Send"),
        instances::peak_mib("send").map_or("?".to_owned(), |mib| format!("{mib:.1}"))
    );
    let kept = rows.report(&plan, &arrivals) & arrivals.report(&plan);
    refused(&stage).await;
    stage.bundle.stop().await;
    println!("{}", if kept { "all promises kept" } else { "BROKEN" });
    Ok(kept)
}

/// Templates and consent are not what is tested here; failures are.
async fn prepare(stage: &Stage, cli: &Cli) {
    for Account { app_id, .. } in ACCOUNTS {
        let lenient = json!({ "check_window": false, "check_consent": false, "check_templates": false, "check_media": false });
        stage.control(&format!("sends/{app_id}"), lenient).await;
    }
    let every_way: Vec<Value> = [
        "cut",
        "cut_unprocessed",
        "cut_half",
        "gateway_502",
        "gateway_504",
        "garbage",
        "empty",
        "control_characters",
        "truncated_json",
    ]
    .iter()
    .map(|kind| json!({ "kind": kind }))
    .chain(["hang", "hang_unprocessed"].map(|kind| json!({ "kind": kind, "delay_ms": 9_000 })))
    // Not 45009: it parks a lane until the next day, as it should.
    .chain(
        [-1, 40001, 40014, 42001, 45011].map(|code| json!({ "kind": "errcode", "errcode": code })),
    )
    .collect();
    if cli.faults > 0 {
        stage
            .control("faults", json!({
                "kind": "mixed", "path": "/cgi-bin/message/", "probability": f64::from(cli.faults) / 100.0,
                "seed": cli.seed, "of": every_way,
            }))
            .await;
    }
}

/// Posts each route's messages in their order, 50 at a time, the routes side by side. More at a time would be one long
/// invocation each, and a machine that also plays AWS has little time for it.
async fn post(stage: &Stage, plan: &Plan) -> Result<()> {
    let routes = Route::all().map(|route| async move {
        for messages in plan.of(&route).chunks(50) {
            let body = Value::Array(messages.iter().map(|n| plan.body(&route, *n)).collect());
            accepted(stage, &route.path(), &body).await?;
        }
        Ok(())
    });
    futures_util::future::join_all(routes)
        .await
        .into_iter()
        .collect()
}

/// Posts until it is accepted: a caller that got no good answer may repeat, the ids tell.
async fn accepted(stage: &Stage, path: &str, body: &Value) -> Result<()> {
    for _ in 0..5 {
        let (status, answer) = stage.signed("POST", path, Some(body.clone())).await;
        match status {
            200 | 202 => return Ok(()),
            500.. => println!("posted again       {path}: {status}"),
            _ => return Err(format!("{path}: {status} {answer:.500}").into()),
        }
    }
    Err(format!("{path}: not accepted five times").into())
}

/// Prints why each account's last messages failed, where some did.
async fn refused(stage: &Stage) {
    for Account { name, .. } in ACCOUNTS {
        let path = format!("/v1/accounts/{name}/messages?state=failed&limit=100");
        let (_, listed) = stage.signed("GET", &path, None).await;
        let messages = listed["messages"].as_array().into_iter().flatten();
        let why: BTreeSet<_> = messages.map(|row| row["error"].to_string()).collect();
        for why in why {
            println!("{name:<8} failed    {why}");
        }
    }
}

async fn kill_now_and_then(every_s: u64) {
    if every_s == 0 {
        return;
    }
    loop {
        tokio::time::sleep(Duration::from_secs(every_s)).await;
        instances::kill_any("send").await;
    }
}

/// Waits until no account has a message left that is on its way.
async fn drain(stage: &mut Stage) {
    loop {
        let mut left = Vec::new();
        for Account { name, .. } in ACCOUNTS {
            for state in ["queued", "sending", "parked"] {
                let path = format!("/v1/accounts/{name}/messages?state={state}&limit=1");
                let (status, listed) = stage.signed("GET", &path, None).await;
                let none =
                    status == 200 && listed["messages"].as_array().is_some_and(Vec::is_empty);
                if !none {
                    left.push(format!("{name} {state}"));
                }
            }
        }
        if left.is_empty() {
            return;
        }
        eprint!(
            "\r{:>9} arrived; left: {:<60.60}",
            Arrivals::count(stage.wechat()),
            left.join(", ")
        );
        drop(stage.log_lines("Send"));
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}
