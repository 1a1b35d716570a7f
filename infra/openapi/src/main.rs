//! Writes `infra/openapi.yaml` anew.

use clap::Parser;
use std::{error::Error, fs};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml");

/// Writes infra/openapi.yaml anew, from the routes of the functions and their types.
#[derive(Debug, Parser)]
#[command(name = "openapi", version = revision::version!())]
struct Cli {}

fn main() -> Result<(), Box<dyn Error>> {
    let Cli {} = Cli::parse();
    Ok(fs::write(FILE, openapi::Document::new()?.yaml())?)
}
