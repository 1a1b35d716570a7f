//! `AWS::IAM::Role`: what a function that names one may do.

use super::TemplateError;
use serde_json::Value;
use std::collections::BTreeMap;

/// Puts the inline policies of the role that a function names in the place of its `Policies`, as SAM
/// ignores these then. Managed policies of the role hold what has no local meaning, and stand aside.
///
/// `properties` are those of the function and `roles` those of the template's roles, not evaluated yet.
pub(super) fn expand(
    function: &str,
    properties: &mut Value,
    roles: &BTreeMap<String, Value>,
) -> Result<(), TemplateError> {
    let Some(properties) = properties.as_object_mut() else {
        return Ok(());
    };
    let Some(named) = properties.shift_remove("Role") else {
        return Ok(());
    };
    let id = named.pointer("/Fn::GetAtt/0").and_then(Value::as_str);
    let role = id.and_then(|id| roles.get(id));
    let policies = role.and_then(|role| role.get("Policies")?.as_array());
    let policies = policies.ok_or_else(|| {
        let why = "must be !GetAtt of a role of the template that has inline policies";
        TemplateError::refused(function, "Role", why)
    })?;
    let documents = policies
        .iter()
        .filter_map(|policy| policy.get("PolicyDocument"));
    properties.insert("Policies".to_owned(), documents.cloned().collect());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn expanded(role: &str) -> Result<Value, String> {
        let policies = json!([{ "PolicyName": "Send", "PolicyDocument": { "Statement": ["s"] } }]);
        let roles = BTreeMap::from([
            ("SendRole".to_owned(), json!({ "Policies": policies })),
            ("Empty".to_owned(), json!({})),
        ]);
        let role = json!({ "Fn::GetAtt": [role, "Arn"] });
        let mut properties = json!({ "Timeout": 5, "Policies": ["ignored"], "Role": role });
        let read = expand("Send", &mut properties, &roles);
        read.map(|()| properties).map_err(|error| error.to_string())
    }

    #[test]
    fn a_function_has_the_policies_of_its_role() {
        let properties = json!({ "Timeout": 5, "Policies": [{ "Statement": ["s"] }] });
        assert_eq!(expanded("SendRole").unwrap(), properties);
    }

    #[test]
    fn a_role_that_cannot_be_read_is_refused() {
        for role in ["Nobody", "Empty"] {
            let error = expanded(role).unwrap_err();
            assert!(error.starts_with("Send: Role: must be"), "{error}");
        }
    }

    #[test]
    fn a_function_without_a_role_keeps_its_policies() {
        let mut properties = json!({ "Policies": ["own"] });
        expand("Send", &mut properties, &BTreeMap::new()).unwrap();
        assert_eq!(properties, json!({ "Policies": ["own"] }));
    }
}
