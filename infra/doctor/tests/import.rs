//! `wechat-doctor import-rules` against a simulated WeChat: what its console answers becomes a file.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set its stage has failed"
)]

use clap::Parser as _;
use doctor::{Cli, CliError, Input, Surroundings};
use platform::{Config, Platform, read_accounts};
use serde_json::{Value, json};
use std::path::PathBuf;

const APP: &str = "wx5f2c8a1d9e3b7046";
const ACCOUNTS: &str = r#"
[accounts.shop]
app_id = "wx5f2c8a1d9e3b7046"
original_id = "gh_7d31c0a94be2"
kind = "service"
app_secret = "0123456789abcdef0123456789abcdef"
token = "shopToken"
mode = "plain"
"#;
const OTHER: &str = r#"
[accounts.news]
app_id = "wx1a2b3c4d5e6f7081"
original_id = "gh_1a2b3c4d5e6f"
kind = "subscription"
app_secret = "fedcba9876543210fedcba9876543210"
token = "newsToken"
mode = "plain"
"#;

/// A simulated WeChat, and a folder with accounts that it knows.
struct Stage {
    wechat: Platform,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn open(accounts: &str) -> Self {
        let known = accounts.replace(
            "kind =",
            "callback_url = \"http://127.0.0.1:9/callback\"\nkind =",
        );
        let accounts_known = read_accounts(&known).unwrap();
        let config = Config {
            accounts: accounts_known,
            ..Config::default()
        };
        let wechat = Platform::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("accounts.toml"), accounts).unwrap();
        Self { wechat, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn console(&self, rules: &Value) {
        let url = format!("{}/_control/autoreply/{APP}", self.wechat.url());
        let body = rules.to_string();
        let answer = reqwest_client().post(url).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    async fn import(&self, more: &[&str]) -> Result<String, CliError> {
        let (accounts, output) = (self.path("accounts.toml"), self.path("rules.toml"));
        let base = self.wechat.url();
        let args = ["wechat-doctor", "import-rules", "--wechat-api-base", &base];
        let files = [
            "--accounts",
            accounts.to_str().unwrap(),
            "--output",
            output.to_str().unwrap(),
        ];
        let args = [&args[..], &files, more].concat();
        let around = Surroundings {
            aws: None,
            colour: false,
            input: Input::Lines(Box::new(&b""[..])),
            command: "wechat-doctor",
        };
        let mut printed = Vec::new();
        let all_well = Cli::try_parse_from(args)
            .unwrap()
            .run(around, &mut printed)
            .await?;
        assert!(all_well);
        Ok(String::from_utf8(printed).unwrap())
    }
}

/// No TLS is needed of a simulator.
fn reqwest_client() -> reqwest::Client {
    let roots = rustls::RootCertStore::empty();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
    client.build().unwrap()
}

fn page() -> Value {
    let page = include_str!("../../../tests/fixtures/responses/get_current_autoreply_info.json");
    serde_json::from_str(page).unwrap()
}

#[tokio::test]
async fn the_console_s_rules_become_a_file_that_is_never_written_over_unasked() {
    let stage = Stage::open(ACCOUNTS).await;
    let nothing = stage.import(&[]).await.unwrap();
    assert!(nothing.contains("nothing is written"), "{nothing}");
    assert!(!stage.path("rules.toml").exists());

    stage.console(&page()).await;
    let told = stage.import(&[]).await.unwrap();
    assert!(
        told.contains(": 3 rules; 1 remarks") && told.contains("--rules"),
        "{told}"
    );
    let text = std::fs::read_to_string(stage.path("rules.toml")).unwrap();
    let file = shared::router::RulesFile::read(
        "rules.toml",
        text.as_bytes(),
        &shared::router::Surroundings::default(),
    );
    assert_eq!(file.unwrap().len(), 3, "{text}");

    std::fs::write(stage.path("rules.toml"), "# by hand\n").unwrap();
    let refused = stage.import(&[]).await.unwrap_err();
    assert_eq!(refused.exit_code(), 1);
    assert!(refused.to_string().contains("--force"), "{refused}");
    let kept = std::fs::read_to_string(stage.path("rules.toml")).unwrap();
    assert_eq!(kept, "# by hand\n");
    stage.import(&["--force"]).await.unwrap();
    assert_eq!(
        std::fs::read_to_string(stage.path("rules.toml")).unwrap(),
        text
    );
}

#[tokio::test]
async fn what_stands_in_the_way_is_told() {
    let stage = Stage::open(&format!("{ACCOUNTS}{OTHER}")).await;
    stage.console(&page()).await;
    let which = stage.import(&[]).await.unwrap_err().to_string();
    assert!(
        which.contains("--account") && which.contains("news, shop"),
        "{which}"
    );
    let nobody = stage.import(&["--account", "nobody"]).await.unwrap_err();
    assert!(nobody.to_string().contains("news, shop"), "{nobody}");
    stage.import(&["--account", "shop"]).await.unwrap();

    let refused = json!({"ip_whitelist": ["203.0.113.7"]});
    let url = format!("{}/_control/accounts/{APP}", stage.wechat.url());
    let changed = reqwest_client()
        .post(url)
        .body(refused.to_string())
        .send()
        .await;
    assert_eq!(changed.unwrap().status(), 200);
    let refused = stage
        .import(&["--account", "shop", "--force"])
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("IP whitelist"), "{refused}");

    let ill = OTHER.replace("newsToken", "a-b");
    std::fs::write(stage.path("accounts.toml"), ill).unwrap();
    let ill = stage.import(&["--force"]).await.unwrap_err().to_string();
    assert!(
        ill.contains("token: must be") && !ill.contains("a-b"),
        "{ill}"
    );
    std::fs::remove_file(stage.path("accounts.toml")).unwrap();
    assert_eq!(stage.import(&["--force"]).await.unwrap_err().exit_code(), 2);
}
