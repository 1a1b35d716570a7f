//! The host behind the callback's URL, as WeChat needs it: its port, its addresses, its domain, its certificate.

use crate::{http, report::Check};
use reqwest::{Client, Url, tls::TlsInfo};
use std::{
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use x509_parser::parse_x509_certificate;

const PORT: &str = "callback-port";
const HOST: &str = "callback-host";
const DOMAIN: &str = "callback-domain";
const CERTIFICATE: &str = "certificate";

/// Who renews by itself does so earlier; with fewer days left something is wrong.
const DAYS_LEFT: u64 = 21;
const DAY: Duration = Duration::from_secs(86_400);

/// Looks at the host; nothing is told of a URL that is none, for the check of the callback says so.
pub(crate) async fn checks(client: &Client, callback_url: &str) -> Vec<Check> {
    let Ok(url) = Url::parse(callback_url) else {
        return Vec::new();
    };
    let (Some(host), Some(number)) = (url.host_str(), url.port_or_known_default()) else {
        return Vec::new();
    };
    if is_this_machine(host) {
        let finding = format!("{host} is this machine, which a simulated WeChat reaches alone");
        return vec![Check::ok(HOST, finding)];
    }
    vec![
        port(number),
        addresses(host, number).await,
        domain(host),
        certificate(client, &url).await,
    ]
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn port(number: u16) -> Check {
    match number {
        80 | 443 => Check::ok(PORT, number.to_string()),
        _ => Check::failed(
            PORT,
            format!("{number}, which WeChat does not call"),
            "WeChat pushes to port 80 (http) and 443 (https) alone: put the callback behind one of them.",
        ),
    }
}

async fn addresses(host: &str, number: u16) -> Check {
    let found = tokio::net::lookup_host((host.trim_matches(['[', ']']), number)).await;
    let found: Vec<IpAddr> = match found {
        Ok(found) => found.map(|address| address.ip()).collect(),
        Err(error) => {
            let advice =
                "Correct the host in the URL, or its DNS records; new ones take some minutes.";
            return Check::failed(HOST, format!("{host} does not resolve: {error}"), advice);
        }
    };
    let listed: Vec<String> = found.iter().map(IpAddr::to_string).collect();
    let finding = format!("{host} is {}", listed.join(", "));
    match found.iter().all(is_private) {
        true => Check::failed(
            HOST,
            finding,
            "Only machines of the same network get there; WeChat needs a public address.",
        ),
        false => Check::ok(HOST, finding),
    }
}

/// Whether the address is one that the internet does not lead to.
fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_private() || v4.is_link_local() || v4.is_loopback() || v4.is_unspecified()
        }
        IpAddr::V6(v6) => {
            v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.is_loopback()
                || v6.is_unspecified()
        }
    }
}

/// What the name is good for, by whose it is.
fn domain(host: &str) -> Check {
    if host.ends_with(".amazonaws.com.cn") {
        return Check::ok(DOMAIN, format!("{host} is AWS China's own")).advised(
            "API Gateway answers WeChat there only when the AWS account has its ICP licence (备案), apart for Beijing and Ningxia; a domain \
             of your own needs its ICP filing (域名备案) too.",
        );
    }
    if host.ends_with(".amazonaws.com") || host.ends_with(".on.aws") {
        return Check::ok(DOMAIN, format!("{host} is AWS's own, which is enough for pushes")).advised(
            "Pages in WeChat (网页授权域名, JS接口安全域名, 业务域名) need a domain of your own with an ICP filing (域名备案), which this one \
             cannot have; from mainland China a host in a region nearby answers sooner.",
        );
    }
    Check::ok(DOMAIN, format!("{host} is a domain of its own")).advised(
        "For pages in WeChat (网页授权域名, JS接口安全域名, 业务域名) it needs an ICP filing (域名备案); pushes do without.",
    )
}

async fn certificate(client: &Client, url: &Url) -> Check {
    if url.scheme() == "http" {
        let finding = "none: with http, pushes in plain mode (明文模式) can be read on their way";
        return Check::skipped(CERTIFICATE, finding);
    }
    let Ok(front) = url.join("/") else {
        return Check::skipped(CERTIFICATE, "no address to ask");
    };
    match client.get(front).send().await {
        Ok(answer) => {
            let told = answer.extensions().get::<TlsInfo>();
            let end = told.and_then(TlsInfo::peer_certificate).and_then(end);
            match end {
                Some(end) => judge(end.saturating_sub(now())),
                None => Check::skipped(CERTIFICATE, "it does not read"),
            }
        }
        Err(error) => refused(&http::reason(error)),
    }
}

/// A connection that failed; what else than the certificate it was, the check of the callback tells.
fn refused(reason: &str) -> Check {
    match reason.split_once("invalid peer certificate: ") {
        Some((_, fault)) => Check::failed(
            CERTIFICATE,
            format!("WeChat would not trust it: {fault}"),
            "Serve a certificate of a public authority for this very name, with its whole chain, and renew it before it ends.",
        ),
        None => Check::skipped(CERTIFICATE, format!("not seen: {reason}")),
    }
}

/// When a certificate ends, since the beginning of 1970.
fn end(der: &[u8]) -> Option<Duration> {
    let (_, certificate) = parse_x509_certificate(der).ok()?;
    let end = certificate.validity().not_after.timestamp();
    Some(Duration::from_secs(u64::try_from(end).ok()?))
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// By how long a trusted certificate lives yet.
fn judge(left: Duration) -> Check {
    let days = left.as_secs() / DAY.as_secs();
    let finding = format!("valid for this name, for {days} days more");
    match days {
        0..DAYS_LEFT => Check::failed(
            CERTIFICATE,
            finding,
            "Renew it. AWS Certificate Manager does so by itself while the record that proves the domain stands in its DNS zone.",
        ),
        _ => Check::ok(CERTIFICATE, finding),
    }
}

#[cfg(test)]
mod tests;
