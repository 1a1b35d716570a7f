//! A bundle whose functions are the example `scripted`, and clients that speak to it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    unreachable_pub,
    reason = "support of tests; each test file uses a part of it"
)]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use local::{Bundle, BundleError, LogLine, Options, Wechat};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

/// Options for a template of `tests/templates`.
pub fn options(template: &str) -> Options {
    let executable = std::env::current_exe().unwrap();
    let output = executable.ancestors().nth(2).unwrap();
    Options {
        template: Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/templates")
            .join(template),
        functions: Some(output.join("examples")),
        build: false,
        wechat: Wechat::At("http://127.0.0.1:1".into()),
        ..Options::default()
    }
}

/// A started bundle of `scripted.yaml`.
pub async fn bundle() -> Bundle {
    Bundle::start(options("scripted.yaml")).await.unwrap()
}

/// A bundle of a template given as text.
pub async fn bundle_of(name: &str, text: &str) -> Result<Bundle, BundleError> {
    let file: PathBuf = std::env::temp_dir().join(format!("{name}-{}.yaml", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let started = Bundle::start(Options {
        template: file.clone(),
        ..options("scripted.yaml")
    })
    .await;
    std::fs::remove_file(file).unwrap();
    started
}

/// Configuration of the AWS SDK for a caller: `local`, or a function's logical id.
pub async fn sdk(bundle: &Bundle, caller: &str) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new("us-east-1"))
        .endpoint_url(bundle.aws_url())
        .credentials_provider(aws_sdk_sqs::config::Credentials::new(
            caller, "local", None, None, "test",
        ))
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .load()
        .await
}

/// Waits for a log line of `function` that contains `part`.
pub async fn line(logs: &mut Receiver<LogLine>, function: &str, part: &str) -> LogLine {
    let wanted = async {
        loop {
            let line = logs.recv().await.unwrap();
            if line.function == function && line.text.contains(part) {
                return line;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wanted)
        .await
        .unwrap_or_else(|_| panic!("no line of {function} with {part}"))
}
