//! The whole bundle: started in one call, stopped in one call.

use crate::{
    accounts,
    error::BundleError,
    options::Options,
    rules,
    wechat::{self, RunningWechat},
};
use sam_local::{Deployment, Sockets};
use shared::account::AccountsFile;
use std::ops::Deref;

/// A running stack and its WeChat. Dropping it ends every process it started.
#[derive(Debug)]
pub struct Bundle {
    deployment: Deployment,
    accounts: AccountsFile,
    warnings: Vec<String>,
    wechat: RunningWechat,
}

impl Bundle {
    /// Reads accounts, template and rules, builds the functions, starts everything, and waits until each function has
    /// polled once.
    ///
    /// # Errors
    /// What keeps the bundle from starting; nothing is left running.
    pub async fn start(options: Options) -> Result<Self, BundleError> {
        let accounts = accounts::parse(&options.accounts)?;
        let sockets = Sockets::bind(&options.stack).await?;
        let gateway = sockets.gateway_url();
        let wechat = wechat::start(&options.wechat, &options.accounts, gateway).await?;
        let stack = options.stack_with(&accounts, wechat.url());
        let template = stack.read(sockets.stack())?;
        let rules = rules::check(&stack, &template, &accounts)?;
        Ok(Self {
            deployment: Deployment::run(&stack, sockets, &template).await?,
            accounts,
            warnings: rules.map(|rules| rules.warnings).unwrap_or_default(),
            wechat,
        })
    }

    /// Base URL of WeChat's API, as the functions have it.
    pub fn platform_url(&self) -> String {
        self.wechat.url().to_owned()
    }

    /// The simulator, unless the bundle was started against another WeChat.
    pub fn wechat(&self) -> &RunningWechat {
        &self.wechat
    }

    /// The accounts served.
    pub fn accounts(&self) -> &AccountsFile {
        &self.accounts
    }

    /// What will not work here, a line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Ends every process and frees the ports.
    pub async fn stop(mut self) {
        drop(self.deployment);
        self.wechat.stop().await;
    }
}

/// A bundle is a stack like any other.
impl Deref for Bundle {
    type Target = Deployment;

    fn deref(&self) -> &Deployment {
        &self.deployment
    }
}
