//! Plain requests that are no calls of WeChat's API: to the callback, and to the API for its clock.

use reqwest::{Client, redirect::Policy};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{sync::Arc, time::Duration};

/// WeChat's patience with a callback, and ours with everything.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client as WeChat's: no redirects, no proxy of this machine's, five seconds.
pub(crate) fn client() -> Result<Client, String> {
    trusting(RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    })
}

/// As [`client`], with these roots.
pub(crate) fn trusting(roots: RootCertStore) -> Result<Client, String> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(PATIENCE)
        .redirect(Policy::none())
        .no_proxy()
        .tls_info(true)
        .user_agent("Mozilla/4.0")
        .build()
        .map_err(|error| error.to_string())
}

/// An error with its causes and without the URL, which may carry a signature.
pub(crate) fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
