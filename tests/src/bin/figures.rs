//! Prints the figures of this checkout, or of the one named: `just figures ../another`.

use std::path::Path;
use tests::house::{BUDGETS, House};

fn main() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/..").to_owned();
    let root = std::env::args().nth(1).unwrap_or(here);
    let house = House::of(&Path::new(&root).canonicalize().expect("a checkout"));
    for ((name, today, goal), figure) in BUDGETS.iter().zip(house.figures) {
        println!("{figure:>7}  {name} (ceiling {today}, goal {goal})");
    }
    for circle in house.circles {
        println!("circle: {}", circle.join(", "));
    }
}
