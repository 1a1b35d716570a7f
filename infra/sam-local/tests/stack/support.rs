//! A stack whose functions are the example `scripted`, and clients that speak to it.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use sam_local::{Deployment, Error, LogLine, Options};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::broadcast::Receiver;

/// Options for the template `scripted.yaml`.
pub(crate) fn options() -> Options {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stack/scripted.yaml");
    Options {
        build: false,
        ..Options::new(template)
    }
}

/// A started stack of `scripted.yaml`.
pub(crate) async fn stack() -> Deployment {
    Deployment::start(&options()).await.unwrap()
}

/// A stack of a template given as text.
pub(crate) async fn stack_of(name: &str, text: &str) -> Result<Deployment, Error> {
    let file: PathBuf = std::env::temp_dir().join(format!("{name}-{}.yaml", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let started = Deployment::start(&Options {
        template: file.clone(),
        ..options()
    })
    .await;
    std::fs::remove_file(file).unwrap();
    started
}

/// Configuration of the AWS SDK for a caller: `local`, or a function's logical id.
pub(crate) async fn sdk(stack: &Deployment, caller: &str) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new("us-east-1"))
        .endpoint_url(stack.aws_url())
        .credentials_provider(aws_sdk_sqs::config::Credentials::new(
            caller, "local", None, None, "test",
        ))
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .load()
        .await
}

/// Waits for a log line of `function` that contains `part`.
pub(crate) async fn line(logs: &mut Receiver<LogLine>, function: &str, part: &str) -> LogLine {
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
