//! Checks `rules.toml` ahead of time: what the function would refuse at its start does not build.

use shared::router::{RulesFile, Surroundings};
use std::error::Error;

/// From the root of the workspace, where people and editors look for it.
const NAME: &str = "functions/callback/rules.toml";
/// The names of the handlers in Rust that rules may run.
macro_rules! handlers {
    ($($name:literal => $handler:path),* $(,)?) => { &[$($name),*] };
}
const HANDLERS: &[&str] = include!("../forward/src/handlers/list.rs");
/// As the template has it unless a stack says otherwise; then this variable tells the build.
const PREFIX: (&str, &str) = ("FORWARD_FUNCTION_PREFIX", "wechat-handler-");

#[expect(
    clippy::disallowed_methods,
    reason = "a build has no settings but its environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    let (variable, usual) = PREFIX;
    println!("cargo::rerun-if-changed=rules.toml");
    println!("cargo::rerun-if-env-changed={variable}");
    let prefix = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    let around = Surroundings {
        function_prefix: Some(&prefix),
        handlers: Some(HANDLERS),
        ..Surroundings::default()
    };
    if let Err(error) = RulesFile::read(NAME, &std::fs::read("rules.toml")?, &around) {
        for fault in error.to_string().lines() {
            println!("cargo::error={fault}");
        }
    }
    Ok(())
}
