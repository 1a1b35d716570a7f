//! Which hosts serve a call, and which one answered last.

use crate::api::{endpoint::Host, page};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// WeChat's API hosts of one account, in order of preference. Clones share what they learn.
///
/// ```
/// use wechat_oa::api::{Client, Http, client::{Hosts, Tokenless}};
///
/// let hosts = Hosts::new(&["api.weixin.qq.com".into(), "api2.weixin.qq.com".into()], None);
/// let client = Client::new(Http::default(), hosts, Tokenless);
/// assert_eq!(client.at("http://127.0.0.1:9100/").base(), Some("http://127.0.0.1:9100"));
/// ```
#[derive(Debug, Clone)]
pub struct Hosts {
    api: Arc<[String]>,
    base: Option<String>,
    preferred: Arc<AtomicUsize>,
}

impl Hosts {
    /// The account's hosts over HTTPS; or, where `base` is set, that URL alone for everything (a
    /// simulator or a proxy, `http://` allowed).
    pub fn new(api_hosts: &[String], base: Option<&str>) -> Self {
        let base = base.map(|base| base.trim_end_matches('/').to_owned());
        let https = |host: &String| format!("https://{host}");
        Self {
            api: match &base {
                Some(base) => Arc::new([base.clone()]),
                None => api_hosts.iter().map(https).collect(),
            },
            base,
            preferred: Arc::default(),
        }
    }

    /// The URL that stands for all of them, where there is one.
    pub(super) fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// Those URLs, for tests of what happens between hosts.
    #[cfg(test)]
    pub(super) fn at(urls: &[&str]) -> Self {
        let api = urls.iter().map(|url| (*url).to_owned()).collect();
        Self {
            api,
            ..Self::new(&[], None)
        }
    }

    /// URLs to try, the one that answered last first.
    pub(super) fn of(&self, host: Host) -> Vec<(usize, String)> {
        match host {
            Host::Mp | Host::Open => {
                let only = page::base(host, self.base());
                vec![(self.preferred(), only.to_owned())]
            }
            Host::Api => {
                let mut bases: Vec<_> = self.api.iter().cloned().enumerate().collect();
                let first = self.preferred().min(bases.len());
                bases.rotate_left(first);
                bases
            }
        }
    }

    /// Remembers that this one answered.
    pub(super) fn prefer(&self, index: usize) {
        self.preferred.store(index, Ordering::Relaxed);
    }

    fn preferred(&self) -> usize {
        self.preferred.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(hosts: &Hosts, host: Host) -> Vec<String> {
        hosts.of(host).into_iter().map(|(_, url)| url).collect()
    }

    #[test]
    fn the_host_that_answered_comes_first() {
        let hosts = Hosts::new(&["a".into(), "b".into()], None);
        assert_eq!(urls(&hosts, Host::Api), ["https://a", "https://b"]);
        hosts.clone().prefer(1);
        assert_eq!(urls(&hosts, Host::Api), ["https://b", "https://a"]);
        assert_eq!(urls(&hosts, Host::Mp), ["https://mp.weixin.qq.com"]);
        assert_eq!(urls(&hosts, Host::Open), ["https://open.weixin.qq.com"]);
    }

    #[test]
    fn a_base_stands_for_every_host() {
        let hosts = Hosts::new(&["a".into()], Some("http://127.0.0.1:9100/"));
        for host in [Host::Api, Host::Mp, Host::Open] {
            assert_eq!(urls(&hosts, host), ["http://127.0.0.1:9100"]);
        }
    }
}
