//! The documents of the repository as a reader finds them: pages with their headings, links, tables and blocks, and a
//! reader who types what they show.

mod page;
mod reader;

pub use page::{Block, Page, Row, pages, root, source};
pub use reader::Reader;

use serde_json::Value;

/// Whether an answer shows all that a page shows of it; `"…"` stands for any text or number.
pub fn shows(page: &Value, answer: &Value) -> bool {
    match (page, answer) {
        (Value::String(any), Value::String(_) | Value::Number(_)) if any == "…" => true,
        (Value::Object(page), Value::Object(answer)) => page
            .iter()
            .all(|(name, value)| answer.get(name).is_some_and(|got| shows(value, got))),
        (Value::Array(page), Value::Array(answer)) => {
            let alike = page.iter().zip(answer).all(|(page, got)| shows(page, got));
            page.len() == answer.len() && alike
        }
        _ => page == answer,
    }
}
