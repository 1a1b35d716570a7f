//! Inline policy statements: what a function may do.

use super::{TemplateError, block::Block};
use serde_json::Value;

/// One `Allow` or `Deny` of an IAM policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// `Effect: Allow`, else `Deny`.
    pub allow: bool,
    /// Action patterns such as `dynamodb:*Item`.
    pub actions: Vec<String>,
    /// Resource ARN patterns.
    pub resources: Vec<String>,
    /// Patterns of `dynamodb:LeadingKeys`; empty means no such condition.
    pub leading_keys: Vec<String>,
}

impl Statement {
    /// Whether the patterns fit an action on a resource. Conditions stand aside.
    pub fn covers(&self, action: &str, resource: &str) -> bool {
        let action = action.to_ascii_lowercase();
        let mut actions = self.actions.iter().map(|p| p.to_ascii_lowercase());
        let mut resources = self.resources.iter();
        actions.any(|p| wildcard(&p, &action)) && resources.any(|p| wildcard(p, resource))
    }
}

/// IAM's `*` and `?`.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // reach[j]: the pattern read so far matches the first j characters.
    let mut reach: Vec<bool> = (0..=text.len()).map(|j| j == 0).collect();
    for symbol in pattern {
        let mut next = vec![false; text.len() + 1];
        let mut so_far = false;
        for (j, (slot, before)) in next.iter_mut().zip(&reach).enumerate() {
            so_far |= *before;
            let previous = j.checked_sub(1);
            let step = || {
                let matched = previous
                    .and_then(|p| reach.get(p))
                    .copied()
                    .unwrap_or(false);
                let character = previous.and_then(|p| text.get(p));
                matched && (symbol == '?' || character == Some(&symbol))
            };
            *slot = if symbol == '*' { so_far } else { step() };
        }
        reach = next;
    }
    reach.last().copied().unwrap_or(false)
}

/// Services the AWS front plays. Statements for others are kept out of the checks.
const SERVED: [&str; 4] = ["dynamodb:", "sqs:", "ssm:", "lambda:"];

/// AWS managed policies that only touch services with no local meaning.
const MANAGED: [&str; 4] = [
    "AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSLambdaVPCAccessExecutionRole",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
];

/// Reads SAM's `Policies` list of a function.
pub(super) fn statements(block: &mut Block) -> Result<Vec<Statement>, TemplateError> {
    let mut all = Vec::new();
    for policy in block.list("Policies") {
        match policy {
            Value::String(name) => {
                let short = name.rsplit('/').next().unwrap_or(&name);
                if !MANAGED.contains(&short) {
                    return Err(
                        block.refuse("Policies", format!("{name}: write the statements inline"))
                    );
                }
            }
            document => {
                let mut document = Block::new(block.subject(), "Policies", document)?;
                document.ignore(&["Version", "Id"]);
                for one in document.list("Statement") {
                    all.extend(statement(block.subject(), one)?);
                }
                document.finish()?;
            }
        }
    }
    Ok(all)
}

fn statement(subject: &str, value: Value) -> Result<Option<Statement>, TemplateError> {
    let mut block = Block::new(subject, "Policies.Statement", value)?;
    block.ignore(&["Sid"]);
    let allow = match block.required_text("Effect")?.as_str() {
        "Allow" => true,
        "Deny" => false,
        other => return Err(block.refuse("Effect", format!("must be Allow or Deny, is {other}"))),
    };
    let actions = block.texts("Action")?;
    let resources = block.texts("Resource")?;
    for (key, list) in [("Action", &actions), ("Resource", &resources)] {
        if list.is_empty() {
            return Err(block.refuse(key, "is required"));
        }
    }
    let served = actions
        .iter()
        .any(|a| a == "*" || SERVED.iter().any(|s| a.starts_with(s)));
    if !served {
        return Ok(None);
    }
    let leading_keys = leading_keys(&mut block)?;
    block.finish()?;
    Ok(Some(Statement {
        allow,
        actions,
        resources,
        leading_keys,
    }))
}

fn leading_keys(block: &mut Block) -> Result<Vec<String>, TemplateError> {
    let Some(mut condition) = block.block("Condition")? else {
        return Ok(Vec::new());
    };
    let mut keys = Vec::new();
    for operator in ["ForAllValues:StringEquals", "ForAllValues:StringLike"] {
        if let Some(mut operands) = condition.block(operator)? {
            keys.extend(operands.texts("dynamodb:LeadingKeys")?);
            operands.finish()?;
        }
    }
    condition.finish()?;
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(policies: Value) -> Result<Vec<Statement>, TemplateError> {
        statements(&mut Block::new("F", "", json!({ "Policies": policies })).unwrap())
    }

    #[test]
    fn wildcards_are_those_of_iam() {
        for (pattern, text, hit) in [
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("*", "", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("arn:*:table/x", "arn:aws:table/x", true),
            ("a", "ab", false),
            ("*b*", "abc", true),
        ] {
            assert_eq!(wildcard(pattern, text), hit, "{pattern} {text}");
        }
    }

    #[test]
    fn reads_statements_and_leaves_other_services_out() {
        let read = read(json!([
            "AWSXRayDaemonWriteAccess",
            {"Version": "2012-10-17", "Statement": [
                {"Sid": "A", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": "arn:t",
                 "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "wx*"}}},
                {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
                 "Condition": {"StringEquals": {"kms:ViaService": "ssm"}}}
            ]}
        ]))
        .unwrap();
        assert_eq!(
            read,
            [Statement {
                allow: true,
                actions: vec!["dynamodb:GetItem".into(), "dynamodb:PutItem".into()],
                resources: vec!["arn:t".into()],
                leading_keys: vec!["wx*".into()],
            }]
        );
    }

    #[test]
    fn refuses_what_it_cannot_check() {
        for (policy, part) in [
            (json!("AdministratorAccess"), "AdministratorAccess"),
            (
                json!({"SQSSendMessagePolicy": {"QueueName": "q"}}),
                "SQSSendMessagePolicy",
            ),
            (
                json!({"Statement": {"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"}}),
                "Action",
            ),
            (
                json!({"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": {"StringEquals": {"a": "b"}}}}),
                "StringEquals",
            ),
        ] {
            let error = read(json!([policy])).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
