//! What the function binaries weigh and how fast they start, beside their budgets.
//!
//! `cargo run --release --bin measure [--built DIR] [FUNCTION]…` builds the functions, unless
//! they lie in DIR as cargo-lambda leaves them, and prints one table. CPU and memory are read from
//! `/proc`, so they are there on Linux only; a binary for another processor is weighed and not started.

mod https;
mod size;
mod start;

use clap::Parser;
use sam_local::{
    stack::Stack,
    template::{self, Function},
};
use size::Size;
use start::Start;
use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// Starts measured of each function; the table shows the one in the middle.
const STARTS: usize = 25;

/// Prints what the function binaries weigh and how fast they start, beside their budgets.
#[derive(Debug, Parser)]
#[command(name = "measure", version = revision::version!())]
struct Cli {
    /// Where they lie as cargo-lambda leaves them; without it they are built.
    #[arg(long, value_name = "DIR")]
    built: Option<PathBuf>,
    /// The functions; all without a name.
    #[arg(value_name = "FUNCTION")]
    named: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Cli { built, named } = Cli::parse();
    let mut functions = functions()?;
    functions.retain(|function| named.is_empty() || named.contains(&function.binary));
    let release = match built {
        Some(_) => PathBuf::new(),
        None => build(&functions)?,
    };
    println!("{HEAD}");
    for function in &functions {
        let binary = match &built {
            Some(directory) => directory.join(&function.binary).join("bootstrap"),
            None => release.join(&function.binary),
        };
        let start = starts(&binary, &function.environment);
        println!("{}", row(&function.binary, Size::of(&binary)?, start));
    }
    println!("{BUDGET}");
    Ok(())
}

/// The functions of the template, with the variables it gives them.
fn functions() -> Result<Vec<Function>, Box<dyn Error>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml"))?;
    let stack = Stack {
        name: "measured".to_owned(),
        region: "us-east-1".to_owned(),
        aws_url: "http://127.0.0.1:9".to_owned(),
    };
    Ok(template::load(&text, &stack, &BTreeMap::new())?.functions)
}

const HEAD: &str = "\
function           binary     zipped   first poll        CPU       peak  first HTTPS
                       MB         MB           ms         ms        MiB       CPU ms";
const BUDGET: &str = "\
budget                          4.00          8.0                  16.0          2.0   (callback)";

fn row(function: &str, size: Size, start: io::Result<Option<Start>>) -> String {
    let Size { binary, zipped } = size;
    let sizes = format!("{function:<16} {binary:>8.2} {zipped:>10.2}");
    match start {
        Ok(Some(Start {
            poll_ms,
            cpu_ms,
            peak_mib,
            https_ms,
        })) => {
            let https = if https_ms.is_nan() {
                "-".to_owned()
            } else {
                format!("{https_ms:.1}")
            };
            format!("{sizes} {poll_ms:>12.1} {cpu_ms:>10.1} {peak_mib:>10.1} {https:>12}")
        }
        Ok(None) => format!("{sizes}   does not poll"),
        Err(error) => format!("{sizes}   does not run here: {error}"),
    }
}

/// The start in the middle, by each figure of its own; none if the function ends without a poll.
fn starts(binary: &Path, environment: &BTreeMap<String, String>) -> io::Result<Option<Start>> {
    let mut all = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        match Start::of(binary, environment)? {
            Some(start) => all.push(start),
            None => return Ok(None),
        }
    }
    Ok(Some(Start {
        poll_ms: median(&all, |s| s.poll_ms),
        cpu_ms: median(&all, |s| s.cpu_ms),
        peak_mib: median(&all, |s| s.peak_mib),
        https_ms: median(&all, |s| s.https_ms),
    }))
}

fn median(all: &[Start], figure: impl Fn(&Start) -> f64) -> f64 {
    let mut figures: Vec<f64> = all.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Builds the functions for release, beside this program's own target directory, and says where they lie.
fn build(functions: &[Function]) -> Result<PathBuf, Box<dyn Error>> {
    let executable = env::current_exe()?;
    let target = executable
        .ancestors()
        .nth(2)
        .ok_or("this program does not lie in a target directory")?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--release", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    for function in functions {
        cargo.args(["--package", &function.binary]);
    }
    match cargo.status()?.success() {
        true => Ok(target.join("release")),
        false => Err("cargo build failed; its message is above".into()),
    }
}
