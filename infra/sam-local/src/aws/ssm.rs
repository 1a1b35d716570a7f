//! SSM Parameter Store: reading by name and path, and putting.

use super::refusal::Refusal;
use crate::{
    clock::now_ms,
    stack::Stack,
    state::{Change, State, StateError},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// One stored parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Parameter {
    value: String,
    kind: String,
    version: u64,
    modified_ms: u64,
}

/// Where it is kept what was put by request.
const PART: &str = "parameters";

/// All parameters, by name with its leading slash.
#[derive(Debug, Default)]
pub struct Parameters {
    all: Mutex<BTreeMap<String, Parameter>>,
    state: State,
}

impl Parameters {
    /// The parameters that were put by request in earlier runs.
    ///
    /// # Errors
    /// What `state` keeps cannot be read.
    pub fn new(state: State) -> Result<Self, StateError> {
        let all = state.all(PART)?.into_iter().collect();
        let all = Mutex::new(all);
        Ok(Self { all, state })
    }

    /// Stores a SecureString, as a person would before the first deployment. The next run is told it anew, or without.
    pub fn put(&self, name: &str, value: &str) {
        self.store(name, value, "SecureString");
    }

    /// Deletes a parameter, if it is there.
    pub fn remove(&self, name: &str) {
        self.lock().remove(name);
        self.state.write(&[Change::forget(PART, name)]);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Parameter>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self, name: &str, value: &str, kind: &str) -> Parameter {
        let mut all = self.lock();
        let version = all.get(name).map_or(1, |p| p.version + 1);
        let parameter = Parameter {
            value: value.to_owned(),
            kind: kind.to_owned(),
            version,
            modified_ms: now_ms(),
        };
        all.insert(name.to_owned(), parameter.clone());
        parameter
    }

    fn get(&self, name: &str) -> Option<Parameter> {
        self.lock().get(name).cloned()
    }

    /// Names of the parameters an operation touches, for the permission check.
    pub fn touched(operation: &str, body: &Value) -> Vec<String> {
        let one = |key: &str| {
            body.get(key)
                .and_then(Value::as_str)
                .map(|s| vec![s.to_owned()])
                .unwrap_or_default()
        };
        match operation {
            "GetParameters" | "DeleteParameters" => texts(body, "Names"),
            "GetParametersByPath" => one("Path"),
            _ => one("Name"),
        }
    }

    /// Answers one operation.
    pub fn call(&self, stack: &Stack, operation: &str, body: &Value) -> Result<Value, Refusal> {
        let clear = body
            .get("WithDecryption")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let describe = |name: &str, p: &Parameter| describe(stack, name, p, clear);
        match operation {
            "GetParameter" => {
                let name = text(body, "Name")?;
                let parameter = self.get(name).ok_or_else(|| {
                    Refusal::new("ParameterNotFound", format!("Parameter {name} not found."))
                })?;
                Ok(json!({ "Parameter": describe(name, &parameter) }))
            }
            "GetParameters" => {
                let names = texts(body, "Names");
                if names.is_empty() || names.len() > 10 {
                    return Err(Refusal::new(
                        "ValidationException",
                        "Names must hold 1 to 10 names.",
                    ));
                }
                let (found, missing): (Vec<_>, Vec<_>) = names
                    .into_iter()
                    .map(|n| (self.get(&n), n))
                    .partition(|(p, _)| p.is_some());
                let found: Vec<_> = found
                    .iter()
                    .filter_map(|(p, n)| p.as_ref().map(|p| describe(n, p)))
                    .collect();
                let missing: Vec<_> = missing.into_iter().map(|(_, n)| n).collect();
                Ok(json!({ "Parameters": found, "InvalidParameters": missing }))
            }
            "GetParametersByPath" => self.by_path(body, describe),
            "PutParameter" => self.put_parameter(body),
            other => Err(Refusal::new(
                "UnknownOperationException",
                format!("ssm:{other} is not supported by sam-local."),
            )),
        }
    }

    fn by_path(
        &self,
        body: &Value,
        describe: impl Fn(&str, &Parameter) -> Value,
    ) -> Result<Value, Refusal> {
        let path = text(body, "Path")?.trim_end_matches('/');
        let recursive = body
            .get("Recursive")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let after = body
            .get("NextToken")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let limit = body.get("MaxResults").and_then(Value::as_u64).unwrap_or(10);
        if !(1..=10).contains(&limit) {
            let why = "MaxResults must be 1 to 10.";
            return Err(Refusal::new("ValidationException", why));
        }
        let limit = usize::try_from(limit).unwrap_or(10);
        let inside = |name: &str| {
            let rest = name.strip_prefix(path).and_then(|r| r.strip_prefix('/'));
            rest.is_some_and(|r| recursive || !r.contains('/'))
        };
        let all = self.lock();
        let mut matching = all
            .iter()
            .filter(|(n, _)| inside(n) && n.as_str() > after)
            .peekable();
        let page: Vec<_> = matching.by_ref().take(limit).collect();
        let mut answer =
            json!({ "Parameters": page.iter().map(|(n, p)| describe(n, p)).collect::<Vec<_>>() });
        if let (Some(_), Some((last, _)), Some(map)) =
            (matching.peek(), page.last(), answer.as_object_mut())
        {
            map.insert("NextToken".into(), json!(last));
        }
        Ok(answer)
    }

    fn put_parameter(&self, body: &Value) -> Result<Value, Refusal> {
        let (name, value) = (text(body, "Name")?, text(body, "Value")?);
        let overwrite = body
            .get("Overwrite")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        if self.get(name).is_some() && !overwrite {
            let message = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
            return Err(Refusal::new("ParameterAlreadyExists", message));
        }
        let kind = body.get("Type").and_then(Value::as_str).unwrap_or("String");
        let parameter = self.store(name, value, kind);
        self.state
            .write(&[Change::new(PART, name, Some(&parameter))]);
        Ok(json!({ "Version": parameter.version, "Tier": "Standard" }))
    }
}

fn text<'a>(body: &'a Value, key: &str) -> Result<&'a str, Refusal> {
    body.get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::new("ValidationException", format!("{key} is required.")))
}

fn texts(body: &Value, key: &str) -> Vec<String> {
    let items = body
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn describe(stack: &Stack, name: &str, parameter: &Parameter, clear: bool) -> Value {
    let sealed = parameter.kind == "SecureString" && !clear;
    json!({
        "Name": name,
        "Type": parameter.kind,
        // Without WithDecryption a SecureString reads as cipher text; here as a text that is clearly not the value.
        "Value": if sealed { "(sealed: ask WithDecryption)" } else { parameter.value.as_str() },
        "Version": parameter.version,
        // Seconds, with milliseconds as their fraction.
        "LastModifiedDate": parameter.modified_ms as f64 / 1_000.0,
        "ARN": stack.parameter_arn(name),
        "DataType": "text",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack() -> Stack {
        Stack {
            name: "s".into(),
            region: "us-east-1".into(),
            aws_url: String::new(),
        }
    }

    fn filled() -> Parameters {
        let parameters = Parameters::default();
        for n in 0..12 {
            parameters.put(&format!("/p/a{n:02}/key"), "v");
        }
        parameters.put("/p/top", "t");
        parameters
    }

    #[test]
    fn reads_one_with_and_without_decryption() {
        let parameters = filled();
        let get = |body| parameters.call(&stack(), "GetParameter", &body);
        assert_eq!(
            get(json!({"Name": "/p/top", "WithDecryption": true})).unwrap()["Parameter"]["Value"],
            "t"
        );
        assert_ne!(
            get(json!({"Name": "/p/top"})).unwrap()["Parameter"]["Value"],
            "t"
        );
        assert_eq!(
            get(json!({"Name": "/p/none"})).unwrap_err().code,
            "ParameterNotFound"
        );
    }

    #[test]
    fn reads_a_path_page_by_page() {
        let parameters = filled();
        let page = |token: Option<&str>| {
            let body = json!({"Path": "/p", "Recursive": true, "NextToken": token});
            parameters
                .call(&stack(), "GetParametersByPath", &body)
                .unwrap()
        };
        let first = page(None);
        assert_eq!(first["Parameters"].as_array().unwrap().len(), 10);
        let second = page(first["NextToken"].as_str());
        assert_eq!(second["Parameters"].as_array().unwrap().len(), 3);
        assert!(second.get("NextToken").is_none());
        let flat = parameters
            .call(&stack(), "GetParametersByPath", &json!({"Path": "/p/"}))
            .unwrap();
        assert_eq!(flat["Parameters"].as_array().unwrap().len(), 1);
        let many = json!({"Path": "/p", "MaxResults": 11});
        let many = parameters.call(&stack(), "GetParametersByPath", &many);
        assert_eq!(many.unwrap_err().code, "ValidationException");
    }

    #[test]
    fn a_listing_without_decryption_tells_versions_and_moments_and_no_value() {
        let parameters = filled();
        let list = |parameters: &Parameters| {
            let body = json!({"Path": "/p", "WithDecryption": false});
            let page = parameters.call(&stack(), "GetParametersByPath", &body);
            page.unwrap()["Parameters"][0].clone()
        };
        let first = list(&parameters);
        assert_eq!(
            (&first["Version"], &first["Type"]),
            (&json!(1), &json!("SecureString"))
        );
        assert!(first["LastModifiedDate"].is_f64() && first["Value"] != "t");
        parameters.put("/p/top", "t");
        assert_eq!(list(&parameters)["Version"], 2);
        parameters.remove("/p/top");
        std::thread::sleep(std::time::Duration::from_millis(2));
        parameters.put("/p/top", "t");
        let again = list(&parameters);
        assert_eq!(again["Version"], 1);
        assert_ne!(again["LastModifiedDate"], first["LastModifiedDate"]);
    }

    #[test]
    fn several_names_and_overwriting() {
        let parameters = filled();
        let both = parameters
            .call(
                &stack(),
                "GetParameters",
                &json!({"Names": ["/p/top", "/p/none"]}),
            )
            .unwrap();
        assert_eq!(both["InvalidParameters"], json!(["/p/none"]));
        assert_eq!(both["Parameters"][0]["Name"], "/p/top");
        let put = |body| parameters.call(&stack(), "PutParameter", &body);
        assert_eq!(
            put(json!({"Name": "/p/top", "Value": "x"}))
                .unwrap_err()
                .code,
            "ParameterAlreadyExists"
        );
        assert_eq!(
            put(json!({"Name": "/p/top", "Value": "x", "Overwrite": true})).unwrap()["Version"],
            2
        );
    }
}
