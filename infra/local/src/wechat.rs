//! The WeChat the functions talk to: the simulator of this repository, or one somewhere else.

use crate::{error::BundleError, options::Wechat};
use platform::{AccountSetup, Config, Platform, State};
use std::{sync::Arc, time::Duration};
use texts::text;
use tokio::{net::TcpStream, time::timeout};

/// How long a connection to a WeChat somewhere else may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A WeChat that can be reached.
pub struct RunningWechat {
    url: String,
    simulator: Option<Platform>,
}

impl std::fmt::Debug for RunningWechat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningWechat")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Starts the simulator, pushing to `{gateway}/callback/{account}`, or takes the WeChat that is named.
pub(crate) async fn start(
    wechat: &Wechat,
    accounts: &str,
    gateway: &str,
) -> Result<RunningWechat, BundleError> {
    let listen = match wechat {
        Wechat::At(url) => {
            return Ok(RunningWechat {
                url: url.trim_end_matches('/').to_owned(),
                simulator: None,
            });
        }
        Wechat::Simulated(listen) => *listen,
    };
    let accounts = console(accounts, gateway)?;
    let simulator =
        Platform::start(Config { listen, accounts })
            .await
            .map_err(|error| match error {
                platform::StartError::Listen { cause, .. }
                    if cause.kind() == std::io::ErrorKind::AddrInUse =>
                {
                    BundleError::Stack(sam_local::Error::PortInUse {
                        address: listen,
                        flag: "--platform-listen",
                    })
                }
                other => BundleError::Wechat(other.to_string()),
            })?;
    Ok(RunningWechat {
        url: simulator.url(),
        simulator: Some(simulator),
    })
}

/// A warning where no connection to that WeChat can be made.
pub(crate) async fn unreachable(url: &str) -> Option<String> {
    let reason = match timeout(PATIENCE, TcpStream::connect(address(url)?)).await {
        Ok(Ok(_)) => return None,
        Ok(Err(error)) => texts::reason(&error),
        Err(_) => text!("wechat.no_answer", seconds = PATIENCE.as_secs()),
    };
    Some(text!("wechat.unreachable", url = url, reason = reason))
}

/// Host and port of a URL.
fn address(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (_, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
    let usual = if scheme == "https" { 443 } else { 80 };
    let with_port = authority
        .rsplit_once(':')
        .filter(|(_, port)| !port.ends_with(']'));
    let (host, port) = match with_port {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, usual),
    };
    Some((host.trim_matches(['[', ']']).to_owned(), port))
}

/// The accounts as their consoles have them.
fn console(accounts: &str, gateway: &str) -> Result<Vec<AccountSetup>, BundleError> {
    let accounts = platform::read_accounts(accounts);
    let mut accounts = accounts.map_err(|e| BundleError::Wechat(e.to_string()))?;
    for account in &mut accounts {
        account.callback_url = format!("{gateway}/callback/{}", account.name);
    }
    Ok(accounts)
}

impl RunningWechat {
    /// Has the simulator go on with the accounts of another file.
    pub(crate) fn take_up(&self, accounts: &str, gateway: &str) -> Result<(), BundleError> {
        let Some(simulator) = self.simulator() else {
            return Ok(());
        };
        let set = simulator.set_accounts(console(accounts, gateway)?);
        set.map_err(|refusal| BundleError::Wechat(refusal.to_string()))
    }

    /// Base URL of its API.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The simulator's control functions; none for a WeChat that runs somewhere else.
    pub fn simulator(&self) -> Option<&Arc<State>> {
        self.simulator.as_ref().map(Platform::state)
    }

    /// Ends the simulator.
    pub(crate) async fn stop(&mut self) {
        if let Some(simulator) = self.simulator.take() {
            simulator.stop().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn an_address_is_read_from_a_url() {
        for (url, expected) in [
            (
                "https://api.weixin.qq.com",
                Some(("api.weixin.qq.com", 443)),
            ),
            ("http://a.cn:81/x?y=1:2", Some(("a.cn", 81))),
            ("http://u:p@[::1]/", Some(("::1", 80))),
            ("http://[::1]:82", Some(("::1", 82))),
            ("http://a.cn:port", None),
            ("nonsense", None),
        ] {
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(address(url), expected, "{url}");
        }
    }

    #[tokio::test]
    async fn a_wechat_that_is_not_there_is_a_warning() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        assert_eq!(unreachable(&url).await, None);
        drop(listener);
        let warning = unreachable(&url).await.unwrap();
        assert!(warning.contains(&url), "{warning}");
    }
}
