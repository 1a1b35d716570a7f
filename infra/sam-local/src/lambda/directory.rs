//! All functions by name, and the team's own that are only played.

use super::{InvokeError, Outcome, Pool, handler::Handlers};
use crate::{ids, stack::name_of, tasks::Tasks};
use bytes::Bytes;
use serde_json::Value;
use std::{collections::BTreeMap, pin::Pin, sync::Arc};
use tokio::sync::oneshot;

/// A function of the team that is not part of the template, played by a closure. An error is its error message.
pub type OutsideFunction =
    Arc<dyn Fn(Value) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send>> + Send + Sync>;

/// Every function that can be invoked.
pub struct Lambda {
    pools: Vec<Arc<Pool>>,
    outside: BTreeMap<String, OutsideFunction>,
    handlers: Arc<Handlers>,
    running: Tasks,
}

impl std::fmt::Debug for Lambda {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lambda")
            .field("pools", &self.pools)
            .finish_non_exhaustive()
    }
}

impl Lambda {
    /// The template's functions and those played beside them.
    pub fn new(
        pools: Vec<Arc<Pool>>,
        outside: BTreeMap<String, OutsideFunction>,
        handlers: Handlers,
    ) -> Self {
        Self {
            pools,
            outside,
            handlers: Arc::new(handlers),
            running: Tasks::default(),
        }
    }

    /// The template's functions.
    pub fn pools(&self) -> &[Arc<Pool>] {
        &self.pools
    }

    /// The function a logical id, name, ARN or ARN with `:$LATEST` means.
    pub fn pool(&self, name: &str) -> Option<&Arc<Pool>> {
        let short = function_name(name);
        self.pools
            .iter()
            .find(|p| p.function.name == short || p.function.id == short)
    }

    /// Whether a name means a function of any kind.
    pub fn exists(&self, name: &str) -> bool {
        let short = function_name(name);
        self.pool(name).is_some()
            || self.outside.contains_key(short)
            || self.handlers.get(short).is_some()
    }

    /// Ends every invocation, with the processes of handlers.
    pub fn stop(&self) {
        self.running.abort_all();
        self.pools.iter().for_each(|pool| pool.kill_instances());
    }

    /// Invokes a function and waits for it. It runs on when the caller stops waiting.
    pub async fn invoke(&self, name: &str, payload: Bytes) -> Result<Outcome, InvokeError> {
        self.invoke_as(ids::uuid(), name, payload).await
    }

    /// As [`invoke`](Self::invoke), under a request id that the event has already.
    pub(super) async fn invoke_as(
        &self,
        request_id: String,
        name: &str,
        payload: Bytes,
    ) -> Result<Outcome, InvokeError> {
        if let Some(pool) = self.pool(name).cloned() {
            let (answer, outcome) = oneshot::channel();
            self.running.spawn(async move {
                let _ = answer.send(pool.invoke(&request_id, payload).await);
            });
            return outcome.await.unwrap_or(Err(InvokeError::Stopped));
        }
        let short = function_name(name).to_owned();
        if let Some(handler) = self.handlers.get(&short).cloned() {
            let (handlers, (answer, outcome)) = (Arc::clone(&self.handlers), oneshot::channel());
            self.running.spawn(async move {
                let _ = answer.send(handlers.run(&short, &handler, payload).await);
            });
            return outcome.await.map_err(|_| InvokeError::Stopped);
        }
        let outside = self
            .outside
            .get(&short)
            .ok_or_else(|| InvokeError::NotFound(name.to_owned()))?;
        let event =
            serde_json::from_slice(&payload).map_err(|e| InvokeError::NotJson(e.to_string()))?;
        Ok(match outside(event).await {
            Ok(answer) => Outcome::Answered(Bytes::from(answer.to_string())),
            Err(message) => Outcome::failed("Error", &message),
        })
    }
}

/// The function's name inside an ARN, without a qualifier.
pub fn function_name(name: &str) -> &str {
    name_of(name.strip_suffix(":$LATEST").unwrap_or(name))
}
