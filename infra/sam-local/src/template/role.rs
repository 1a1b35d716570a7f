//! `AWS::IAM::Role`: what a function that names one may do.

use super::TemplateError;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Puts the inline policies of the role that a function names in the place of its `Policies`, as SAM
/// ignores these then. Managed policies of the template count as if they were inline; those of AWS hold what has no
/// local meaning, and stand aside.
///
/// `properties` are those of the function, `roles` and `managed` those of the template's roles and managed policies, not
/// evaluated yet.
pub(super) fn expand(
    function: &str,
    properties: &mut Value,
    roles: &BTreeMap<String, Value>,
    managed: &BTreeMap<String, Value>,
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
        .filter_map(|policy| policy.get("PolicyDocument").cloned());
    let named = role.and_then(|role| role.get("ManagedPolicyArns")?.as_array());
    let named = named.into_iter().flatten();
    let named = named.filter_map(|policy| in_line(policy, managed));
    properties.insert("Policies".to_owned(), documents.chain(named).collect());
    Ok(())
}

/// The document of a managed policy of the template, under the same conditions as it is named.
fn in_line(policy: &Value, managed: &BTreeMap<String, Value>) -> Option<Value> {
    if let Some([condition, then, otherwise]) = policy.get("Fn::If").and_then(three) {
        let nothing = json!({ "Ref": "AWS::NoValue" });
        let choose = |one| in_line(one, managed).unwrap_or_else(|| nothing.clone());
        return Some(json!({ "Fn::If": [condition, choose(then), choose(otherwise)] }));
    }
    let id = policy.get("Ref")?.as_str()?;
    managed.get(id)?.get("PolicyDocument").cloned()
}

fn three(list: &Value) -> Option<&[Value; 3]> {
    list.as_array()?.as_slice().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    fn expanded(role: &str) -> Result<Value, String> {
        let policies = json!([{ "PolicyName": "Send", "PolicyDocument": { "Statement": ["s"] } }]);
        let nothing = json!({ "Ref": "AWS::NoValue" });
        let of_aws = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        let named = json!([{ "Fn::If": ["Asked", { "Ref": "Access" }, nothing] }, { "Ref": "Access" }, of_aws]);
        let managed = BTreeMap::from([(
            "Access".to_owned(),
            json!({ "PolicyDocument": { "Statement": ["m"] } }),
        )]);
        let roles = BTreeMap::from([
            (
                "SendRole".to_owned(),
                json!({ "Policies": policies, "ManagedPolicyArns": named }),
            ),
            ("Empty".to_owned(), json!({})),
        ]);
        let role = json!({ "Fn::GetAtt": [role, "Arn"] });
        let mut properties = json!({ "Timeout": 5, "Policies": ["ignored"], "Role": role });
        let read = expand("Send", &mut properties, &roles, &managed);
        read.map(|()| properties).map_err(|error| error.to_string())
    }

    #[test]
    fn a_function_has_the_policies_of_its_role() {
        let own = json!({ "Statement": ["s"] });
        let managed = json!({ "Statement": ["m"] });
        let asked = json!({ "Fn::If": ["Asked", managed, { "Ref": "AWS::NoValue" }] });
        let properties = json!({ "Timeout": 5, "Policies": [own, asked, managed] });
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
        let none = BTreeMap::new();
        expand("Send", &mut properties, &none, &none).unwrap();
        assert_eq!(properties, json!({ "Policies": ["own"] }));
    }
}
