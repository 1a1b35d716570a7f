//! The WeChat the functions talk to: the simulator of this repository, or one somewhere else.

use crate::{error::BundleError, options::Wechat};
use platform::{AccountSetup, Config, Platform, State};
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
