//! Writes `infra/openapi.yaml` and `docs/schemas` anew.

use openapi::{Document, editors};
use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::write(root.join("infra/openapi.yaml"), Document::new()?.yaml())?;
    for (name, schema) in editors::schemas() {
        fs::write(root.join("docs/schemas").join(name), editors::json(&schema))?;
    }
    Ok(())
}
