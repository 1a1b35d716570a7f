//! Reads request bodies as WeChat does: a number may come as text, what is absent is empty.

use serde_json::Value;

/// The fields of a JSON object.
pub(super) trait Fields {
    /// What stands in the field; null when it is absent.
    fn part(&self, name: &str) -> &Value;

    /// A string; empty when it is absent or something else.
    fn text(&self, name: &str) -> &str {
        self.part(name).as_str().unwrap_or_default()
    }

    /// A string or a number, as text.
    fn id(&self, name: &str) -> String {
        match self.part(name) {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        }
    }

    /// A whole number, or its digits as text.
    fn number(&self, name: &str) -> Option<i64> {
        self.id(name).parse().ok()
    }

    /// `true`, or a number that is not 0.
    fn flag(&self, name: &str) -> bool {
        let value = self.part(name);
        value
            .as_bool()
            .unwrap_or(value.as_i64().is_some_and(|number| number != 0))
    }

    /// An array; empty when it is absent or something else.
    fn items(&self, name: &str) -> &[Value] {
        self.part(name).as_array().map_or(&[], Vec::as_slice)
    }

    /// The strings of an array.
    fn texts(&self, name: &str) -> Vec<&str> {
        self.items(name).iter().filter_map(Value::as_str).collect()
    }
}

impl Fields for Value {
    fn part(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

/// Length in characters, as WeChat counts names and titles.
pub(super) fn characters(text: &str) -> usize {
    text.chars().count()
}
