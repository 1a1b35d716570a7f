use super::*;
use crate::{
    lambda::clock::SystemClock,
    problem::Classified as _,
    time::{Timestamp, ms},
};
use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    time::Duration,
    time::Instant,
};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

/// Parameter Store, played; it can be slow, busy, or gone.
#[derive(Debug, Clone, Default)]
struct Store(Arc<Played>);

#[derive(Debug, Default)]
struct Played {
    parameters: Mutex<BTreeMap<String, String>>,
    /// Versions, and how often anything was stored.
    versions: Mutex<BTreeMap<String, (u64, usize)>>,
    stored: AtomicUsize,
    asked: Mutex<Vec<String>>,
    /// What KMS had to decrypt.
    decrypted: Mutex<Vec<String>>,
    requests: AtomicUsize,
    hangs: AtomicBool,
    throttles: AtomicBool,
}

impl Respond for Store {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.0.requests.fetch_add(1, SeqCst);
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        if self.0.hangs.load(SeqCst) {
            return ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
        }
        if self.0.throttles.load(SeqCst) {
            let busy = json!({ "__type": "ThrottlingException", "message": "Rate exceeded" });
            return ResponseTemplate::new(400).set_body_json(busy);
        }
        if let Some(name) = body["Name"].as_str() {
            self.put(name, body["Value"].as_str().unwrap());
            return ResponseTemplate::new(200).set_body_json(json!({ "Version": 1 }));
        }
        let all = self.0.parameters.lock().unwrap();
        let names: Vec<&str> = match body["Names"].as_array() {
            Some(names) => names.iter().filter_map(Value::as_str).collect(),
            None => all.keys().map(String::as_str).collect(),
        };
        assert!(names.len() <= 10 || body["Names"].is_null());
        let mut asked = self.0.asked.lock().unwrap();
        asked.extend(names.iter().map(|name| (*name).to_owned()));
        let found = names
            .iter()
            .filter_map(|name| Some((name, all.get(*name)?)));
        let in_clear = body["WithDecryption"] == true;
        let describe = |(n, v): (&&str, &String)| {
            // As the list of names is stored, and everything else.
            let kind = match n.contains("/accounts") {
                true => "String",
                false => "SecureString",
            };
            let is_sealed = kind == "SecureString" && !in_clear;
            if kind == "SecureString" && in_clear {
                let mut decrypted = self.0.decrypted.lock().unwrap();
                decrypted.push((*n).to_owned());
            }
            let (version, modified) = self.0.versions.lock().unwrap()[*n];
            json!({
                "Name": n, "Type": kind, "Version": version, "LastModifiedDate": modified,
                "Value": if is_sealed { "AQICAHg=" } else { v.as_str() },
            })
        };
        let found: Vec<Value> = found.map(describe).collect();
        ResponseTemplate::new(200).set_body_json(json!({ "Parameters": found }))
    }
}

impl Store {
    fn put(&self, name: &str, value: &str) {
        let mut all = self.0.parameters.lock().unwrap();
        all.insert(name.to_owned(), value.to_owned());
        let now = self.0.stored.fetch_add(1, SeqCst);
        let mut versions = self.0.versions.lock().unwrap();
        let before = versions.get(name).map_or(0, |(version, _)| *version);
        versions.insert(name.to_owned(), (before + 1, now));
    }

    fn delete(&self, name: &str) {
        self.0.parameters.lock().unwrap().remove(name);
        self.0.versions.lock().unwrap().remove(name);
    }

    /// What was decrypted since this was asked the last time.
    fn decrypted(&self) -> Vec<String> {
        std::mem::take(&mut self.0.decrypted.lock().unwrap())
    }

    fn account(&self, name: &str) {
        let document = json!({
            "app_id": "wx5f2c8a1d9e3b7046", "original_id": "gh_7d31c0a94be2", "kind": "service",
            "token": "aTokenOfWords", "mode": "plain",
        });
        self.put(&format!("/p/{name}/callback"), &document.to_string());
    }

    fn requests(&self) -> usize {
        self.0.requests.load(SeqCst)
    }

    fn was_asked_for(&self, parameter: &str) -> bool {
        self.0.asked.lock().unwrap().iter().any(|p| p == parameter)
    }
}

fn accounts(endpoint: &str) -> Accounts {
    let config = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("k", "s", None, None, "test"))
        .region(Region::from_static("us-east-1"))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Accounts::new(Client::from_conf(config), "p", SystemClock::shared())
}

async fn stage() -> (Accounts, Store, MockServer) {
    let (store, server) = (Store::default(), MockServer::start().await);
    let respond = Mock::given(any()).respond_with(store.clone());
    respond.mount(&server).await;
    store.account("demo");
    store.put("/p/accounts", "[\"demo\"]");
    (accounts(&server.uri()), store, server)
}

/// A name somebody made up.
async fn scan(accounts: &Accounts, n: usize, now: Timestamp) -> String {
    let asked = accounts.get_at(&format!("x{n}"), now).await;
    asked.unwrap_err().error_type().to_owned()
}

#[tokio::test]
async fn after_the_start_no_known_account_asks_anything() {
    let (accounts, store, _server) = stage().await;
    accounts.start().await;
    assert_eq!(store.requests(), 2, "the list, and the documents");
    for _ in 0..100 {
        accounts.get("demo").await.unwrap();
    }
    assert_eq!(store.requests(), 2);
    assert!(!store.was_asked_for("/p/demo/secret"));
}

#[tokio::test]
async fn a_scan_of_names_never_refuses_a_listed_account_cold_or_warm() {
    for warm in [true, false] {
        let (accounts, store, _server) = stage().await;
        if warm {
            accounts.start().await;
        }
        store.account("another");
        store.put("/p/accounts", "[\"another\",\"demo\"]");
        let now = clock::now();
        let mut refused = 0;
        for n in 0..200 {
            refused += usize::from(scan(&accounts, n, now).await == "too_many_unknown_accounts");
        }
        assert!(refused > 150 && store.requests() < 20, "{refused}");
        accounts.get_at("demo", now).await.unwrap();
        // Listed after the start: found as soon as the list may be read anew.
        let later = accounts.get_at("another", now + ms(30_000)).await;
        later.unwrap();
        assert!(store.requests() < 25);
    }
}

#[tokio::test]
async fn an_account_that_is_not_listed_yet_works_and_costs_one_request() {
    let (accounts, store, _server) = stage().await;
    accounts.start().await;
    store.account("fresh");
    let before = store.requests();
    accounts.get("fresh").await.unwrap();
    accounts.get("fresh").await.unwrap();
    assert_eq!(store.requests() - before, 1);
    assert_eq!(scan(&accounts, 1, clock::now()).await, "unknown_account");
    let asked = store.requests();
    assert_eq!(scan(&accounts, 1, clock::now()).await, "unknown_account");
    assert_eq!(store.requests(), asked, "believed absent for a while");
}

/// Renewal is due, and Parameter Store is as it is: the account is had at once, and asked for once.
async fn is_served_at_once(accounts: &Accounts, store: &Store) {
    accounts
        .renewed_beside(async { serves_at_once(accounts, store).await })
        .await;
}

async fn serves_at_once(accounts: &Accounts, store: &Store) {
    let late = clock::now() + ms(400_000);
    let before = store.requests();
    for push in 0..50 {
        let started = Instant::now();
        accounts.get_at("demo", late + ms(push)).await.unwrap();
        // Far from the shortest time-out of the SDK, and far from what a busy machine adds.
        assert!(started.elapsed() < Duration::from_millis(700), "{push}");
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(Duration::from_millis(300), std::future::pending::<()>())
        .await
        .unwrap_err();
    accounts.get_at("demo", late + ms(100)).await.unwrap();
    let asked = store.requests() - before;
    assert!(asked <= 2, "one renewal, and its one repeat: {asked}");
}

#[tokio::test]
async fn a_parameter_store_that_hangs_throttles_or_is_gone_costs_a_known_account_nothing() {
    let (accounts, store, _server) = stage().await;
    accounts.start().await;
    store.0.hangs.store(true, SeqCst);
    is_served_at_once(&accounts, &store).await;

    let (accounts, store, _server) = stage().await;
    accounts.start().await;
    store.0.throttles.store(true, SeqCst);
    is_served_at_once(&accounts, &store).await;

    let document = store.0.parameters.lock().unwrap()["/p/demo/callback"].clone();
    let gone = self::accounts("http://127.0.0.1:1");
    let name = AccountName::try_from("demo").unwrap();
    let document = Stored {
        value: document,
        ..Stored::default()
    };
    gone.0.take(&name, Some(&document));
    is_served_at_once(&gone, &store).await;
}

#[tokio::test]
async fn a_renewal_goes_on_beside_the_work_and_takes_changes_up() {
    let (accounts, store, _server) = stage().await;
    accounts.start().await;
    let before = accounts.get("demo").await.unwrap();
    let document = store.0.parameters.lock().unwrap()["/p/demo/callback"].clone();
    store.put("/p/demo/callback", &document.replace("aTokenOf", "another"));
    let late = clock::now() + ms(400_000);
    let stale = accounts.get_at("demo", late).await.unwrap();
    assert!(Arc::ptr_eq(&before, &stale));
    let taken_up = accounts.renewed_beside(async {
        for _ in 0..100 {
            clock::wait(Duration::from_millis(10)).await;
            let now = accounts.get("demo").await.unwrap();
            if !Arc::ptr_eq(&before, &now) {
                return true;
            }
        }
        false
    });
    assert!(taken_up.await);
}

#[tokio::test]
async fn a_start_without_parameter_store_takes_a_second_and_the_first_who_asks_finds_it() {
    let (accounts, store, _server) = stage().await;
    store.0.hangs.store(true, SeqCst);
    let started = Instant::now();
    accounts.start().await;
    assert!(started.elapsed() < Duration::from_millis(1_500));
    store.0.hangs.store(false, SeqCst);
    accounts.get("demo").await.unwrap();
    let nobody = self::accounts("http://127.0.0.1:1");
    let started = Instant::now();
    nobody.start().await;
    assert!(started.elapsed() < Duration::from_millis(1_500));
    let error = nobody.get("demo").await.unwrap_err();
    assert_eq!(error.error_type(), "parameter_store_unavailable");
}

#[tokio::test]
async fn the_list_is_stored_when_it_changed_and_only_then() {
    let (accounts, store, _server) = stage().await;
    store.put("/p/broken/callback", "{");
    store.put("/p/accounts.1", "[\"gone\"]");
    let listing = accounts.all().await.unwrap();
    let broken = &listing.accounts[0];
    assert!(broken.account.is_none() && broken.faults.len() == 1);
    assert!(accounts.store_names(&listing).await.unwrap());
    let stored = |name: &str| store.0.parameters.lock().unwrap()[name].clone();
    assert_eq!(stored("/p/accounts"), "[\"broken\",\"demo\"]");
    assert_eq!(stored("/p/accounts.1"), "[]");
    let listing = accounts.all().await.unwrap();
    assert!(!accounts.store_names(&listing).await.unwrap());
    let name = AccountName::try_from("fresh").unwrap();
    accounts.list_name(&name).await.unwrap();
    assert_eq!(stored("/p/accounts"), "[\"broken\",\"demo\",\"fresh\"]");
    let puts = store.requests();
    accounts.list_name(&name).await.unwrap();
    assert_eq!(store.requests(), puts + 1, "a read alone");
}

#[tokio::test]
async fn a_listing_decrypts_what_changed_and_never_a_secret() {
    let (accounts, store, _server) = stage().await;
    store.put("/p/demo/secret", "{}");
    store.put("/p/demo/assistant", "sk-1");
    store.account("other");
    let listed = async || {
        let listing = accounts.all().await.unwrap();
        let name = |l: &Listed| (l.name.to_string(), l.account.is_some(), l.faults.len());
        listing.accounts.iter().map(name).collect::<Vec<_>>()
    };
    let good = |name: &str| (name.to_owned(), true, 0);
    assert_eq!(listed().await, [good("demo"), good("other")]);
    assert_eq!(store.decrypted(), ["/p/demo/callback", "/p/other/callback"]);
    assert_eq!(listed().await, [good("demo"), good("other")]);
    assert!(store.decrypted().is_empty(), "nothing changed");

    store.put("/p/other/callback", "{");
    for decrypted in [&["/p/other/callback"][..], &[]] {
        let broken = ("other".to_owned(), true, 1);
        assert_eq!(listed().await, [good("demo"), broken], "at every listing");
        assert_eq!(store.decrypted(), decrypted);
    }
    // Deleted and stored again: its versions begin anew.
    store.delete("/p/demo/callback");
    store.account("demo");
    listed().await;
    assert_eq!(store.decrypted(), ["/p/demo/callback"]);
    store.delete("/p/other/callback");
    assert_eq!(listed().await, [good("demo")]);
    assert!(store.decrypted().is_empty());
}

#[tokio::test]
async fn a_renewal_decrypts_what_changed() {
    let (accounts, store, _server) = stage().await;
    store.account("other");
    store.put("/p/accounts", "[\"demo\",\"other\"]");
    accounts.start().await;
    assert_eq!(store.decrypted().len(), 2);
    accounts.0.renew(RENEW, BESIDE).await;
    assert!(store.decrypted().is_empty());
    store.put("/p/other/callback", "{");
    store.delete("/p/demo/callback");
    accounts.0.renew(RENEW, BESIDE).await;
    assert_eq!(store.decrypted(), ["/p/other/callback"]);
    let gone = accounts.get("demo").await.unwrap_err();
    assert_eq!(gone.error_type(), "unknown_account");
    accounts.get("other").await.unwrap();
}
