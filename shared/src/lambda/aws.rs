//! The AWS clients: one HTTP connection pool, one TLS stack, short time-outs.

#[cfg(feature = "invoke")]
use super::Functions;
use super::Settings;
use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use std::time::Duration;

/// Builds AWS clients that share connections and credentials.
#[derive(Debug, Clone)]
pub struct Aws(SdkConfig);

impl From<SdkConfig> for Aws {
    fn from(config: SdkConfig) -> Self {
        Self(config)
    }
}

impl Aws {
    /// Reads region, credentials and endpoints from the environment Lambda sets; connects to nothing.
    pub(super) async fn load(settings: &mut Settings) -> Self {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            settings.required(name);
        }
        let region = Some(Region::new(settings.required("AWS_REGION")));
        let tls = tls_context(region.as_ref());
        let http =
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        let http = match tls {
            Some(context) => http.tls_context(context).build_https(),
            None => http.build_https(),
        };
        let retries = RetryConfig::standard().with_max_attempts(3);
        let config = aws_config::defaults(BehaviorVersion::latest())
            .credentials_provider(EnvironmentVariableCredentialsProvider::new())
            .http_client(http)
            .region(region)
            .retry_config(retries.with_initial_backoff(Duration::from_millis(50)))
            .timeout_config(short_timeouts());
        Self(config.load().await)
    }

    /// DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.0)
    }

    /// Parameter Store.
    #[cfg(feature = "ssm")]
    pub fn ssm(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.0)
    }

    /// SQS.
    #[cfg(feature = "sqs")]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.0)
    }

    /// Lambda, for calls that return at once.
    #[cfg(feature = "invoke")]
    pub fn functions(&self) -> Functions {
        Functions::new(aws_sdk_lambda::Client::new(&self.0))
    }

    /// Lambda, for calls that wait up to `patience` for the answer and are never repeated unasked.
    #[cfg(feature = "invoke")]
    pub fn patient_functions(&self, patience: Duration) -> Functions {
        // Unset time-outs are taken over from the impatient ones.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(patience)
            .operation_timeout(patience);
        let config = aws_sdk_lambda::config::Builder::from(&self.0)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts.build());
        Functions::new(aws_sdk_lambda::Client::from_conf(config.build()))
    }
}

/// Amazon Trust Services' roots (<https://www.amazontrust.com/repository/>), which sign every
/// endpoint of the partition `aws`.
const AMAZON_ROOTS: &[u8] = include_bytes!("aws/amazon_roots.pem");

/// Trusts Amazon's roots alone: reading all of the system's costs more CPU than the rest of a cold
/// start. Endpoints in China are signed by others: there the system's roots stay.
fn tls_context(region: Option<&Region>) -> Option<TlsContext> {
    if region.is_some_and(|region| region.as_ref().starts_with("cn-")) {
        return None;
    }
    let roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    TlsContext::builder().with_trust_store(roots).build().ok()
}

/// Three tries fit into what WeChat leaves of its five seconds.
fn short_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(1500))
        .operation_timeout(Duration::from_secs(4))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_are_valid_and_china_keeps_the_systems() {
        let context = tls_context(Some(&Region::from_static("eu-west-1"))).unwrap();
        // Building panics on a root that does not parse.
        let _client = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(context)
            .build_https();
        assert!(tls_context(None).is_some());
        assert!(tls_context(Some(&Region::from_static("cn-north-1"))).is_none());
    }
}
