//! Values held against the document.

use crate::Document;
use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use std::cell::RefCell;

const PLACE: &str = "http://127.0.0.1/openapi.json";

/// The document as a judge of what travels.
pub struct Contract {
    paths: Value,
    /// Schemas that have been read are kept.
    judge: RefCell<(Compiler, Schemas)>,
}

impl Contract {
    /// For requests: as it is written.
    ///
    /// # Panics
    /// When there is no document.
    pub fn of_requests() -> Self {
        Self::of(json!(Document::new().unwrap()))
    }

    /// For answers: what is not written does not belong there. Clients are not as strict.
    ///
    /// # Panics
    /// When there is no document.
    pub fn of_answers() -> Self {
        let mut document = json!(Document::new().unwrap());
        close(&mut document["components"]["schemas"]);
        Self::of(document)
    }

    fn of(mut document: Value) -> Self {
        let mut compiler = Compiler::new();
        compiler.add_resource(PLACE, document.clone()).unwrap();
        Self {
            paths: document["paths"].take(),
            judge: RefCell::new((compiler, Schemas::new())),
        }
    }

    /// Whether a value is what the schema of that name says.
    pub fn fits(&self, schema: &str, value: &Value) -> bool {
        let place = ["components", "schemas", schema];
        self.verdict(&place, value).is_ok()
    }

    /// As [`fits`](Self::fits), for tests.
    ///
    /// # Panics
    /// When it is not.
    pub fn hold(&self, schema: &str, value: &Value) {
        let verdict = self.verdict(&["components", "schemas", schema], value);
        verdict.unwrap_or_else(|told| panic!("{told}: {value}"));
    }

    /// Holds the answer of a route to the document: its status is described, and so is every member of
    /// it. A route that is not described passes with any answer, and so does an answer without a body.
    ///
    /// # Errors
    /// What does not fit.
    pub fn answer(
        &self,
        method: &str,
        path: &str,
        status: u16,
        answer: &Value,
    ) -> Result<(), String> {
        let Some((template, operation)) = self.operation(method, path) else {
            return Ok(());
        };
        let (method, status) = (method.to_lowercase(), status.to_string());
        if operation["responses"][&status]["content"].is_null() {
            return Err(format!("{status} is not described"));
        }
        if answer.is_null() {
            return Ok(());
        }
        let place = ["paths", template, &method, "responses", &status];
        let content = ["content", "application/json", "schema"];
        self.verdict(&[&place[..], &content].concat(), answer)
    }

    /// Holds the JSON body of a request to the document.
    ///
    /// # Errors
    /// What does not fit, or that the route takes no such body.
    pub fn request(&self, method: &str, path: &str, body: &Value) -> Result<(), String> {
        let found = self.operation(method, path);
        let (template, operation) = found.ok_or("there is no such route")?;
        let content = ["requestBody", "content", "application/json", "schema"];
        if content
            .iter()
            .fold(operation, |value, part| &value[part])
            .is_null()
        {
            return Err("the route takes no JSON".to_owned());
        }
        let method = method.to_lowercase();
        self.verdict(
            &[&["paths", template, &method][..], &content].concat(),
            body,
        )
    }

    /// The operation of a request, with the path it is described under.
    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let path = path.split('?').next().unwrap_or_default();
        let paths = self.paths.as_object().into_iter().flatten();
        let fitting = paths.filter(|(template, _)| fits(template, path));
        // A route with fewer names in it goes before one with more.
        let (template, methods) =
            fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        Some((template.as_str(), methods.get(method.to_lowercase())?))
    }

    fn verdict(&self, place: &[&str], value: &Value) -> Result<(), String> {
        let (compiler, schemas) = &mut *self.judge.borrow_mut();
        let place: String = place.iter().copied().map(escape).collect();
        let schema = compiler.compile(&format!("{PLACE}#{place}"), schemas);
        let verdict = schemas.validate(value, schema.unwrap());
        verdict.map_err(|told| told.to_string())
    }
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
fn escape(name: &str) -> String {
    let name = name.replace('~', "~0").replace('/', "~1");
    format!("/{}", name.replace('{', "%7B").replace('}', "%7D"))
}

/// What is not written does not belong there.
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
        let contract = Contract::of_answers();
        let wechat = "/v1/accounts/demo/wechat/cgi-bin/user/info?openid=oA";
        for (path, status, answer) in [
            (MESSAGES, 200, json!({ "messages": [], "cursor": null })),
            (MESSAGES, 403, json!({ "message": "Forbidden" })),
            ("/elsewhere", 418, json!(1)),
            (wechat, 200, json!({ "subscribe": 1 })),
        ] {
            assert_eq!(contract.answer("GET", path, status, &answer), Ok(()));
        }
    }

    #[test]
    fn a_member_or_a_status_that_is_not_described_does_not() {
        let contract = Contract::of_answers();
        let odd = json!({ "messages": [], "cursor": null, "undescribed": 1 });
        let told = contract.answer("GET", MESSAGES, 200, &odd).unwrap_err();
        assert!(told.contains("undescribed"), "{told}");
        let told = contract
            .answer("GET", MESSAGES, 418, &json!({}))
            .unwrap_err();
        assert_eq!(told, "418 is not described");
    }
}
