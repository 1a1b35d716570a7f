//! The files of CloudFormation, read as YAML.

use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

/// A file by its path from the root.
///
/// # Panics
/// When it cannot be read.
pub fn read(path: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = fs::read_to_string(file).expect("the file");
    sam_local::template::yaml::parse(&text).expect("YAML")
}

/// The properties of all resources of a type, by their ids.
pub fn resources<'v>(document: &'v Value, kind: &str) -> BTreeMap<&'v str, &'v Value> {
    let resources = document["Resources"].as_object().into_iter().flatten();
    let of_kind = resources.filter(|(_, resource)| resource["Type"] == kind);
    of_kind
        .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
        .collect()
}

/// The value and all inside it.
pub fn all(value: &Value) -> Vec<&Value> {
    let mut found = vec![value];
    match value {
        Value::Array(items) => found.extend(items.iter().flat_map(all)),
        Value::Object(members) => found.extend(members.values().flat_map(all)),
        _ => {}
    }
    found
}
