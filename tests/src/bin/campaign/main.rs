//! A campaign to very many openids, while calls fail and workers die: does everybody get it, once?
//!
//! `cargo run --release --bin campaign -- --openids 1000000 --faults 5 --kills 3`
//!
//! Starts a bundle of its own, in memory and on free ports. Fails unless the simulated WeChat delivered to each openid
//! exactly once and the ledger ends with the counts that its result events carried.

use aws_sdk_dynamodb::types::AttributeValue;
use clap::Parser;
use local::Options;
use platform::{JobView, MassView};
use serde_json::{Value, json};
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    time::{Duration, Instant},
};
use tests::{Stage, accounts::SAFE};

const CAMPAIGN: &str = "/v1/accounts/demo/mass-sends/soak";
const SEND: &str = "/cgi-bin/message/mass/send";
/// Openids of a page.
const PAGE: usize = 10_000;
/// Writes of rows a million openids may cost.
const WRITES: u64 = 1_500;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Sends one campaign and compares the ledger with what arrived.
#[derive(Debug, Parser)]
#[command(name = "campaign", version = revision::version!())]
struct Cli {
    /// Openids, each in one page or more.
    #[arg(long, default_value_t = 100_000)]
    openids: usize,
    /// Calls, of a hundred, to which something happens.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=50))]
    faults: u32,
    /// How often the workers are killed.
    #[arg(long, default_value_t = 2)]
    kills: u32,
    /// Chooses which calls fail and when workers die.
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

async fn run(cli: Cli) -> Result<bool> {
    let mut stage = Stage::open(options()).await;
    prepare(&stage, &cli).await?;
    let begun = Instant::now();
    fill(&stage, cli.openids).await?;
    let campaign = follow(&mut stage, &cli).await?;
    let took = begun.elapsed();
    let view = stage.wechat().mass(SAFE, None).map_err(|e| e.to_string())?;
    let writes = writes(&stage).await;
    let calls = stage.calls(SEND, SAFE);
    println!(
        "openids    {:>9} in {:.0} s",
        cli.openids,
        took.as_secs_f64()
    );
    println!("calls      {calls:>9} for {} jobs", view.jobs.len());
    println!("writes     {writes:>9} of rows");
    println!(
        "receivers  {:>9}, {} twice",
        view.receivers.distinct, view.receivers.duplicates
    );
    let kept = kept(&cli, &campaign, &view, writes);
    stage.bundle.stop().await;
    println!("{}", if kept { "all promises kept" } else { "BROKEN" });
    Ok(kept)
}

/// Repeats cost calls, so that a hundred a day are too few for a hundred batches with faults.
fn options() -> Options {
    let mut options = Options::default();
    let limits = "[accounts.demo]\nmass = { calls_per_day = 1000, calls_per_minute = 60 }";
    options.accounts = options.accounts.replacen("[accounts.demo]", limits, 1);
    options
        .stack
        .environment
        .insert("RESULT_PATIENCE_S".to_owned(), "60".to_owned());
    options
}

async fn prepare(stage: &Stage, cli: &Cli) -> Result<()> {
    let change = json!({ "daily_limits": { SEND: 1_000 } });
    stage
        .wechat()
        .change_account(SAFE, serde_json::from_value(change)?)
        .map_err(|e| e.to_string())?;
    let settings = json!({ "result_copies": 2, "per_follower": 0 });
    let settings = settings.as_object().cloned().unwrap_or_default();
    stage
        .wechat()
        .change_mass_settings(SAFE, settings)
        .map_err(|e| e.to_string())?;
    if cli.faults > 0 {
        let of = [
            "cut",
            "cut_unprocessed",
            "cut_half",
            "gateway_502",
            "gateway_504",
            "garbage",
            "empty",
        ];
        let of: Vec<Value> = of.iter().map(|kind| json!({ "kind": kind })).collect();
        let share = f64::from(cli.faults) / 100.0;
        let fault = json!({
            "kind": "mixed", "of": of, "path": SEND, "probability": share, "seed": cli.seed,
        });
        stage.control("faults", fault).await;
    }
    Ok(())
}

fn openid(n: usize) -> String {
    format!("oT3x_u{n:022}")
}

/// Posts every openid, each tenth page twice, and releases the campaign.
async fn fill(stage: &Stage, openids: usize) -> Result<()> {
    let draft = json!({
        "client_msg_id": "soak", "draft": true, "to": { "openids": [] },
        "message": { "msgtype": "text", "text": { "content": "你好" } },
    });
    expect(
        stage
            .signed("POST", CAMPAIGN.trim_end_matches("/soak"), Some(draft))
            .await,
        202,
    )?;
    let recipients = format!("{CAMPAIGN}/recipients");
    for (n, start) in (0..openids).step_by(PAGE).enumerate() {
        let page: Vec<String> = (start..openids.min(start + PAGE)).map(openid).collect();
        let page = json!({ "openids": page });
        for _ in 0..if n % 10 == 0 { 2 } else { 1 } {
            expect(
                stage.signed("POST", &recipients, Some(page.clone())).await,
                200,
            )?;
        }
    }
    let submit = format!("{CAMPAIGN}/submit");
    expect(stage.signed("POST", &submit, None).await, 202)?;
    expect(stage.signed("POST", &submit, None).await, 200)?;
    Ok(())
}

fn expect((status, body): (u16, Value), wanted: u16) -> Result<Value> {
    if status == wanted {
        return Ok(body);
    }
    Err(format!("{status} instead of {wanted}: {body}").into())
}

/// Waits for the end of the campaign, and kills workers on the way.
async fn follow(stage: &mut Stage, cli: &Cli) -> Result<Value> {
    let mut chance = fastrand::Rng::with_seed(cli.seed);
    let batches = cli.openids.div_ceil(PAGE).max(1);
    let mut kills: Vec<usize> = (0..cli.kills).map(|_| chance.usize(0..batches)).collect();
    kills.sort_unstable();
    loop {
        let campaign = expect(stage.signed("GET", CAMPAIGN, None).await, 200)?;
        let done = count(&campaign, &["accepted", "finished", "failed"]);
        show(done, batches);
        let over = ["finished", "partly_failed", "failed", "unknown"];
        if over.contains(&campaign["state"].as_str().unwrap_or_default())
            && count(&campaign, &["finished"]) == count_told(&campaign)
        {
            return Ok(campaign);
        }
        if kills.first().is_some_and(|at| done >= *at) {
            kills.remove(0);
            stage.bundle.kill_instances("MassSend");
        }
        tokio::time::sleep(Duration::from_millis(chance.u64(500..1_500))).await;
    }
}

/// Writes of the table: rows that change count theirs.
async fn writes(stage: &Stage) -> u64 {
    let rows = stage.rows("Sends").await;
    let version = |row: &std::collections::HashMap<String, AttributeValue>| {
        let number = row.get("version").and_then(|version| version.as_n().ok());
        number.and_then(|number| number.parse().ok()).unwrap_or(1)
    };
    rows.iter().map(version).sum()
}

fn count(campaign: &Value, states: &[&str]) -> usize {
    let batches = campaign["batches"].as_array().into_iter().flatten();
    let state = |batch: &&Value| states.contains(&batch["state"].as_str().unwrap_or_default());
    batches.filter(state).count()
}

/// Batches whose counts have come.
fn count_told(campaign: &Value) -> usize {
    let batches = campaign["batches"].as_array().into_iter().flatten();
    batches.filter(|batch| batch["counts"].is_object()).count()
}

fn show(done: usize, batches: usize) {
    if std::io::stderr().is_terminal() {
        let bar = "#".repeat(done * 40 / batches);
        eprint!("\r[{bar:<40}] {done} of {batches} batches   ");
        drop(std::io::stderr().flush());
    }
}

fn kept(cli: &Cli, campaign: &Value, view: &MassView, writes: u64) -> bool {
    let wanted = cli.openids as u64;
    let sum = |of: fn(&JobView) -> u64| view.jobs.iter().map(of).sum::<u64>();
    let counts = json!({
        "recipients": wanted, "total": sum(|job| job.total),
        "filtered": sum(|job| job.total.saturating_sub(job.filter)),
        "sent": sum(|job| job.sent), "failed": sum(|job| job.error),
        "failed_batches": 0, "unknown_batches": 0,
    });
    let promises = [
        (
            "each openid once",
            view.receivers.distinct == wanted && view.receivers.duplicates == 0,
        ),
        (
            "as many jobs as batches",
            view.jobs.len() == cli.openids.div_ceil(PAGE),
        ),
        (
            "the ledger's counts are WeChat's",
            campaign["counts"] == counts,
        ),
        (
            "few writes",
            writes <= WRITES.max(wanted * WRITES / 1_000_000),
        ),
    ];
    for (promise, kept) in promises {
        if !kept {
            println!("broken: {promise}: {}", campaign["counts"]);
        }
    }
    promises.iter().all(|(_, kept)| *kept)
}
