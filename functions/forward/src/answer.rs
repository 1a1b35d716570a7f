//! What the team's own function answered.

use serde_json::Value;
use wechat_oa::callback::Reply;

/// Reads an answer, whatever the lengths; nothing, `null` and an empty text are nothing to say.
///
/// # Errors
/// Why it is no reply, without a word of what it holds: the log may not have that.
pub(crate) fn read(payload: &[u8]) -> Result<Reply, String> {
    if payload.is_empty() {
        return Ok(Reply::Acknowledge);
    }
    let value: Value = serde_json::from_slice(payload)
        .map_err(|e| format!("no JSON at line {}, column {}", e.line(), e.column()))?;
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Ok(Reply::Acknowledge);
    }
    Reply::from_answer(value).map_err(|_| {
        "must be null, a string, or an object with a known 'kind' and its fields".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_say_is_no_fault() {
        for nothing in ["", "null", "\"\"", "\" \\n\"", "{\"kind\":\"acknowledge\"}"] {
            assert_eq!(
                read(nothing.as_bytes()),
                Ok(Reply::Acknowledge),
                "{nothing}"
            );
        }
        assert_eq!(read("\"好\"".as_bytes()), Ok(Reply::from("好")));
    }

    #[test]
    fn what_is_no_reply_is_told_without_its_words() {
        for (wrong, reason) in [
            ("secret words", "no JSON at line 1, column 1"),
            ("17", "must be null, a string, or an object"),
            (
                r#"{"kind":"secret"}"#,
                "must be null, a string, or an object",
            ),
            (r#"{"kind":"text","content":17,"secret":1}"#, "must be null"),
            (r#"["secret"]"#, "must be null, a string, or an object"),
        ] {
            let told = read(wrong.as_bytes()).unwrap_err();
            assert!(
                told.starts_with(reason) && !told.contains("secret"),
                "{told}"
            );
        }
    }
}
