//! Other functions, to call or to start.

use super::clock;
use crate::store::sdk_reason;
use aws_sdk_lambda::{
    Client,
    primitives::Blob,
    types::InvocationType::{DryRun, Event, RequestResponse},
};
use serde_json::Value;
use std::time::Duration;

/// How long a start waits for a connection.
const CONNECT: Duration = Duration::from_secs(1);

/// The functions of this AWS account.
#[derive(Debug, Clone)]
pub struct Functions(Client);

/// What a function that was called ended with.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// Its answer, or Lambda's document of its error.
    pub payload: Vec<u8>,
    /// `Handled` or `Unhandled`, where it failed.
    pub function_error: Option<String>,
}

impl Functions {
    /// Functions called by that client.
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    /// Calls a function and waits for its answer.
    ///
    /// # Errors
    /// Why it could not be called, or did not end in time.
    pub async fn call(&self, function: &str, payload: String) -> Result<Invoked, String> {
        let request = self.0.invoke().function_name(function);
        let request = request.invocation_type(RequestResponse);
        let sent = request.payload(Blob::new(payload)).send().await;
        let output = sent.map_err(|error| sdk_reason(&error))?;
        Ok(Invoked {
            payload: output.payload.map(Blob::into_inner).unwrap_or_default(),
            function_error: output.function_error,
        })
    }

    /// Starts a function and waits for nothing.
    ///
    /// # Errors
    /// Why it could not be started.
    pub async fn start(&self, function: &str, payload: String) -> Result<(), String> {
        let request = self.0.invoke().function_name(function);
        let request = request.invocation_type(Event).payload(Blob::new(payload));
        let sent = request.send().await;
        sent.map(drop).map_err(|error| sdk_reason(&error))
    }

    /// Opens the connection that the first call or start uses, by an invocation that runs nothing;
    /// whether it came about within a second.
    pub async fn connect(&self, function: &str) -> bool {
        let request = self.0.invoke().function_name(function);
        let request = request.invocation_type(DryRun);
        matches!(clock::within(CONNECT, request.send()).await, Some(Ok(_)))
    }
}

impl Invoked {
    /// A member of Lambda's document of the error: `errorType`, `errorMessage`.
    pub fn error_member(&self, name: &str) -> Option<String> {
        let document: Value = serde_json::from_slice(&self.payload).unwrap_or_default();
        Some(document.get(name)?.as_str()?.to_owned())
    }
}
