//! Calls of endpoints that are not ours, and how their answers are read: bounded in size and time.

use super::{
    address::{Guard, Private, check},
    failure::Failure,
};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _, stream};
use reqwest::{
    Client, Response, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{
    error::Error,
    sync::{Arc, OnceLock},
    time::Duration,
};
use thiserror::Error;
use wechat_oa::api::redact::redact;

/// How long an endpoint may say nothing at all.
const STALL: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);

/// A client, built at the first call; each call has a connection of its own.
pub(super) struct Web {
    is_local: bool,
    stall: Duration,
    client: OnceLock<Client>,
}

/// Why an answer is read no further.
#[derive(Debug, Error)]
#[error("{why}")]
pub(super) struct Broken {
    pub(super) cause: &'static str,
    pub(super) why: String,
}

impl From<Broken> for Failure {
    fn from(Broken { cause, why }: Broken) -> Self {
        Self::Failed { cause, why }
    }
}

impl Web {
    pub(super) fn new(is_local: bool) -> Self {
        Self {
            is_local,
            stall: STALL,
            client: OnceLock::new(),
        }
    }

    /// The same, less patient.
    #[cfg(test)]
    pub(super) fn stalled_after(mut self, stall: Duration) -> Self {
        self.stall = stall;
        self
    }

    /// Posts JSON; an answer that is a success and no page.
    pub(super) async fn post(
        &self,
        to: &str,
        headers: HeaderMap,
        json: String,
    ) -> Result<Response, Failure> {
        let private = || Failure::of("private_address", Private.to_string());
        let url = Url::parse(to).map_err(|_| private())?;
        check(&url, self.is_local).map_err(|_| private())?;
        let request = self.client()?.post(url).headers(headers);
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = request.header(ACCEPT, "application/json, text/event-stream");
        let sent = request.body(json).send();
        let sent = tokio::time::timeout(self.stall, sent).await;
        let response = sent
            .map_err(|_| stalled(self.stall))?
            .map_err(unreachable)?;
        judge(&response).map_or(Ok(response), Err)
    }

    /// The body as it comes, of `most` bytes.
    pub(super) fn bytes(
        &self,
        response: Response,
        most: usize,
    ) -> impl Stream<Item = Result<Bytes, Broken>> + Send + use<> {
        let stall = self.stall;
        stream::try_unfold((response, 0), move |(mut response, before)| async move {
            let chunk = tokio::time::timeout(stall, response.chunk()).await;
            let chunk = chunk.map_err(|_| stalled(stall))?.map_err(|_| cut_off())?;
            let Some(chunk) = chunk else { return Ok(None) };
            let read = before + chunk.len();
            match read > most {
                true => Err(too_large(most)),
                false => Ok(Some((chunk, (response, read)))),
            }
        })
    }

    /// The whole body, of `most` bytes.
    pub(super) async fn whole(&self, response: Response, most: usize) -> Result<Vec<u8>, Failure> {
        let whole =
            self.bytes(response, most)
                .try_fold(Vec::new(), |mut whole, chunk| async move {
                    whole.extend_from_slice(&chunk);
                    Ok(whole)
                });
        Ok(whole.await?)
    }

    fn client(&self) -> Result<&Client, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let unbuilt = |error: &dyn Error| Failure::of("unreachable", format!("no TLS: {error}"));
        let client = Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(tls().map_err(|error| unbuilt(&error))?)
            .dns_resolver(Arc::new(Guard {
                is_local: self.is_local,
            }))
            .connect_timeout(CONNECT)
            // One that died while the function slept would cost an answer; a handshake costs it little.
            .pool_max_idle_per_host(0)
            .redirect(Policy::none())
            .user_agent(concat!("wechat-functions/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| unbuilt(&error))?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// ring and the roots bundled with the binary, as everywhere else (docs/adr/0002-tls.md).
fn tls() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn judge(response: &Response) -> Option<Failure> {
    let status = response.status();
    let (cause, advice) = match status.as_u16() {
        200..=299 => return is_page(response).then(|| page("the endpoint")),
        300..=399 => (
            "redirect",
            "it is not followed; name the address it leads to",
        ),
        401 | 403 => (
            "refused_key",
            "look at the key or secret and what it may do",
        ),
        429 => ("too_many", "its limit or credit is used up"),
        _ => ("status", "look at the endpoint's own log"),
    };
    Some(Failure::of(
        cause,
        format!("the endpoint answered {}: {advice}", status.as_u16()),
    ))
}

fn is_page(response: &Response) -> bool {
    content_type(response).starts_with("text/html")
}

/// The type of a body, in small letters.
pub(super) fn content_type(response: &Response) -> String {
    let given = response.headers().get(CONTENT_TYPE);
    let given = given.and_then(|given| given.to_str().ok());
    given.unwrap_or_default().trim().to_ascii_lowercase()
}

/// What a body is that does not read as JSON.
pub(super) fn no_json(body: &[u8], error: &serde_json::Error) -> Failure {
    if body.trim_ascii_start().starts_with(b"<") {
        return page("the endpoint");
    }
    let (line, column) = (error.line(), error.column());
    Failure::of(
        "not_json",
        format!("the answer is no JSON of the expected form at line {line}, column {column}"),
    )
}

fn page(who: &str) -> Failure {
    Failure::of(
        "html",
        format!("{who} answered a page, no JSON; look at its address"),
    )
}

fn stalled(stall: Duration) -> Broken {
    let why = format!("the endpoint said nothing for {} ms", stall.as_millis());
    Broken {
        cause: "stalled",
        why,
    }
}

fn cut_off() -> Broken {
    let why = "the connection ended before the answer did".to_owned();
    Broken {
        cause: "cut_off",
        why,
    }
}

pub(super) fn too_large(most: usize) -> Broken {
    let why = format!("the answer has more than {most} bytes");
    Broken {
        cause: "too_large",
        why,
    }
}

/// Why nothing came back; the address, which may hold a key, is left out.
fn unreachable(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut cause: &(dyn Error + 'static) = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    match cause.is::<Private>() {
        true => Failure::of("private_address", Private.to_string()),
        false => {
            let reason = redact(&cause.to_string(), 200);
            Failure::of(
                "unreachable",
                format!("the endpoint cannot be reached: {reason}"),
            )
        }
    }
}
