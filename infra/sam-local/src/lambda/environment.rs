//! The environment of a function's process: Lambda's variables, the template's, nothing else.

use crate::{stack::Stack, template::Function};
use std::collections::BTreeMap;

/// Variables of one function's processes.
#[derive(Debug, Clone)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Variables of `function`. `extra` wins over the template; `task_root` is where the binary lies.
    pub fn new(
        function: &Function,
        stack: &Stack,
        task_root: &str,
        extra: &BTreeMap<String, String>,
    ) -> Self {
        let mut variables = function.environment.clone();
        variables.extend(extra.clone());
        let memory = function.memory_mb.to_string();
        let group = format!("/aws/lambda/{}", function.name);
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", function.id.as_str()),
            ("AWS_DEFAULT_REGION", &stack.region),
            ("AWS_ENDPOINT_URL", &stack.aws_url),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
            ("AWS_LAMBDA_FUNCTION_NAME", &function.name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_FORMAT", &function.log.format),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &group),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
            ("AWS_REGION", &stack.region),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
            ("LAMBDA_RUNTIME_DIR", task_root),
            ("LAMBDA_TASK_ROOT", task_root),
            ("LANG", "en_US.UTF-8"),
            ("TZ", ":UTC"),
            ("_HANDLER", "bootstrap"),
        ] {
            variables.insert(name.to_owned(), value.to_owned());
        }
        if let Some(level) = &function.log.level {
            variables.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), level.clone());
        }
        Self(variables)
    }

    /// Makes `command` start with these variables, the caller's `PATH` and the runtime API's address.
    pub fn apply(&self, command: &mut tokio::process::Command, runtime_api: &str) {
        let path = std::env::var_os("PATH");
        command.env_clear();
        if let Some(path) = path {
            command.env("PATH", path);
        }
        command
            .envs(&self.0)
            .env("AWS_LAMBDA_RUNTIME_API", runtime_api);
    }
}
