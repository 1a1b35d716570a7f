//! CloudFormation's intrinsic functions, evaluated against one set of parameters and names.

use super::{TemplateError, block::scalar_text};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What `Ref` and `Fn::GetAtt` give for one resource.
#[derive(Debug, Clone, Default)]
pub(super) struct Physical {
    /// The value of `Ref`.
    pub reference: String,
    /// The values of `Fn::GetAtt`, by attribute name.
    pub attributes: BTreeMap<&'static str, String>,
    /// For resources with no local meaning: any attribute reads as this text.
    pub any_attribute: Option<String>,
}

impl Physical {
    fn attribute(&self, name: &str) -> Option<&String> {
        self.attributes.get(name).or(self.any_attribute.as_ref())
    }
}

/// Everything an expression may name.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Parameters and pseudo parameters, by name.
    pub parameters: BTreeMap<String, Value>,
    /// `Mappings`, as written.
    pub mappings: Value,
    /// `Conditions`, as written.
    pub conditions: BTreeMap<String, Value>,
    /// Resources, by logical id.
    pub resources: BTreeMap<String, Physical>,
}

/// Where an expression stands, for messages.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    subject: &'a str,
    property: &'a str,
}

impl Place<'_> {
    fn refuse(&self, reason: impl Into<String>) -> TemplateError {
        TemplateError::refused(self.subject, self.property, reason)
    }
}

type Result<T> = std::result::Result<T, TemplateError>;

impl Scope {
    /// Evaluates every intrinsic inside `value`. `None` is `AWS::NoValue`: the property goes.
    pub(super) fn resolve(
        &self,
        subject: &str,
        property: &str,
        value: &Value,
    ) -> Result<Option<Value>> {
        let at = Place { subject, property };
        match value {
            Value::Object(map) => match intrinsic(map) {
                Some((name, argument)) => self.call(at, name, argument),
                None => self.object(at, map).map(Some),
            },
            Value::Array(items) => self.array(at, items).map(Some),
            scalar => Ok(Some(scalar.clone())),
        }
    }

    fn inner(&self, at: Place<'_>, value: &Value) -> Result<Option<Value>> {
        self.resolve(at.subject, at.property, value)
    }

    fn object(&self, at: Place<'_>, map: &Map<String, Value>) -> Result<Value> {
        let mut out = Map::new();
        for (key, value) in map {
            let path = match at.property {
                "" => key.clone(),
                parent => format!("{parent}.{key}"),
            };
            if let Some(value) = self.resolve(at.subject, &path, value)? {
                out.insert(key.clone(), value);
            }
        }
        Ok(Value::Object(out))
    }

    fn array(&self, at: Place<'_>, items: &[Value]) -> Result<Value> {
        let resolved: Vec<_> = items
            .iter()
            .map(|v| self.inner(at, v))
            .collect::<Result<_>>()?;
        Ok(Value::Array(resolved.into_iter().flatten().collect()))
    }

    fn call(&self, at: Place<'_>, name: &str, argument: &Value) -> Result<Option<Value>> {
        match name {
            "Ref" => self.reference(at, argument),
            "Fn::If" => self.choose(at, argument),
            "Fn::GetAtt" => self.attribute(at, argument).map(Some),
            "Fn::Sub" => self.substitute(at, argument).map(Some),
            "Fn::Join" => self.join(at, argument).map(Some),
            "Fn::Select" => self.select(at, argument).map(Some),
            "Fn::Split" => self.split(at, argument).map(Some),
            "Fn::FindInMap" => self.find_in_map(at, argument).map(Some),
            "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" | "Condition" => {
                let whole = json!({ name: argument });
                self.test(at, &whole, &mut Vec::new())
                    .map(|b| Some(json!(b)))
            }
            other => Err(at.refuse(format!("{other} is not supported by sam-local"))),
        }
    }

    fn reference(&self, at: Place<'_>, argument: &Value) -> Result<Option<Value>> {
        let name = argument
            .as_str()
            .ok_or_else(|| at.refuse("Ref takes a name"))?;
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        self.named(name)
            .map(Some)
            .ok_or_else(|| at.refuse(format!("Ref to {name}, which is no parameter or resource")))
    }

    fn named(&self, name: &str) -> Option<Value> {
        let resource = || self.resources.get(name).map(|r| json!(r.reference));
        self.parameters.get(name).cloned().or_else(resource)
    }

    fn attribute_text(&self, at: Place<'_>, id: &str, attribute: &str) -> Result<String> {
        let resource = self
            .resources
            .get(id)
            .ok_or_else(|| at.refuse(format!("GetAtt of {id}, which is no resource")))?;
        resource
            .attribute(attribute)
            .cloned()
            .ok_or_else(|| at.refuse(format!("{id} has no attribute {attribute} here")))
    }

    fn attribute(&self, at: Place<'_>, argument: &Value) -> Result<Value> {
        let text = match argument {
            Value::Array(parts) => parts
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join("."),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        let (id, attribute) = text
            .split_once('.')
            .ok_or_else(|| at.refuse("GetAtt takes a logical id and an attribute"))?;
        self.attribute_text(at, id, attribute).map(Value::from)
    }

    fn substitute(&self, at: Place<'_>, argument: &Value) -> Result<Value> {
        let (text, own) = match argument {
            Value::String(text) => (text.as_str(), Map::new()),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(text), Value::Object(own)] => (text.as_str(), own.clone()),
                _ => return Err(at.refuse("Fn::Sub takes a text and a mapping")),
            },
            _ => return Err(at.refuse("Fn::Sub takes a text")),
        };
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let (name, tail) = after
                .split_once('}')
                .ok_or_else(|| at.refuse("Fn::Sub has ${ without }"))?;
            out.push_str(&self.variable(at, name.trim(), &own)?);
            rest = tail;
        }
        out.push_str(rest);
        Ok(Value::String(out))
    }

    fn variable(&self, at: Place<'_>, name: &str, own: &Map<String, Value>) -> Result<String> {
        if let Some(literal) = name.strip_prefix('!') {
            return Ok(format!("${{{literal}}}"));
        }
        let value = match own.get(name) {
            Some(value) => self.inner(at, value)?,
            None => self.named(name),
        };
        if let Some(text) = value.as_ref().and_then(scalar_text) {
            return Ok(text);
        }
        match name.split_once('.') {
            Some((id, attribute)) => self.attribute_text(at, id, attribute),
            None => Err(at.refuse(format!("${{{name}}} names no parameter or resource"))),
        }
    }

    fn parts(&self, at: Place<'_>, argument: &Value) -> Result<Vec<Value>> {
        match self.inner(at, argument)? {
            Some(Value::Array(parts)) => Ok(parts),
            _ => Err(at.refuse("the function takes a list")),
        }
    }

    fn join(&self, at: Place<'_>, argument: &Value) -> Result<Value> {
        match self.parts(at, argument)?.as_slice() {
            [Value::String(delimiter), Value::Array(items)] => {
                let texts: Option<Vec<_>> = items.iter().map(scalar_text).collect();
                let texts = texts.ok_or_else(|| at.refuse("Fn::Join joins texts"))?;
                Ok(Value::String(texts.join(delimiter)))
            }
            _ => Err(at.refuse("Fn::Join takes a delimiter and a list")),
        }
    }

    fn select(&self, at: Place<'_>, argument: &Value) -> Result<Value> {
        match self.parts(at, argument)?.as_slice() {
            [index, Value::Array(items)] => scalar_text(index)
                .and_then(|i| i.parse::<usize>().ok())
                .and_then(|i| items.get(i).cloned())
                .ok_or_else(|| at.refuse("Fn::Select is out of range")),
            _ => Err(at.refuse("Fn::Select takes an index and a list")),
        }
    }

    fn split(&self, at: Place<'_>, argument: &Value) -> Result<Value> {
        match self.parts(at, argument)?.as_slice() {
            [Value::String(delimiter), Value::String(text)] => {
                Ok(json!(text.split(delimiter.as_str()).collect::<Vec<_>>()))
            }
            _ => Err(at.refuse("Fn::Split takes a delimiter and a text")),
        }
    }

    fn find_in_map(&self, at: Place<'_>, argument: &Value) -> Result<Value> {
        let keys: Option<Vec<_>> = self.parts(at, argument)?.iter().map(scalar_text).collect();
        let keys = keys
            .filter(|k| k.len() == 3)
            .ok_or_else(|| at.refuse("Fn::FindInMap takes three keys"))?;
        keys.iter()
            .try_fold(&self.mappings, |level, key| level.get(key))
            .cloned()
            .ok_or_else(|| at.refuse(format!("Mappings has no {}", keys.join("."))))
    }

    fn choose(&self, at: Place<'_>, argument: &Value) -> Result<Option<Value>> {
        match argument.as_array().map(Vec::as_slice) {
            Some([Value::String(name), yes, no]) => {
                let branch = if self.condition(at.subject, at.property, name)? {
                    yes
                } else {
                    no
                };
                self.inner(at, branch)
            }
            _ => Err(at.refuse("Fn::If takes a condition and two values")),
        }
    }

    /// Whether the condition `name` holds. Refused when it is undefined or defined by itself.
    pub(super) fn condition(&self, subject: &str, property: &str, name: &str) -> Result<bool> {
        self.condition_inner(Place { subject, property }, name, &mut Vec::new())
    }

    fn condition_inner(&self, at: Place<'_>, name: &str, open: &mut Vec<String>) -> Result<bool> {
        let expression = self
            .conditions
            .get(name)
            .ok_or_else(|| at.refuse(format!("condition {name} is not defined")))?;
        if open.iter().any(|n| n == name) {
            return Err(at.refuse(format!("condition {name} is defined by itself")));
        }
        open.push(name.to_owned());
        let holds = self.test(at, expression, open);
        open.pop();
        holds
    }

    fn test(&self, at: Place<'_>, expression: &Value, open: &mut Vec<String>) -> Result<bool> {
        let call = expression.as_object().and_then(intrinsic);
        let Some((function, argument)) = call else {
            return expression
                .as_bool()
                .ok_or_else(|| at.refuse("is not a condition"));
        };
        let operands = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (function, operands) {
            ("Condition", _) => match argument.as_str() {
                Some(name) => self.condition_inner(at, name, open),
                None => Err(at.refuse("Condition takes a name")),
            },
            ("Fn::Equals", [left, right]) => {
                let (left, right) = (self.inner(at, left)?, self.inner(at, right)?);
                Ok(left.as_ref().and_then(scalar_text) == right.as_ref().and_then(scalar_text))
            }
            ("Fn::Not", [one]) => Ok(!self.test(at, one, open)?),
            ("Fn::And", all) => all
                .iter()
                .try_fold(true, |held, c| Ok(self.test(at, c, open)? && held)),
            ("Fn::Or", any) => any
                .iter()
                .try_fold(false, |held, c| Ok(self.test(at, c, open)? || held)),
            (other, _) => Err(at.refuse(format!("{other} does not make a condition"))),
        }
    }
}

/// The one function call a mapping may be. A mapping with other keys beside it is plain data.
fn intrinsic(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (key, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    let named =
        key == "Ref" || key.starts_with("Fn::") || (key == "Condition" && argument.is_string());
    named.then_some((key.as_str(), argument))
}

#[cfg(test)]
mod tests;
