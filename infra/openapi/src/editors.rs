//! JSON schemas of the files that people write, for their editors: `docs/schemas/*.json`.
//!
//! They complete and explain, and mark what can never be right; whether all is right is said by `cargo run -- --check`,
//! the build and `wechat-doctor`, which know more than a schema can say.

mod accounts;
mod rules;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// The schema of each file, by the name of the file that it lies in.
pub fn schemas() -> [(&'static str, Value); 3] {
    [
        ("rules.json", rules::schema()),
        ("accounts.json", schema::<accounts::AccountsFile>()),
        ("assistants.json", schema::<accounts::AssistantsFile>()),
    ]
}

/// As it is committed.
///
/// # Panics
/// Never: it holds nothing that JSON cannot.
pub fn json(schema: &Value) -> String {
    let mut text = serde_json::to_string_pretty(schema).unwrap();
    text.push('\n');
    text
}

/// Draft 7, which the editors' TOML plugins read.
fn schema<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    schema.sort_all_objects();
    schema
}

#[cfg(test)]
mod tests;
