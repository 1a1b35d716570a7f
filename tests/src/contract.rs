//! `infra/openapi.yaml` held against what the functions really answer.

use boon::{Compiler, Schemas};
use sam_local::template::yaml;
use serde_json::{Value, json};
use std::{cell::RefCell, sync::LazyLock};

const PLACE: &str = "http://127.0.0.1/openapi.json";

static DESCRIBED: LazyLock<Value> = LazyLock::new(|| {
    let mut document = document();
    close(&mut document["components"]["schemas"]);
    document
});

thread_local! {
    /// Schemas that have been read before; they stay on their thread.
    static JUDGE: RefCell<(Compiler, Schemas)> = RefCell::new({
        let mut compiler = Compiler::new();
        let added = compiler.add_resource(PLACE, DESCRIBED.clone());
        added.expect("the document");
        (compiler, Schemas::new())
    });
}

/// The document.
pub fn document() -> Value {
    let text = include_str!("../../infra/openapi.yaml");
    yaml::parse(text).expect("YAML")
}

/// Holds an answer to the document: its status is described, and so is every member of it. What is
/// asked of a route that is not described is nobody's business here.
///
/// # Panics
/// When the answer is another.
pub fn hold(method: &str, path: &str, status: u16, answer: &Value) {
    let path = path.split('?').next().unwrap_or_default();
    let paths = DESCRIBED["paths"].as_object().expect("paths");
    let mut fitting: Vec<_> = paths
        .keys()
        .filter(|template| fits(template, path))
        .collect();
    // A route with fewer names in it goes before one with more.
    fitting.sort_by_key(|template| template.matches('{').count());
    let Some(template) = fitting.first() else {
        return;
    };
    let method = method.to_lowercase();
    let operation = &paths[template.as_str()][&method];
    if operation.is_null() {
        return;
    }
    let described = &operation["responses"][status.to_string()]["content"];
    assert!(
        described.is_object(),
        "{method} {path}: {status} is not described: {answer}"
    );
    if answer.is_null() {
        return;
    }
    let parts = [
        "paths",
        template,
        &method,
        "responses",
        &status.to_string(),
        "content",
    ];
    let parts = parts.into_iter().chain(["application/json", "schema"]);
    let place: String = parts.map(escaped).collect();
    let told = JUDGE.with_borrow_mut(|(compiler, schemas)| {
        let schema = compiler.compile(&format!("{PLACE}#{place}"), schemas);
        let verdict = schemas.validate(answer, schema.expect("a schema"));
        verdict.map_err(|told| told.to_string())
    });
    assert_eq!(told, Ok(()), "{method} {path} {status}: {answer}");
}

/// Whether a path is one of these; `{path}` stands for all that follows.
fn fits(template: &str, path: &str) -> bool {
    let (mut names, mut parts) = (template.split('/'), path.split('/'));
    loop {
        match (names.next(), parts.next()) {
            (None, None) => return true,
            (Some("{path}"), Some(_)) => return true,
            (Some(name), Some(part)) if name == part || name.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// A name in a JSON pointer that is part of a URL.
fn escaped(name: &str) -> String {
    let name = name.replace('~', "~0").replace('/', "~1");
    format!("/{}", name.replace('{', "%7B").replace('}', "%7D"))
}

/// What is not written does not belong there. Clients are not as strict.
fn close(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(close),
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object) {
                let open = members.entry("additionalProperties");
                open.or_insert(json!(false));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = "/v1/accounts/demo/messages";

    #[test]
    fn what_is_described_passes() {
        hold(
            "GET",
            MESSAGES,
            200,
            &json!({ "messages": [], "cursor": null }),
        );
        hold("GET", MESSAGES, 403, &json!({ "message": "Forbidden" }));
        hold("GET", "/elsewhere", 418, &json!(1));
        let path = "/v1/accounts/demo/wechat/cgi-bin/user/info?openid=oA";
        hold("GET", path, 200, &json!({ "subscribe": 1 }));
    }

    #[test]
    #[should_panic(expected = "undescribed")]
    fn a_member_that_is_not_described_does_not() {
        let answer = json!({ "messages": [], "cursor": null, "undescribed": 1 });
        hold("GET", MESSAGES, 200, &answer);
    }

    #[test]
    #[should_panic(expected = "418 is not described")]
    fn a_status_that_is_not_described_does_not() {
        hold("GET", MESSAGES, 418, &json!({}));
    }
}
