//! Makes the calls: the one place that names `reqwest`.
//!
//! [`Client::call`] serializes and parses; one `execute` that is not generic does the rest: token,
//! hosts, time-outs, repeats, refusals.

mod call;
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
    endpoint::{Auth, Endpoint, Method},
    error::{Cause, Error, Failure},
    retry::{may_repeat, token_is_refused},
};
use backon::Retryable as _;
use call::{Call, path_alone};
use receive::{Arrived, Take};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{future::Future, mem};
use tokio::io::AsyncWrite;

/// Where a client gets its access token.
///
/// ```
/// use secrecy::SecretString;
/// use wechat_oa::api::{TokenSource, error::Cause};
///
/// struct FromEnvironment;
///
/// impl TokenSource for FromEnvironment {
///     async fn token(&self) -> Result<SecretString, Cause> {
///         Ok(std::env::var("ACCESS_TOKEN")?.into())
///     }
///
///     async fn refused(&self, _: &SecretString) -> Result<SecretString, Cause> {
///         Err("the token in ACCESS_TOKEN is too old".into())
///     }
/// }
/// ```
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

impl From<SecretString> for FixedToken {
    fn from(token: SecretString) -> Self {
        Self(token)
    }
}

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
    /// ```no_run
    /// # async fn run() -> Result<(), wechat_oa::api::Error> {
    /// use wechat_oa::api::{Client, endpoint::Method};
    ///
    /// let client = Client::with_token("an access token");
    /// let menu = client.raw(Method::Get, "/cgi-bin/menu/get", None).await?;
    /// println!("{menu}");
    /// # Ok(())
    /// # }
    /// ```
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
                    return outcome?.accept(call);
                }
            }
        }
        Err(failed.unwrap_or_else(|| {
            call.unconnected("the setting api_hosts names no host to call".into())
        }))
    }
}

#[cfg(test)]
mod tests;
