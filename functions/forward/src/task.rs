//! What a task says of its answer.

use serde_json::Value;
use shared::{invocation::ForwardTask, markdown::to_phone, router::Markdown};
use wechat_oa::callback::Answerable;

/// What the push can be answered with.
pub(crate) fn answerable(task: &ForwardTask) -> Answerable {
    let text = |name: &str| task.push.get(name).and_then(Value::as_str);
    let kind = text("kind").unwrap_or_default();
    Answerable::of(kind, text("event"), &task.openid)
}

/// A text as a phone shows it.
pub(crate) fn shown(task: &ForwardTask, text: &str) -> String {
    match task.markdown {
        Markdown::Plain => to_phone(text),
        Markdown::Keep => text.to_owned(),
    }
}
