//! A headless Chromium, driven over WebDriver.

use reqwest::Client;
use serde_json::{Value, json};
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// What WeChat calls itself on a phone.
pub const WECHAT: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0 Mobile Safari/537.36 MicroMessenger/8.0.49.2600(0x28003137) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN";

/// How often the driver is started until it has a port.
const TRIES: usize = 5;

/// A browser with one window; it ends when it is dropped.
pub struct Browser {
    http: Client,
    session: String,
    _driver: Child,
}

/// Starts the driver; its process and its port, unless it ended without one.
async fn start(driver: &str) -> Option<(Child, String)> {
    let mut driver = Command::new(driver)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver starts");
    let mut lines = BufReader::new(driver.stdout.take().expect("its output")).lines();
    while let Some(line) = lines.next_line().await.expect("a line") {
        if let Some((_, rest)) = line.split_once("successfully on port ") {
            return Some((driver, rest.trim_end_matches('.').to_owned()));
        }
    }
    None
}

impl Browser {
    /// Opens a browser that calls itself `user_agent`.
    ///
    /// # Panics
    /// On a machine that had no Chromium and no driver for it (Debian: `chromium`, `chromium-driver`)
    /// when the tests were built. A test of the browser is ignored there, unless in CI.
    pub async fn open(user_agent: &str) -> Self {
        let programs = option_env!("CHROMEDRIVER").zip(option_env!("CHROMIUM"));
        let (driver, browser) =
            programs.expect("no chromium and chromedriver; .ci/run installs them");
        // The port it finds free it then asks for in both protocols, and may meet another there.
        let mut started = None;
        for _ in 0..TRIES {
            started = start(driver).await;
            if started.is_some() {
                break;
            }
        }
        let (driver, port) = started.expect("chromedriver says its port");
        let http = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(60));
        let http = http.build().expect("a client");
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--no-proxy-server",
            &format!("--user-agent={user_agent}"),
        ];
        let options = json!({ "binary": browser, "args": arguments });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
        } } });
        let base = format!("http://127.0.0.1:{port}/session");
        let session = ask(http.post(&base).json(&wanted)).await;
        let id = session["sessionId"].as_str().expect("a session");
        Self {
            session: format!("{base}/{id}"),
            http,
            _driver: driver,
        }
    }

    /// Goes to an address and waits until the page is there.
    pub async fn go(&self, url: &str) {
        self.command("url", json!({ "url": url })).await;
    }

    /// Reads the page again.
    pub async fn reload(&self) {
        self.command("refresh", json!({})).await;
    }

    /// Where the browser is.
    pub async fn url(&self) -> String {
        let url = ask(self.http.get(format!("{}/url", self.session))).await;
        url.as_str().expect("an address").to_owned()
    }

    /// What a script in the page returns.
    pub async fn run(&self, script: &str) -> Value {
        self.command("execute/sync", json!({ "script": script, "args": [] }))
            .await
    }

    /// Makes the window as wide as a phone or a desk, in CSS pixels.
    pub async fn width(&self, pixels: u32) {
        let metrics = json!({
            "width": pixels, "height": 800, "deviceScaleFactor": 1, "mobile": false,
        });
        let order = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics });
        self.command("goog/cdp/execute", order).await;
    }

    /// Clicks what a CSS selector finds.
    pub async fn click(&self, selector: &str) {
        let found = self
            .command(
                "element",
                json!({ "using": "css selector", "value": selector }),
            )
            .await;
        let mut ids = found.as_object().expect("an element").values();
        let id = ids.next().and_then(Value::as_str).expect("its id");
        self.command(&format!("element/{id}/click"), json!({}))
            .await;
    }

    /// Ends the browser.
    pub async fn close(self) {
        ask(self.http.delete(&self.session)).await;
    }

    async fn command(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/{path}", self.session);
        ask(self.http.post(url).json(&body)).await
    }
}

async fn ask(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.expect("chromedriver answers");
    let mut answer: Value = response.json().await.expect("JSON");
    assert!(answer["value"].get("error").is_none(), "{answer}");
    answer["value"].take()
}
