//! One request, from its route to the answer.

use crate::{
    handover, js_sdk, login, notice, page,
    refusal::Refusal,
    verify::{self, VerifyFiles},
};
use shared::{
    account::{Account, Web},
    lambda::{
        Accounts, AccountsError, Clients, Context, HttpRequest, HttpResponse, TokenRefresh, clock,
    },
    store::Logins,
    web::journey::StateKey,
};
use std::{collections::HashMap, time::Duration};
use tokio::sync::Mutex;
use wechat_oa::{api::client::Timing, ids::AppId};

/// Everything a request needs, built once.
pub(crate) struct Handler {
    accounts: Accounts,
    pub(crate) clients: Clients,
    pub(crate) logins: Logins,
    pub(crate) token_refresh: TokenRefresh,
    pub(crate) verify_files: VerifyFiles,
    /// In place of WeChat's hosts.
    pub(crate) base: Option<String>,
    keys: Mutex<HashMap<AppId, StateKey>>,
}

/// A request of an account that exists.
pub(crate) struct Call<'a> {
    pub(crate) handler: &'a Handler,
    pub(crate) account: &'a Account,
    pub(crate) request: &'a HttpRequest,
}

/// A request that is not done, and what is shown of that in place of the refusal's own answer.
pub(crate) struct Failed {
    pub(crate) refusal: Refusal,
    pub(crate) page: Option<HttpResponse>,
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            page: None,
        }
    }
}

impl Handler {
    pub(crate) fn new(context: &mut Context) -> Self {
        Self {
            accounts: context.accounts(),
            clients: context.clients(timing()),
            logins: context.logins(),
            token_refresh: context.token_refresh(TokenRefresh::CALL_PATIENCE),
            verify_files: VerifyFiles::default(),
            base: context.api_base(),
            keys: Mutex::default(),
        }
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Answers a request and writes its one log line.
    pub(crate) async fn handle(&self, request: &HttpRequest) -> HttpResponse {
        let started = clock::now_ms();
        let served = self.serve(request).await;
        let ms = clock::now_ms().saturating_sub(started);
        let (route, account) = (request.route(), request.path_parameter("account"));
        match served {
            Ok(response) => {
                tracing::info!(account, route, status = response.status_code, ms, "request");
                response
            }
            Err(Failed { refusal, page }) => {
                let (status, reason) = (refusal.status(), refusal.error_type());
                tracing::warn!(account, route, status, reason, detail = %refusal, ms, "request");
                page.unwrap_or_else(|| refusal.response())
            }
        }
    }

    async fn serve(&self, request: &HttpRequest) -> Result<HttpResponse, Failed> {
        if request.route() == "GET /{file}" {
            return Ok(verify::answer(self, request.path_parameter("file")).await?);
        }
        let account = self.accounts.get(request.path_parameter("account")).await;
        let account = account.map_err(|error| notice::failed(request, error.into(), None))?;
        let call = Call {
            handler: self,
            account: &account,
            request,
        };
        let answer = match request.route() {
            notice::START => login::start(&call).await,
            notice::CALLBACK => login::callback(&call).await,
            "GET /web/{account}/js-sdk-config" => js_sdk::answer(&call).await,
            "GET /web/{account}/subscribe" => page::answer(&call).await,
            "POST /v1/accounts/{account}/oauth/redeem" => handover::redeem(&call).await,
            "POST /v1/accounts/{account}/oauth/refresh" => handover::refresh(&call).await,
            _ => Err(Refusal::Absent("route")),
        };
        answer.map_err(|refusal| notice::failed(request, refusal, Some(&call)))
    }
}

impl Call<'_> {
    /// The settings of the pages.
    pub(crate) fn web(&self) -> Result<&Web, Refusal> {
        Ok(self.account.web.get().map_err(AccountsError::from)?)
    }

    /// The key that signs this account's states: one write a process.
    pub(crate) async fn state_key(&self) -> Result<StateKey, Refusal> {
        let app_id = self.account.app_id();
        let mut keys = self.handler.keys.lock().await;
        if let Some(key) = keys.get(app_id) {
            return Ok(key.clone());
        }
        let key = self.handler.logins.key(app_id, &random::<32>()?).await?;
        keys.insert(app_id.clone(), key.clone());
        Ok(key)
    }

    /// A page of ours, as browsers reach it.
    pub(crate) fn own_url(&self, path: &str) -> String {
        let domain = self.request.domain();
        let scheme = notice::scheme(domain);
        format!("{scheme}://{domain}/web/{}/{path}", self.account.name)
    }
}

/// Random bytes nobody guesses, as hexadecimal letters.
pub(crate) fn random<const N: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// A visitor waits.
fn timing() -> Timing {
    Timing {
        call: Duration::from_secs(5),
        repeats: 1,
        ..Timing::default()
    }
}
