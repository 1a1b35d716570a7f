//! Makes the calls: the one place that names `reqwest`.
//!
//! [`Client::call`] serializes and parses; one `execute` that is not generic does the rest: token,
//! hosts, time-outs, repeats, refusals.

mod disposition;
mod followers;
mod hosts;
mod http;
mod pass;
mod receive;
mod upload;

pub use followers::Followers;
pub use hosts::Hosts;
pub use http::{Http, NoProxy, Timing};

use super::{
    answer::{self, Download},
    body::Body,
    catalog,
    endpoint::{Auth, Endpoint, Host, Invalid, Meta, Method, RetryClass},
    error::{Cause, Error, Failure},
    page,
    retry::{may_repeat, token_is_refused},
};
use backon::Retryable as _;
use receive::{Arrived, Take};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{future::Future, mem};
use tokio::io::AsyncWrite;

/// Longest JSON answer taken, in bytes.
const JSON_LIMIT: usize = 10 << 20;
/// Longest download taken, in bytes; videos may have 10 MB.
const DOWNLOAD_LIMIT: usize = 32 << 20;

/// Where a client gets its access token.
pub trait TokenSource: Sync {
    /// A token that should work.
    fn token(&self) -> impl Future<Output = Result<SecretString, Cause>> + Send;

    /// Another one: WeChat refused this one with 40001, 40014 or 42001.
    fn refused(
        &self,
        token: &SecretString,
    ) -> impl Future<Output = Result<SecretString, Cause>> + Send;
}

/// One token that never changes; when WeChat refuses it, that is the error.
#[derive(Debug, Clone)]
pub struct FixedToken(SecretString);

impl TokenSource for FixedToken {
    async fn token(&self) -> Result<SecretString, Cause> {
        Ok(self.0.clone())
    }

    async fn refused(&self, _: &SecretString) -> Result<SecretString, Cause> {
        Err("WeChat refused the access token; fetch a fresh one".into())
    }
}

impl Client<FixedToken> {
    /// A client of `api.weixin.qq.com` with that access token and default time-outs: enough for a script.
    ///
    /// ```
    /// let client = wechat_oa::api::Client::with_token("an access token");
    /// assert_eq!(client.base(), None);
    /// ```
    pub fn with_token(token: impl Into<SecretString>) -> Self {
        let hosts = Hosts::new(&["api.weixin.qq.com".to_owned()], None);
        Self::new(
            Http::new(Timing::default()),
            hosts,
            FixedToken(token.into()),
        )
    }
}

/// No token at all, for endpoints that need none.
#[derive(Debug, Clone, Copy)]
pub struct Tokenless;

impl TokenSource for Tokenless {
    async fn token(&self) -> Result<SecretString, Cause> {
        Err("this client has no access token".into())
    }

    async fn refused(&self, _: &SecretString) -> Result<SecretString, Cause> {
        self.token().await
    }
}

/// Calls WeChat's API for one account. Cheap to make; connections live in [`Http`].
#[derive(Debug, Clone)]
pub struct Client<T> {
    http: Http,
    hosts: Hosts,
    tokens: T,
}

struct Call<'a> {
    meta: Meta,
    path: &'a str,
    body: Body,
    has_id: bool,
    binary: bool,
}

impl<T: TokenSource> Client<T> {
    /// A client of those hosts, with tokens from that source.
    pub fn new(http: Http, hosts: Hosts, tokens: T) -> Self {
        Self {
            http,
            hosts,
            tokens,
        }
    }

    /// The same client, of the one server at that URL in place of WeChat's hosts: a simulator, or a proxy of one's own.
    #[must_use]
    pub fn at(mut self, base: &str) -> Self {
        self.hosts = Hosts::new(&[], Some(base));
        self
    }

    /// The URL that stands for all of WeChat's hosts, where there is one.
    pub fn base(&self) -> Option<&str> {
        self.hosts.base()
    }

    /// Gets the access token ready, so that the next call leaves at once. When there is none, that
    /// call says so.
    pub async fn make_ready(&self) {
        drop(self.tokens.token().await);
    }

    /// Makes a call that answers JSON.
    ///
    /// # Errors
    /// WeChat's refusal, a failed connection, an answer that does not read; see [`Error`].
    pub async fn call<E>(&self, request: &E) -> Result<E::Response, Error>
    where
        E: Endpoint<Response: DeserializeOwned>,
    {
        let answer = self.execute(&Call::of(request, false)?).await?;
        answer::parse(E::META.path, &answer.bytes)
    }

    /// Makes a call that answers a file, 32 MiB at most.
    ///
    /// # Errors
    /// As [`call`](Self::call); a refusal is told from a file by its content.
    pub async fn download<E>(&self, request: &E) -> Result<E::Response, Error>
    where
        E: Endpoint<Response: From<Download>>,
    {
        let answer = self.execute(&Call::of(request, true)?).await?;
        Ok(answer.into())
    }

    /// As [`download`](Self::download), but a file goes to `to` as it comes: the answer tells its
    /// type and name and holds no bytes. JSON that stands for a file is not written.
    ///
    /// # Errors
    /// As [`download`](Self::download). When the connection breaks on the way, what was written
    /// stays written; the call is repeated only before that.
    pub async fn download_to<E, W>(&self, request: &E, to: &mut W) -> Result<E::Response, Error>
    where
        E: Endpoint<Response: From<Download>>,
        W: AsyncWrite + Unpin,
    {
        let call = Call::of(request, true)?;
        let Arrived {
            mut download, rest, ..
        } = self.arrive(&call, Take::Start).await?;
        if let Some(rest) = rest {
            let start = mem::take(&mut download.bytes);
            rest.write(&call, &start, to).await?;
        }
        Ok(download.into())
    }

    /// Makes any call. The path may carry a query; the access token is added. Repeats follow the
    /// catalog; a path that is not in it is called once, for some GETs change things.
    ///
    /// # Errors
    /// As [`call`](Self::call), and for a path that is none.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Error> {
        let answer = self.execute(&Call::raw(method, path, body)?).await?;
        answer::parse(path_alone(path), &answer.bytes)
    }

    async fn execute(&self, call: &Call<'_>) -> Result<Download, Error> {
        Ok(self.arrive(call, Take::Whole).await?.download)
    }

    async fn arrive(&self, call: &Call<'_>, take: Take) -> Result<Arrived, Error> {
        let no_token = |source| Error::NoToken {
            endpoint: call.endpoint().to_owned(),
            source,
        };
        if call.meta.auth == Auth::Open {
            return self.repeat(call, None, take).await;
        }
        let token = self.tokens.token().await.map_err(no_token)?;
        match self.repeat(call, Some(&token), take).await {
            Err(error) if token_is_refused(&error) => {
                let another = self.tokens.refused(&token).await.map_err(no_token)?;
                self.repeat(call, Some(&another), take).await
            }
            outcome => outcome,
        }
    }

    async fn repeat(
        &self,
        call: &Call<'_>,
        token: Option<&SecretString>,
        take: Take,
    ) -> Result<Arrived, Error> {
        (|| self.attempt(call, token, take))
            .retry(self.http.delays())
            .when(|error| may_repeat(call.meta.retry, call.has_id, error))
            .notify(|error, _| {
                tracing::debug!(
                    endpoint = call.endpoint(),
                    error_type = error.error_type(),
                    "repeating"
                );
            })
            .await
    }

    /// One attempt: on to the next host only where no connection came about.
    async fn attempt(
        &self,
        call: &Call<'_>,
        token: Option<&SecretString>,
        take: Take,
    ) -> Result<Arrived, Error> {
        let mut failed = None;
        for (host, base) in self.hosts.of(call.meta.host) {
            let outcome = self
                .http
                .send(&base, call, token.map(SecretString::expose_secret), take)
                .await;
            match outcome {
                Err(
                    error @ Error::Transport {
                        failure: Failure::Connect,
                        ..
                    },
                ) => failed = Some(error),
                outcome => {
                    self.hosts.prefer(host);
                    return call.accept(outcome?);
                }
            }
        }
        Err(failed.unwrap_or_else(|| Error::Transport {
            endpoint: call.endpoint().to_owned(),
            failure: Failure::Connect,
            source: "the setting api_hosts names no host to call".into(),
        }))
    }
}

impl<'a> Call<'a> {
    fn of<E: Endpoint>(request: &E, binary: bool) -> Result<Self, Error> {
        Ok(Self {
            meta: E::META,
            path: E::META.path,
            body: Body::of(request)?,
            has_id: request.repeat_id().is_some(),
            binary,
        })
    }

    fn raw(method: Method, path: &'a str, body: Option<&Value>) -> Result<Self, Error> {
        let wrong = |source| Error::Invalid {
            endpoint: path_alone(path).to_owned(),
            source,
        };
        check_path(path).map_err(wrong)?;
        let encoding = |source| Error::Encode {
            endpoint: path_alone(path).to_owned(),
            source,
        };
        let json = body.map(serde_json::to_vec).transpose().map_err(encoding)?;
        let content = match method {
            Method::Get => super::body::Content::None,
            Method::Post => Body::json(json.unwrap_or_default()).content,
        };
        let unlisted = match method {
            Method::Get => Meta::get("", "").retry(RetryClass::Once),
            Method::Post => Meta::post("", ""),
        };
        Ok(Self {
            meta: *catalog::find(method, path_alone(path)).unwrap_or(&unlisted),
            path,
            body: Body {
                query: Vec::new(),
                content,
            },
            has_id: false,
            binary: false,
        })
    }

    fn endpoint(&self) -> &'a str {
        path_alone(self.path)
    }

    fn limit(&self) -> usize {
        if self.binary {
            DOWNLOAD_LIMIT
        } else {
            JSON_LIMIT
        }
    }

    fn accept(&self, arrived: Arrived) -> Result<Arrived, Error> {
        let accept = if self.binary {
            answer::accept_bytes
        } else {
            answer::accept
        };
        let Download { bytes, .. } = arrived.download;
        let bytes = accept(self.endpoint(), arrived.status, bytes)?;
        Ok(Arrived {
            download: Download {
                bytes,
                ..arrived.download
            },
            ..arrived
        })
    }
}

/// A raw path stays on WeChat's host and brings no token of its own.
fn check_path(path: &str) -> Result<(), Invalid> {
    let letters = |c: char| c.is_ascii_graphic() && c != '#' && c != '\\';
    let fits = path.starts_with('/') && path.len() <= 2048 && path.chars().all(letters);
    Invalid::unless(
        fits,
        "path",
        "must start with '/' and be at most 2,048 visible ASCII letters without '#'",
    )?;
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let own = query
        .split('&')
        .any(|pair| pair.starts_with("access_token="));
    Invalid::unless(!own, "path", "must not carry an access_token; it is added")
}

fn path_alone(path: &str) -> &str {
    path.split_once('?').map_or(path, |(path, _)| path)
}

#[cfg(test)]
mod tests;
