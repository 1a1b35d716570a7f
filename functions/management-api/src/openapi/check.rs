//! Values held against the document.

use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use std::cell::RefCell;

/// The document as a judge.
pub(crate) struct Contract(RefCell<(Compiler, Schemas)>);

const PLACE: &str = "http://127.0.0.1/openapi.json";

impl Contract {
    /// For requests: as it is written.
    pub(crate) fn of_requests(document: Value) -> Self {
        let mut compiler = Compiler::new();
        compiler.add_resource(PLACE, document).unwrap();
        Self(RefCell::new((compiler, Schemas::new())))
    }

    /// For answers: what is not written does not belong there. Clients are not as strict.
    pub(crate) fn of_answers(mut document: Value) -> Self {
        close(&mut document["components"]["schemas"]);
        Self::of_requests(document)
    }

    pub(crate) fn fits(&self, schema: &str, value: &Value) -> bool {
        self.verdict(schema, value).is_ok()
    }

    pub(crate) fn hold(&self, schema: &str, value: &Value) {
        let verdict = self.verdict(schema, value);
        verdict.unwrap_or_else(|told| panic!("{told}: {value}"));
    }

    fn verdict(&self, schema: &str, value: &Value) -> Result<(), String> {
        let (compiler, schemas) = &mut *self.0.borrow_mut();
        let place = format!("{PLACE}#/components/schemas/{schema}");
        let index = compiler.compile(&place, schemas).unwrap();
        let verdict = schemas.validate(value, index);
        verdict.map_err(|told| told.to_string())
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(close),
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object) {
                members
                    .entry("additionalProperties")
                    .or_insert(json!(false));
            }
        }
        _ => {}
    }
}
