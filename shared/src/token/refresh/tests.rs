mod refused;

use super::*;
use crate::{
    account::{AccountName, AccountsFile},
    clock::Wait,
    store::emulated::EmulatedTable,
    time::{Timestamp, ms},
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use wechat_oa::api::client::Timing;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A clock that tests move. Waiting moves it too, unless others wait on it as well.
#[derive(Debug, Clone)]
struct Hand {
    now: Arc<Mutex<Timestamp>>,
    moves: bool,
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "others need time to get on")]
    fn wait(&self, time: Duration) -> Wait<'_> {
        Box::pin(async move {
            if self.moves {
                *self.now.lock().unwrap() += time;
            } else {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
    }
}

/// WeChat's token and ticket endpoints, by the same clock.
#[derive(Debug, Clone)]
struct WeChat {
    clock: Hand,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    issued: u32,
    ends: Timestamp,
    calls: Vec<String>,
    answer: Option<Value>,
    refuse_ticket: bool,
    slow: bool,
}

impl Respond for WeChat {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.state.lock().unwrap();
        let forced = serde_json::from_slice(&request.body)
            .is_ok_and(|body: Value| body["force_refresh"] == json!(true));
        let path = request.url.path().trim_start_matches("/cgi-bin/");
        state
            .calls
            .push(format!("{path}{}", if forced { "!" } else { "" }));
        let answer = state.answer.clone().unwrap_or_else(|| {
            if path == "ticket/getticket" {
                return state.ticket();
            }
            state.token(self.clock.now(), forced || path == "token")
        });
        let template = ResponseTemplate::new(200).set_body_json(answer);
        if state.slow {
            template.set_delay(Duration::from_secs(600))
        } else {
            template.set_delay(Duration::from_millis(10))
        }
    }
}

impl State {
    fn token(&mut self, now: Timestamp, anew: bool) -> Value {
        if anew || self.ends.since(now) <= ms(300_000) {
            self.issued += 1;
            self.ends = now + ms(7_200_000);
        }
        let left_s = self.ends.since(now).as_secs();
        json!({"access_token": format!("t{}", self.issued), "expires_in": left_s})
    }

    fn ticket(&mut self) -> Value {
        if std::mem::take(&mut self.refuse_ticket) {
            return json!({"errcode": 40001, "errmsg": "not latest"});
        }
        json!({"errcode": 0, "ticket": "ticket-1", "expires_in": 7200})
    }
}

#[derive(Debug, Clone, Default)]
struct Removed(Arc<AtomicBool>);

impl Secrets for Removed {
    async fn app_secret(&self, account: &Account) -> Result<AppSecret, Cause> {
        if self.0.load(SeqCst) {
            return Err(format!("no parameter of '{}'", account.name).into());
        }
        Ok(AppSecret("0123456789abcdef".into()))
    }
}

struct Stage {
    table: EmulatedTable,
    server: MockServer,
    wechat: WeChat,
    clock: Hand,
    removed: Removed,
    account: Account,
}

impl Stage {
    async fn set(moves: bool) -> Self {
        let clock = Hand {
            now: Arc::new(Mutex::new(NOW)),
            moves,
        };
        let server = MockServer::start().await;
        let wechat = WeChat {
            clock: clock.clone(),
            state: Arc::default(),
        };
        Mock::given(any())
            .respond_with(wechat.clone())
            .mount(&server)
            .await;
        Self {
            table: EmulatedTable::create(&["app_id", "kind"]).await,
            server,
            wechat,
            clock,
            removed: Removed::default(),
            account: account("stable"),
        }
    }

    fn refresher(&self) -> Refresher<Removed, Hand> {
        let http = Http::new(Timing {
            // Far off: a call that a busy machine slows down must not be made again.
            call: Duration::from_secs(60),
            pause: (Duration::ZERO, Duration::ZERO),
            ..Timing::default()
        });
        let tokens = Tokens::new(self.table.client.clone(), &self.table.name);
        let base = Some(self.server.uri());
        Refresher::new(tokens, http, base, self.removed.clone(), self.clock.clone())
    }

    async fn get(&self, why: Why<'_>) -> Result<Refreshed, RefreshError> {
        let refresher = self.refresher();
        refresher.get(&self.account, Kind::AccessToken, why).await
    }

    async fn row(&self) -> Record {
        let tokens = Tokens::new(self.table.client.clone(), &self.table.name);
        let row = tokens.read(self.account.app_id(), Kind::AccessToken).await;
        row.unwrap()
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.wechat.state.lock().unwrap())
    }

    fn calls(&self) -> Vec<String> {
        self.with(|state| state.calls.clone())
    }

    fn pass(&self, time: Duration) {
        *self.clock.now.lock().unwrap() += time;
    }
}

fn account(token_api: &str) -> Account {
    let text = format!(
        "[accounts.demo]\napp_id = \"wx5f2c8a1d9e3b7046\"\noriginal_id = \"gh_7d31c0a94be2\"\n\
         kind = \"service\"\napp_secret = \"0123456789abcdef\"\ntoken = \"token\"\nmode = \"plain\"\n\
         token_api = \"{token_api}\"\n"
    );
    let mut file = AccountsFile::parse(&text).unwrap();
    let account = file.accounts.remove(0).account;
    assert_eq!(account.name, AccountName::try_from("demo").unwrap());
    account
}

fn shown(refreshed: &Refreshed) -> (&str, bool) {
    (refreshed.current.value.expose_secret(), refreshed.fetched)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_caller_fetches_and_the_rest_read() {
    let stage = Stage::set(true).await;
    assert_eq!(shown(&stage.get(Why::Need).await.unwrap()), ("t1", true));
    for why in [Why::Need, Why::Schedule] {
        assert_eq!(shown(&stage.get(why).await.unwrap()), ("t1", false));
    }
    assert_eq!(stage.calls(), ["stable_token"]);
    assert_eq!(stage.row().await.expires_at, NOW + ms(7_200_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_refused_by_a_hundred_callers_at_once_is_one_fetch() {
    let stage = Arc::new(Stage::set(false).await);
    let token = stage.get(Why::Need).await.unwrap().current.value;
    stage.with(|state| state.ends = Timestamp::from_millis(0)); // revoked by somebody else
    let callers = (0..100).map(|_| {
        let (stage, token) = (stage.clone(), token.clone());
        tokio::spawn(async move { stage.get(Why::Refused(&token)).await.unwrap() })
    });
    for caller in callers.collect::<Vec<_>>() {
        assert_eq!(shown(&caller.await.unwrap()).0, "t2");
    }
    assert_eq!(stage.calls(), ["stable_token", "stable_token"]);
    assert_eq!(stage.row().await.version, 4, "two leases, two tokens");
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_refreshers_fetch_once_an_expiry() {
    let stage = Arc::new(Stage::set(false).await);
    for round in 1..=20 {
        let racers = (0..4).map(|_| {
            let stage = stage.clone();
            tokio::spawn(async move { stage.get(Why::Schedule).await.unwrap() })
        });
        for racer in racers.collect::<Vec<_>>() {
            racer.await.unwrap();
        }
        assert_eq!(stage.calls().len(), round);
        stage.pass(ms(7_000_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_token_wechat_insists_on_is_forced_and_that_is_counted() {
    let stage = Stage::set(true).await;
    let token = stage.get(Why::Need).await.unwrap().current.value;
    let fresh = stage.get(Why::Refused(&token)).await.unwrap();
    assert_eq!(shown(&fresh), ("t2", true));
    assert_eq!(
        stage.calls(),
        ["stable_token", "stable_token", "stable_token!"]
    );
    assert_eq!(stage.row().await.forced_count, 1);
    assert_eq!(stage.row().await.previous_valid_until, NOW);

    let again = stage.get(Why::Refused(&token)).await.unwrap();
    assert_eq!(shown(&again), ("t2", false));
    let fresh = fresh.current.value;
    let error = stage.get(Why::Refused(&fresh)).await.unwrap_err();
    assert!(matches!(error, RefreshError::Spent { until, .. } if until == NOW + ms(30_000)));
    assert_eq!(stage.calls().len(), 3);
    stage.pass(ms(30_000));
    let third = stage.get(Why::Refused(&fresh)).await.unwrap();
    assert_eq!(shown(&third), ("t3", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_forced_refreshes_a_day_and_then_none() {
    let stage = Stage::set(true).await;
    let mut token = stage.get(Why::Need).await.unwrap().current.value;
    for _ in 0..20 {
        token = stage.get(Why::Refused(&token)).await.unwrap().current.value;
        stage.pass(ms(30_000));
    }
    let error = stage.get(Why::Refused(&token)).await.unwrap_err();
    assert_eq!(error.error_type(), "force_refresh_spent");
    let forced = stage.calls().iter().filter(|c| c.ends_with('!')).count();
    assert_eq!(forced, 20);
    stage.get(Why::Need).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresher_killed_while_it_fetches_is_replaced() {
    let stage = Arc::new(Stage::set(true).await);
    stage.with(|state| state.slow = true);
    let doomed = stage.clone();
    let task = tokio::spawn(async move { doomed.get(Why::Need).await.map(drop) });
    while stage.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    task.abort();
    stage.with(|state| state.slow = false);
    assert!(stage.row().await.lease_owner.is_some());
    assert_eq!(shown(&stage.get(Why::Need).await.unwrap()), ("t1", true));
    assert!(stage.clock.now().since(NOW) >= LEASE, "the lease was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_removed_while_leased_gives_the_lease_back() {
    let stage = Stage::set(true).await;
    stage.removed.0.store(true, SeqCst);
    let error = stage.get(Why::Need).await.unwrap_err();
    assert_eq!(error.error_type(), "app_secret_unreadable");
    assert!(error.to_string().contains("demo") && stage.calls().is_empty());
    assert!(stage.row().await.lease_owner.is_none());
    stage.removed.0.store(false, SeqCst);
    stage.pass(ms(2_000));
    stage.get(Why::Need).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_old_token_is_good_an_outage_of_wechat_is_not_noticed() {
    let stage = Stage::set(true).await;
    stage.get(Why::Need).await.unwrap();
    stage.pass(ms(7_000_000));
    stage.with(|state| state.answer = Some(json!({"errcode": -1, "errmsg": "busy"})));
    let error = stage.get(Why::Schedule).await.unwrap_err();
    assert_eq!(error.error_type(), "wechat_transient");
    assert_eq!(shown(&stage.get(Why::Need).await.unwrap()), ("t1", false));
    stage.with(|state| state.answer = None);
    stage.pass(ms(120_000));
    assert_eq!(
        shown(&stage.get(Why::Schedule).await.unwrap()),
        ("t2", true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_a_person_to_mend_is_told_once_a_minute_only() {
    let stage = Stage::set(true).await;
    let errmsg = "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist";
    stage.with(|state| state.answer = Some(json!({"errcode": 40164, "errmsg": errmsg})));
    let error = stage.get(Why::Need).await.unwrap_err();
    assert!(error.to_string().contains("203.0.113.9"), "{error}");
    let error = stage.get(Why::Need).await.unwrap_err();
    assert!(matches!(error, RefreshError::Paused(pause) if pause.failure == "ip_not_whitelisted"));
    assert_eq!(stage.calls().len(), 1);
    stage.pass(ms(60_000));
    stage.with(|state| state.answer = None);
    stage.get(Why::Need).await.unwrap();
    assert!(stage.row().await.failure.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_out_of_reach_is_an_error_before_any_fetch() {
    let stage = Stage::set(true).await;
    if stage.table.stop() {
        let error = stage.get(Why::Need).await.unwrap_err();
        assert_eq!(error.error_type(), "table_unreachable");
        assert!(stage.calls().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_fetched_with_the_accounts_own_token() {
    let stage = Stage::set(true).await;
    stage.with(|state| state.refuse_ticket = true);
    let refresher = stage.refresher();
    let ticket = refresher.get(&stage.account, Kind::JsapiTicket, Why::Need);
    let ticket = ticket.await.unwrap();
    assert_eq!(shown(&ticket), ("ticket-1", true));
    assert_eq!(
        stage.calls(),
        [
            "stable_token",
            "ticket/getticket",
            "stable_token",
            "stable_token!",
            "ticket/getticket"
        ]
    );
    let again = refresher.get(&stage.account, Kind::JsapiTicket, Why::Need);
    assert_eq!(shown(&again.await.unwrap()), ("ticket-1", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_hours_of_ticks_fetch_once_a_life() {
    let stage = Stage::set(true).await;
    for _ in 0..360 {
        stage.get(Why::Schedule).await.unwrap();
        let row = stage.row().await;
        assert!(
            row.current(stage.clock.now() + ms(79_000), Duration::ZERO)
                .is_some()
        );
        stage.pass(ms(120_000));
    }
    assert_eq!(stage.calls().len(), 7);
}
