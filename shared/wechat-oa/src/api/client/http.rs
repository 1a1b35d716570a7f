//! The connections: built at the first call, kept across invocations.

use super::{
    call::Call,
    receive::{Arrived, Take},
    upload,
};
use crate::api::{
    body::Content,
    endpoint::Method,
    error::{Cause, Error},
    file::File,
};
use reqwest::{
    Proxy, RequestBuilder, Url, header::CONTENT_TYPE, multipart::Form, redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Longer than a function sleeps between two busy invocations, shorter than gateways keep idle
/// connections.
const IDLE: Duration = Duration::from_secs(30);

/// How long things may take.
///
/// ```
/// use std::time::Duration;
/// use wechat_oa::api::{Http, client::Timing};
///
/// let patient = Timing { call: Duration::from_secs(20), repeats: 0, ..Timing::default() };
/// let http = Http::new(patient);
/// assert!(Http::through(patient, "http://10.0.0.7:3128").is_ok());
/// assert!(Http::through(patient, "socks5://10.0.0.7:1080").is_err());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Until a connection stands: 3 s by default.
    pub connect: Duration,
    /// Until the answer is read, connection included.
    pub call: Duration,
    /// The same for a call that carries a file, up or down.
    pub transfer: Duration,
    /// Shortest and longest pause before a repeat.
    pub pause: (Duration, Duration),
    /// Repeats of a call, at most.
    pub repeats: usize,
}

impl Default for Timing {
    /// 3 s to connect, 8 s for the call, 25 s with a file, twice again after 1 to 3 s.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            call: Duration::from_secs(8),
            transfer: Duration::from_secs(25),
            pause: (Duration::from_secs(1), Duration::from_secs(3)),
            repeats: 2,
        }
    }
}

/// A proxy that is none. Its address is left out: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", Self::RULE)]
pub struct NoProxy;

impl NoProxy {
    /// What an address of a proxy looks like.
    pub const RULE: &str = "must be http://host:port or https://host:port, with user:password@ before the host where asked for";
}

/// Connections to WeChat, shared by all clients of a process.
#[derive(Debug, Clone, Default)]
pub struct Http(Arc<Lazy>);

#[derive(Debug, Default)]
struct Lazy {
    timing: Timing,
    proxy: Option<Proxy>,
    client: OnceLock<reqwest::Client>,
}

impl Http {
    /// Connections with that timing; nothing is built before the first call.
    pub fn new(timing: Timing) -> Self {
        Self::with(timing, None)
    }

    /// As [`new`](Self::new), through that proxy: WeChat sees its address, and it sees no request,
    /// for it only joins the ends of TLS connections.
    ///
    /// # Errors
    /// A URL that names no HTTP proxy.
    pub fn through(timing: Timing, proxy: &str) -> Result<Self, NoProxy> {
        let url = Url::parse(proxy).map_err(|_| NoProxy)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !matches!(url.scheme(), "http" | "https") {
            return Err(NoProxy);
        }
        let proxy = Proxy::all(url).map_err(|_| NoProxy)?;
        Ok(Self::with(timing, Some(proxy)))
    }

    fn with(timing: Timing, proxy: Option<Proxy>) -> Self {
        Self(Arc::new(Lazy {
            timing,
            proxy,
            client: OnceLock::new(),
        }))
    }

    /// The pauses before each repeat.
    pub(super) fn delays(&self) -> impl Iterator<Item = Duration> + Send + Sync + Unpin + use<> {
        let Timing { pause, repeats, .. } = self.0.timing;
        let (from, to) = (millis(pause.0), millis(pause.1));
        (0..repeats).map(move |_| Duration::from_millis(fastrand::u64(from..=to.max(from))))
    }

    /// Sends a call to one host and reads what comes back.
    pub(super) async fn send(
        &self,
        base: &str,
        call: &Call<'_>,
        token: Option<&str>,
        take: Take,
    ) -> Result<Arrived, Error> {
        let client = self.client().map_err(|error| call.unconnected(error))?;
        let request = request(client, base, call, token).await?;
        let request = match call.binary || matches!(call.body.content, Content::Form(..)) {
            true => request.timeout(self.0.timing.transfer),
            false => request,
        };
        let response = request
            .send()
            .await
            .map_err(|error| call.transport(error))?;
        Arrived::read(response, call, take).await
    }

    fn client(&self) -> Result<&reqwest::Client, Cause> {
        if let Some(client) = self.0.client.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder().no_proxy();
        let builder = match &self.0.proxy {
            Some(proxy) => builder.proxy(proxy.clone()),
            None => builder,
        };
        let client = builder
            .tls_backend_preconfigured(tls()?)
            .connect_timeout(self.0.timing.connect)
            .timeout(self.0.timing.call)
            .pool_idle_timeout(IDLE)
            .redirect(Policy::none())
            .user_agent(concat!("wechat-functions/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(self.0.client.get_or_init(|| client))
    }
}

/// ring and the roots bundled with the binary: 0.03 ms instead of the system's 3.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn request(
    client: &reqwest::Client,
    base: &str,
    call: &Call<'_>,
    token: Option<&str>,
) -> Result<RequestBuilder, Error> {
    let mut url = Url::parse(&format!("{base}{}", call.path))
        .map_err(|error| call.unconnected(error.into()))?;
    let query = call
        .body
        .query
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()));
    let pairs: Vec<_> = token
        .map(|token| ("access_token", token))
        .into_iter()
        .chain(query)
        .collect();
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    let request = match call.meta.method {
        Method::Get => client.get(url),
        Method::Post => client.post(url),
    };
    match &call.body.content {
        Content::None => Ok(request),
        Content::Json(json) => Ok(request
            .header(CONTENT_TYPE, "application/json")
            .body(json.clone())),
        Content::Bytes(content_type, bytes) => Ok(request
            .header(CONTENT_TYPE, content_type)
            .body(bytes.clone())),
        Content::Form(fields, file) => Ok(request.multipart(form(call, fields, file).await?)),
    }
}

async fn form(call: &Call<'_>, fields: &[(String, String)], file: &File) -> Result<Form, Error> {
    let part = upload::part(file).await.map_err(|source| Error::File {
        endpoint: call.endpoint().to_owned(),
        source,
    })?;
    let fields = fields.iter().cloned();
    Ok(fields
        .fold(Form::new(), |form, (name, value)| form.text(name, value))
        .part("media", part))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_spoken_to_in_http() {
        let through = |url| Http::through(Timing::default(), url).err();
        for good in [
            "http://10.0.0.7:3128",
            "https://proxy.example.com/",
            "http://user:secret@proxy:3128",
        ] {
            assert_eq!(through(good), None, "{good}");
        }
        for bad in [
            "proxy:3128",
            "10.0.0.7:3128",
            "http://",
            "socks5://proxy:1080",
            "http://proxy/path",
            "http://proxy:99999",
        ] {
            assert_eq!(through(bad), Some(NoProxy), "{bad}");
        }
    }

    #[test]
    fn pauses_stay_in_their_range() {
        let delays: Vec<_> = Http::default().delays().collect();
        assert_eq!(delays.len(), 2);
        for delay in delays {
            assert!((Duration::from_secs(1)..=Duration::from_secs(3)).contains(&delay));
        }
    }
}
