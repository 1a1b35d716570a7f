//! Writes `infra/openapi.yaml` anew.

use std::{error::Error, fs};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml");

fn main() -> Result<(), Box<dyn Error>> {
    Ok(fs::write(FILE, openapi::Document::new()?.yaml())?)
}
