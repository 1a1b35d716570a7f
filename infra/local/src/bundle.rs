//! The whole bundle: started in one call, stopped in one call.

use crate::{
    error::BundleError,
    files::{Contents, RulesCopy},
    options::Options,
    rules,
    wechat::{self, RunningWechat},
    window,
};
use sam_local::{Deployment, Sockets, template::Template};
use shared::account::AccountsFile;
use std::{fmt, ops::Deref};
use tokio::task::JoinSet;

/// A running stack and its WeChat. Dropping it ends every process it started.
pub struct Bundle {
    deployment: Deployment,
    accounts: AccountsFile,
    warnings: Vec<String>,
    wechat: RunningWechat,
    /// What the simulator's page is told as long as the bundle lives.
    _told: JoinSet<()>,
    pub(crate) options: Options,
    pub(crate) template: Template,
    /// What the files said at the start.
    pub(crate) contents: Contents,
    /// What the functions read, where files are watched.
    pub(crate) rules: Option<RulesCopy>,
}

impl Bundle {
    /// Reads accounts, template and rules, builds the functions, starts everything, and waits until each function has
    /// polled once.
    ///
    /// # Errors
    /// What keeps the bundle from starting; nothing is left running.
    pub async fn start(options: Options) -> Result<Self, BundleError> {
        let contents = Contents::given(&options)?;
        // What is wrong is told before anything listens; where the simulator is, only it knows.
        contents.accounts(&options, "http://127.0.0.1")?;
        let sockets = Sockets::bind(&options.stack).await?;
        let gateway = sockets.gateway_url();
        let wechat = wechat::start(&options.wechat, &options.accounts, gateway).await?;
        let accounts = contents.accounts(&options, wechat.url())?;
        let mut stack = options.stack_with(&accounts, wechat.url());
        let template = stack.read(sockets.stack())?;
        rules::check_handlers(&stack, &template)?;
        let checked = rules::check(&stack, &template, &accounts, contents.rules.as_deref())?;
        let watched = contents.rules.as_deref().filter(|_| options.watch);
        let rules = watched.map(RulesCopy::new).transpose()?;
        if let Some(rules) = &rules {
            let path = rules.path().display().to_string();
            stack.environment.insert("RULES_FILE".to_owned(), path);
        }
        let deployment = Deployment::run(&stack, sockets, &template).await?;
        let mut warnings = checked.map(|rules| rules.warnings).unwrap_or_default();
        if wechat.simulator().is_none() && !is_behind_a_proxy(&stack) {
            warnings.extend(wechat::unreachable(wechat.url()).await);
        }
        Ok(Self {
            _told: window::open(&wechat, &deployment, &stack),
            deployment,
            accounts,
            warnings,
            wechat,
            options,
            template,
            contents,
            rules,
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

    /// The accounts served from the start.
    pub fn accounts(&self) -> &AccountsFile {
        &self.accounts
    }

    /// What will not work here, a line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Ends every process and frees the ports.
    pub async fn stop(mut self) {
        self.deployment.stop().await;
        self.wechat.stop().await;
    }
}

/// Whether functions go to WeChat by a proxy, which may reach what this process does not.
fn is_behind_a_proxy(stack: &sam_local::Options) -> bool {
    let mut proxies = ["WechatProxy", "WechatProxyParameter"].into_iter();
    proxies.any(|name| {
        stack
            .template_parameters
            .get(name)
            .is_some_and(|value| !value.is_empty())
    })
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The contents hold secrets.
        f.debug_struct("Bundle")
            .field("deployment", &self.deployment)
            .finish_non_exhaustive()
    }
}

/// A bundle is a stack like any other.
impl Deref for Bundle {
    type Target = Deployment;

    fn deref(&self) -> &Deployment {
        &self.deployment
    }
}
