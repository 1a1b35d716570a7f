//! A reader who types what pages show, in a folder of their own.

use super::{Block, Page, shows};
use crate::Stage;
use clap::Parser as _;
use local::Cli;
use openapi::Contract;
use serde_json::{Deserializer, Value};
use std::{
    env, fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Output,
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{process::Command, task::JoinHandle, time::sleep};

/// Where pages say that gateway, AWS and WeChat are.
const SHOWN: [u16; 3] = [9_000, 9_050, 9_100];

/// How often an answer is asked for that is not yet as shown, twice a second.
const PATIENCE: usize = 40;

/// Notes how the bundle is to be started, a word a line, and starts nothing; the doctor has been built.
const CARGO: &str = r#"#!/bin/sh
case "$*" in
  "run --bin wechat-doctor -- "*) shift 4; exec "$DOCTOR" "$@" ;;
  "run" | "run -- "*) shift; [ "$1" != -- ] || shift; printf '%s\n' "$@" >"$TOLD" ;;
  *) echo "cargo $*: not typed here" >&2; exit 1 ;;
esac
"#;

/// Notes what it is asked, and fails where the answer is an error.
const CURL: &str = r#"#!/bin/sh
printf '%s\0' "$@" "" >>"$ASKED"
exec "$REAL_CURL" --fail-with-body "$@"
"#;

/// Somebody with a folder, a shell, and a bundle of their own.
pub struct Reader {
    folder: TempDir,
    curl: String,
    ports: [u16; 3],
    stage: Option<Arc<Stage>>,
    /// Takes up the files that change, where that was asked for.
    watch: Option<JoinHandle<()>>,
    /// What blocks typed before have set.
    variables: String,
}

impl Reader {
    /// Begins with an empty folder, in which this process is from then on; `curl` is one that signs requests.
    ///
    /// # Panics
    /// When this machine lets nobody write or listen.
    pub fn open(curl: &str) -> Self {
        let folder = TempDir::with_prefix("book-").unwrap();
        for (name, text) in [("cargo", CARGO), ("curl", CURL)] {
            let file = folder.path().join("bin").join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        env::set_current_dir(folder.path()).unwrap();
        let free = SHOWN.map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = free.map(|listener| listener.local_addr().unwrap().port());
        Self {
            folder,
            curl: curl.to_owned(),
            ports,
            stage: None,
            watch: None,
            variables: String::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a page shows, on the ports of this reader.
    fn here(&self, text: &str) -> String {
        let ports = SHOWN.iter().zip(self.ports);
        ports.fold(text.to_owned(), |text, (shown, port)| {
            text.replace(&format!("127.0.0.1:{shown}"), &format!("127.0.0.1:{port}"))
        })
    }

    /// Types the blocks of a page in their order; what did not go as the page shows it.
    ///
    /// # Panics
    /// When a bundle that is asked for does not start.
    pub async fn read(&mut self, page: &Page) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut said: Option<(&Block, Output)> = None;
        for block in &page.blocks {
            if let Some(file) = block.file() {
                fs::write(self.path(file), self.here(&block.text)).unwrap();
            }
            match (block.kind.as_str(), said.take()) {
                ("sh", _) => {
                    let output = self.type_in(block).await;
                    if !output.status.success() {
                        wrong.push(format!("{}: {}{output:?}", page.name, block.text));
                    }
                    wrong.extend(self.broken_contracts());
                    said = Some((block, output));
                }
                ("json", Some((asked, output))) => {
                    let shown: Value = serde_json::from_str(&block.text).unwrap();
                    wrong.extend(self.wait_for(page, &shown, asked, output).await);
                }
                _ => {}
            }
        }
        self.close().await;
        wrong
    }

    /// Ends the bundle that runs, if one does.
    pub async fn close(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
            // An error means that it was ended, which is what was wanted.
            drop(watch.await);
        }
        if let Some(stage) = self.stage.take().and_then(Arc::into_inner) {
            stage.bundle.stop().await;
        }
    }

    /// Waits until a block is answered as the page shows it; what only asks is asked again, as a reader would.
    async fn wait_for(
        &mut self,
        page: &Page,
        shown: &Value,
        asked: &Block,
        mut said: Output,
    ) -> Option<String> {
        let may_be_repeated = !asked.text.contains("/v1/accounts/") || !asked.text.contains(" -d ");
        for _ in 0..PATIENCE {
            let answers = Deserializer::from_slice(&said.stdout).into_iter::<Value>();
            let answer = answers.map_while(Result::ok).last().unwrap_or_default();
            if shows(shown, &answer) {
                return None;
            }
            if !may_be_repeated {
                break;
            }
            sleep(Duration::from_millis(500)).await;
            said = self.type_in(asked).await;
        }
        Some(format!(
            "{}: {}shows {shown}, is {said:?}",
            page.name, asked.text
        ))
    }

    async fn type_in(&mut self, block: &Block) -> Output {
        if self.stage.is_none() && block.text.contains("curl ") {
            self.start(&[]).await;
        }
        let typed = self.here(&block.text);
        let script = format!("set -e\n{}{typed}", self.variables);
        let set = typed.lines().filter(|line| is_variable(line));
        self.variables.extend(set.flat_map(|line| [line, "\n"]));
        let output = self.run(Command::new("bash").args(["-c", &script])).await;
        let told = fs::read_to_string(self.path("told"));
        if let Ok(told) = told {
            fs::remove_file(self.path("told")).unwrap();
            let words: Vec<&str> = told.lines().filter(|word| !word.is_empty()).collect();
            self.start(&words).await;
        }
        output
    }

    /// Runs a program as this reader would: in this folder, with the local keys, and with the bundle at hand.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn run(&self, command: &mut Command) -> Output {
        let binaries = env::current_exe().unwrap();
        let doctor = binaries.ancestors().nth(2).unwrap().join("wechat-doctor");
        let path = env::var("PATH").unwrap();
        let output = command
            .current_dir(self.folder.path())
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("REAL_CURL", &self.curl)
            .env("DOCTOR", doctor)
            .env("TOLD", self.path("told"))
            .env("ASKED", self.path("asked"))
            .env("NO_PROXY", "127.0.0.1")
            .env("WECHAT_API", format!("http://127.0.0.1:{}", self.ports[0]))
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .output();
        output.await.unwrap()
    }

    /// Starts the bundle as those words ask for, in place of the one before, or has its rules checked.
    ///
    /// # Panics
    /// When it does not start, or the rules are at fault.
    pub async fn start(&mut self, words: &[&str]) {
        let flags = ["--listen", "--aws-listen", "--platform-listen"];
        let places = self.ports.map(|port| format!("127.0.0.1:{port}"));
        let places = flags
            .iter()
            .zip(&places)
            .flat_map(|(flag, place)| [*flag, place]);
        let words = ["wechat-functions"]
            .into_iter()
            .chain(words.iter().copied());
        let cli = Cli::parse_from(words.chain(places));
        let options = cli.options(None).unwrap();
        if cli.check() {
            local::rules::check_alone(&options).unwrap();
            return;
        }
        self.close().await;
        let stage = Arc::new(Stage::open(options).await);
        self.stage = Some(stage.clone());
        if cli.watch() {
            self.watch = Some(tokio::spawn(async move {
                match stage.bundle.watch(|_| {}).await {}
            }));
        }
    }

    /// The bundle that runs.
    ///
    /// # Panics
    /// When none does.
    pub fn stage(&self) -> &Stage {
        self.stage.as_ref().unwrap()
    }

    /// The bodies that were posted to signed routes and are not as `infra/openapi.yaml` has them.
    fn broken_contracts(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.path("asked")).unwrap_or_default();
        drop(fs::remove_file(self.path("asked")));
        let contract = Contract::of_requests();
        let calls = asked.split("\0\0");
        calls.filter_map(|call| hold(&contract, call)).collect()
    }
}

/// What is wrong with a call of `curl`, by its arguments.
fn hold(contract: &Contract, call: &str) -> Option<String> {
    let arguments: Vec<&str> = call.split('\0').collect();
    let behind = |flag: &str| {
        let at = arguments.iter().position(|argument| *argument == flag)?;
        arguments.get(at + 1).copied()
    };
    let url = arguments
        .iter()
        .find(|argument| argument.contains("/v1/accounts/"))?;
    let path = &url[url.find("/v1/accounts/")?..];
    let body = behind("-d")?;
    let method = behind("-X").unwrap_or("POST");
    let body = serde_json::from_str(body);
    let told = body.map_err(|error| error.to_string());
    let told = told.and_then(|body: Value| contract.request(method, path, &body));
    told.err().map(|told| format!("{method} {path}: {told}"))
}

/// Whether a line sets a variable.
fn is_variable(line: &str) -> bool {
    let name = line.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    })
}

impl Drop for Reader {
    fn drop(&mut self) {
        // A folder that is gone is nobody's.
        drop(env::set_current_dir(Path::new("/")));
    }
}
