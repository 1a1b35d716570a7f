//! With `--data`, what was under way when a bundle was killed goes on when the next one starts.
//!
//! Each test has one simulated WeChat, and bundles in processes of their own, which it kills as `kill -9` does. A call that
//! was under way then is made again when the lease of the worker that made it is over, which is a minute or two of waiting.

use clap::Parser as _;
use local::{Bundle, Cli};
use platform::{FaultKind, FaultSpec, MessageFilter, Platform, PushRequest, State};
use sam_local::{functions::OutputDirectory, signed};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    env, fs,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tests::accounts::SAFE;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    process::{Child, Command},
    sync::OnceCell,
    time::sleep,
};

/// The command line of [`a_bundle`], as JSON.
const WORDS: &str = "WORDS_OF_A_BUNDLE";

/// Receivers in lanes of their own, so that none waits for another's lease.
const USERS: [&str; 4] = [
    "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
    "oT3x_u0000000000000000000001",
    "oT3x_u0000000000000000000002",
    "oT3x_u0000000000000000000003",
];

/// No test by itself: the others start it, in a process that they kill.
#[tokio::test(flavor = "multi_thread")]
async fn a_bundle() {
    let Ok(words) = env::var(WORDS) else { return };
    let words: Vec<String> = serde_json::from_str(&words).unwrap();
    let options = Cli::parse_from(words).options(None).unwrap();
    match Bundle::start(options).await {
        Ok(_bundle) => std::future::pending().await,
        Err(error) => panic!("{error}"),
    }
}

/// The functions, built once for all tests.
async fn built() {
    static BUILT: OnceCell<()> = OnceCell::const_new();
    let build = async || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folders = fs::read_dir(root.join("functions")).unwrap();
        let names = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap());
        let names: Vec<String> = names.collect();
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let output = OutputDirectory::of_this_executable().unwrap();
        output.build(&root, &names).await.unwrap();
    };
    BUILT.get_or_init(build).await;
}

/// A WeChat, a directory for data, and the bundle that runs.
struct World {
    wechat: Platform,
    data: TempDir,
    gateway: String,
    words: Vec<String>,
    bundle: Option<Child>,
}

impl World {
    async fn open(more: &[&str]) -> Self {
        built().await;
        let data = TempDir::with_prefix("restart-").unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = free.local_addr().unwrap().to_string();
        let mut accounts = platform::read_accounts(local::accounts::DEMO).unwrap();
        for account in &mut accounts {
            account.callback_url = format!("http://{listen}/callback/{}", account.name);
        }
        let config = platform::Config {
            accounts,
            ..Default::default()
        };
        let wechat = Platform::start(config).await.unwrap();
        let any = json!({ "check_templates": false });
        let any = any.as_object().cloned().unwrap();
        wechat.state().change_send_settings(SAFE, any).unwrap();
        let directory = data.path().join("kept").display().to_string();
        let url = wechat.url();
        let words = [
            "x",
            "--no-build",
            "--listen",
            &listen,
            "--aws-listen",
            "127.0.0.1:0",
        ];
        let words = words
            .into_iter()
            .chain(["--platform", &url, "--data", &directory]);
        Self {
            words: words
                .chain(more.iter().copied())
                .map(str::to_owned)
                .collect(),
            wechat,
            data,
            gateway: format!("http://{listen}"),
            bundle: None,
        }
    }

    fn wechat(&self) -> &Arc<State> {
        self.wechat.state()
    }

    /// Starts a bundle and waits until its functions are up.
    async fn start(&mut self) {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["--exact", "a_bundle", "--nocapture"])
            .env(WORDS, json!(self.words).to_string())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        self.bundle = Some(command.spawn().unwrap());
        self.until("a bundle", 60, async |world: &Self| {
            let health = world.ask("GET", "/healthz", Value::Null).await;
            (health?.0 == 200).then_some(())
        })
        .await;
    }

    /// Ends the bundle where it stands.
    async fn kill(&mut self) {
        let mut bundle = self.bundle.take().unwrap();
        bundle.kill().await.unwrap();
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Option<(u16, Value)> {
        let url = format!("{}{path}", self.gateway);
        signed::request(method, &url, "us-east-1", &body).await.ok()
    }

    async fn post(&self, path: &str, body: Value) {
        let (status, answer) = self.ask("POST", path, body).await.unwrap();
        assert_eq!(status, 202, "{answer}");
    }

    /// The state of a message or a campaign.
    async fn state_of(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, Value::Null).await;
        answer.map_or(Value::Null, |(_, told)| told["state"].clone())
    }

    async fn until<T>(
        &self,
        what: &str,
        seconds: u64,
        mut done: impl AsyncFnMut(&Self) -> Option<T>,
    ) -> T {
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            if let Some(found) = done(self).await {
                return found;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("never came true: {what}");
    }

    /// The ids, or bodies, of what is on the phones.
    fn arrived(&self, kind: &str) -> Vec<String> {
        let filter = MessageFilter {
            kind: kind.to_owned(),
            ..Default::default()
        };
        let messages = self.wechat().list_messages(&filter).into_iter();
        let text = |message: platform::Message| match (message.client_msg_id, message.body) {
            (Some(id), _) => id.into_string(),
            (None, body) => body.map(|body| body.to_string()).unwrap_or_default(),
        };
        messages.map(text).collect()
    }

    /// Has WeChat take the next call at `path` and say nothing.
    fn hang(&self, path: &str) {
        let hang = FaultSpec {
            path: path.to_owned(),
            times: Some(1),
            delay_ms: Some(30_000),
            ..FaultSpec::new(FaultKind::Hang)
        };
        self.wechat().add_fault(hang).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_message_is_sent_once_wherever_the_bundle_is_killed() {
    let mut world = World::open(&[]).await;
    let templates = "/v1/accounts/demo/template-messages";
    let template = |id: &str, user: &str| {
        let data = json!({ "thing1": { "value": "你好" } });
        json!({ "client_msg_id": id, "touser": user, "template_id": "TPL", "data": data })
    };
    world.start().await;
    world.hang("/cgi-bin/message/template/send");
    world.post(templates, template("taken", USERS[0])).await;
    world
        .until("WeChat has it", 30, async |world: &World| {
            (!world.arrived("template").is_empty()).then_some(())
        })
        .await;
    world.kill().await;
    let mut ids = vec!["taken".to_owned()];
    for (n, ms) in [0, 5, 20, 60, 150, 400].into_iter().enumerate() {
        world.start().await;
        let id = format!("after-{ms}-ms");
        let user = USERS.iter().cycle().nth(n + 1).unwrap();
        world.post(templates, template(&id, user)).await;
        sleep(Duration::from_millis(ms)).await;
        world.kill().await;
        ids.push(id);
    }
    world.start().await;
    for id in &ids {
        let path = format!("/v1/accounts/demo/messages/{id}");
        world
            .until(id, 150, async |world: &World| {
                let state = world.state_of(&path).await;
                (state == "sent" || state == "delivered").then_some(())
            })
            .await;
    }
    world.kill().await;
    world.start().await;
    sleep(Duration::from_secs(2)).await;
    let mut arrived = world.arrived("template");
    arrived.sort();
    ids.sort();
    assert_eq!(arrived, ids, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_reaches_everybody_once_when_the_bundle_is_killed_amid_it() {
    let mut world = World::open(&[]).await;
    // Results come to a bundle that is there again.
    let slow = json!({ "finish_after_ms": [20_000, 20_000] });
    let slow = slow.as_object().cloned().unwrap();
    world.wechat().change_mass_settings(SAFE, slow).unwrap();
    let campaigns = "/v1/accounts/demo/mass-sends";
    let path = format!("{campaigns}/spring");
    let draft = json!({
        "client_msg_id": "spring", "draft": true, "to": { "openids": [] },
        "message": { "msgtype": "text", "text": { "content": "你好" } },
    });
    world.start().await;
    world.hang("/cgi-bin/message/mass/send");
    world.post(campaigns, draft).await;
    for page in [0..6_000, 6_000..12_000] {
        let openids: Vec<String> = page.map(|n| format!("oT3x_u{n:022}")).collect();
        let (pages, page) = (format!("{path}/recipients"), json!({ "openids": openids }));
        let taken = world.ask("POST", &pages, page).await;
        assert_eq!(taken.map(|(status, _)| status), Some(200));
    }
    world.post(&format!("{path}/submit"), Value::Null).await;
    world
        .until("WeChat has a batch", 60, async |world: &World| {
            let view = world.wechat().mass(SAFE, None).unwrap();
            (!view.jobs.is_empty()).then_some(())
        })
        .await;
    world.kill().await;
    world.start().await;
    sleep(Duration::from_millis(300)).await;
    world.kill().await;
    world.start().await;
    world
        .until("the campaign's end", 240, async |world: &World| {
            (world.state_of(&path).await == "finished").then_some(())
        })
        .await;
    let view = world.wechat().mass(SAFE, None).unwrap();
    assert_eq!(view.jobs.len(), 2, "a batch is taken once");
    let receivers = view.receivers;
    let counts = (receivers.total, receivers.distinct, receivers.duplicates);
    assert_eq!(counts, (12_000, 12_000, 0));
}

/// A server that never answers its first request, and all others with a text; how often it was asked.
async fn handler() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut unanswered = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"}") && socket.read_buf(&mut request).await.unwrap() > 0 {}
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                unanswered.push(socket);
                continue;
            }
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n\"worth the wait!\"";
            let _gone = socket.write_all(answer).await;
        }
    });
    (url, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_whose_answer_was_being_worked_out_is_answered_late_and_once() {
    let (url, asked) = handler().await;
    let handler = format!("wechat-handler-slow={url}");
    let more = [
        "--handler",
        &handler,
        "--parameter",
        "ForwardTimeout=20",
        "--rules",
    ];
    let rules = TempDir::with_prefix("rules-").unwrap();
    let file = rules.path().join("rules.toml");
    let rule = "[[rule]]\nkeyword = 'slow'\nforward = 'wechat-handler-slow'\n";
    fs::write(&file, rule).unwrap();
    let file = file.display().to_string();
    let more: Vec<&str> = more.into_iter().chain([file.as_str()]).collect();
    let mut world = World::open(&more).await;
    world.start().await;
    let push = PushRequest::text(SAFE, "slow, please");
    let report = world.wechat().push(push).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1, "{report:?}");
    world.kill().await;
    world.start().await;
    world
        .until("the answer", 150, async |world: &World| {
            (!world.arrived("customer_service").is_empty()).then_some(())
        })
        .await;
    world.kill().await;
    world.start().await;
    sleep(Duration::from_secs(3)).await;
    let answers = world.arrived("customer_service");
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers[0].contains("worth the wait!"), "{answers:?}");
    assert!(world.data.path().join("kept/state.sqlite").is_file());
}
