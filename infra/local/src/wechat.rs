//! The WeChat the functions talk to: the simulator of this repository, or one somewhere else.

use crate::{error::BundleError, options::Wechat};
use platform::{Config, Platform, State};
use std::sync::Arc;

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
    let mut accounts =
        platform::read_accounts(accounts).map_err(|e| BundleError::Wechat(e.to_string()))?;
    for account in &mut accounts {
        account.callback_url = format!("{gateway}/callback/{}", account.name);
    }
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

impl RunningWechat {
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
