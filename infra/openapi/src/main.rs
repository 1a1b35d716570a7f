//! Writes `infra/openapi.yaml` and `docs/schemas` anew.

use clap::Parser;
use openapi::{Document, editors};
use std::{error::Error, fs, path::Path};

/// Writes infra/openapi.yaml and docs/schemas anew, from the routes of the functions and their types.
#[derive(Debug, Parser)]
#[command(name = "openapi", version = revision::version!())]
struct Cli {}

fn main() -> Result<(), Box<dyn Error>> {
    let Cli {} = Cli::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::write(root.join("infra/openapi.yaml"), Document::new()?.yaml())?;
    for (name, schema) in editors::schemas() {
        fs::write(root.join("docs/schemas").join(name), editors::json(&schema))?;
    }
    Ok(())
}
