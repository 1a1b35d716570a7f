//! How long the answer of `forward` takes to come back: by Lambda's event queue and the row, which is how it is done, and
//! by a call that waits for the answer. The figures of `docs/adr/0005-forward.md`.
//!
//! `cargo run --bin invocations -- --answers 200`

use clap::Parser;
use local::Options;
use sam_local::lambda::OutsideFunction;
use serde_json::json;
use shared::{
    clock::Clock as _,
    lambda::{Aws, Functions, clock::SystemClock},
    store::{Filing, Inbox},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tests::{Stage, accounts::SAFE};
use wechat_oa::ids::AppId;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How an attempt looks for its answer in its first second.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// The same, to see when the answer is there.
const SOON: Duration = Duration::from_millis(2);

/// Has a function that answers at once asked in each way, one after the other.
#[derive(Debug, Parser)]
#[command(name = "invocations", version = revision::version!())]
struct Cli {
    /// Answers in each way.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    answers: u32,
}

/// The ways.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Lambda says that it has the event; the row says the answer, looked at so often.
    Event(Duration),
    /// Lambda says when the function is done.
    RequestResponse,
}

struct World {
    functions: Functions,
    inbox: Inbox,
    app_id: AppId,
    clock: SystemClock,
}

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    let mut options = Options::default();
    let answer: OutsideFunction = Arc::new(|_| Box::pin(async { Ok(json!("好")) }));
    let outside = &mut options.stack.outside_functions;
    outside.insert("wechat-handler-quick".to_owned(), answer);
    let stage = Stage::open(options).await;
    let aws = Aws::from(stage.aws());
    let world = World {
        functions: aws.functions(),
        inbox: Inbox::new(aws.dynamodb(), "wechat-functions-Inbox"),
        app_id: AppId::try_from(SAFE)?,
        clock: SystemClock,
    };
    println!(
        "{:<32} {:>8} {:>8} {:>8}",
        "ms, one at a time", "p50", "p90", "p99"
    );
    for (name, way) in [
        ("a call that waits", Way::RequestResponse),
        ("event queue, row read at once", Way::Event(SOON)),
        ("event queue, row read each 150 ms", Way::Event(LOOK_EVERY)),
    ] {
        let mut took = Vec::new();
        // The first ones start the functions.
        for n in 0..cli.answers + 5 {
            let one = world.ask(&format!("{way:?}{n}"), way).await?;
            took.extend((n >= 5).then_some(one));
        }
        took.sort();
        let at = |share: usize| took.get((took.len() * share / 100).min(took.len() - 1));
        let ms = |share| at(share).map_or(0.0, |took| took.as_secs_f64() * 1e3);
        println!("{name:<32} {:>8.1} {:>8.1} {:>8.1}", ms(50), ms(90), ms(99));
    }
    stage.bundle.stop().await;
    Ok(())
}

impl World {
    /// Files a push as an attempt does and has it answered; how long that took.
    async fn ask(&self, key: &str, way: Way) -> Result<Duration> {
        let push = json!({"kind": "text", "content": "?", "from": "oInvocations"});
        let filing = Filing {
            account: "demo",
            app_id: &self.app_id,
            dedupe_key: key,
            kind: "text",
            openid: "oInvocations",
            push: &push,
            now: self.clock.now(),
        };
        let id = filing.id();
        self.inbox.receive(&filing, "attempt").await?;
        let task = json!({
            "account": "demo", "function": "wechat-handler-quick", "id": id, "message_group": "g",
            "openid": "oInvocations", "original_id": "gh_7d31c0a94be2", "owner": "attempt", "push": push,
        });
        let begun = Instant::now();
        match way {
            Way::RequestResponse => {
                self.functions
                    .call("wechat-functions-Forward", task.to_string())
                    .await?;
            }
            Way::Event(look_every) => {
                self.functions
                    .start("wechat-functions-Forward", task.to_string())
                    .await?;
                while self
                    .inbox
                    .read(&id)
                    .await?
                    .is_none_or(|row| row.reply.is_none())
                {
                    tokio::time::sleep(look_every).await;
                }
            }
        }
        Ok(begun.elapsed())
    }
}
