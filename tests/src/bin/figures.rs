//! Prints the figures of this checkout, or of the one named: `just figures ../another`.

use clap::Parser;
use std::path::PathBuf;
use tests::house::{BUDGETS, House};

/// Prints what the code of a checkout amounts to, beside the ceilings of this one.
#[derive(Debug, Parser)]
#[command(name = "figures", version = revision::version!())]
struct Cli {
    /// The checkout.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."), hide_default_value = true)]
    checkout: PathBuf,
}

fn main() {
    let checkout = Cli::parse().checkout;
    let house = House::of(&checkout.canonicalize().expect("a checkout"));
    for ((name, today, goal), figure) in BUDGETS.iter().zip(house.figures) {
        println!("{figure:>7}  {name} (ceiling {today}, goal {goal})");
    }
    for circle in house.circles {
        println!("circle: {}", circle.join(", "));
    }
}
