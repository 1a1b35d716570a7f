//! What the end-to-end tests share: a whole bundle with its simulated WeChat, and a way to look inside.

pub mod answering;
pub mod book;
pub mod contract;
pub mod desk;
pub mod house;
pub mod instances;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use local::{Bundle, Options};
use sam_local::{LogLine, functions::OutputDirectory};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    path::PathBuf,
    time::{Duration, SystemTime},
};
use tokio::sync::broadcast;

pub mod browser;
pub mod management;
pub mod redrive;
pub mod visitor;
pub mod yaml;

/// The accounts of the local bundle, by mode.
pub mod accounts {
    /// Safe mode; late answers go out as messages.
    pub const SAFE: &str = "wx5f2c8a1d9e3b7046";
    /// Plain mode.
    pub const PLAIN: &str = "wx1a2b3c4d5e6f7081";
    /// Compatible mode; late answers are held for WeChat's repeats.
    pub const COMPATIBLE: &str = "wx0f1e2d3c4b5a6978";
}

/// A bundle of real function binaries, with everything around them played on loopback.
pub struct Stage {
    /// The bundle.
    pub bundle: Bundle,
    /// For requests to the gateway and the control API.
    pub http: reqwest::Client,
    logs: broadcast::Receiver<LogLine>,
    /// Lines that were received and not asked for yet.
    unread: Vec<LogLine>,
}

impl Stage {
    /// Starts a bundle as `cargo run` does, on free ports and in memory.
    pub async fn open(mut options: Options) -> Self {
        /// The functions are built once, by the first stage, whatever the number of tests.
        static BUILT: tokio::sync::Mutex<bool> = tokio::sync::Mutex::const_new(false);
        // What is told is looked at in English.
        texts::speak(texts::Language::English);
        let mut built = BUILT.lock().await;
        options.stack.build = !*built;
        options.stack.rights = Some(rights());
        // An error means that another stage was first, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let bundle = Bundle::start(options).await;
        let bundle = bundle.unwrap_or_else(|error| panic!("the bundle does not start: {error}"));
        *built = true;
        drop(built);
        let logs = bundle.logs();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(40))
            .build()
            .expect("a client");
        Self {
            bundle,
            http,
            logs,
            unread: Vec::new(),
        }
    }

    /// Asks the simulated WeChat for something.
    pub async fn control(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/_control/{path}", self.bundle.platform_url());
        let response = self
            .http
            .post(url)
            .json(&body)
            .send()
            .await
            .expect("the control API answers");
        let status = response.status();
        let answer: Value = response.json().await.expect("JSON");
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// Has WeChat push a text and tells how it went.
    pub async fn text(&self, app_id: &str, content: &str) -> Value {
        self.push(json!({ "app_id": app_id, "push": { "kind": "text", "content": content } }))
            .await
    }

    /// Has WeChat make a push and tells how it went.
    pub async fn push(&self, request: Value) -> Value {
        self.control("pushes", request).await
    }

    /// The played AWS services, for the SDK.
    pub fn aws(&self) -> SdkConfig {
        let person = Credentials::new("local", "local", None, None, "tests");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(SharedCredentialsProvider::new(person))
            .region(Region::new("us-east-1"))
            .endpoint_url(self.bundle.aws_url())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build()
    }

    /// All rows of a table of the template.
    pub async fn rows(&self, logical_id: &str) -> Vec<HashMap<String, AttributeValue>> {
        let client = aws_sdk_dynamodb::Client::new(&self.aws());
        let names = client
            .list_tables()
            .send()
            .await
            .expect("tables")
            .table_names
            .unwrap_or_default();
        let table = names
            .into_iter()
            .find(|name| name.contains(logical_id))
            .expect("the table");
        client
            .scan()
            .table_name(table)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<_, _>>()
            .await
            .expect("rows")
    }

    /// Takes all messages a queue of the template holds.
    pub async fn messages(&self, logical_id: &str) -> Vec<Value> {
        let client = aws_sdk_sqs::Client::new(&self.aws());
        let urls = client
            .list_queues()
            .send()
            .await
            .expect("queues")
            .queue_urls
            .unwrap_or_default();
        let name = self.bundle.queue(logical_id).expect("the queue");
        let url = urls.into_iter().find(|url| url.ends_with(&name));
        let url = url.expect("its address");
        let answer = client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .send()
            .await;
        let messages = answer.expect("messages").messages.unwrap_or_default();
        messages
            .iter()
            .map(|m| serde_json::from_str(m.body().unwrap_or_default()).expect("JSON"))
            .collect()
    }

    /// Makes a request to a route behind IAM, signed with the local key; status and JSON body, which
    /// must be as `infra/openapi.yaml` describes them.
    pub async fn signed(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let response = self.signed_bytes(method, path, "", body.into_bytes()).await;
        let status = response.status().as_u16();
        let answer = response.json().await.unwrap_or_default();
        contract::hold(method, path, status, &answer);
        (status, answer)
    }

    /// As [`signed`](Self::signed), with any body; an empty content type is not sent.
    pub async fn signed_bytes(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> reqwest::Response {
        let url = format!("{}{path}", self.bundle.gateway_url());
        let mut request = self.http.request(method.parse().expect("a method"), &url);
        for (name, value) in signature(method, &url, &body) {
            request = request.header(name, value);
        }
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let response = request.body(body).send().await;
        response.expect("the gateway answers")
    }

    /// How often WeChat was asked at a path.
    pub fn calls(&self, path: &str, app_id: &str) -> usize {
        let filter = platform::CallFilter {
            path: path.to_owned(),
            app_id: app_id.to_owned(),
        };
        self.wechat().calls(&filter).len()
    }

    /// The simulated WeChat.
    pub fn wechat(&self) -> &platform::State {
        self.bundle.wechat().simulator().expect("the simulator")
    }

    /// The log lines a function wrote since the last look, as JSON; lines that are none are left out.
    pub fn log_lines(&mut self, function: &str) -> Vec<Value> {
        self.log_lines_of(&[function])
    }

    /// As [`log_lines`](Self::log_lines), of several functions.
    pub fn log_lines_of(&mut self, functions: &[&str]) -> Vec<Value> {
        while let Ok(line) = self.logs.try_recv() {
            self.unread.push(line);
        }
        let is_meant = |line: &mut LogLine| functions.contains(&line.function.as_str());
        let lines = self.unread.extract_if(.., is_meant);
        lines
            .filter_map(|line| serde_json::from_str(&line.text).ok())
            .collect()
    }
}

/// Where all stages write down what functions do in AWS; `--bin permissions` compares it with what they may do.
pub fn rights() -> PathBuf {
    let output = OutputDirectory::of_this_executable();
    output.expect("cargo's directory").join("rights")
}

/// The headers that sign a request with the local key.
fn signature(method: &str, url: &str, body: &[u8]) -> Vec<(String, String)> {
    let host = url.trim_start_matches("http://").split('/').next();
    let identity = Credentials::new("local", "local", None, None, "tests").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("execute-api")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .expect("signing parameters");
    let headers = [("host", host.unwrap_or_default())];
    let content = SignableBody::Bytes(body);
    let signable = SignableRequest::new(method, url, headers.into_iter(), content);
    let signed = sign(signable.expect("a request"), &params.into()).expect("a signature");
    let headers = signed.into_parts().0;
    let pairs = headers.headers().map(|(k, v)| (k.to_owned(), v.to_owned()));
    pairs.collect()
}

/// Waits until `done` says so, looking every 50 ms, for a minute at most.
pub async fn eventually<T, F: AsyncFnMut() -> Option<T>>(what: &str, mut done: F) -> T {
    for _ in 0..1_200 {
        if let Some(found) = done().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never came true: {what}");
}
