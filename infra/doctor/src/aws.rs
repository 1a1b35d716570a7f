//! AWS as a person has it: environment, profile or role; `AWS_ENDPOINT_URL` names an emulator.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// Credentials and region are looked for where the AWS CLI looks, single sign-on excepted.
pub(crate) async fn load() -> SdkConfig {
    let tls = Provider::Rustls(CryptoMode::Ring);
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls)
        .build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await
}

/// What to do when AWS does not answer.
pub(crate) const ADVICE: &str = "Give this shell AWS credentials and the region of the stack (AWS_PROFILE, AWS_REGION; with single sign-on first \
     eval \"$(aws configure export-credentials --format env)\"), with the right to read it.";

/// What the service said, or else why it was not reached.
pub(crate) fn reason(error: &dyn std::error::Error) -> String {
    brief(&aws_sdk_ssm::error::DisplayErrorContext(error).to_string())
}

/// As [`reason`], for a text the SDK's error went into: it prints its whole inner state.
pub(crate) fn brief(text: &str) -> String {
    let message = text
        .split_once("message: \"")
        .and_then(|(_, rest)| rest.split_once('"'));
    let words = message
        .map(|(message, _)| message)
        .or_else(|| text.split(" (").next());
    words.unwrap_or(text).chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_said_is_found_in_what_the_sdk_prints() {
        for (text, words) in [
            (
                "unhandled error (ValidationError): Error { code: \"ValidationError\", message: \"Stack with id x does not exist\" } (ServiceError(…))",
                "Stack with id x does not exist",
            ),
            (
                "dispatch failure: other: no credentials (DispatchFailure(…))",
                "dispatch failure: other: no credentials",
            ),
        ] {
            assert_eq!(brief(text), words);
        }
    }
}
