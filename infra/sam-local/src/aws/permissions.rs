//! IAM: is this caller allowed to do that?

use super::caller::Caller;
use crate::template::{Function, Statement, wildcard};
use std::collections::BTreeMap;

/// The inline statements of every function.
#[derive(Debug, Default)]
pub struct Permissions(BTreeMap<String, Vec<Statement>>);

/// One thing a request wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Action, such as `dynamodb:PutItem`.
    pub action: String,
    /// Resource ARN, or `*`.
    pub resource: String,
    /// Partition keys it touches, when they can be told.
    pub leading_keys: Option<Vec<String>>,
}

impl Wish {
    /// An action on a resource.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            leading_keys: None,
        }
    }
}

impl Permissions {
    /// Reads the functions' statements.
    pub fn new(functions: &[Function]) -> Self {
        Self(
            functions
                .iter()
                .map(|f| (f.id.clone(), f.statements.clone()))
                .collect(),
        )
    }

    /// Whether the caller is anybody at all.
    pub fn knows(&self, caller: &Caller) -> bool {
        match caller {
            Caller::Local => true,
            Caller::Function(id) => self.0.contains_key(id),
        }
    }

    /// The first wish that is not granted.
    pub fn denied<'w>(&self, caller: &Caller, wishes: &'w [Wish]) -> Option<&'w Wish> {
        match caller {
            Caller::Local => None,
            Caller::Function(id) => {
                let statements = self.0.get(id).map(Vec::as_slice).unwrap_or_default();
                wishes.iter().find(|wish| !granted(statements, wish))
            }
        }
    }
}

/// An explicit deny wins, then an allow; silence is a deny.
fn granted(statements: &[Statement], wish: &Wish) -> bool {
    let mut applying = statements.iter().filter(|s| applies(s, wish)).peekable();
    applying.peek().is_some() && applying.all(|s| s.allow)
}

fn applies(statement: &Statement, wish: &Wish) -> bool {
    statement.covers(&wish.action, &wish.resource) && leading_keys_match(statement, wish)
}

fn leading_keys_match(statement: &Statement, wish: &Wish) -> bool {
    if statement.leading_keys.is_empty() {
        return true;
    }
    let allowed = |key: &String| statement.leading_keys.iter().any(|p| wildcard(p, key));
    wish.leading_keys
        .as_ref()
        .is_some_and(|keys| keys.iter().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(allow: bool, action: &str, resource: &str, keys: &[&str]) -> Statement {
        Statement {
            allow,
            actions: vec![action.into()],
            resources: vec![resource.into()],
            leading_keys: keys.iter().map(|k| (*k).to_owned()).collect(),
        }
    }

    fn allowed(statements: Vec<Statement>, wish: &Wish) -> bool {
        let permissions = Permissions(BTreeMap::from([("F".to_owned(), statements)]));
        permissions
            .denied(&Caller::Function("F".into()), std::slice::from_ref(wish))
            .is_none()
    }

    #[test]
    fn silence_denies_allow_allows_deny_wins() {
        let wish = Wish::new("dynamodb:PutItem", "arn:t");
        assert!(!allowed(vec![], &wish));
        assert!(allowed(
            vec![statement(true, "dynamodb:put*", "arn:*", &[])],
            &wish
        ));
        assert!(!allowed(
            vec![statement(true, "dynamodb:GetItem", "*", &[])],
            &wish
        ));
        assert!(!allowed(
            vec![statement(true, "dynamodb:*", "arn:other", &[])],
            &wish
        ));
        assert!(!allowed(
            vec![
                statement(true, "*", "*", &[]),
                statement(false, "dynamodb:PutItem", "*", &[])
            ],
            &wish
        ));
    }

    #[test]
    fn leading_keys_must_all_be_known_and_allowed() {
        let rule = || vec![statement(true, "*", "*", &["wx1#*"])];
        let keyed = |keys: &[&str]| Wish {
            leading_keys: Some(keys.iter().map(|k| (*k).to_owned()).collect()),
            ..Wish::new("dynamodb:GetItem", "arn:t")
        };
        assert!(allowed(rule(), &keyed(&["wx1#a", "wx1#b"])));
        assert!(!allowed(rule(), &keyed(&["wx1#a", "wx2#b"])));
        assert!(!allowed(rule(), &Wish::new("dynamodb:Scan", "arn:t")));
    }

    #[test]
    fn people_may_do_everything_and_strangers_are_nobody() {
        let permissions = Permissions::default();
        assert!(
            permissions
                .denied(&Caller::Local, &[Wish::new("x:y", "z")])
                .is_none()
        );
        assert!(!permissions.knows(&Caller::Function("Nobody".into())));
    }
}
