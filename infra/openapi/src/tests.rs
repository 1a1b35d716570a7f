use super::*;
use saphyr::{LoadableYamlNode as _, Yaml};
use std::collections::BTreeSet;

fn document() -> Value {
    json!(Document::new().unwrap())
}

#[test]
fn the_committed_document_is_that_of_the_types() {
    let committed = include_str!("../../openapi.yaml");
    let fresh = Document::new().unwrap().yaml();
    assert!(
        committed == fresh,
        "infra/openapi.yaml is not that of the types: cargo run --bin openapi"
    );
    assert!(Yaml::load_from_str(&fresh).is_ok());
}

#[test]
fn a_route_without_description_and_a_description_without_route_are_refused() {
    let route = Route {
        method: "GET",
        path: "/a",
        operation: Some("readA"),
    };
    let operation = |id| Operation::new("tag", id, "summary");
    let described = paths(&[route], vec![operation("readA")]).unwrap();
    assert_eq!(described["/a"]["get"]["operationId"], "readA");
    assert_eq!(paths(&[route], vec![]), Err(Mismatch::Undescribed("readA")));
    assert_eq!(
        paths(&[route], vec![operation("readA"), operation("readB")]),
        Err(Mismatch::Unserved(vec!["readB"]))
    );
}

/// Every value of the document, with the names that lead to it.
fn each(value: &Value, place: &str, look: &mut impl FnMut(&str, &Value)) {
    look(place, value);
    let items = value.as_array().into_iter().flatten().enumerate();
    items.for_each(|(n, item)| each(item, &format!("{place}/{n}"), look));
    let members = value.as_object().into_iter().flatten();
    members.for_each(|(name, member)| each(member, &format!("{place}/{name}"), look));
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let document = document();
    let mut used = BTreeSet::new();
    each(&document, "", &mut |_, value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let place = target.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{target}");
            used.insert(place.rsplit('/').next().unwrap().to_owned());
        }
    });
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let named: BTreeSet<_> = schemas.keys().cloned().collect();
    assert_eq!(named, used);
}

/// What one of the usual generators leaves out, or reads wrongly.
#[test]
fn the_document_holds_nothing_that_a_generator_stumbles_over() {
    each(&document(), "", &mut |place, value| {
        let is = |name: &str| value.get(name).is_some();
        let keyword = ["/if", "/else", "/not"].iter().any(|k| place.contains(k));
        assert!(!is("allOf"), "{place}: members of two halves");
        assert!(keyword || !is("const"), "{place}: const for enum");
        let parameter = place.contains("/parameters/");
        assert!(
            parameter || !is("default"),
            "{place}: not optional in TypeScript"
        );
        assert!(
            !place.ends_with("+}"),
            "{place}: the notation of API Gateway"
        );
    });
}

#[test]
fn every_route_has_the_answers_of_the_gateway() {
    let document = document();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let answers = &operation["responses"];
            let signed = path.starts_with("/v1/");
            assert!(
                method == "parameters" || !signed || answers["403"].is_object(),
                "{path}"
            );
            assert!(
                method == "parameters" || answers["429"].is_object(),
                "{path}"
            );
            let posts = operation.get("requestBody").is_some();
            assert!(!posts || answers["413"].is_object(), "{path}");
        }
    }
}
