//! One mapping of the template, read key by key; what is left over is refused.

use super::TemplateError;
use serde_json::{Map, Value};

/// A mapping whose every key must be taken before [`Block::finish`].
#[derive(Debug)]
pub(super) struct Block {
    subject: String,
    path: String,
    entries: Map<String, Value>,
}

type Result<T> = std::result::Result<T, TemplateError>;

impl Block {
    /// Reads `value` as a mapping; `path` is where it stands inside `subject`.
    pub(super) fn new(subject: &str, path: &str, value: Value) -> Result<Self> {
        match value {
            Value::Object(entries) => Ok(Self {
                subject: subject.to_owned(),
                path: path.to_owned(),
                entries,
            }),
            Value::Null => Self::new(subject, path, Value::Object(Map::new())),
            other => Err(TemplateError::refused(
                subject,
                path,
                format!("must be a mapping, not {other}"),
            )),
        }
    }

    /// The logical id this block belongs to.
    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    fn place(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    /// A refusal of `key`.
    pub(super) fn refuse(&self, key: &str, reason: impl Into<String>) -> TemplateError {
        TemplateError::refused(&self.subject, &self.place(key), reason)
    }

    /// Takes `key` as it is. A null counts as absent.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.entries.shift_remove(key).filter(|v| !v.is_null())
    }

    /// Takes `key` as text; numbers and booleans are spelled out, as CloudFormation does.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>> {
        self.take(key)
            .map(|v| scalar_text(&v).ok_or_else(|| self.refuse(key, "must be text")))
            .transpose()
    }

    /// Takes `key` as text, or refuses its absence.
    pub(super) fn required_text(&mut self, key: &str) -> Result<String> {
        self.text(key)?
            .ok_or_else(|| self.refuse(key, "is required"))
    }

    /// Takes `key` as a whole number (also when written as text) inside `range`.
    pub(super) fn number(
        &mut self,
        key: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let number = text
            .parse()
            .map_err(|_| self.refuse(key, "must be a whole number"))?;
        if range.contains(&number) {
            return Ok(Some(number));
        }
        Err(self.refuse(
            key,
            format!("must be {} to {}, is {number}", range.start(), range.end()),
        ))
    }

    /// Takes `key` as true or false.
    pub(super) fn flag(&mut self, key: &str) -> Result<Option<bool>> {
        self.text(key)?
            .map(|t| {
                t.parse()
                    .map_err(|_| self.refuse(key, "must be true or false"))
            })
            .transpose()
    }

    /// Takes `key` as a list; a single value counts as a list of one.
    pub(super) fn list(&mut self, key: &str) -> Vec<Value> {
        match self.take(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => items,
            Some(one) => vec![one],
        }
    }

    /// Takes `key` as a list of texts; a single text counts as a list of one.
    pub(super) fn texts(&mut self, key: &str) -> Result<Vec<String>> {
        self.list(key)
            .iter()
            .map(|v| scalar_text(v).ok_or_else(|| self.refuse(key, "must be a list of texts")))
            .collect()
    }

    /// Takes `key` as a mapping of its own.
    pub(super) fn block(&mut self, key: &str) -> Result<Option<Block>> {
        self.take(key)
            .map(|v| Block::new(&self.subject, &self.place(key), v))
            .transpose()
    }

    /// Takes `key`, a mapping from ids to mappings.
    pub(super) fn blocks(&mut self, key: &str) -> Result<Vec<(String, Block)>> {
        let Some(inner) = self.block(key)? else {
            return Ok(Vec::new());
        };
        let place = self.place(key);
        inner
            .entries
            .into_iter()
            .map(|(id, v)| {
                let block = Block::new(&self.subject, &format!("{place}.{id}"), v)?;
                Ok((id, block))
            })
            .collect()
    }

    /// Drops keys that are known and mean nothing on one machine.
    pub(super) fn ignore(&mut self, keys: &[&str]) {
        for key in keys {
            self.entries.shift_remove(*key);
        }
    }

    /// Refuses whatever was not taken.
    pub(super) fn finish(self) -> Result<()> {
        match self.entries.keys().next() {
            None => Ok(()),
            Some(key) => Err(self.refuse(key, "is not supported by sam-local")),
        }
    }

    /// The keys not taken yet.
    pub(super) fn keys(&self) -> Vec<String> {
        self.entries.keys().cloned().collect()
    }

    /// The entries not taken yet, as key and value.
    pub(super) fn into_entries(self) -> Map<String, Value> {
        self.entries
    }
}

/// Text of a scalar, as CloudFormation spells it.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_subject_and_path_of_what_is_left() {
        let mut outer = Block::new("Send", "", json!({"Events": {"Queue": {"Typo": 1}}})).unwrap();
        let mut events = outer.blocks("Events").unwrap();
        let (_, event) = events.remove(0);
        assert_eq!(
            event.finish().unwrap_err().to_string(),
            "Send: Events.Queue.Typo: is not supported by sam-local"
        );
        outer.finish().unwrap();
    }

    #[test]
    fn numbers_may_be_text_and_must_fit() {
        let mut block = Block::new("F", "", json!({"A": "7", "B": 99, "C": "x"})).unwrap();
        assert_eq!(block.number("A", 1..=9).unwrap(), Some(7));
        assert!(
            block
                .number("B", 1..=9)
                .unwrap_err()
                .to_string()
                .contains("1 to 9")
        );
        assert!(block.number("C", 1..=9).is_err());
        assert_eq!(block.number("D", 1..=9).unwrap(), None);
    }
}
