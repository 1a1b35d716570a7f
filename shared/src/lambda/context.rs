//! What a function is given: clients, clock and settings, each made when it is asked for. All names
//! of the bundle's variables stand here.

#[cfg(feature = "ssm")]
use super::Accounts;
#[cfg(feature = "wechat")]
use super::{AccountsError, Clients, REFRESH_PATIENCE};
use super::{Aws, Settings, SettingsError, Variables, clock::SystemClock, random::SystemRandom};
#[cfg(feature = "sqs")]
use super::{DeadLetters, SendQueue};
#[cfg(feature = "invoke")]
use super::{Functions, TokenRefresh};
use crate::{
    clock::SharedClock,
    random::SharedRandom,
    store::{Answers, Assistants, Followers, Inbox, Logins, Media, Sends, Sessions, Tokens},
};
#[cfg(feature = "wechat")]
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
#[cfg(feature = "invoke")]
use std::time::Duration;
#[cfg(feature = "wechat")]
use wechat_oa::api::{
    Http,
    client::{NoProxy, Timing},
};

/// The address of the proxy, or the parameter that holds it where it has a password.
#[cfg(feature = "wechat")]
const PROXY: &str = "WECHAT_PROXY";
#[cfg(feature = "wechat")]
const PROXY_PARAMETER: &str = "WECHAT_PROXY_PARAMETER";

/// The surroundings of a function while it starts. What it asks for it requires: a variable that is
/// missing is named with all others that are, once everything was asked for.
pub struct Context {
    settings: Settings,
    aws: Aws,
    clock: SharedClock,
    random: SharedRandom,
    /// What the parameter of the proxy holds.
    #[cfg(feature = "wechat")]
    proxy: Option<SecretString>,
}

impl Context {
    /// Makes a function of this process's environment.
    ///
    /// # Errors
    /// All variables that are missing, or the first whose value cannot be one.
    pub async fn load<T>(make: impl FnOnce(&mut Self) -> T) -> Result<T, SettingsError> {
        let mut settings = Settings::of_process();
        let aws = Aws::load(&mut settings).await;
        let (clock, random) = (SystemClock::shared(), Arc::new(SystemRandom));
        let context = Self::of(settings, aws, clock, random);
        #[cfg(feature = "wechat")]
        let context = context.with_proxy().await;
        context.make(make)
    }

    /// Surroundings that are not those of this process.
    pub fn new(
        variables: Variables,
        aws: impl Into<Aws>,
        clock: SharedClock,
        random: SharedRandom,
    ) -> Self {
        Self::of(Settings::of(variables), aws.into(), clock, random)
    }

    fn of(settings: Settings, aws: Aws, clock: SharedClock, random: SharedRandom) -> Self {
        Self {
            settings,
            aws,
            clock,
            random,
            #[cfg(feature = "wechat")]
            proxy: None,
        }
    }

    /// Makes a function.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn make<T>(mut self, make: impl FnOnce(&mut Self) -> T) -> Result<T, SettingsError> {
        let made = make(&mut self);
        self.settings.check().map(|()| made)
    }

    /// The clock.
    pub fn clock(&self) -> SharedClock {
        Arc::clone(&self.clock)
    }

    /// Random bytes.
    pub fn random(&self) -> SharedRandom {
        Arc::clone(&self.random)
    }

    /// The table of pushes.
    pub fn inbox(&mut self) -> Inbox {
        Inbox::new(self.aws.dynamodb(), self.settings.required("INBOX_TABLE"))
    }

    /// The table of answers that wait.
    pub fn answers(&mut self) -> Answers {
        Answers::new(self.aws.dynamodb(), self.settings.required("ANSWERS_TABLE"))
    }

    /// The table of messages and campaigns.
    pub fn sends(&mut self) -> Sends {
        Sends::new(self.aws.dynamodb(), self.settings.required("SENDS_TABLE"))
    }

    /// What assistants keep of followers, in the table of answers.
    pub fn assistants(&mut self) -> Assistants {
        let table = self.settings.required("ANSWERS_TABLE");
        Assistants::new(self.aws.dynamodb(), table)
    }

    /// What is known of followers, in the table of answers.
    pub fn followers(&mut self) -> Followers {
        let table = self.settings.required("ANSWERS_TABLE");
        Followers::new(self.aws.dynamodb(), table)
    }

    /// What the team's code keeps of followers, in the table of answers.
    pub fn sessions(&mut self) -> Sessions {
        let table = self.settings.required("ANSWERS_TABLE");
        Sessions::new(self.aws.dynamodb(), table, self.clock())
    }

    /// Whether this is a laptop: AWS is on this very machine.
    pub fn is_local(&mut self) -> bool {
        let aws = self.settings.optional("AWS_ENDPOINT_URL");
        aws.is_some_and(|url| url.starts_with("http://127.0.0.1:"))
    }

    /// The table of tokens.
    pub fn tokens(&mut self) -> Tokens {
        Tokens::new(self.aws.dynamodb(), self.settings.required("TOKENS_TABLE"))
    }

    /// The table of logins.
    pub fn logins(&mut self) -> Logins {
        Logins::new(self.aws.dynamodb(), self.settings.required("LOGINS_TABLE"))
    }

    /// The table of uploaded media.
    pub fn media(&mut self) -> Media {
        Media::new(self.aws.dynamodb(), self.settings.required("MEDIA_TABLE"))
    }

    /// The accounts in Parameter Store.
    #[cfg(feature = "ssm")]
    pub fn accounts(&mut self) -> Accounts {
        let prefix = self.settings.required("PARAMETER_PREFIX");
        Accounts::new(self.aws.ssm(), prefix, self.clock())
    }

    /// The queue of messages.
    #[cfg(feature = "sqs")]
    pub fn send_queue(&mut self) -> SendQueue {
        self.queue("SEND_QUEUE_URL")
    }

    /// The dead letters of the queue of messages.
    #[cfg(feature = "sqs")]
    pub fn send_dead_letters(&mut self) -> SendQueue {
        self.queue("SEND_DEAD_LETTERS_URL")
    }

    /// The dead letters of `forward`, which hold whole pushes.
    #[cfg(feature = "sqs")]
    pub fn forward_dead_letters(&mut self) -> DeadLetters {
        DeadLetters::new(
            self.aws.sqs(),
            self.settings.required("FORWARD_DEAD_LETTERS_URL"),
        )
    }

    /// The queue of campaigns.
    #[cfg(feature = "sqs")]
    pub fn mass_send_queue(&mut self) -> SendQueue {
        self.queue("MASS_SEND_QUEUE_URL")
    }

    #[cfg(feature = "sqs")]
    fn queue(&mut self, variable: &'static str) -> SendQueue {
        SendQueue::new(self.aws.sqs(), self.settings.required(variable))
    }

    /// Functions that are started.
    #[cfg(feature = "invoke")]
    pub fn functions(&self) -> Functions {
        self.aws.functions()
    }

    /// Functions that are called and may take that long; no call is repeated.
    #[cfg(feature = "invoke")]
    pub fn patient_functions(&self, patience: Duration) -> Functions {
        self.aws.patient_functions(patience)
    }

    /// The function `token-refresh`, each answer of which may take that long.
    #[cfg(feature = "invoke")]
    pub fn token_refresh(&mut self, patience: Duration) -> TokenRefresh {
        let name = self.settings.required("TOKEN_REFRESH_FUNCTION");
        TokenRefresh::new(self.aws.patient_functions(patience), name)
    }

    /// The clients of all accounts, with tokens from the table and from `token-refresh`.
    #[cfg(feature = "wechat")]
    pub fn clients(&mut self, timing: Timing) -> Clients {
        Clients::new(
            self.http(timing),
            self.api_base(),
            self.tokens(),
            self.token_refresh(REFRESH_PATIENCE),
            self.clock(),
        )
    }

    /// Connections to WeChat, through the proxy where one is set.
    #[cfg(feature = "wechat")]
    pub fn http(&mut self, timing: Timing) -> Http {
        let (name, address) = match &self.proxy {
            Some(proxy) => (PROXY_PARAMETER, Some(proxy.expose_secret().to_owned())),
            None => (PROXY, self.settings.optional(PROXY)),
        };
        let Some(address) = address else {
            return Http::new(timing);
        };
        Http::through(timing, &address).unwrap_or_else(|NoProxy| {
            self.settings.is_wrong(name, NoProxy::RULE);
            Http::new(timing)
        })
    }

    /// Reads the address of the proxy where a parameter holds it: a variable would show its password
    /// to everybody who may look at the function.
    #[cfg(feature = "wechat")]
    async fn with_proxy(mut self) -> Self {
        let Some(parameter) = self.settings.optional(PROXY_PARAMETER) else {
            return self;
        };
        let reason = match self.accounts().secret(&parameter).await {
            Ok(Some(proxy)) => {
                self.proxy = Some(proxy);
                return self;
            }
            Ok(None) => {
                "does not exist; store http://user:password@host:port there, as a SecureString"
                    .to_owned()
            }
            Err(AccountsError::Unavailable { reason, .. }) => {
                format!(
                    "cannot be read: {reason}; name it in WechatProxyParameter, which gives the right to"
                )
            }
            Err(other) => format!("cannot be read: {other}"),
        };
        self.settings.refuse(SettingsError::Parameter {
            name: PROXY_PARAMETER,
            parameter,
            reason,
        });
        self
    }

    /// What stands for all of WeChat's hosts, if anything.
    #[cfg(feature = "wechat")]
    pub fn api_base(&mut self) -> Option<String> {
        self.settings.optional("WECHAT_API_BASE")
    }

    /// The name that browsers know, where the host of a request is another one.
    pub fn public_domain(&mut self) -> Option<String> {
        self.settings.optional("PUBLIC_DOMAIN")
    }

    /// The name of the function `forward`.
    pub fn forward_function(&mut self) -> String {
        self.settings.required("FORWARD_FUNCTION")
    }

    /// What the names of the team's functions begin with.
    pub fn forward_function_prefix(&mut self) -> String {
        self.settings.required("FORWARD_FUNCTION_PREFIX")
    }

    /// The file of rules that takes the place of the shipped one, if any.
    pub fn rules_file(&mut self) -> Option<String> {
        self.settings.optional("RULES_FILE")
    }

    /// How many seconds a result is waited for before WeChat is asked, if that is set.
    pub fn result_patience_s(&mut self) -> Option<u32> {
        self.settings.number("RESULT_PATIENCE_S")
    }
}
